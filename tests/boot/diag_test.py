#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Diagnosis from inside and from the log: diag_test.py [BUILD]

/proc/sys/kernel/trace chooses kinds while the system runs; trace=fault reports a program's fatal fault; crash-report
reads that, and a panic, from the console's log.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
sys.path.insert(0, HERE)
from guest import Guest, GuestError, Tap                        # noqa: E402
from system_test import make_root, power_off, reach_prompt      # noqa: E402

REPORT = os.path.join(HERE, '..', '..', 'arch-x86_64', 'debug', 'crash-report')


def bad_program(path):
    """A program whose first instruction is ud2."""
    head = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    load = struct.pack('<IIQQQQQQ', 1, 5, 0, 0x400000, 0x400000, 0x80, 0x80, 0x1000)
    with open(path, 'wb') as file:
        file.write(head + load + b'\x0f\x0b' + bytes(6))
    os.chmod(path, 0o755)


def report(text):
    done = subprocess.run([REPORT], input=text, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def check(got, wanted):
    assert got == wanted, f'got {got!r}, want {wanted!r}'


def choose(guest):
    """Kinds of events at run time."""
    check(guest.command('cat /proc/sys/kernel/trace'), ('none\n', 0))
    check(guest.command('echo bad >/proc/sys/kernel/trace')[1], 1)
    check(guest.command('echo fault,sched >/proc/sys/kernel/trace; cat /proc/sys/kernel/trace'), ('fault,sched\n', 0))
    out = guest.command('echo syscall >/proc/sys/kernel/trace; cat /proc/uptime >/dev/null; '
                        'echo none >/proc/sys/kernel/trace')[0]
    assert re.search(r'openat\(-100, "/proc/uptime", .*\) = 3', out), out
    check(guest.command('cat /proc/sys/kernel/trace'), ('none\n', 0))


def fatal_fault(guest):
    """A fault nobody catches is reported, when asked for, and not else."""
    out, status = guest.command('/root/bad')
    assert status == 132 and 'fault:' not in out, out
    guest.command('echo fault >/proc/sys/kernel/trace')
    out, status = guest.command('/root/bad')
    crash = report(out)[0]
    check(status, 132)
    check({k: crash[k] for k in ('kind', 'name', 'signal', 'code', 'ip')},
          {'kind': 'fault', 'name': 'bad', 'signal': 4, 'code': 2, 'ip': '400078'})
    check(crash['registers']['RIP'], '0000000000400078')
    assert '<0f> 0b' in crash['bytes'], crash
    check([(p['file'], p['offset'], p['mode']) for p in crash['places']], [('/root/bad', '0x78', 'r-xp')])
    out, status = guest.command("sh -c 'trap : ILL; kill -ILL $$; echo lives'")
    assert status == 0 and 'fault:' not in out, out


def panic(kernel):
    """Without a root there is nothing to run."""
    with Guest(kernel=kernel, append='console=ttyS0') as guest:
        status = guest.wait(30)
        crash = report(guest.text())[0]
    check(status, 3)
    check((crash['kind'], crash['cpu']), ('panic', 0))
    assert crash['reason'].startswith('no root'), crash
    assert any('init_main' in frame['symbol'] for frame in crash['backtrace']) and crash['events'], crash


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else '.'
    kernel = os.path.join(build, 'coracle.elf')
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-diag.') as folder:
        image, bad = make_root(folder), os.path.join(folder, 'bad')
        bad_program(bad)
        subprocess.run(['debugfs', '-w', '-R', f'write {bad} root/bad', image], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={**os.environ, 'PATH': os.environ['PATH'] + ':/sbin:/usr/sbin'})
        guest = Guest(kernel=kernel, disk=image, smp=2, append='root=/dev/vda init=/sbin/start console=ttyS0 quiet')
        guest.through_init = False
        with guest:
            reach_prompt(guest, 60)
            tap.check('/proc/sys/kernel/trace', choose, guest)
            tap.check('trace=fault and its report', fatal_fault, guest)
            tap.check('the guest goes on', power_off, guest)
        tap.check('the report of a panic', panic, kernel)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

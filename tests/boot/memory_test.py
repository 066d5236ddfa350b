#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A small machine whose memory or process numbers run out: programs get errors or are killed, the machine lives.

    memory_test.py [--kernel FILE] [--rounds N] [-k TEXT] [BUILD]

memhog.c does the harm, in a guest of 64 MiB; the shell on the console and PID 1 must be there afterwards, with the
memory back. From BUILD: coracle.elf.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from guest import Guest, GuestError, Tap                        # noqa: E402
from system_test import check_console, make_root, power_off, reach_prompt   # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
KILLED = re.compile(r'Out of memory: Killed process \d+ \(memhog\)')
SLACK_KIB = 6144                # caches that grew once: slabs, kept kernel stacks


def add_memhog(folder, image):
    """Compile memhog and put it into the root."""
    program = os.path.join(folder, 'memhog')
    compiler = shlex.split(os.environ.get('CONTRACT_CC', 'musl-gcc -static'))
    subprocess.run(compiler + ['-O2', '-Wall', '-Wextra', '-o', program, os.path.join(HERE, 'memhog.c')], check=True)
    subprocess.run(['debugfs', '-w', '-R', f'write {program} /bin/memhog', image], check=True, capture_output=True,
                   env={**os.environ, 'PATH': os.environ['PATH'] + ':/sbin:/usr/sbin'})


def free_kib(guest):
    out, _ = guest.command('cat /proc/meminfo')
    return sum(int(n) for n in re.findall(r'^(?:MemFree|Cached|Buffers): +(\d+) kB', out, re.M))


def one_killed(guest, mode):
    out, status = guest.command('memhog ' + mode, 60)
    assert status == 137 and KILLED.search(out), (mode, out, status)


def grow(guest, options):
    """One program that allocates without end, again and again."""
    for _ in range(options.rounds):
        one_killed(guest, 'grow')
    one_killed(guest, 'shared')


def grow_together(guest, options):
    """Four at once: each ends killed, and nobody else."""
    out, status = guest.command('for i in 1 2 3 4; do memhog grow & done; wait; echo waited', 60)
    assert status == 0 and out.endswith('waited\n') and len(KILLED.findall(out)) == 4, (out, status)
    assert out.count('Killed process') == 4, out


def errors(guest, options):
    """Where a call can fail, it does, and nobody is killed."""
    out, status = guest.command('memhog file /tmp/big; rm /tmp/big', 60)
    assert (out, status) == ('write: No space left on device\n', 0), (out, status)
    out, status = guest.command('memhog pipes', 60)
    assert (out, status) in (('pipe: Out of memory\n', 0), ('write: Out of memory\n', 0)), (out, status)


def bombs(guest, options):
    """Programs that fork without end, as a limited user and as root, while the console answers."""
    for mode in ('limited', 'bomb'):
        guest.command(f'memhog {mode} 4 >/tmp/out & true', 60)
        time.sleep(1)                           # here: from now on the shell may not be able to fork
        out, _ = guest.command('echo alive', 60)
        assert 'alive\n' in out, out
        guest.command('wait', 120)
        out, status = guest.command('cat /tmp/out', 60)
        assert out.startswith('forked some') and status == 0, (out, status)
        # Whether a slow machine gets as far as the limit of all tasks within the time is its own affair.
        assert mode == 'bomb' or out == 'forked some, refused some\n', out
        out, _ = guest.command('ps | grep -c "[m]emhog"', 60)
        assert out == '0\n', out


def session(options, image, name, smp, run):
    log = os.path.join(options.build, 'check', 'boot', re.sub(r'\W+', '-', name) + '.log')
    guest = Guest(kernel=options.kernel, disk=image, smp=smp, memory=64, log=log, timeout=options.limit,
                  append='root=/dev/vda rw init=/sbin/start console=ttyS0 quiet')
    guest.through_init = False
    with guest:
        reach_prompt(guest, 60)
        guest.command('memhog; true', 20)       # it is cached from here on
        before = free_kib(guest)
        run(guest, options)
        time.sleep(0.3)
        after = free_kib(guest)
        assert before - after <= SLACK_KIB, f'{before} KiB free before, {after} KiB after'
        out, _ = guest.command('cat /proc/1/comm', 20)
        assert out == 'start\n', out
        power_off(guest)
        check_console(guest)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('-k', default='', help='only cases whose name holds this')
    parser.add_argument('--kernel')
    parser.add_argument('--rounds', type=int, default=10, help='how often memory is used up')
    parser.add_argument('--limit', type=int, default=300, help='seconds a guest may live')
    options = parser.parse_args()
    options.kernel = options.kernel or os.path.join(options.build, 'coracle.elf')
    os.makedirs(os.path.join(options.build, 'check', 'boot'), exist_ok=True)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-memory.') as folder:
        image = make_root(folder)
        add_memhog(folder, image)
        for run, smp in ((grow, 1), (grow, 4), (grow_together, 4), (errors, 2), (bombs, 1), (bombs, 4)):
            name = f'memory {run.__name__.replace("_", " ")}, {smp} CPUs'
            if options.k in name:
                tap.check(name, session, options, image, name, smp, run)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

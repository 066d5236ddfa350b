#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The whole system: starts it each way it can start, types commands on the console, reads the answers, powers off.

    system_test.py [-k TEXT] [--kernel FILE] [--initrd FILE] [--disk IMAGE] [--stress N] [BUILD]

From BUILD: coracle.elf, disk.img. Direct starts (PVH) use an unpartitioned ext4 file with busybox, made here; disk
starts use disk.img through the firmware. A console line with "WARNING:" or "panic" fails the case. --initrd is for
proving this program with a Linux kernel.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from guest import Guest, GuestError, Tap                        # noqa: E402

PROMPT = r'(?:^|\n)[^\n]*[#$] (?:\x1b\[6n)?$'
BAD_WORDS = re.compile(r'WARNING:|[Pp]anic|KASAN|undefined behaviour|BUG:')
PVH_CASES = [
    # machine, CPUs, MiB, CPU model, bus
    ('pc', 1, 256, 'qemu64', 'pci'), ('q35', 1, 64, 'qemu64', 'pci'), ('q35', 2, 256, 'max', 'pci'),
    ('q35', 4, 512, 'max', 'pci'), ('pc', 16, 512, 'max', 'pci'), ('microvm', 1, 128, 'max', 'mmio'),
    ('microvm', 4, 256, 'qemu64', 'mmio'), ('microvm,acpi=off', 1, 128, 'max', 'mmio'),
]
DISK_CASES = [('bios', 'pc', 1, 128), ('bios', 'q35', 4, 256), ('uefi', 'q35', 1, 256), ('uefi', 'q35', 4, 512)]

# What is typed, what must come back (a regular expression for the whole output), and the exit status.
COMMANDS = [
    ('echo $((6 * 7))', r'42\n', 0),
    ('false', r'', 1),
    ('echo one two three | tr a-z A-Z | rev', r'EERHT OWT ENO\n', 0),
    ('for i in 1 2 3; do echo $i & done | sort; wait', r'1\n2\n3\n', 0),
    ('cat /proc/self/comm', r'cat\n', 0),
    ('sleep 9 & sleep 0.3; kill $!; wait $!', r'(?:.*\n)*', 143),
    ('(exit 7) ; echo $?', r'7\n', 0),
    ('echo hello >/tmp/f && cat /tmp/f && rm /tmp/f', r'hello\n', 0),
    ('ls /bin/busybox', r'/bin/busybox\n', 0),
    ('uname -m', r'x86_64\n', 0),
    ('sh -c "kill -SEGV \\$\\$"', r'(?:.*\n)*', 139),
    ('ps | head -n 1 | grep -c "PID"', r'1\n', 0),
    ('mount | grep -c " on / type ext4"', r'1\n', 0),
    ('df -P / | wc -l', r'2\n', 0),
    ('free | grep -c Mem:', r'1\n', 0),
]


def make_root(folder):
    """An ext4 file without a partition: busybox, a few folders, an rc script for what PID 1 would do."""
    root = os.path.join(folder, 'root')
    for name in ('bin', 'sbin', 'dev', 'proc', 'sys', 'tmp', 'etc', 'run', 'root'):
        os.makedirs(os.path.join(root, name))
    busybox = shutil.which('busybox')
    if not busybox:
        raise SystemExit('1..0 # SKIP no busybox: install the Debian package busybox-static')
    shutil.copy(busybox, os.path.join(root, 'bin', 'busybox'))
    for applet in subprocess.check_output([busybox, '--list'], text=True).split():
        path = os.path.join(root, 'bin', applet)
        if not os.path.lexists(path):
            os.symlink('busybox', path)
    init = os.path.join(root, 'sbin', 'start')
    with open(init, 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\nexport PATH=/bin:/sbin HOME=/root\n'
                   'mount -t proc proc /proc\nmount -t sysfs sys /sys\nmount -t tmpfs tmp /tmp\n'
                   '[ -c /dev/null ] || mount -t devtmpfs dev /dev\n'
                   'setsid -c sh </dev/ttyS0 >/dev/ttyS0 2>&1\n'
                   'poweroff -f\n')
    os.chmod(init, 0o755)
    image = os.path.join(folder, 'root.ext4')
    subprocess.run(['mke2fs', '-q', '-t', 'ext4', '-L', 'coracle', '-d', root, image, '16M'], check=True,
                   env={**os.environ, 'PATH': os.environ['PATH'] + ':/sbin:/usr/sbin'})
    return image


def reach_prompt(guest, timeout):
    """Log in if asked to, and get a prompt without colours and job messages in it."""
    match = guest.expect(rf'login: $|{PROMPT}', timeout)
    if b'login:' in match.group(0):
        guest.send('root\n')
        guest.expect(PROMPT, 20)


def check_console(guest):
    match = BAD_WORDS.search(guest.text())
    assert not match, f'the console says "{match.group(0)}":\n' + guest.text()[match.start():][:3000]


def power_off(guest):
    """End the guest; a machine without ACPI has no power switch: there a reset, which -no-reboot makes an end."""
    if 'acpi=off' in ' '.join(guest.args):
        guest.send('reboot -f\n')
    else:
        guest.send('poweroff\n' if guest.through_init else 'exit\n')
    status = guest.wait(30)
    assert status == 0, f'power-off ended QEMU with status {status}'
    check_console(guest)


def run_commands(guest):
    for line, output, status in COMMANDS:
        got, got_status = guest.command(line, 20)
        assert re.fullmatch(output, got) and got_status == status, \
            f'{line}\n# answered {got!r}, status {got_status}; want {output!r}, status {status}'


def check_interrupt(guest):
    """^C ends the program in the foreground, and the shell lives."""
    guest.send('sleep 1000\n')
    guest.expect(r'sleep 1000\n')
    time.sleep(0.3)
    guest.send('\x03')
    guest.expect(PROMPT, 10)
    got, status = guest.command('echo alive', 10)
    assert got == 'alive\n' and status == 0, got


def start_pvh(options, image, case, log):
    machine, smp, memory, cpu, bus = case
    guest = Guest(kernel=options.kernel, initrd=options.initrd, disk=image, machine=machine, smp=smp, memory=memory,
                  cpu=cpu, bus=bus, devices=['virtio-rng'], log=log, timeout=options.limit,
                  append='root=/dev/vda rw init=/sbin/start console=ttyS0 quiet')
    guest.through_init = False
    return guest


def start_disk(options, case, log):
    firmware, machine, smp, memory = case
    guest = Guest(disk=options.disk, firmware=firmware, machine=machine, smp=smp, memory=memory, devices=['virtio-rng'],
                  log=log, timeout=options.limit, extra=['-fw_cfg', 'name=opt/coracle/cmdline,string=norandmaps'])
    guest.through_init = True
    return guest


def session(guest):
    with guest:
        reach_prompt(guest, 60)
        run_commands(guest)
        check_interrupt(guest)
        power_off(guest)


def free_kib(guest):
    out, _ = guest.command('grep "^MemFree:" /proc/meminfo')
    return int(re.search(r'(\d+) kB', out).group(1))


# Four children a round: one in the background, a command substitution, the two of its pipeline. Each must give
# its own answer.
ROUND_CHILDREN = 4
STRESS = ('i=0; while [ $i -lt {n} ]; do (exit 3) & p=$!; x=$(echo $i | cat); wait $p; '
          '[ $? = 3 ] && [ "$x" = $i ] || echo wrong in round $i; i=$((i + 1)); done; echo $i rounds')


def stress(guest, count):
    """A shell that forks `count` children with pipes and background jobs; free memory stays within 1 MiB.

    One hundred rounds come first: they put busybox's pages into the page cache, and fill what each CPU keeps for
    reuse (free pages, kernel stacks, slab objects), which a first fork on each CPU takes from free memory once.
    """
    with guest:
        reach_prompt(guest, 60)
        # In a shell of its own: an interactive one would tell of each job that ends.
        script = "sh -c '" + STRESS + "'"
        guest.command(script.format(n=100), 120)
        before = free_kib(guest)
        rounds = -(-count // ROUND_CHILDREN)
        out, status = guest.command(script.format(n=rounds), 600)
        assert out == f'{rounds} rounds\n' and status == 0, (out, status)
        time.sleep(0.5)
        after = free_kib(guest)
        print(f'# {rounds * ROUND_CHILDREN} children: MemFree {before} KiB before, {after} KiB after')
        assert abs(before - after) <= 1024, f'free memory {before} KiB before, {after} KiB after'
        power_off(guest)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('-k', action='append', help='only cases whose name holds this; may be given again')
    parser.add_argument('--kernel')
    parser.add_argument('--initrd')
    parser.add_argument('--disk')
    parser.add_argument('--stress', type=int, default=2000, help='children of the stress cases')
    parser.add_argument('--limit', type=int, default=180, help='seconds a guest may live')
    options = parser.parse_args()
    options.kernel = options.kernel or os.path.join(options.build, 'coracle.elf')
    options.disk = options.disk or os.path.join(options.build, 'disk.img')
    logs = os.path.join(options.build, 'check', 'boot')
    os.makedirs(logs, exist_ok=True)
    tap = Tap()

    def case(name, run, *args):
        if not options.k or any(wanted in name for wanted in options.k):
            log = os.path.join(logs, re.sub(r'\W+', '-', name) + '.log')
            tap.check(name, lambda: run(log, *args))

    with tempfile.TemporaryDirectory(prefix='coracle-system.') as folder:
        image = make_root(folder)
        for pvh in PVH_CASES:
            case('pvh {0}, {1} CPUs, {2} MiB, {3}'.format(*pvh),
                 lambda log, c: session(start_pvh(options, image, c, log)), pvh)
        if os.path.exists(options.disk) and not options.initrd:
            for disk in DISK_CASES:
                case('disk {0} {1}, {2} CPUs, {3} MiB'.format(*disk),
                     lambda log, c: session(start_disk(options, c, log)), disk)
        elif not options.initrd:
            tap.ok(False, 'disk starts', f'{options.disk} was not built')
        for smp in (1, 4):
            options.limit = 900
            case(f'stress, {smp} CPUs', lambda log, n: stress(
                start_pvh(options, image, ('q35', n, 256, 'max', 'pci'), log), options.stress), smp)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

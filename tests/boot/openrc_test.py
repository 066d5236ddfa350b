#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""OpenRC: through its runlevels to a shell, every service, a log-in, and down again.

    openrc_test.py [--boots N] [--cpus N,N..] [--jobs N] [--kernel FILE] [--image FILE] [BUILD]

From BUILD: coracle.elf, and openrc.ext4 (`make openrc.ext4`). Each boot reads what OpenRC said on the console, asks
rc-status, looks for the daemons and for what they do, logs in by name, powers off, and reads what OpenRC said again.
--linux starts the same image on the kernel of `make bench-linux` instead. Every second boot has random addresses, which
takes twice as long under emulation (alpine-overlay/README.md).
"""

import argparse
import concurrent.futures
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
from guest import Guest, GuestError, Tap                        # noqa: E402

PROMPT = r'(?:^|\n)[^\n]*# (?:\x1b\[6n)?$'
BAD_WORDS = re.compile(r'WARNING:|[Pp]anic|KASAN|undefined behaviour|BUG:|\[ !! \]|ERROR:|not found')
OVERLAY = os.path.join(HERE, '..', '..', 'alpine-overlay', 'etc')
DOWN = ('Stopping crond', 'Stopping klogd', 'Stopping syslog', 'Ending all processes', 'Making file systems')
DAEMONS = ('syslogd', 'klogd', 'crond')


# What stands in for programs of OpenRC (alpine-overlay/lib/rc) answers as they do. Says where it does not.
HELPERS = """
PATH=/lib/rc/bin:$PATH EINFO_COLOR=NO; export EINFO_COLOR
. /lib/rc/sh/functions.sh; . /lib/rc/sh/quick.sh
for d in / /run /proc /run/openrc /nowhere; do
	mountinfo -q $d; a=$?; command mountinfo -q $d; [ $a = $? ] || echo mountinfo $d
done
for v in crond a-b a.b_9; do [ $(shell_var $v) = $(command shell_var $v) ] || echo shell_var $v; done
for i in 0 4; do
	EINFO_INDENT=$i; export EINFO_INDENT
	[ "$(ebegin A b)" = "$(command ebegin A b)" ] || echo ebegin $i
done
[ "$(ebegin A; eend 0)" = "$(command ebegin A; export EINFO_LASTCMD=ebegin; command eend 0)" ] || echo eend
ebegin A >/dev/null; eend 3 bad >/dev/null 2>&1; [ $? = 3 ] || echo eend 3
printf '#!/bin/sh\\n### BEGIN INIT INFO\\n# Provides: x\\n### END INIT INFO\\n' > /tmp/lsb
for f in /tmp/lsb /etc/init.d/crond; do
	[ "$(lsb2rcconf $f)" = "$(lsb2rcconf.lsb $f)" ] || echo lsb2rcconf $f
done
rm /tmp/lsb
"""


def services(runlevel):
    return sorted(os.listdir(os.path.join(OVERLAY, 'runlevels', runlevel)))


def check_console(guest, start=0):
    match = BAD_WORDS.search(guest.text(start))
    assert not match, f'the console says "{match.group(0)}":\n' + guest.text(start)[-3000:]


def run(guest, line, output):
    got, status = guest.command(line, 30)
    assert status == 0 and re.fullmatch(output, got), f'{line}\n# answered {got!r}, status {status}; want {output!r}'


def run_until(guest, condition, seconds=20):
    """What another process does on its own time."""
    run(guest, f'i=0; until {condition} || [ $i = {5 * seconds} ]; do i=$((i + 1)); sleep 0.2; done; {condition}', r'')


def check_services(guest):
    for runlevel in ('sysinit', 'boot', 'default'):
        got, _ = guest.command(f'rc-status --nocolor {runlevel} | tr "\\n" " "', 30)
        for name in services(runlevel):
            assert re.search(rf'\b{name}\s+\[\s+started\s+\]', got), f'{name} of {runlevel}: {got!r}'
        assert 'stopped' not in got and 'crashed' not in got, got
    for name in DAEMONS:
        # A daemon in the background becomes what it is called a moment after its service has started.
        run_until(guest, f'[ $(pidof {name} | wc -w) = 1 ]')
    run(guest, 'logger a test of the log', r'')
    run_until(guest, 'logread | grep -q "user.notice.* a test of the log"')
    run(guest, 'rc-service --nocolor crond restart >/dev/null', r'')
    run_until(guest, '[ $(pidof crond | wc -w) = 1 ]')
    run(guest, 'hostname', r'coracle\n')
    run(guest, 'mount | grep -c "on /\\(proc\\|sys\\|run\\|tmp\\|dev/pts\\|dev/shm\\) type"', r'6\n')


def check_helpers(guest):
    guest.send("cat > /tmp/helpers <<'END'" + HELPERS + 'END\n')
    guest.expect(PROMPT, 20)
    run(guest, 'sh /tmp/helpers', r'')


def log_in(guest):
    """The console has let root in without asking; now by name, through login."""
    guest.send('exec login\n')
    guest.expect(r'login: $', 20)
    guest.send('root\n')
    guest.expect(PROMPT, 20)
    run(guest, 'echo $(id -un) $(tty) $HOME', r'root /dev/ttyS0 /root\n')
    # The session's leader ends: the line hangs up, and init's new getty lets root in again.
    guest.send('exit\n')
    guest.expect(r'built-in shell', 20)
    guest.expect(PROMPT, 20)
    run(guest, 'echo $(id -un) $(tty) $((6 * 7))', r'root /dev/ttyS0 42\n')


def session(guest):
    with guest:
        guest.expect(PROMPT, 60)
        check_console(guest)
        check_services(guest)
        check_helpers(guest)
        log_in(guest)
        before = len(guest.log)
        guest.send('poweroff\n')
        status = guest.wait(60)
        assert status == 0, f'power-off ended QEMU with status {status}'
        check_console(guest)
        said = guest.text(before)
        for what in DOWN:
            assert re.search(rf'\* {what}[^\n]*\.\.\.(?:[^*]*\n)?[^*]*\[ ok \]', said), f'"{what}" is missing:\n{said}'


def start(options, smp, boot, log):
    folder = os.path.join(options.build, 'linux')
    kernel, initrd = (os.path.join(folder, 'vmlinuz'), os.path.join(folder, 'initrd')) if options.linux \
        else (options.kernel, None)
    fixed = ' norandmaps' if boot % 2 else ''
    return Guest(kernel=kernel, initrd=initrd, disk=options.image, smp=smp, memory=256, devices=['virtio-rng'],
                 log=log, timeout=180, append='root=/dev/vda rw console=ttyS0 quiet' + fixed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('--boots', type=int, default=1, help='for each number of CPUs')
    parser.add_argument('--cpus', default='1,2,4')
    parser.add_argument('--jobs', type=int, default=1, help='guests at a time')
    parser.add_argument('--kernel')
    parser.add_argument('--image')
    parser.add_argument('--linux', action='store_true')
    options = parser.parse_args()
    options.kernel = options.kernel or os.path.join(options.build, 'coracle.elf')
    options.image = options.image or os.path.join(options.build, 'openrc.ext4')
    if not os.path.exists(options.image):
        print('1..0 # SKIP no openrc.ext4: apt could not fetch the packages (make openrc.ext4)')
        return 0
    logs = os.path.join(options.build, 'check', 'openrc')
    os.makedirs(logs, exist_ok=True)
    tap = Tap()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        cases = []
        for smp in [int(word) for word in options.cpus.split(',')]:
            for boot in range(1, options.boots + 1):
                log = os.path.join(logs, f'{smp}-cpus-{boot}.log')
                name = f'openrc, {smp} CPUs' + (f', boot {boot}' if options.boots > 1 else '')
                cases.append((name, pool.submit(lambda *which: session(start(options, *which)), smp, boot, log)))
        for name, future in cases:
            tap.check(name, future.result)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

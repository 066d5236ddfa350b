#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A root that is written to: shut down, it is clean and has everything; with the power cut, nothing synced is missing.

    storage_test.py [--kernel FILE] [--image FILE] [--cuts N] [-k TEXT] [BUILD]

From BUILD: coracle.elf and busybox.ext4 (`make busybox.ext4`), of which each case has its own copy.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import volume                                                   # noqa: E402
from guest import Guest, GuestError, Tap                        # noqa: E402

PROMPT = r'(?:^|\n)[^\n]*# (?:\x1b\[6n)?$'
BAD_WORDS = re.compile(r'WARNING:|[Pp]anic|KASAN|undefined behaviour|BUG:|ext4 .*error')

# Files of all kinds, moved and removed; what is left is named in /root/sums.
CHANGE = ('mkdir -p /root/tree/a/b /root/tree/gone', 'cp -a /bin /root/tree/bin',
          'for i in $(seq 400); do echo "number $i" >/root/tree/a/file-$i; done',
          'for i in $(seq 3 3 400); do mv /root/tree/a/file-$i /root/tree/a/b/moved-$i; done',
          'for i in $(seq 5 7 400); do rm -f /root/tree/a/file-$i; done',
          'dd if=/dev/urandom of=/root/tree/random bs=64k count=100 2>/dev/null',
          'ln /root/tree/random /root/tree/again; ln -s random /root/tree/link; rmdir /root/tree/gone',
          'find /root/tree -type f | sort | xargs md5sum >/root/sums; find /root/tree | sort >/root/names')
CHECK = ('md5sum -s -c /root/sums', 'find /root/tree | sort | cmp - /root/names',
         'test "$(readlink /root/tree/link)" = random', 'test "$(stat -c %h /root/tree/again)" = 2',
         'rm -r /root/tree')

# Each round: a log grows, a file is replaced by a new one, both synced; then it says so. Besides, unsynced churn.
WRITER = '''#!/bin/sh
cd /root
(while :; do cp /bin/busybox churn.$((j = (j + 1) % 5)); rm -f churn.$(((j + 2) % 5)); done) &
i=0
while :; do
	i=$((i + 1))
	echo "line $i" | dd of=log oflag=append conv=notrunc,fsync 2>/dev/null
	echo "state $i" | dd of=state.new conv=fsync 2>/dev/null
	mv state.new state
	[ $((i % 4)) != 0 ] || sync
	echo "synced $i"
done
'''


def start(options, image, log):
    guest = Guest(kernel=options.kernel, disk=image, snapshot=False, smp=2, memory=256, devices=['virtio-rng'],
                  append='root=/dev/vda rw console=ttyS0 quiet', timeout=180, log=log)
    guest.expect(PROMPT, 60)
    return guest


def run(guest, *lines):
    for line in lines:
        got, status = guest.command(line, 60)
        assert status == 0, f'{line}\n# answered {got!r}, status {status}'


def power_off(guest):
    guest.send('poweroff\n')
    status = guest.wait(60)
    assert status == 0, f'power-off ended QEMU with status {status}'
    check_console(guest)


def check_console(guest):
    match = BAD_WORDS.search(guest.text())
    assert not match, f'the console says "{match.group(0)}":\n' + guest.text()[match.start():][:3000]


def check_clean(image):
    problem = volume.fsck(image)
    assert not problem, problem


def shut_down(options, image, log):
    """Written, shut down, found again by another boot, which removes it."""
    with start(options, image, log + '.1') as guest:
        run(guest, *CHANGE)
        power_off(guest)
    check_clean(image)
    with start(options, image, log + '.2') as guest:
        run(guest, *CHECK)
        power_off(guest)
    check_clean(image)


def remounted(options, image, log):
    """Read-only and back, with a file that is open and has no name any more."""
    with start(options, image, log) as guest:
        run(guest, 'echo one >/root/one', 'exec 9<>/root/two; echo two >&9; rm /root/two')
        got, status = guest.command('mount -o remount,ro /', 30)
        assert status != 0, 'a root with a file open for writing became read-only'
        run(guest, 'exec 9>&-', 'mount -o remount,ro /', '! echo three >/root/three', 'mount -o remount,rw /',
            'echo four >/root/four')
        power_off(guest)
    check_clean(image)


def cut(options, image, log, seconds):
    """The power fails while much is being written."""
    with open(image + '.writer', 'w', encoding='ascii') as file:
        file.write(WRITER)
    volume.tool('debugfs', '-w', '-R', f'write {file.name} root/writer', image)
    with start(options, image, log + '.1') as guest:
        guest.send('sh /root/writer\n')
        guest.expect(r'synced 3\n', 60)
        time.sleep(seconds)
        guest.child.kill()
        guest.child.wait()
        said = guest.text()
    check_console(guest)
    last = max(int(n) for n in re.findall(r'^synced (\d+)$', said, re.M))
    copy = image + '.copy'
    shutil.copyfile(image, copy)
    status, text = volume.tool('e2fsck', '-fp', copy, check=False)
    assert status in (0, 1), f'e2fsck -fp: status {status}\n{text}'
    check_clean(copy)
    with start(options, image, log + '.2') as guest:        # it replays the journal by itself
        run(guest, f'test "$(sed -n {last}p /root/log)" = "line {last}"', 'test -s /root/state',
            f'test "$(head -n {last // 4 * 4} /root/log | awk \'$2 != NR\' | wc -l)" = 0')
        got, _ = guest.command('cat /root/state', 20)
        assert int(got.split()[1]) >= last // 4 * 4, f'{got} is older than {last // 4 * 4}, which was synced'
        run(guest, 'rm -f /root/churn.* /root/log /root/state*')
        power_off(guest)
    check_clean(image)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('--kernel')
    parser.add_argument('--image')
    parser.add_argument('--cuts', type=int, default=2, help='how often the power fails')
    parser.add_argument('-k', default='', help='only cases with this in their names')
    options = parser.parse_args()
    options.kernel = options.kernel or os.path.join(options.build, 'coracle.elf')
    options.image = options.image or os.path.join(options.build, 'busybox.ext4')
    logs = os.path.join(options.build, 'check', 'boot')
    os.makedirs(logs, exist_ok=True)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-storage.') as folder:
        def case(name, function, *args):
            if options.k not in name:
                return
            image = os.path.join(folder, 'root.ext4')
            subprocess.run(['cp', '--sparse=always', options.image, image], check=True)
            tap.check(name, function, options, image, os.path.join(logs, 'storage-' + name.replace(' ', '-')), *args)
        case('written and shut down', shut_down)
        case('remounted', remounted)
        for number in range(options.cuts):
            case(f'power cut {number + 1}', cut, 0.2 + 0.7 * number)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

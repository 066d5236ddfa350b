#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""BusyBox's shell and tools in the default root: busybox.sh and smoke.sh, each of their tests a TAP line here.

    shell_test.py [--image FILE] [--kernel FILE] [--initrd FILE] [--smp N] [--only NAME] [BUILD]

From BUILD: coracle.elf and openrc.ext4, or busybox.ext4 where there is no OpenRC. The scripts come to the guest as a
disk that is a tar file, and a small ext2 volume for them to mount is another. --kernel and --initrd of `make
bench-linux` prove the tests themselves.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
from guest import Guest, GuestError, Tap                        # noqa: E402

PROMPT = r'(?:^|\n)[^\n]*# (?:\x1b\[6n)?$'
SCRIPTS = ('busybox.sh', 'smoke.sh')
RESULT = re.compile(r'^(not )?ok \d+ - ([^#\n]*?)(?: # SKIP (.*))?$')


def make_disks(folder):
    """The scripts as a tar file, and a volume with a file on it."""
    scripts, volume = os.path.join(folder, 'scripts.tar'), os.path.join(folder, 'volume')
    with tarfile.open(scripts, 'w') as tar:
        for name in (*SCRIPTS, 'tap.sh'):
            tar.add(os.path.join(HERE, name), name)
    content = os.path.join(folder, 'content')
    os.makedirs(content)
    with open(os.path.join(content, 'file'), 'w', encoding='ascii') as file:
        file.write('content\n')
    subprocess.run(['mke2fs', '-q', '-t', 'ext2', '-d', content, volume, '1M'], check=True,
                   env={**os.environ, 'PATH': os.environ['PATH'] + ':/sbin:/usr/sbin'})
    return scripts, volume


def relay(tap, script, text):
    """The guest's TAP lines as ours; their number must be what the script planned."""
    lines, seen = text.splitlines(), 0
    for number, line in enumerate(lines):
        match = RESULT.match(line)
        if not match:
            continue
        seen += 1
        bad, name, reason = match.groups()
        if reason:
            tap.skip(name, reason)
            continue
        detail = []
        for more in lines[number + 1:]:
            if not more.startswith('#'):
                break
            detail.append(more)
        tap.ok(not bad, name, '\n'.join(detail))
    planned = re.search(r'^1\.\.(\d+)$', text, re.M)
    if not planned or int(planned.group(1)) != seen:
        tap.ok(False, f'{script} ran to its end', text[-2000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('--image')
    parser.add_argument('--kernel')
    parser.add_argument('--initrd')
    parser.add_argument('--smp', type=int, default=2)
    parser.add_argument('--only', default='')
    options = parser.parse_args()
    image = options.image or os.path.join(options.build, 'openrc.ext4')
    if not os.path.exists(image):
        image = os.path.join(options.build, 'busybox.ext4')
    logs = os.path.join(options.build, 'check', 'programs')
    os.makedirs(logs, exist_ok=True)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-shell.') as folder:
        disks = make_disks(folder)
        with Guest(kernel=options.kernel or os.path.join(options.build, 'coracle.elf'), initrd=options.initrd,
                   disk=[image, *disks], smp=options.smp, devices=['virtio-rng'], timeout=400,
                   log=os.path.join(logs, f'shell-{options.smp}-cpus.log'),
                   append='root=/dev/vda rw console=ttyS0 quiet norandmaps') as guest:
            guest.expect(PROMPT, 60)
            guest.command('mkdir /tmp/scripts && tar xf /dev/vdb -C /tmp/scripts', 20)
            for script in SCRIPTS:
                out, _ = guest.command(f'ONLY={options.only} SMOKE_DISK=/dev/vdc sh /tmp/scripts/{script}', 180)
                relay(tap, script, out)
            guest.send('poweroff\n')
            status = guest.wait(60)
            tap.ok(status == 0, 'power-off after the shell tests', f'status {status}')
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's programs in the guest, on a disk of its own, and Python's own suite beside the same on Linux.

    debian_test.py [--only NAME] [--python MODULE,..] [--smp N] [--short] [--script NAME,..] [BUILD]

From BUILD: coracle.elf and imgbuild; the root is made once, in packages/debian (debian-root). Each test of debian.sh is
a TAP line, as is each of disk.sh, which has an ext4 volume that the host checks afterwards. With --short that is all;
without, PYTHON's modules run as well, here and on the kernel of `make
bench-linux`: what passes there passes here, but for what debian-exceptions.txt lists with a reason (those are skipped).
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
sys.path.insert(0, HERE)
from guest import Guest, GuestError, Tap                        # noqa: E402
from volume import fsck                                         # noqa: E402
from shell_test import relay                                    # noqa: E402

PYTHON = 'test_os,test_posix,test_subprocess,test_signal,test_threading,test_mmap,test_select,test_fcntl,test_pty,' \
         'test_multiprocessing_fork'
EXCEPTIONS = os.path.join(HERE, 'debian-exceptions.txt')
VOLUME = 1 << 30
START = '''#!/bin/bash
# PID 1. Which tests: the words tests.only= and tests.python= of the command line.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
for folder in /tmp /run /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs $folder; done
ln -sfn /proc/self/fd /dev/fd
hostname guest
script=debian.sh
for word in $(cat /proc/cmdline); do
	case $word in
	tests.only=*) export ONLY=${word#*=} ;;
	tests.script=*) script=${word#*=} ;;
	tests.python=*) python=${word#*=}; export PYTHON=${python//,/ } ;;
	esac
done
mkdir /tmp/scripts
tar xf /dev/vdb -C /tmp/scripts
cd /tmp
busybox ifconfig lo 127.0.0.1 up 2>/dev/null	# where there is one
setsid -w bash "/tmp/scripts/$script"
echo DEBIAN_END
sync
busybox poweroff -f
'''


def make_root(build):
    """BUILD/packages/debian/root.ext4; None if apt could not deliver."""
    folder = os.path.join(build, 'packages', 'debian')
    done = subprocess.run([os.path.join(HERE, 'debian-root'), folder], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print('\n'.join('# ' + line for line in done.stdout.splitlines()))
        return None
    image, tar, over = (os.path.join(folder, name) for name in ('root.ext4', 'root.tar', 'over'))
    if not os.path.exists(image) or any(os.path.getmtime(image) < os.path.getmtime(f) for f in (tar, __file__)):
        os.makedirs(over, exist_ok=True)
        with open(os.path.join(over, 'start'), 'w', encoding='ascii') as file:
            file.write(START)
        os.chmod(os.path.join(over, 'start'), 0o755)
        imgbuild = os.path.join(build, 'imgbuild', 'imgbuild')
        subprocess.run([imgbuild, '--output', image, '--root-only', '--label', 'debian', '--rootfs', tar,
                        '--owner', 'root', '--overlay', over], check=True, stdout=subprocess.DEVNULL)
    return image


def store(volume):
    """The disk that keeps what is written to it."""
    return ['-drive', f'file={volume},if=none,id=store,format=raw,cache=unsafe',
            '-device', 'virtio-blk-pci,drive=store']


def run(options, system, image, script, python=''):
    """The console of one run of a script."""
    folder = os.path.join(options.build, 'linux')
    if system == 'linux':
        subprocess.run([os.path.join(HERE, '..', '..', 'bench', 'linux-kernel'), folder], check=True,
                       stdout=subprocess.DEVNULL)
    kernel = os.path.join(folder, 'vmlinuz') if system == 'linux' else os.path.join(options.build, 'coracle.elf')
    log = os.path.join(options.build, 'check', 'programs', f'{script}-{system}.log')
    words = f'root=/dev/vda rw init=/start console=ttyS0 quiet tests.only={options.only} ' \
            f'tests.script={script}.sh tests.python={python}'
    with Guest(kernel=kernel, initrd=os.path.join(folder, 'initrd') if system == 'linux' else None, memory=1024,
               disk=[image, options.scripts], extra=store(options.volume), smp=options.smp,
               devices=['virtio-rng'], timeout=options.limit, log=log, append=words) as guest:
        try:
            guest.expect(r'^DEBIAN_END$', options.limit)
        except GuestError as error:
            print('\n'.join('# ' + line for line in str(error).splitlines()[-30:]))
            return guest.text(), False
        guest.wait(60)
        return guest.text(), True


def python_results(text):
    return dict(re.findall(r'^PYTEST (\S+) (ok|FAIL|ERROR|skipped)$', text, re.M))


def exceptions():
    """{test: reason}"""
    with open(EXCEPTIONS, encoding='utf-8') as file:
        pairs = (line.split(None, 1) for line in file if line.strip() and not line.startswith('#'))
        return {name: reason.strip() for name, reason in pairs}


def compare(tap, ours, linux):
    """What passes on Linux passes here."""
    known = exceptions()
    for name in sorted(name for name, result in linux.items() if result == 'ok'):
        if name in known:
            tap.skip(f'python: {name}', known[name])
        else:
            tap.ok(ours.get(name) == 'ok', f'python: {name}', f'here: {ours.get(name, "did not run")}')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('--only', default='')
    parser.add_argument('--script', default='debian,disk')
    parser.add_argument('--python', default=PYTHON)
    parser.add_argument('--smp', type=int, default=2)
    parser.add_argument('--limit', type=int, default=3600)
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--system', choices=('coracle', 'linux'), default='coracle', help='debian.sh: where')
    options = parser.parse_args()
    os.makedirs(os.path.join(options.build, 'check', 'programs'), exist_ok=True)
    image = make_root(options.build)
    if not image:
        print('1..0 # SKIP no Debian root: apt or mmdebstrap could not deliver')
        return 0
    tap = Tap()
    python = '' if options.short else options.python
    with tempfile.TemporaryDirectory(prefix='coracle-debian.') as folder:
        options.scripts, options.volume = os.path.join(folder, 'scripts.tar'), os.path.join(folder, 'volume')
        with tarfile.open(options.scripts, 'w') as tar:
            for name in ('debian.sh', 'disk.sh', 'tap.sh'):
                tar.add(os.path.join(HERE, name), name)
        with open(options.volume, 'wb') as file:
            file.truncate(VOLUME)
        for script in options.script.split(','):
            text, ended = run(options, options.system, image, script, python if script == 'debian' else '')
            relay(tap, f'{script}.sh', text)
            tap.ok(ended, f'{script}.sh: the guest ran to its end')
            if script == 'disk':
                problem = fsck(options.volume)
                tap.ok(not problem, 'disk: what e2fsck says on the host', problem)
            elif python:
                linux, _ = run(options, 'linux', image, script, python)
                compare(tap, python_results(text), python_results(linux))
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

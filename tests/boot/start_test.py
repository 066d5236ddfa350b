#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From the command line and the initial RAM disk to PID 1: start_test.py [-k TEXT] [BUILD]

From BUILD: coracle.elf. Each case is one start by PVH whose PID 1 ends by itself; what the console says and QEMU's
status are compared. Forms of root=, archives good and damaged, words for the program, what is said when there is no
root or no program, and random numbers without a hardware source.
"""

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from guest import Guest, Tap                                    # noqa: E402
from system_test import make_root                               # noqa: E402

PANIC = 3                               # QEMU's status by isa-debug-exit
HELLO = '#!/bin/sh\necho "up: $# words: $*; $x"\n'


class Bench:
    """The files the cases start from."""

    def __init__(self, build, folder):
        self.kernel, self.folder = os.path.join(build, 'coracle.elf'), folder
        self.disk = make_root(folder)
        self.plain = self.archive({'bin/busybox': None, 'init': HELLO}, {'bin/sh': 'busybox'})
        self.second = self.archive({'init': HELLO.replace('up:', 'second:')}, {})
        self.no_init = self.archive({'file': 'x\n'}, {})

    def archive(self, files, links):
        """A cpio of these files; None: the program of that name on this machine."""
        tree = tempfile.mkdtemp(dir=self.folder)
        for name, text in files.items():
            path = os.path.join(tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if text is None:
                shutil.copy(shutil.which(os.path.basename(name)), path)
            else:
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(text)
            os.chmod(path, 0o755)
        for name, target in links.items():
            os.symlink(target, os.path.join(tree, name))
        os.mkdir(os.path.join(tree, 'dev'))
        return subprocess.run('find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet', shell=True, cwd=tree,
                              check=True, stdout=subprocess.PIPE).stdout

    def start(self, append, wanted, status=0, initrd=None, disk=False, cpu='max'):
        """Every text of wanted is on the console when QEMU ends with that status."""
        name = None
        if initrd is not None:
            name = os.path.join(self.folder, 'initrd')
            with open(name, 'wb') as file:
                file.write(initrd)
        with Guest(kernel=self.kernel, initrd=name, disk=self.disk if disk else None, cpu=cpu, memory=128, timeout=60,
                   append='console=ttyS0 ' + append) as guest:
            ended, text = guest.wait(40), guest.text()
        for part in [wanted] if isinstance(wanted, str) else wanted:
            assert part in text, f'no {part!r} in\n{text[:3000]}'
        assert ended == status, f'status {ended}, not {status}\n{text[:3000]}'


def zstd(data):
    return subprocess.run(['zstd', '-qc'], input=data, check=True, stdout=subprocess.PIPE).stdout


def damage(data):
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 0xff for byte in data[middle:middle + 64]) + data[middle + 64:]


def archives(bench):
    """Name, arguments of start()."""
    plain, cut = bench.plain, len(bench.plain) // 2
    up = 'up: 2 words: one two words; a b'
    words = 'x="a b" -- one "two words"'
    yield 'initrd: cpio, words for the program', dict(append=words, wanted=up, initrd=plain)
    yield 'initrd: gzip', dict(append=words, wanted=up, initrd=gzip.compress(plain))
    yield 'initrd: zstd', dict(append=words, wanted=up, initrd=zstd(plain))
    yield 'initrd: two archives, each its own way', dict(append='', wanted='second: 0 words',
                                                         initrd=plain + bytes(512) + gzip.compress(bench.second))
    yield 'initrd: rdinit=', dict(append='rdinit=/bin/sh -- -c "echo by rdinit"', wanted='by rdinit', initrd=plain)
    for name, data, reason in [
            ('cut off', plain[:cut], 'cut off in the middle'),
            ('gzip, cut off', gzip.compress(plain)[:cut // 2], 'damaged, cut off'),
            ('zstd, damaged', damage(zstd(plain)), 'initramfs: unpacking failed'),
            ('of an unknown format', b'\xfd7zXZ\0' + bytes(1000), 'neither cpio (newc), gzip nor zstd')]:
        yield f'initrd: {name}', dict(append='', wanted=[reason, 'Kernel panic: no '], status=PANIC, initrd=data)
    yield 'initrd without /init: root= is mounted', \
        dict(append='root=/dev/vda init=/bin/sh -- -c "test ! -e /file; echo from disk $?"', wanted='from disk 0',
             initrd=bench.no_init, disk=True)


def roots(bench):
    run = 'init=/bin/sh -- -c "echo from disk"'
    for root in ('/dev/vda', 'LABEL=coracle', '254:0', 'fe00'):
        yield f'root={root}', dict(append=f'root={root} {run}', wanted='from disk', disk=True)
    for append, reason in [
            ('root=/dev/vdz', "cannot mount root '/dev/vdz': there is no such device; there are: vda ("),
            ('root=LABEL=none', "root 'LABEL=none': there is no such device"),
            ('root=/dev/vda rootfstype=xfs', "cannot mount root '/dev/vda': xfs: ENODEV"),
            ('', 'no root: neither root= on the command line nor an initial RAM disk'),
            ('root=/dev/vda init=/none', "cannot run init '/none': ENOENT"),
            ('root=/dev/vda init=/etc', "cannot run init '/etc': EACCES")]:
        yield f'refused: {append or "nothing"}', \
            dict(append=append, wanted=['Kernel panic: ', 'RIP ffffffff', reason], status=PANIC, disk=True)
    yield 'the end of PID 1', dict(append='root=/dev/vda init=/bin/false', disk=True,
                                   wanted='init: exited with status 1, powering off')
    yield 'trace=syscall', dict(append=f'root=/dev/vda trace=syscall {run}', disk=True,
                                wanted=['write(1, ', 'exit_group(0) = ?'])
    yield 'random numbers without a hardware source', \
        dict(append='root=/dev/vda init=/bin/sh -- -c "head -c 8 /dev/random | wc -c"', wanted='\n8\n', disk=True,
             cpu='qemu64')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-k', default='', help='only cases whose name holds this')
    parser.add_argument('build', nargs='?', default='.')
    options = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-start.') as folder:
        bench = Bench(options.build, folder)
        for name, arguments in [*archives(bench), *roots(bench)]:
            if options.k in name:
                tap.check(name, bench.start, **arguments)
    sys.exit(tap.done())


if __name__ == '__main__':
    main()

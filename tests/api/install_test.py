#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`make install DESTDIR=`, and programs built from what it installs.

    install_test.py [--make MAKE] BUILD

tests/api/app.c is compiled and linked with the flags of the installed libos.pc, as a user would, and booted: alone;
with a root file system, from which it runs programs; and from a disk image made with the installed tools.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
sys.path.insert(0, os.path.join(HERE, '..', 'boot'))
from guest import Guest, Tap                                    # noqa: E402
from system_test import make_root                               # noqa: E402

PREFIX = '/opt/coracle'
FILES = ['bin/imgbuild', 'bin/coracle-payload', 'lib/libos.a', 'lib/libos-x86_64.a', 'lib/pkgconfig/libos.pc',
         'include/libos/libos.h', 'include/libos/file.h', 'include/libos/mem.h', 'include/libos/process.h',
         'include/libos/thread.h', 'include/libos/time.h', 'share/coracle/coracle.elf', 'share/coracle/coracle.krn',
         'share/coracle/kernel.lds', 'share/coracle/loader/mbr.bin', 'share/coracle/loader/stage2.bin',
         'share/coracle/loader/BOOTX64.EFI', 'share/man/man1/imgbuild.1', 'share/man/man1/coracle-payload.1']
GOOD = r'hello from libos_main on {cpus} CPUs, {words} words\n(?:.*\n)*?(\d+) of \1 checks good\n'


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    assert done.returncode == 0, f'{" ".join(words)}: status {done.returncode}\n{done.stdout[-3000:]}'
    return done.stdout


class Installed:
    """A tree made by make install, and what is built from it."""

    def __init__(self, folder, make, build):
        self.folder = folder
        self.make, self.build = make, build
        self.top = os.path.join(folder, 'dest' + PREFIX)

    def path(self, name):
        return os.path.join(self.top, name)

    def install(self):
        """Everything is there, and nothing outside of DESTDIR's prefix."""
        run(self.make, '--no-print-directory', '-C', self.build, 'install', f'prefix={PREFIX}',
            f'DESTDIR={self.folder}/dest', env={k: v for k, v in os.environ.items() if k != 'MAKEFLAGS'})
        found = {os.path.relpath(os.path.join(at, name), os.path.join(self.folder, 'dest'))
                 for at, _, names in os.walk(os.path.join(self.folder, 'dest')) for name in names}
        wanted = {os.path.join(PREFIX, name)[1:] for name in FILES}
        assert found == wanted, f'missing {sorted(wanted - found)}, unexpected {sorted(found - wanted)}'

    def pc(self, field):
        """Flags of libos.pc, as pkg-config gives them for a tree that lies under DESTDIR."""
        with open(self.path('lib/pkgconfig/libos.pc'), encoding='utf-8') as file:
            text = file.read()
        values = dict(re.findall(r'^(\w+)=(.*)$', text, re.M))
        assert values['prefix'] == PREFIX, values
        values['prefix'] = self.top
        line = re.search(rf'^{field}: *(.*)$', text, re.M).group(1)
        while '${' in line:
            line = re.sub(r'\$\{(\w+)\}', lambda m: values[m.group(1)], line)
        return line.split()

    def headers(self):
        """Each header alone, strictly, in C and in C++."""
        for name in sorted(os.listdir(self.path('include/libos'))):
            for language, standard in (('c', 'c11'), ('c++', 'c++11')):
                compiler = ['clang', '-x', language, f'-std={standard}', '-pedantic', '-Wall', '-Wextra', '-Werror',
                            '-fsyntax-only', *self.pc('Cflags'), '-']
                run(*compiler, input=f'#include <libos/{name}>\n')

    def program(self, compiler):
        elf = os.path.join(self.folder, f'app-{compiler}.elf')
        run(compiler, '-std=gnu17', '-O2', '-g', '-Wall', '-Wextra', '-Werror', *self.pc('Cflags'),
            os.path.join(HERE, 'app.c'), '-o', elf, *self.pc('Libs'))
        return elf


def boots(guest, cpus, words=0):
    with guest:
        status = guest.wait(60)
        text = guest.text()
    assert re.search(GOOD.format(cpus=cpus, words=words), text), text[-3000:]
    assert 'init: exited with status 42, powering off' in text and status == 0, f'status {status}\n{text[-3000:]}'
    assert not re.search('WARNING|panic', text), text[-3000:]


def from_disk(tree, elf, root):
    """The program's kernel packed and put on a disk with the installed tools."""
    krn, image = os.path.join(tree.folder, 'app.krn'), os.path.join(tree.folder, 'disk.img')
    loader = tree.path('share/coracle/loader')
    run(tree.path('bin/coracle-payload'), '-o', krn, elf)
    run(tree.path('bin/imgbuild'), '--rootfs', root, '--kernel', krn, '--mbr', f'{loader}/mbr.bin',
        '--stage2', f'{loader}/stage2.bin', '--efi', f'{loader}/BOOTX64.EFI', '--cmdline', 'console=ttyS0 -- programs',
        '--output', image)
    boots(Guest(disk=image, smp=2), cpus=2, words=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--make', default='make')
    parser.add_argument('build', nargs='?', default='.')
    options = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-install.') as folder:
        tree = Installed(folder, options.make, options.build)
        tap.check('make install', tree.install)
        tap.check('headers', tree.headers)
        image = make_root(folder)
        for compiler in filter(shutil.which, ('gcc', 'clang')):
            elf = os.path.join(folder, f'app-{compiler}.elf')
            tap.check(f'{compiler}: a program links', lambda c=compiler: tree.program(c))
            for machine, cpus in (('pc', 1), ('q35', 4), ('microvm', 2)):
                tap.check(f'{compiler}: it boots on {machine}, {cpus} CPUs', lambda e=elf, m=machine, c=cpus: boots(
                    Guest(kernel=e, machine=m, smp=c, append='console=ttyS0'), c))
            tap.check(f'{compiler}: it runs programs', lambda e=elf: boots(
                Guest(kernel=e, disk=image, smp=2, append='console=ttyS0 root=/dev/vda -- programs'), 2, 1))
        tap.check('from a disk image', lambda: from_disk(tree, os.path.join(folder, 'app-gcc.elf'),
                                                         os.path.join(folder, 'root')))
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())

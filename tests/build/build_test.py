#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""configure and the makefile, as a user meets them: build_test.py [--make MAKE] [BUILD]"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
from guest import Tap                                           # noqa: E402

CONFIGURE = os.path.abspath(os.path.join(HERE, '..', '..', 'configure'))
VARIABLES = ('CC', 'HOSTCC', 'CFLAGS', 'MAKEFLAGS', 'MAKELEVEL')
# What configure itself runs, and all it asks for but nasm.
TOOLS = ('sh sed dirname grep cat cmp cp rm mkdir mktemp ln tr head chmod id uname paste gcc ld as ar nm objcopy strip '
         'make python3').split()


def run(words, folder, status=0, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    done = subprocess.run(words, cwd=folder, env={**clean, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == status, f'{words}: status {done.returncode}, not {status}\n{done.stdout[-2000:]}'
    return done.stdout


def settings(folder):
    with open(os.path.join(folder, 'config.mk'), encoding='utf-8') as file:
        return dict((part.strip() for part in line.split('=', 1)) for line in file if '=' in line)


class Configure:
    """Each test in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder

    def empty(self, name):
        path = os.path.join(self.folder, name)
        os.mkdir(path)
        return path

    def remembers(self):
        """A second run, as make starts it when configure is newer, chooses the same."""
        folder = self.empty('remembers')
        run([CONFIGURE, '--prefix', '/opt/a b', '-q'], folder, CC='gcc -m64', CFLAGS='-DX="a b"')
        before = settings(folder)
        wanted = {'CC': 'gcc -m64', 'HOSTCC': 'gcc -m64', 'USER_CFLAGS': '-DX="a b"', 'prefix': '/opt/a b'}
        assert {key: before[key] for key in wanted} == wanted, before
        run(['./config.status'], folder)
        assert settings(folder) == before, settings(folder)

    def arguments_win(self):
        folder = self.empty('win')
        run([CONFIGURE, 'CC=gcc'], folder, CC='no-such-compiler')
        assert settings(folder)['CC'] == 'gcc'

    def texts(self):
        folder = self.empty('texts')
        assert '--enable-debug' in run([CONFIGURE, '--help'], folder)
        assert run([CONFIGURE, '--version'], folder).startswith('Coracle ')
        assert run([CONFIGURE, '--quiet'], folder) == ''
        for wrong in (['--bogus'], ['bogus'], ['--prefix'], ['CC=no-such-compiler'], ['CC=gcc -m32'], ['CC=false']):
            assert 'configure: error: ' in run([CONFIGURE, *wrong], folder, status=1), wrong

    def missing_tool(self):
        """Its Debian package is named once, and nothing is written."""
        folder, tools = self.empty('missing'), self.empty('tools')
        for tool in TOOLS:
            os.symlink(shutil.which(tool), os.path.join(tools, tool))
        # configure looks into the folders of administrators' programs by itself; none holds nasm.
        text = run(['sh', CONFIGURE], folder, status=1, PATH=tools)
        assert "'nasm' not found: install the Debian package 'nasm'" in text, text
        assert 'apt-get install nasm\n' in text and not os.listdir(folder), text


class Makefile:
    """Questions to the build folder, which stays as it is."""

    def __init__(self, make, build, folder):
        self.make, self.build, self.folder = [*make, '--no-print-directory'], build, folder

    def value(self, name, *variables):
        text = run([*self.make, '-s', f'--eval=ask: ; @echo "[$({name})]"', 'ask', *variables], self.build)
        return text.splitlines()[-1]

    def image_variables(self):
        """disk.img is made again for a variable that is given, and not with an empty list of them."""
        given = self.value('image_given'), self.value('image_given', 'SIZE=1G', 'ROOTFS=x')
        assert given == ('[]', '[ROOTFS SIZE]'), given

    def users_path(self):
        """mke2fs is found with the PATH of a Debian user."""
        path = ':'.join(part for part in os.environ['PATH'].split(':') if not part.endswith('sbin'))
        text = run([*self.make, '-s', '--eval=ask: ; @command -v mke2fs', 'ask'], self.build, PATH=path)
        assert 'sbin/mke2fs' in text, text

    def uninstall(self):
        """Of what install put under a path with blanks nothing is left, and nothing else is touched."""
        where = [f"DESTDIR={self.folder}/it's dest", 'prefix=/usr local']
        run([*self.make, 'install', *where], self.build)
        assert os.path.exists(os.path.join(self.folder, "it's dest", 'usr local', 'bin', 'imgbuild'))
        run([*self.make, 'uninstall', *where], self.build)
        left = [name for _, _, names in os.walk(os.path.join(self.folder, "it's dest")) for name in names]
        assert not left and not os.path.exists(os.path.join(self.folder, "it's")), left


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--make', default='make')
    parser.add_argument('build', nargs='?', default='.')
    options = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-build.') as folder:
        configure = Configure(folder)
        tap.check('configure: remembers what it was told', configure.remembers)
        tap.check('configure: arguments win over the environment', configure.arguments_win)
        tap.check('configure: help, version, errors', configure.texts)
        tap.check('configure: a missing tool', configure.missing_tool)
        makefile = Makefile(options.make.split(), options.build, folder)
        tap.check('make image: variables', makefile.image_variables)
        tap.check('make: the PATH of a user', makefile.users_path)
        tap.check('make install and uninstall', makefile.uninstall)
    sys.exit(tap.done())


if __name__ == '__main__':
    main()

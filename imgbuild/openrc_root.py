# SPDX-License-Identifier: MIT
"""What the default root takes of Debian's OpenRC: its programs, and the libraries these are linked with.

`add(packages, out)` copies them from unpacked packages (debian-packages) into the root OUT. Nothing is installed:
no script of a package runs. The services, runlevels and settings are those of alpine-overlay; Debian's own services,
which are for its sysvinit, stay out, as do manual pages and translations.
"""

import os
import shutil
import subprocess
import sys

FOLDERS = ('sbin', 'bin', 'lib/rc')
LIBRARIES = ('lib64', 'lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu')
PLACE = 'lib/x86_64-linux-gnu'          # of the libraries in the root
RENAMED = ('lib/rc/bin/lsb2rcconf', '.lsb')     # alpine-overlay's script of that name calls it
# lsb2rcconf asks for both; they say which of a distribution's services stand for LSB's facilities: none here.
EMPTY_FILES, EMPTY_FOLDERS = ('etc/insserv.conf',), ('etc/insserv.conf.d',)


def copy_programs(package, out):
    """The programs and scripts of OpenRC. Returns the paths of those that are copied."""
    made = []
    for top in FOLDERS:
        for folder, folders, files in os.walk(os.path.join(package, top)):
            there = os.path.join(out, os.path.relpath(folder, package))
            os.makedirs(there, exist_ok=True)
            for name in files + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
                target = os.path.join(there, name)
                if os.path.lexists(target):
                    os.unlink(target)
                shutil.copy(os.path.join(folder, name), target, follow_symlinks=False)
                made.append(target)
    return made


def needed(path):
    """Names of the libraries and the interpreter of an ELF file; nothing for others."""
    with open(path, 'rb') as file:
        if file.read(4) != b'\x7fELF':
            return set()
    text = subprocess.run(['readelf', '-dlW', path], check=True, text=True, stdout=subprocess.PIPE,
                          env={**os.environ, 'LC_ALL': 'C'}).stdout
    names = {line.split('[')[1].split(']')[0] for line in text.splitlines() if '(NEEDED)' in line}
    return names | {os.path.basename(line.split(': ')[1].rstrip(']')) for line in text.splitlines()
                    if 'program interpreter' in line}


def find_library(packages, name):
    for folder in LIBRARIES:
        path = os.path.join(packages, folder, name)
        if os.path.lexists(path):
            if os.path.islink(path) and os.readlink(path).startswith('/'):
                path = os.path.join(packages, os.readlink(path).lstrip('/'))
            return path
    sys.exit(f"default_root.py: error: OpenRC needs '{name}', which is in none of its packages")


def copy_libraries(packages, out, programs):
    """Each library under the name programs ask for."""
    wanted, made = set(), set()
    for program in programs:
        if not os.path.islink(program):
            wanted |= needed(program)
    os.makedirs(os.path.join(out, PLACE), exist_ok=True)
    while wanted - made:
        name = (wanted - made).pop()
        made.add(name)
        target = os.path.join(out, PLACE, name)
        shutil.copy(find_library(packages, name), target)
        wanted |= needed(target)
        if name.startswith('ld-linux'):
            os.makedirs(os.path.join(out, 'lib64'), exist_ok=True)
            os.symlink(os.path.join('/', PLACE, name), os.path.join(out, 'lib64', name))


def add(packages, out):
    if not os.path.exists(os.path.join(packages, 'sbin/openrc')):
        sys.exit(f"default_root.py: error: '{packages}' holds no sbin/openrc: ROOT=busybox makes an image without it")
    copy_libraries(packages, out, copy_programs(packages, out))
    path, suffix = os.path.join(out, RENAMED[0]), RENAMED[1]
    if os.path.exists(path):
        os.replace(path, path + suffix)
    for name in EMPTY_FOLDERS:
        os.makedirs(os.path.join(out, name), exist_ok=True)
    for name in EMPTY_FILES:
        with open(os.path.join(out, name), 'wb'):
            pass

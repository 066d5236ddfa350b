#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lay out the default root file system: a static BusyBox, a link for each of its applets, and an overlay folder.

    default_root.py [--busybox FILE] [--applets FILE] [--openrc PACKAGES] [--overlay FOLDER]... OUT

--openrc adds OpenRC from unpacked packages (openrc_root.py), and etc/inittab.openrc becomes /etc/inittab. Without it
whatever of the overlays only OpenRC uses stays out.

OUT is made anew. The applets come from `busybox --list-full`, which runs only when the program is for this machine;
for another one give the list with --applets. Modes are 0755 and 0644 and times one second of the past
(SOURCE_DATE_EPOCH, else the last commit, else the newest file of the overlays), whatever the checkout's umask and
age: two checkouts give the same image. Owners and other modes are imgbuild's part (default-root.owners).
"""

import argparse
import os
import platform
import shutil
import struct
import subprocess
import sys

import openrc_root

MACHINES = {'x86_64': 62, 'aarch64': 183, 'riscv64': 243}
PT_INTERP = 3
LINK = '/bin/busybox'
# What init starts is one or the other's.
BUSYBOX_ONLY = ('etc/init.d/rcS', 'etc/init.d/rcK')
OPENRC_ONLY = ('etc/inittab.openrc', 'etc/runlevels', 'etc/conf.d', 'etc/local.d', 'etc/rc.conf', 'lib/rc')
SERVICE = b'#!/sbin/openrc-run'


def fail(text):
    sys.exit(f'default_root.py: error: {text}')


def elf_machine(path):
    """e_machine of a 64-bit little-endian ELF file that needs no interpreter."""
    with open(path, 'rb') as file:
        head = file.read(64)
        if len(head) < 64 or head[:6] != b'\x7fELF\x02\x01':
            fail(f"'{path}' is not a 64-bit ELF program")
        machine, = struct.unpack_from('<H', head, 18)
        offset, = struct.unpack_from('<Q', head, 32)
        size, count = struct.unpack_from('<HH', head, 54)
        for i in range(count):
            file.seek(offset + i * size)
            if struct.unpack('<I', file.read(4))[0] == PT_INTERP:
                fail(f"'{path}' is dynamically linked: install the Debian package 'busybox-static', or name "
                     'another program with BUSYBOX=')
    return machine


def applets(options):
    """Paths of all applets, without a leading slash."""
    if options.applets:
        with open(options.applets, encoding='utf-8') as file:
            text = file.read()
    elif elf_machine(options.busybox) == MACHINES.get(platform.machine()):
        text = subprocess.run([os.path.abspath(options.busybox), '--list-full'], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    else:
        fail(f"'{options.busybox}' is for another machine and cannot be asked for its applets: give --applets FILE")
    names = sorted(set(text.split()) - {'bin/busybox', 'linuxrc'})
    for name in names:
        if name.startswith('/') or '..' in name.split('/'):
            fail(f"applet '{name}' lies outside of the root")
    return names


def lay_over(overlay, out):
    for folder, folders, files in os.walk(overlay):
        there = os.path.join(out, os.path.relpath(folder, overlay))
        os.makedirs(there, exist_ok=True)
        # A link to a folder is listed among the folders.
        for name in files + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
            source, target = os.path.join(folder, name), os.path.join(there, name)
            if os.path.abspath(source) == os.path.join(os.path.abspath(overlay), 'README.md'):
                continue
            if os.path.lexists(target):
                os.unlink(target)
            shutil.copy2(source, target, follow_symlinks=False)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def is_service(path):
    with open(path, 'rb') as file:
        return file.read(len(SERVICE)) == SERVICE


def choose_init(out, openrc):
    """Leave what init needs: OpenRC's files, or those of BusyBox init alone."""
    if openrc:
        for name in BUSYBOX_ONLY:
            remove(os.path.join(out, name))
        os.replace(os.path.join(out, 'etc/inittab.openrc'), os.path.join(out, 'etc/inittab'))
        return
    for name in OPENRC_ONLY:
        remove(os.path.join(out, name))
    folder = os.path.join(out, 'etc/init.d')
    for path in [os.path.join(folder, name) for name in os.listdir(folder)] if os.path.isdir(folder) else ():
        if is_service(path):
            os.unlink(path)


def newest(overlays):
    times = [os.lstat(os.path.join(folder, name)).st_mtime for overlay in overlays
             for folder, _, files in os.walk(overlay) for name in files]
    return int(max(times, default=1))


def epoch(overlays):
    if os.environ.get('SOURCE_DATE_EPOCH'):
        return int(os.environ['SOURCE_DATE_EPOCH'])
    here = os.path.dirname(os.path.abspath(__file__))
    commit = subprocess.run(['git', '-C', here, 'log', '-1', '--format=%ct'], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) if shutil.which('git') else None
    return int(commit.stdout) if commit and commit.stdout.strip() else newest(overlays)


def settle(out, time):
    """One mode for folders and programs, one for other files; one time for all. Bottom up: writing changes times."""
    for folder, folders, files in os.walk(out, topdown=False):
        for name in files + folders:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                run = os.path.isdir(path) or os.stat(path).st_mode & 0o100
                os.chmod(path, 0o755 if run else 0o644)
            os.utime(path, (time, time), follow_symlinks=False)
    os.chmod(out, 0o755)
    os.utime(out, (time, time))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--busybox', default='/bin/busybox')
    parser.add_argument('--applets')
    parser.add_argument('--openrc')
    parser.add_argument('--overlay', action='append', default=[])
    parser.add_argument('out')
    options = parser.parse_args()

    if not os.path.exists(options.busybox):
        fail(f"'{options.busybox}' not found: install the Debian package 'busybox-static'")
    names = applets(options)
    shutil.rmtree(options.out, ignore_errors=True)
    for name in names:
        path = os.path.join(options.out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(LINK, path)
    os.makedirs(os.path.join(options.out, 'bin'), exist_ok=True)
    shutil.copy(options.busybox, os.path.join(options.out, 'bin/busybox'))
    if options.openrc:
        openrc_root.add(options.openrc, options.out)
    for overlay in options.overlay:
        lay_over(overlay, options.out)
    choose_init(options.out, options.openrc)
    settle(options.out, epoch(options.overlay))


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The default root: BusyBox, its applets, alpine-overlay, owners and modes; the same from every checkout."""

import os
import re
import shutil
import stat
import subprocess
import sys

from image import SOURCE, check, equal, main, sha256, umask

SCRIPT = os.path.join(SOURCE, 'imgbuild/default_root.py')
OWNERS = os.path.join(SOURCE, 'imgbuild/default-root.owners')
OVERLAY = os.path.join(SOURCE, 'alpine-overlay')
BUSYBOX = os.environ.get('BUSYBOX', '/bin/busybox')


def lay_out(box, name='stage', overlay=OVERLAY, status=0, options=(), **environment):
    argv = [sys.executable, SCRIPT, '--busybox', BUSYBOX, '--overlay', overlay, *options, box.path(name)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
                          env=dict(os.environ, **environment))
    equal(done.returncode, status, done.stdout)
    return done.stdout


def build(box, **environment):
    lay_out(box, **environment)
    return box.root('--owner', 'root', '--rootfs', 'stage', '--numeric-owner', OWNERS)


def test_content(box):
    image = build(box)
    for path in ('/sbin/init', '/bin/sh', '/sbin/getty', '/bin/login', '/bin/mount', '/sbin/poweroff', '/bin/ps'):
        equal(image.stat(path)['target'], '/bin/busybox', path)
    with open(BUSYBOX, 'rb') as file:
        check(image.cat('/bin/busybox') == file.read(), 'busybox')
    applets = subprocess.run([BUSYBOX, '--list-full'], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    folders = {}
    for applet in applets:
        folder, name = os.path.split('/' + applet)
        if applet not in ('bin/busybox', 'linuxrc'):
            check(name in folders.setdefault(folder, image.names(folder)), f'{applet} is missing')
    for path, mode in (('/etc/shadow', 0o100640), ('/tmp', 0o41777), ('/root', 0o40700), ('/etc/passwd', 0o100644),
                       ('/sbin/autologin', 0o100755), ('/etc/init.d/rcS', 0o100755), ('/dev/console', 0o20600),
                       ('/proc', 0o40555), ('/bin/busybox', 0o100755)):
        equal(oct(image.stat(path)['mode']), oct(mode), path)
    equal((image.stat('/etc/shadow')['uid'], image.stat('/etc/shadow')['gid']), (0, 42))
    check(not image.exists('/README.md'), 'the README of the overlay is not part of it')


def test_programs_that_init_runs_are_there(box):
    image = build(box)
    text = image.cat('/etc/inittab').decode()
    lines = [line for line in text.splitlines() if line and not line.startswith('#')]
    actions = {line.split(':')[2] for line in lines}
    equal(actions, {'sysinit', 'respawn', 'ctrlaltdel', 'shutdown'})
    for line in lines:
        program = line.split(':', 3)[3].split()[0]
        check(image.exists(program), f'{program} of {line!r}')
    for folder in re.findall(r'^\S+\s+(/\S*)', re.sub(r'^#.*', '', image.cat('/etc/fstab').decode(), flags=re.M), re.M):
        check(image.exists(folder) or folder.startswith('/dev/'), f'{folder} of fstab')
    users = dict(line.split(':', 1) for line in image.cat('/etc/passwd').decode().split())
    shadows = dict(line.split(':', 1) for line in image.cat('/etc/shadow').decode().split())
    equal(set(users), set(shadows), 'passwd and shadow')


def test_nothing_of_openrc_without_it(box):
    image = build(box)
    for path in ('/etc/runlevels', '/etc/conf.d', '/etc/rc.conf', '/etc/inittab.openrc', '/sbin/openrc', '/lib/rc'):
        check(not image.exists(path), path)
    equal(sorted(set(image.names('/etc/init.d')) - {'.', '..'}), ['rcK', 'rcS'])


def test_openrc(box):
    box.write('packages/sbin/openrc', b'#!/bin/sh\n', 0o755)
    box.write('packages/lib/rc/sh/init.sh', b'#!/bin/sh\n', 0o755)
    box.write('packages/lib/rc/bin/lsb2rcconf', b'ELF', 0o755)
    box.write('packages/etc/init.d/agetty', b'#!/sbin/openrc-run\n', 0o755)
    lay_out(box, options=('--openrc', box.path('packages')))
    image = box.root('--owner', 'root', '--rootfs', 'stage', '--numeric-owner', OWNERS)
    check(b'/sbin/openrc --nocolor sysinit' in image.cat('/etc/inittab'), 'the inittab')
    # Debian's program is there for the script that stands in its place.
    equal(image.cat('/lib/rc/bin/lsb2rcconf.lsb'), b'ELF')
    check(b'/lib/rc/bin/lsb2rcconf.lsb' in image.cat('/lib/rc/bin/lsb2rcconf'), 'lsb2rcconf')
    for path in ('/etc/inittab.openrc', '/etc/init.d/rcS', '/etc/init.d/agetty'):
        check(not image.exists(path), path)
    for runlevel in set(image.names('/etc/runlevels')) - {'.', '..'}:
        for name in set(image.names(f'/etc/runlevels/{runlevel}')) - {'.', '..'}:
            target = image.stat(f'/etc/runlevels/{runlevel}/{name}')['target']
            equal(target, f'/etc/init.d/{name}')
            equal(oct(image.stat(target)['mode']), oct(0o100755), target)
    check('holds no sbin/openrc' in lay_out(box, status=1, options=('--openrc', box.path('stage/etc'))), 'no OpenRC')


def test_same_from_every_checkout(box):
    build(box, SOURCE_DATE_EPOCH='1700000000')
    first = sha256(box.path('root.ext4'))
    with umask(0o002):
        shutil.copytree(OVERLAY, box.path('checkout'), symlinks=True, copy_function=shutil.copyfile)
        for where, _, files in os.walk(box.path('checkout')):
            for name in [f for f in files if not os.path.islink(os.path.join(where, f))]:
                run = os.stat(os.path.join(OVERLAY, os.path.relpath(where, box.path('checkout')), name)).st_mode & 0o100
                os.chmod(os.path.join(where, name), 0o775 if run else 0o664)
        lay_out(box, overlay=box.path('checkout'), SOURCE_DATE_EPOCH='1700000000')
        box.root('--owner', 'root', '--rootfs', 'stage', '--numeric-owner', OWNERS)
    equal(sha256(box.path('root.ext4')), first)


def test_overlay_replaces_an_applet(box):
    box.write('over/bin/ls', b'#!/bin/sh\n', 0o755)
    os.makedirs(box.path('over/bin'), exist_ok=True)
    os.symlink('/bin/other', box.path('over/bin/cat'))
    lay_out(box, overlay=box.path('over'))
    check(stat.S_ISREG(os.lstat(box.path('stage/bin/ls')).st_mode), 'a file over a link')
    equal(os.readlink(box.path('stage/bin/cat')), '/bin/other')
    with open(BUSYBOX, 'rb') as one, open(box.path('stage/bin/busybox'), 'rb') as two:
        check(one.read() == two.read(), 'busybox was written through a link')


def test_programs_of_other_machines_are_not_run(box):
    with open(BUSYBOX, 'rb') as file:
        program = bytearray(file.read())
    program[18] = 183                   # EM_AARCH64
    foreign = box.write('foreign', bytes(program), 0o755)
    said = lay_out(box, status=1, options=('--busybox', foreign))
    check('another machine' in said, said)
    box.write('list', b'bin/sh\nsbin/init\nbin/busybox\n')
    lay_out(box, options=('--busybox', foreign, '--applets', box.path('list')))
    equal(sorted(os.listdir(box.path('stage/sbin'))), ['autologin', 'init'])
    for bad in ('/bin/sh', 'bin/../../x'):
        box.write('list', bad.encode())
        check('outside of the root' in lay_out(box, status=1, options=('--applets', box.path('list'))), bad)
    box.write('script', b'#!/bin/sh\n', 0o755)
    check('not a 64-bit ELF' in lay_out(box, status=1, options=('--busybox', box.path('script'))), 'script')
    check('busybox-static' in lay_out(box, status=1, options=('--busybox', '/nowhere')), 'missing')
    check('dynamically linked' in lay_out(box, status=1, options=('--busybox', sys.executable)), 'dynamic')


if __name__ == '__main__':
    main('__main__')

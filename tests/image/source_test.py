#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Root file systems from folders, archives and OCI layouts: what is in the image is what was in the source."""

import gzip
import hashlib
import io
import json
import os
import random
import socket
import stat
import struct
import subprocess
import tarfile

from image import IMGBUILD, MIB, Ext4, check, equal, main, tool

TIME_NS = 1600000000123456789


def compare_tree(image, folder, owner=None):
    """Each file below folder against the image: kind, mode, owner, size, links, time, content."""
    inodes = {}
    for where, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(where, name)
            inside = '/' + os.path.relpath(path, folder)
            want, have = os.lstat(path), image.stat(inside)
            check(have['inode'], f'{inside} is missing')
            equal(oct(have['mode']), oct(want.st_mode), f'{inside}: mode')
            equal((have['uid'], have['gid']), owner or (want.st_uid, want.st_gid), f'{inside}: owner')
            equal(have['mtime_ns'], want.st_mtime_ns, f'{inside}: mtime')
            if stat.S_ISREG(want.st_mode):
                equal(have['size'], want.st_size, f'{inside}: size')
                equal(have['links'], want.st_nlink, f'{inside}: links')
                equal(inodes.setdefault(want.st_ino, have['inode']), have['inode'], f'{inside}: hard link')
                with open(path, 'rb') as file:
                    check(image.cat(inside) == file.read(), f'{inside}: content')
            if stat.S_ISLNK(want.st_mode):
                target = os.readlink(path)
                equal(have['target'] or image.cat(inside).rstrip(b'\0').decode(), target, f'{inside}: target')
            if stat.S_ISCHR(want.st_mode) or stat.S_ISBLK(want.st_mode):
                equal(have['device'], (os.major(want.st_rdev), os.minor(want.st_rdev)), f'{inside}: device')


def make_tree(box, name='tree'):
    """A folder with one of everything an ordinary user can make; as root also devices and other owners."""
    top = box.path(name)
    for folder in ('bin', 'etc/deep/er', 'empty', 'private'):
        os.makedirs(os.path.join(top, folder))
    rng = random.Random(1)
    for path, size in (('bin/tool', 70001), ('etc/one', 1), ('etc/none', 0), ('etc/block', 4096),
                       ('etc/deep/er/x', 5000), ('etc/large', 3 * MIB + 17)):
        with open(os.path.join(top, path), 'wb') as file:
            file.write(rng.randbytes(size))
    os.chmod(os.path.join(top, 'bin/tool'), 0o4755)
    os.chmod(os.path.join(top, 'private'), 0o3700)
    os.chmod(os.path.join(top, 'etc/one'), 0o600)
    os.link(os.path.join(top, 'bin/tool'), os.path.join(top, 'bin/tool2'))
    os.link(os.path.join(top, 'bin/tool'), os.path.join(top, 'etc/deep/tool3'))
    for path, length in (('short', 5), ('fast', 59), ('slow', 60), ('longest', 4095)):
        os.symlink('t' * length, os.path.join(top, path))
    os.symlink('nowhere/at/all', os.path.join(top, 'dangling'))
    os.mkfifo(os.path.join(top, 'fifo'), 0o622)
    with socket.socket(socket.AF_UNIX) as sock:
        here = os.getcwd()
        os.chdir(top)
        sock.bind('sock')
        os.chdir(here)
    for path in ('n' * 255, 'with blank', 'grüße', 'tab\tin'):
        with open(os.path.join(top, 'empty', path) if path != 'tab\tin' else os.path.join(top, 'empty', 'x'), 'wb'):
            pass
    if os.getuid() == 0:
        for path, kind, number in (('null', stat.S_IFCHR, (1, 3)), ('disk', stat.S_IFBLK, (259, 300)),
                                   ('big', stat.S_IFCHR, (4095, 1048575))):
            os.mknod(os.path.join(top, path), kind | 0o640, os.makedev(*number))
        os.chown(os.path.join(top, 'etc/one'), 1000, 100)
        os.chown(os.path.join(top, 'etc/none'), 70000, 4000000000)
    for where, folders, files in os.walk(top, topdown=False):
        for path in files + folders + ['.']:
            os.utime(os.path.join(where, path), ns=(TIME_NS, TIME_NS), follow_symlinks=False)
    return top


def test_folder(box):
    top = make_tree(box)
    image = box.root('--rootfs', top)
    compare_tree(image, top)
    check(image.exists('/lost+found'), 'lost+found')
    equal(image.stat('/lost+found')['inode'], 11, 'lost+found')


def test_folder_with_owner_root(box):
    top = make_tree(box)
    compare_tree(box.root('--owner', 'root', '--rootfs', top), top, owner=(0, 0))


def test_folder_as_ordinary_user(box):
    if os.getuid() or not tool('setpriv'):
        return 'needs root and setpriv to become somebody else'
    top = make_tree(box)
    os.chmod(box.folder, 0o777)
    os.chmod(os.path.join(top, 'private'), 0o755)
    os.chmod(os.path.join(top, 'etc/one'), 0o644)
    out = subprocess.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', IMGBUILD, '--root-only',
                          '-o', box.path('u.ext4'), '--rootfs', top], env=box.environment, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False, text=True)
    equal(out.returncode, 0, out.stdout)
    image = box.root('--rootfs', top)
    with open(box.path('u.ext4'), 'rb') as one, open(box.path('root.ext4'), 'rb') as two:
        check(one.read() == two.read(), 'root and an ordinary user build different images')
    compare_tree(image, top)


def test_unreadable_file_is_named(box):
    if os.getuid() or not tool('setpriv'):
        return 'needs root and setpriv to become somebody else'
    box.write('tree/secret', b'x', 0o600)
    os.chmod(box.folder, 0o777)
    out = subprocess.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', IMGBUILD, '--root-only',
                          '-o', box.path('u.ext4'), '--rootfs', box.path('tree')], env=box.environment,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    equal(out.returncode, 1)
    check("secret': Permission denied" in out.stdout, out.stdout)


def tar_tree(box, top, *options):
    subprocess.run(['tar', '--format=posix', *options, '-C', top, '-cf', box.path('tree.tar'), '.'], check=True,
                   stderr=subprocess.DEVNULL)
    return box.path('tree.tar')


def test_tar_of_each_compression(box):
    top = make_tree(box)
    os.unlink(os.path.join(top, 'sock'))        # tar has none
    os.utime(top, ns=(TIME_NS, TIME_NS))
    plain = tar_tree(box, top)
    first = None
    for name in ('cat', 'gzip', 'bzip2', 'xz', 'zstd', 'lz4', 'lzip'):
        if not tool(name):
            continue
        with open(plain, 'rb') as source, open(box.path('t'), 'wb') as target:
            subprocess.run([name, '-c'] if name != 'cat' else [name], stdin=source, stdout=target, check=True)
        image = box.root('--rootfs', box.path('t'))
        if not first:
            compare_tree(image, top)
        with open(box.path('root.ext4'), 'rb') as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        first = first or digest
        equal(digest, first, f'image from {name}')


def test_tar_on_standard_input(box):
    box.write('tree/a', b'hello')
    with open(tar_tree(box, box.path('tree')), 'rb') as file:
        subprocess.run([IMGBUILD, '--root-only', '-o', box.path('i.ext4'), '--rootfs', '-'], stdin=file, check=True)
    equal(Ext4(box.path('i.ext4')).cat('/a'), b'hello')


def test_tar_sparse(box):
    os.makedirs(box.path('tree'))
    with open(box.path('tree/sparse'), 'wb') as file:
        file.seek(5 * MIB)
        file.write(b'middle')
        file.truncate(40 * MIB)
    for options in ((), ('--sparse',), ('--sparse', '--format=gnu')):
        image = box.root('--rootfs', tar_tree(box, box.path('tree'), *options))
        have = image.stat('/sparse')
        equal(have['size'], 40 * MIB)
        if options:
            check(have['blocks'] <= 2 * 64, f'sparse file takes {have["blocks"]} sectors with {options}')
    image = box.root('--rootfs', box.path('tree'))
    check(image.stat('/sparse')['blocks'] <= 2 * 64, 'sparse file of a folder')
    equal(image.cat('/sparse')[5 * MIB:5 * MIB + 6], b'middle')


def test_many_holes_need_an_extent_tree(box):
    os.makedirs(box.path('tree'))
    with open(box.path('tree/comb'), 'wb') as file:
        for tooth in range(2000):
            file.seek(tooth * 12288)
            file.write(b'%05d' % tooth)
    image = box.root('--rootfs', box.path('tree'))
    with open(box.path('tree/comb'), 'rb') as file:
        check(image.cat('/comb') == file.read(), 'content')
    check(image.stat('/comb')['blocks'] < 2100 * 8, 'holes took blocks')


def test_cpio(box):
    top = make_tree(box)
    os.utime(top, ns=(TIME_NS, TIME_NS))
    names = subprocess.run(['find', '.'], cwd=top, stdout=subprocess.PIPE, check=True).stdout
    for form in ('newc', 'crc', 'odc'):
        if form == 'odc' and os.getuid() == 0:
            continue            # 18 bits for owner and device
        with open(box.path('t'), 'wb') as target:
            subprocess.run(['cpio', '-o', '--quiet', '-H', form], cwd=top, input=names, stdout=target, check=True)
        image = box.root('--rootfs', box.path('t'))
        equal(image.stat('/etc/large')['size'], 3 * MIB + 17)
        with open(os.path.join(top, 'bin/tool'), 'rb') as file:
            check(image.cat('/etc/deep/tool3') == file.read(), f'content of a hard link in {form}')
        equal(image.stat('/bin/tool')['links'], 3, 'links')
        equal(image.stat('/bin/tool')['inode'], image.stat('/bin/tool2')['inode'], 'hard link')
        check(stat.S_ISSOCK(image.stat('/sock')['mode']), 'socket')
        equal(image.stat('/etc/one')['uid'], os.lstat(os.path.join(top, 'etc/one')).st_uid)


def test_large_folders_are_indexed(box):
    rng = random.Random(2)
    names = {''.join(rng.choice('abcdefghij0123456789-_.') for _ in range(rng.randint(1, 255))) for _ in range(3000)}
    names -= {'.', '..'}
    wanted = {'one': 40, 'few': 300, 'many': 12000}
    with tarfile.open(box.path('t.tar'), 'w') as tar:
        for folder, count in wanted.items():
            for i in range(count):
                tar.addfile(tarfile.TarInfo(f'{folder}/entry-{i:06}'))
        for name in sorted(names):
            tar.addfile(tarfile.TarInfo(f'long/{name}'))
    image = box.root('--rootfs', box.path('t.tar'))
    for folder, count in wanted.items():
        equal(len(image.names(f'/{folder}')), count + 2, folder)
        equal(bool(image.stat(f'/{folder}')['flags'] & 0x1000), folder != 'one', f'{folder}: index flag')
    equal(set(image.names('/long')), names | {'.', '..'}, 'long names')
    # Looking a name up goes through the index: debugfs does it for each stat.
    for name in sorted(names)[::97]:
        check(image.exists(f'/long/{name}'), name)
    equal(set(image.debugfs('htree_dump /many').count(f'Entry #{i}:') > 0 for i in (0, 1)), {True}, 'htree_dump')


def test_two_level_index(box):
    with tarfile.open(box.path('t.tar'), 'w') as tar:
        for i in range(9000):
            tar.addfile(tarfile.TarInfo(f'wide/{i:05}-' + 'w' * 249))
    image = box.root('--rootfs', box.path('t.tar'))
    check('Indirect levels: 1' in image.debugfs('htree_dump /wide'), 'levels')
    check(image.exists('/wide/08999-' + 'w' * 249), 'look-up')


def acl(entries):
    return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)


ACL = acl([(1, 6, 0xffffffff), (2, 4, 1000), (4, 4, 0xffffffff), (0x10, 4, 0xffffffff), (0x20, 0, 0xffffffff)])
CAPABILITY = struct.pack('<IIIII', 0x02000001, 1 << 10, 0, 0, 0)


def check_acl(image):
    """debugfs gives an ACL in the kernel's form, but with 0 where an entry has no id."""
    have = image.xattr('/file', 'system.posix_acl_access')
    equal(have[:4], ACL[:4], 'version of the ACL')
    for found, wanted in zip(struct.iter_unpack('<HHI', have[4:]), struct.iter_unpack('<HHI', ACL[4:]), strict=True):
        equal(found[:2], wanted[:2], 'entry of the ACL')
        if wanted[2] != 0xffffffff:
            equal(found[2], wanted[2], 'id of the ACL')


def check_xattrs(image):
    equal(image.xattr('/file', 'user.small'), b'value')
    equal(image.xattr('/file', 'user.block'), b'v' * 2500)
    equal(image.xattr('/file', 'security.capability'), CAPABILITY)
    equal(image.xattr('/dir', 'user.empty'), b'')
    check_acl(image)


def test_xattrs_of_a_folder(box):
    box.write('tree/file', b'content')
    os.mkdir(box.path('tree/dir'))
    try:
        os.setxattr(box.path('tree/dir'), 'user.empty', b'')
        os.setxattr(box.path('tree/file'), 'security.capability', CAPABILITY)
    except OSError as error:
        return f'this file system or user cannot have them: {error}'
    for name, value in (('user.small', b'value'), ('user.block', b'v' * 2500)):
        os.setxattr(box.path('tree/file'), name, value)
    try:
        os.setxattr(box.path('tree/file'), 'system.posix_acl_access', ACL)
    except OSError as error:
        return f'no ACLs here: {error}'
    check_xattrs(box.root('--rootfs', box.path('tree')))


def pax(name, headers, **more):
    info = tarfile.TarInfo(name)
    info.pax_headers = headers
    for key, value in more.items():
        setattr(info, key, value)
    return info


def test_xattrs_of_a_tar(box):
    text = {'SCHILY.xattr.user.small': 'value', 'SCHILY.xattr.user.block': 'v' * 2500,
            'SCHILY.xattr.security.capability': CAPABILITY.decode('utf-8'),
            'SCHILY.acl.access': 'user::rw-,user:joe:r--:1000,group::r--,mask::r--,other::---'}
    with tarfile.open(box.path('t.tar'), 'w', format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(pax('file', text, mode=0o640))
        tar.addfile(pax('dir', {'SCHILY.xattr.user.empty': ''}, type=tarfile.DIRTYPE, mode=0o755))
        tar.addfile(pax('link', {'SCHILY.xattr.trusted.l': 'on a link'}, type=tarfile.SYMTYPE, linkname='file'))
    image = box.root('--rootfs', box.path('t.tar'))
    check_xattrs(image)
    equal(image.xattr('/link', 'trusted.l'), b'on a link')


def test_times_of_all_centuries(box):
    times = {'old': -(1 << 31), 'before': -1, 'zero': 0, 'now': 1700000000, 'y2038': 1 << 31, 'y2106': 1 << 32,
             'last': (1 << 34) - (1 << 31) - 1}
    for name, seconds in times.items():
        box.write(f'tree/{name}')
        os.utime(box.path(f'tree/{name}'), ns=(0, seconds * 10 ** 9 + 987654321))
    image = box.root('--rootfs', box.path('tree'))
    for name in times:
        equal(image.stat(f'/{name}')['mtime_ns'], os.lstat(box.path(f'tree/{name}')).st_mtime_ns, name)


def test_overlays(box):
    box.write('base/etc/kept', b'kept')
    box.write('base/etc/changed', b'base', 0o600)
    box.write('base/replaced/by/file', b'x')
    box.write('base/file', b'becomes a folder')
    box.write('base/usr/lib/a', b'a')
    os.symlink('usr/lib', box.path('base/lib'))
    os.symlink('/usr/lib', box.path('base/lib64'))
    box.write('one/etc/changed', b'one', 0o644)
    box.write('one/replaced', b'file')
    box.write('one/file/inside', b'y')
    box.write('one/lib/b', b'b')
    box.write('two/etc/changed', b'two')
    box.write('two/lib64/c', b'c')
    image = box.root('--rootfs', 'base', '--overlay', 'one', '--overlay', 'two')
    equal(image.cat('/etc/kept'), b'kept')
    equal(image.cat('/etc/changed'), b'two')
    equal(image.cat('/replaced'), b'file')
    equal(image.cat('/file/inside'), b'y')
    equal(set(image.names('/usr/lib')) - {'.', '..'}, {'a', 'b', 'c'}, 'a folder over a link to a folder')
    check(stat.S_ISLNK(image.stat('/lib')['mode']), 'the link stays')


def test_owner_is_for_what_follows(box):
    box.write('base/a')
    box.write('over/b')
    with tarfile.open(box.path('t.tar'), 'w') as tar:
        tar.addfile(pax('c', {}, uid=7, gid=8))
    me = (os.getuid(), os.getgid())
    image = box.root('--rootfs', 'base', '--owner', '5:6', '--overlay', 'over', '--overlay', 't.tar')
    equal([(image.stat(p)['uid'], image.stat(p)['gid']) for p in ('/a', '/b', '/c')], [me, (5, 6), (7, 8)])


def test_numeric_owner_file(box):
    box.write('base/etc/shadow', b'x')
    box.write('owners', b'# text\n\n/etc/shadow 0:42 0640\n/tmp/ 0:0 1777\n/dev/console 0:5 600 c 5 1\n/etc 3:4\n')
    image = box.root('--rootfs', 'base', '--numeric-owner', 'owners')
    have = image.stat('/etc/shadow')
    equal((have['uid'], have['gid'], have['mode']), (0, 42, stat.S_IFREG | 0o640))
    equal(image.stat('/tmp')['mode'], stat.S_IFDIR | 0o1777)
    equal(image.stat('/etc')['gid'], 4)
    have = image.stat('/dev/console')
    equal((have['mode'], have['device']), (stat.S_IFCHR | 0o600, (5, 1)))
    for bad in ('/nothing 0:0', 'etc 0:0', '/etc 0', '/etc 0:0 999', '/etc 0:0 755 c 1', '/x 0:0 600 q 1 1',
                '/x 0:0 600 c 4096 1', '/etc -1:0'):
        box.write('bad', bad.encode())
        box.refuse(bad.split()[0], '--rootfs', 'base', '--numeric-owner', 'bad')


# --- OCI ------------------------------------------------------------------------------------------

class Layout:
    """An OCI image layout made by hand."""

    def __init__(self, box, name='oci'):
        self.top = box.path(name)
        os.makedirs(os.path.join(self.top, 'blobs/sha256'))
        with open(os.path.join(self.top, 'oci-layout'), 'w', encoding='ascii') as file:
            file.write('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data, kind):
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.top, 'blobs/sha256', digest), 'wb') as file:
            file.write(data)
        return {'mediaType': f'application/vnd.oci.image.{kind}', 'digest': f'sha256:{digest}', 'size': len(data)}

    def layer(self, *members, compress=True):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w') as tar:
            for member in members:
                info, data = member if isinstance(member, tuple) else (member, b'')
                info = tarfile.TarInfo(info) if isinstance(info, str) else info
                info.size = len(data)
                if info.name.endswith('/'):
                    info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info, io.BytesIO(data))
        data = out.getvalue()
        return self.blob(gzip.compress(data, mtime=0) if compress else data, 'layer.v1.tar+gzip')

    def manifest(self, *layers):
        text = {'schemaVersion': 2, 'config': self.blob(b'{}', 'config.v1+json'), 'layers': layers}
        return self.blob(json.dumps(text).encode(), 'manifest.v1+json')

    def index(self, *manifests):
        with open(os.path.join(self.top, 'index.json'), 'w', encoding='utf-8') as file:
            json.dump({'schemaVersion': 2, 'manifests': manifests, 'annotations': {'ünï\n': '\U0001f600"\\'}}, file)
        return self.top


def test_oci_layers_and_whiteouts(box):
    oci = Layout(box)
    one = oci.layer('etc/', ('etc/a', b'1'), ('etc/b', b'1'), 'gone/', ('gone/x', b'1'), 'opaque/',
                    ('opaque/old', b'1'), 'opaque/sub/', ('opaque/sub/old', b'1'), ('whole', b'1'))
    two = oci.layer(('etc/.wh.a', b''), ('.wh.gone', b''), 'opaque/', ('opaque/.wh..wh..opq', b''),
                    ('opaque/new', b'2'), ('.wh.whole', b''), ('whole/again', b'2'),
                    ('etc/.wh.never-there', b''), compress=False)
    three = oci.layer(('etc/a', b'3'))
    image = box.root('--rootfs', oci.index(oci.manifest(one, two, three)))
    equal(image.cat('/etc/a'), b'3')
    equal(image.cat('/etc/b'), b'1')
    check(not image.exists('/gone'), '/gone')
    equal(set(image.names('/opaque')) - {'.', '..'}, {'new'})
    equal(image.cat('/whole/again'), b'2')
    check(not any('.wh.' in name for name in image.names('/etc')), 'white-outs stay out')


def test_oci_opaque_spares_its_own_layer(box):
    oci = Layout(box)
    one = oci.layer('d/', ('d/old', b'1'), 'd/s/', ('d/s/old', b'1'))
    two = oci.layer('d/', 'd/s/', ('d/s/new', b'2'), ('d/.wh..wh..opq', b''))
    image = box.root('--rootfs', oci.index(oci.manifest(one, two)))
    equal(set(image.names('/d')) - {'.', '..'}, {'s'})
    equal(set(image.names('/d/s')) - {'.', '..'}, {'new'})


def test_oci_index_of_several_platforms(box):
    oci = Layout(box)
    arm = dict(oci.manifest(oci.layer(('arm', b''))), platform={'os': 'linux', 'architecture': 'arm64'})
    amd = dict(oci.manifest(oci.layer(('amd', b''))), platform={'os': 'linux', 'architecture': 'amd64'})
    nested = oci.blob(json.dumps({'schemaVersion': 2, 'manifests': [arm, amd]}).encode(), 'index.v1+json')
    image = box.root('--rootfs', oci.index(nested))
    check(image.exists('/amd') and not image.exists('/arm'), 'platform')
    box.refuse('several images', '--rootfs', oci.index(amd, amd))
    box.refuse('no image for linux/amd64', '--rootfs', oci.index(arm))


def test_oci_damage(box):
    oci = Layout(box)
    layer = oci.layer(('a', b'a'))
    oci.index(oci.manifest(layer))
    path = os.path.join(oci.top, 'blobs/sha256', layer['digest'][7:])
    with open(path, 'r+b') as file:
        file.write(b'\0')
    box.refuse('is damaged', '--rootfs', oci.top)
    os.unlink(path)
    box.refuse('No such file', '--rootfs', oci.top)
    for digest in ('sha256:../../../../etc/passwd', 'md5:' + '0' * 32, 'sha256:' + 'A' * 64, 7, None):
        oci.index(dict(layer, digest=digest))
        box.refuse('is not a sha256', '--rootfs', oci.top)
    for text in ('', '{', '[' * 100000, '{"manifests": 3}', '{"manifests": [' + '{},' * 3 + '{}]}', '"\\ud800"',
                 '{"a":1}x', 'null', '{"manifests":[{"digest":"\\u0000"}]}'):
        with open(os.path.join(oci.top, 'index.json'), 'w', encoding='utf-8') as file:
            file.write(text)
        box.refuse(oci.top, '--rootfs', oci.top)


if __name__ == '__main__':
    main('__main__')

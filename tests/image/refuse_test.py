#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sources that must be refused, with a reason and without leaving anything behind; and damaged archives."""

import io
import os
import random
import tarfile

from image import MIB, check, equal, main

ACL = 'user::rw-,user:1:r--:1,group::r--,mask::r--,other::---'


def tar(box, *members, name='t.tar', form=tarfile.PAX_FORMAT):
    """members: names, (name, data), or (name, {attributes of TarInfo})"""
    with tarfile.open(box.path(name), 'w', format=form) as out:
        for member in members:
            path, more = member if isinstance(member, tuple) else (member, b'')
            info = tarfile.TarInfo(path)
            if path.endswith('/'):
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            data = more if isinstance(more, bytes) else b''
            for key, value in ({} if isinstance(more, bytes) else more).items():
                setattr(info, key, value)
            info.size = len(data) or info.size
            out.addfile(info, io.BytesIO(data) if data else None)
    return box.path(name)


def symlink(target):
    return {'type': tarfile.SYMTYPE, 'linkname': target}


def hardlink(target):
    return {'type': tarfile.LNKTYPE, 'linkname': target}


def test_names_that_climb_out(box):
    for name in ('../x', 'a/../../x', '..', 'a/..', '/../x', './../x', 'a/b/../c', '/a/./../b'):
        box.refuse("climbs out with '..'", '--rootfs', tar(box, name))
    box.refuse("climbs out with '..'", '--rootfs', tar(box, 'a', ('b', hardlink('../../etc/passwd'))))


def test_absolute_names_stay_inside(box):
    image = box.root('--rootfs', tar(box, ('/etc/x', b'x'), ('//y', b'y'), ('./././z', b'z')))
    equal([image.cat(p) for p in ('/etc/x', '/y', '/z')], [b'x', b'y', b'z'])


def test_names_with_dots_that_are_names(box):
    image = box.root('--rootfs', tar(box, '...', '..a', 'a..', '.b', 'c/.../d'))
    equal(set(image.names('/')) - {'.', '..', 'lost+found'}, {'...', '..a', 'a..', '.b', 'c'})


def test_names_through_a_link_of_the_same_archive(box):
    for target in ('/etc', '../../..', 'real'):
        box.refuse('goes through its own symbolic link', '--rootfs',
                   tar(box, 'real/', ('evil', symlink(target)), ('evil/passwd', b'x')))
        box.refuse('goes through its own symbolic link', '--rootfs',
                   tar(box, 'real/', ('evil', symlink(target)), ('x', hardlink('evil/passwd'))))


def test_links_of_earlier_sources_stay_inside(box):
    outside = box.write('outside/file', b'precious')
    base = tar(box, ('up', symlink('../../../../..' + box.path('outside'))), ('abs', symlink('/d')), 'd/',
               ('loop', symlink('loop')), ('nowhere', symlink('/missing')), name='base.tar')
    image = box.root('--rootfs', base, '--overlay', tar(box, ('abs/file', b'in')))
    equal(image.cat('/d/file'), b'in')
    for name in ('up/file', 'loop/x', 'nowhere/x'):
        box.refuse('leads nowhere', '--rootfs', base, '--overlay', tar(box, (name, b'evil')))
    with open(outside, 'rb') as file:
        equal(file.read(), b'precious')


def test_duplicates(box):
    for members in (('a', 'a'), ('a', './a'), ('a', '/a'), ('a', 'a/'), ('d/', 'd/x', 'd'), ('a', ('a', symlink('b'))),
                    ('b', 'a', ('a', hardlink('b')))):
        box.refuse('is there twice', '--rootfs', tar(box, *members))
    box.refuse('has entries', '--rootfs', tar(box, 'a', 'a/b'))
    box.root('--rootfs', tar(box, 'd/', 'd/x', 'd/', './', './'))


def test_hard_links_to_nothing(box):
    box.refuse('which is not there', '--rootfs', tar(box, ('a', hardlink('b'))))
    box.refuse('which is not there', '--rootfs', tar(box, ('a', hardlink('a'))))
    box.refuse('names the folder', '--rootfs', tar(box, 'd/', ('a', hardlink('d'))))
    box.refuse('names the folder', '--rootfs', tar(box, ('a', hardlink('.'))))


def test_too_long(box):
    box.refuse('ext4 allows 255', '--rootfs', tar(box, 'n' * 256))
    box.refuse('ext4 allows 255', '--rootfs', tar(box, 'd/' + 'n' * 300 + '/x'))
    box.refuse('more than 4095 bytes', '--rootfs', tar(box, '/'.join(['d' * 200] * 21)))
    box.refuse('symbolic link of 4096 bytes', '--rootfs', tar(box, ('l', symlink('x' * 4096))))
    box.root('--rootfs', tar(box, '/'.join(['d'] * 2000), 'n' * 255, ('l', symlink('x' * 4095))))


def test_links_cannot_nest_folders_without_end(box):
    # Each overlay goes 1,500 folders deeper through a link to the deepest folder so far.
    deep = '/'.join(['d'] * 1500)
    base = tar(box, f'{deep}/', ('l', symlink(deep)), name='base.tar')
    box.refuse('nested more than', '--rootfs', base, '--overlay', tar(box, f'l/{deep}/'))


def test_root_must_be_a_folder(box):
    box.refuse('the root is not a folder', '--rootfs', tar(box, ('.', b'x')))
    box.refuse('must be a folder', '--rootfs', tar(box, 'lost+found'))


def test_owners_out_of_range(box):
    box.refuse('out of range', '--rootfs', tar(box, ('a', {'uid': 1 << 32}), form=tarfile.GNU_FORMAT))
    box.refuse('out of range', '--rootfs', tar(box, ('a', {'gid': (1 << 32) - 1}), form=tarfile.GNU_FORMAT))


def test_attributes_that_ext4_cannot_hold(box):
    def with_xattr(*pairs):
        return {'pax_headers': {f'SCHILY.xattr.{name}': value for name, value in pairs}}

    box.refuse('more than the one block', '--rootfs', tar(box, ('a', with_xattr(('user.big', 'v' * 5000)))))
    box.refuse('more than the one block', '--rootfs',
               tar(box, ('a', with_xattr(*((f'user.{i}', 'v' * 400) for i in range(20))))))
    box.refuse("has no attribute 'strange'", '--rootfs', tar(box, ('a', with_xattr(('strange', 'v')))))
    box.refuse("has no attribute 'system.nfs4", '--rootfs', tar(box, ('a', with_xattr(('system.nfs4_acl', 'v')))))
    numberless = ACL.replace(':1:', ':joe:').replace('--:1,', '--,')
    box.refuse('without a number', '--rootfs', tar(box, ('a', {'pax_headers': {'SCHILY.acl.access': numberless}})))


def test_too_many_hard_links(box):
    with tarfile.open(box.path('t.tar'), 'w') as out:
        out.addfile(tarfile.TarInfo('a'))
        for i in range(65000):
            info = tarfile.TarInfo(f'd{i % 4}/{i}')
            info.type, info.linkname = tarfile.LNKTYPE, 'a'
            out.addfile(info)
    box.refuse('65001 hard links', '--rootfs', box.path('t.tar'))


def test_sizes_that_lie(box):
    path = tar(box, ('a', b'x' * 100000))
    with open(path, 'r+b') as file:
        file.truncate(50000)
    box.refuse('t.tar', '--rootfs', path)
    # A header that promises 8 exbibytes; a sparse file of that size.
    huge = tarfile.TarInfo('a')
    huge.size = 1 << 62
    box.write('huge.tar', huge.tobuf(format=tarfile.GNU_FORMAT) + bytes(1024))
    box.refuse('a', '--rootfs', box.path('huge.tar'))
    sparse = tarfile.TarInfo('a')
    sparse.pax_headers = {'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'a',
                          'GNU.sparse.realsize': str(1 << 50)}
    data = b'1\n0\n1\n'.ljust(512, b'\0') + b'x'
    sparse.size = len(data)
    box.write('sparse.tar', sparse.tobuf(format=tarfile.PAX_FORMAT) + data.ljust(1024, b'\0') + bytes(1024))
    box.refuse('larger than ext4', '--rootfs', box.path('sparse.tar'))


def test_what_is_no_archive(box):
    for name, data in (('text', b'hello world\n' * 100), ('empty', b''), ('zip', b'PK\3\4' + bytes(200)),
                       ('zeros', bytes(100)), ('random', random.Random(4).randbytes(5000))):
        box.write(name, data)
        box.refuse(name, '--rootfs', name)


def test_damaged_archives_never_crash(box):
    """Bytes flipped and cut at random places: refused or read, without a sanitizer report."""
    rng = random.Random(5)
    base = tar(box, 'd/', ('d/a', b'content' * 100), ('l', symlink('d/a')), ('h', hardlink('d/a')),
               ('x', {'pax_headers': {'SCHILY.xattr.user.a': 'b', 'SCHILY.acl.access': ACL, 'mtime': '123.456'}}),
               ('n' * 200, b'n'), 'e/')
    with open(base, 'rb') as file:
        whole = file.read()
    good = 0
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(data))
            data[at] = rng.randrange(256)
            # Most flips would end at the header's checksum: mend it.
            block = at // 512 * 512
            header = data[block:block + 512]
            if header[257:262] == b'ustar':
                header[148:156] = b' ' * 8
                data[block + 148:block + 156] = b'%06o\0 ' % sum(header)
        if rng.random() < 0.2:
            del data[rng.randrange(len(data)):]
        box.write('mutant', bytes(data))
        box.run('--root-only', '-o', 'mutant.ext4', '--rootfs', 'mutant', '--size', '16M', status=None)
        check(box.status in (0, 1), f'status {box.status}')
        if box.status == 0:
            good += 1
            box.run('--verify', '--root-only', '-o', 'mutant.ext4')
    check(good, 'not one mutant was read')


def test_full_image_in_the_middle(box):
    os.makedirs(box.path('tree'))
    for i in range(30):
        box.write(f'tree/{i}', b'x' * MIB)
    box.refuse('does not fit', '--rootfs', 'tree', '--size', '20M')
    with tarfile.open(box.path('t.tar'), 'w') as out:
        for i in range(70000):
            out.addfile(tarfile.TarInfo(f'{i % 100}/{i}'))
    box.refuse('does not fit', '--rootfs', box.path('t.tar'), '--size', '16M')


if __name__ == '__main__':
    main('__main__')

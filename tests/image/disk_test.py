#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whole disks: table, boot code, system partition, formats, reproducibility, verification, options."""

import os
import random
import shutil
import struct
import subprocess

from image import BUILD, MIB, SOURCE, Ext4, Gpt, check, equal, fat_read, main, sha256, tool, umask

ROOT, ESP, BIOS = ('4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
                   '21686148-6449-6E6F-744E-656564454649')
KERNEL, STAGE2, EFI, INITRD = (random.Random(n).randbytes(n) for n in (200001, 3000, 40000, 70000))


def boot_options(box):
    mbr = os.path.join(BUILD, 'loader/mbr.bin')
    return ['--kernel', box.write('k', KERNEL), '--mbr', mbr, '--stage2', box.write('s2', STAGE2),
            '--efi', box.write('efi', EFI), '--initrd', box.write('initrd', INITRD)]


def build(box, *options, name='disk.img', **environment):
    if not os.path.exists(box.path('tree')):
        box.write('tree/etc/file', b'content')
        box.write('tree/bin/init', b'x' * 100000, 0o755)
    box.run('-o', name, '--rootfs', 'tree', *boot_options(box), *options, **environment)
    return box.path(name)


def test_table(box):
    path = build(box)
    gpt = Gpt(path)
    equal({n: (p['type'], p['name']) for n, p in gpt.parts.items()},
          {1: (ROOT, 'root'), 14: (BIOS, 'BIOS boot'), 15: (ESP, 'EFI system')})
    areas = sorted((p['offset'], p['offset'] + p['size']) for p in gpt.parts.values())
    for (_, end), (start, _) in zip(areas, areas[1:]):
        check(end <= start, f'partitions overlap: {areas}')
    check(all(start % MIB == 0 for start, _ in areas), 'partitions start at whole MiB')
    equal(areas[-1][0], gpt.parts[1]['offset'], 'root lies last')
    check(areas[-1][1] <= gpt.size - 33 * 512, 'root ends before the backup table')
    root = Ext4(path, gpt.parts[1]['offset'])
    root.fsck()
    equal(root.cat('/etc/file'), b'content')
    equal(int(root.header()['Block count']) * 4096, gpt.parts[1]['size'])
    equal(len({gpt.guid, root.header()['Filesystem UUID'], *(p['guid'] for p in gpt.parts.values())}), 5, 'ids differ')


def test_other_tools_read_the_table(box):
    path = build(box)
    found = 0
    for argv in (['sgdisk', '-v', path], ['sfdisk', '--verify', path], ['fdisk', '-l', path]):
        if tool(argv[0]):
            found += 1
            out = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
            equal(out.returncode, 0, out.stdout)
            said = out.stdout.replace('No problems', '').replace('No errors', '')
            check('rror' not in said and 'roblem' not in said, out.stdout)
    return None if found else 'no sgdisk, sfdisk or fdisk here'


def test_boot_sector(box):
    path = build(box)
    gpt = Gpt(path)
    equal(gpt.mbr[432:440], b'CORACLE1', 'tag')
    equal(struct.unpack_from('<H', gpt.mbr, 418)[0], (len(STAGE2) + 511) // 512, 'sectors of stage 2')
    start, = struct.unpack_from('<Q', gpt.mbr, 424)
    equal(start * 512, gpt.parts[14]['offset'], 'start of stage 2')
    with open(path, 'rb') as file:
        file.seek(start * 512)
        equal(file.read(len(STAGE2)), STAGE2, 'stage 2')
    with open(os.path.join(BUILD, 'loader/mbr.bin'), 'rb') as file:
        mbr = file.read()
    equal(gpt.mbr[:418], mbr[:418], 'code of the boot sector')


def test_system_partition(box):
    path = build(box, '--cmdline', 'console=ttyS0 quiet')
    gpt = Gpt(path)
    offset = gpt.parts[15]['offset']
    for name, data in (('/CORACLE.KRN', KERNEL), ('/INITRD.IMG', INITRD), ('/EFI/BOOT/BOOTX64.EFI', EFI)):
        check(fat_read(path, offset, name) == data, name)
    equal(fat_read(path, offset, '/CORACLE.CMD').decode(),
          f'root=PARTUUID={gpt.parts[1]["guid"]} rw console=ttyS0 quiet\n')
    path = build(box, '--cmdline', 'init=/x root=/dev/vda1')
    equal(fat_read(path, offset, '/CORACLE.CMD'), b'init=/x root=/dev/vda1\n')
    if tool('fsck.fat'):
        with open(path, 'rb') as disk, open(box.path('fat'), 'wb') as fat:
            disk.seek(offset)
            fat.write(disk.read(gpt.parts[15]['size']))
        out = subprocess.run(['fsck.fat', '-n', box.path('fat')], stdout=subprocess.PIPE, check=False, text=True)
        equal(out.returncode, 0, out.stdout)


def test_large_initrd_makes_fat32(box):
    options = boot_options(box)
    with open(box.path('initrd'), 'wb') as file:
        file.write(b'start')
        file.truncate(260 * MIB)
    box.write('tree/x')
    box.run('-o', 'd.img', '--rootfs', 'tree', *options)
    offset = Gpt(box.path('d.img')).parts[15]['offset']
    with open(box.path('d.img'), 'rb') as file:
        file.seek(offset)
        equal(file.read(512)[82:87], b'FAT32')
    check(fat_read(box.path('d.img'), offset, '/INITRD.IMG')[:5] == b'start', 'initrd')


def test_disk_without_kernel(box):
    box.write('tree/a', b'a')
    box.run('-o', 'd.img', '--rootfs', 'tree', '--verify')
    gpt = Gpt(box.path('d.img'))
    equal(set(gpt.parts), {1})
    equal(Ext4(box.path('d.img'), gpt.parts[1]['offset']).cat('/a'), b'a')


def test_features_are_those_of_mke2fs(box):
    box.write('tree/a')
    ours = box.root('--rootfs', 'tree', '--size', '600M').header()
    subprocess.run(['truncate', '-s', '600M', box.path('mke2fs')], check=True)
    subprocess.run(['mke2fs', '-q', '-t', 'ext4', box.path('mke2fs')], check=True)
    theirs = Ext4(box.path('mke2fs')).header()
    for key in ('Filesystem features', 'Filesystem flags', 'Default mount options', 'Filesystem state', 'Inode count',
                'Block count', 'Reserved block count', 'Block size', 'Group descriptor size', 'Reserved GDT blocks',
                'Blocks per group', 'Inodes per group', 'Flex block group size', 'Maximum mount count',
                'Check interval',
                'Inode size', 'Required extra isize', 'Journal inode', 'Default directory hash', 'Checksum type',
                'Total journal blocks'):
        equal(ours.get(key), theirs.get(key), key)


def test_sizes(box):
    box.write('tree/a', b'x' * 9 * MIB)
    for size in ('16M', '130M', '5000M', '300G'):
        image = box.root('--rootfs', 'tree', '--size', size)
        units = {'M': MIB, 'G': MIB << 10}
        equal(os.path.getsize(box.path('root.ext4')), int(size[:-1]) * units[size[-1]])
        equal(image.stat('/a')['size'], 9 * MIB)
        check(os.stat(box.path('root.ext4')).st_blocks * 512 < 60 * MIB, f'{size}: not sparse')
    box.refuse('does not fit', '--rootfs', 'tree', '--size', '12M')
    for size, text in (('0', 'is not a size'), ('x', 'is not a size'), ('-1', 'is not a size'), ('1Q', 'is not a size'),
                       ('99999999999T', 'too large')):
        check(text in box.run('-o', 'x', '--rootfs', 'tree', '--size', size, status=2), size)
    box.refuse('2 MiB to 16 TiB', '--rootfs', 'tree', '--size', '17T')
    said = box.run('-o', 'x', '--rootfs', 'tree', *boot_options(box), '--size', '30M', status=1)
    check('has no room' in said, said)


def test_automatic_size_always_fits(box):
    rng = random.Random(3)
    for number, (files, size) in enumerate(((0, 0), (3000, 10), (20, 10 * MIB), (12000, 100))):
        top = box.path(f'tree{number}')
        os.makedirs(top)
        for i in range(files):
            with open(os.path.join(top, str(i)), 'wb') as file:
                file.write(rng.randbytes(size))
        image = box.root('--rootfs', top)
        header = image.header()
        free = int(header['Free blocks']) - int(header['Reserved block count'])
        check(free * 4096 >= 60 * MIB, f'{files} files: {free} blocks free')
        check(int(header['Free inodes']) > files // 10, 'inodes')
        shutil.rmtree(top)


def test_same_inputs_same_bytes(box):
    options = ('--format', 'raw,qcow2,vmdk', '--cmdline', 'quiet')
    build(box, *options, name='./disk.img')
    first = {kind: sha256(box.path(f'disk.{kind}')) for kind in ('img', 'qcow2', 'vmdk')}
    # Another order of files in their folder, another umask, time zone, name; same content and times.
    shutil.copytree(box.path('tree'), box.path('copy'), symlinks=True)
    os.rename(box.path('tree'), box.path('old'))
    os.makedirs(box.path('tree'))
    for name in ('bin', 'etc'):
        os.rename(box.path('copy', name), box.path('tree', name))
    shutil.copystat(box.path('old'), box.path('tree'))
    with umask(0o077):
        build(box, *options, TZ='Asia/Kathmandu', LC_ALL='C')
    equal({kind: sha256(box.path(f'disk.{kind}')) for kind in first}, first)
    os.makedirs(box.path('other'))
    build(box, '--cmdline', 'quiet', name='other/name.img')
    equal(sha256(box.path('other/name.img')), first['img'], 'under another name')
    # Any change changes the identifiers.
    before = Gpt(box.path('disk.img'))
    box.write('tree/etc/file', b'Content')
    os.utime(box.path('tree/etc/file'), ns=(0, os.lstat(box.path('old/etc/file')).st_mtime_ns))
    after = Gpt(build(box, '--cmdline', 'quiet'))
    check(before.guid != after.guid and before.parts[1]['guid'] != after.parts[1]['guid'], 'ids follow the content')


def test_source_date_epoch(box):
    box.write('tree/new')
    box.write('tree/old')
    os.utime(box.path('tree/old'), (1000000000, 1000000000))
    image = box.root('--rootfs', 'tree', SOURCE_DATE_EPOCH=1234567890)
    equal(image.stat('/new')['mtime_ns'], 1234567890 * 10 ** 9)
    equal(image.stat('/old')['mtime_ns'], 1000000000 * 10 ** 9)
    check('2009' in image.header()['Filesystem created'], image.header()['Filesystem created'])
    for epoch in (0, 1, 5000000000):
        path = build(box, '--verify', SOURCE_DATE_EPOCH=epoch)
        first = sha256(path)
        equal(sha256(build(box, SOURCE_DATE_EPOCH=epoch)), first, f'epoch {epoch}')
    said = box.run('-o', 'x', '--rootfs', 'tree', status=2, SOURCE_DATE_EPOCH='today')
    check('SOURCE_DATE_EPOCH' in said, said)


def test_formats(box):
    build(box, '--format', 'raw,qcow2,vmdk', '--verify')
    for kind in ('qcow2', 'vmdk'):
        subprocess.run(['qemu-img', 'compare', '-q', box.path('disk.img'), box.path(f'disk.{kind}')], check=True)
        box.run('--verify', '-o', f'disk.{kind}')
    build(box, '--format', 'qcow2', name='only.img')
    check(os.path.exists(box.path('only.qcow2')) and not os.path.exists(box.path('only.img')), 'qcow2 alone')
    check('none of raw' in box.run('-o', 'x', '--rootfs', 'tree', '--format', 'raw,vdi', status=2), 'vdi')


def test_verify_finds_damage(box):
    path = build(box)
    gpt = Gpt(path)
    box.run('--verify', '-o', path)

    def damaged(offset, data, text):
        shutil.copy(path, box.path('bad.img'))
        with open(box.path('bad.img'), 'r+b') as file:
            file.seek(offset)
            file.write(data)
        said = box.run('--verify', '-o', 'bad.img', status=1)
        check(text in said, f'wanted {text!r}:\n{said}')

    damaged(512 + 60, b'\0\1\2\3', 'GPT at the start')
    damaged(1024 + 40, b'\0\1\2\3', 'GPT at the start')
    damaged(gpt.size - 512 + 60, b'\0\1\2\3', 'backup')
    damaged(424, b'\0' * 8, 'looks for stage 2')
    damaged(gpt.parts[15]['offset'], b'\0' * 512, 'CORACLE.KRN')
    damaged(gpt.parts[1]['offset'] + 1024 + 56, b'\0\0', 'e2fsck')      # superblock
    # A folder's first block: what its checksum guards.
    root = Ext4(path, gpt.parts[1]['offset'])
    block = int(root.debugfs('blocks /').split()[-1])
    damaged(gpt.parts[1]['offset'] + block * 4096 + 40, b'zz', 'e2fsck')
    box.write('text', b'hello')
    box.run('--verify', '-o', 'text', status=1)
    box.run('--verify', '-o', 'missing', status=1)


def test_output_is_atomic(box):
    path = build(box)
    before = sha256(path)
    names = set(os.listdir(box.folder))
    box.run('-o', 'disk.img', '--rootfs', 'missing', *boot_options(box), status=1)
    box.run('-o', 'disk.img', '--rootfs', 'tree', *boot_options(box), '--mbr', box.write('efi'), status=1)
    equal(sha256(path), before, 'the old image stays')
    equal(set(os.listdir(box.folder)), names, 'nothing left behind')
    with umask(0o027):
        equal(oct(os.stat(build(box)).st_mode & 0o777), '0o640', 'mode')


def test_usage(box):
    box.write('tree/a')
    kernel = box.write('k', b'k')
    check('--rootfs' in box.run('--help'), 'help')
    for options, text in (([], '--output'), (['-o', 'x'], '--rootfs'), (['-o', 'x', '--overlay', 'tree'], '--rootfs'),
                          (['-o', 'x', '--rootfs', 'tree', '--rootfs', 'tree'], 'once'),
                          (['-o', 'x', '--rootfs', 'tree', 'more'], 'more'), (['--nonsense'], 'nonsense'),
                          (['-o', 'x', '--rootfs', 'tree', '--mbr', kernel], '--stage2'),
                          (['-o', 'x', '--rootfs', 'tree', '--cmdline', 'a'], '--kernel'),
                          (['-o', 'x', '--rootfs', 'tree', '--root-only', '--kernel', kernel], '--root-only'),
                          (['-o', 'x', '--rootfs', 'tree', '--label', 'l' * 17], '--label'),
                          (['-o', 'x', '--rootfs', 'tree', '--uuid', '1234'], 'UUID'),
                          (['-o', 'x', '--rootfs', 'tree', '--owner', 'joe'], '--owner'),
                          (['-o', 'x', '--rootfs', 'tree', '--kernel', kernel, '--cmdline', 'c' * 4096], '4095')):
        said = box.run(*options, status=2)
        check(text in said, f'{options}: {said}')
    check('No such file' in box.run('-o', 'x', '--rootfs', 'nowhere', status=1), 'missing source')
    check('No such file' in box.run('-o', 'no/folder/x', '--rootfs', 'tree', status=1), 'missing folder')
    check('No such file' in box.run('-o', 'x', '--rootfs', 'tree', '--kernel', 'nowhere', status=1), 'missing kernel')


def test_label_and_uuid(box):
    box.write('tree/a')
    uuid = '01234567-89ab-4cde-8f01-23456789abcd'
    header = box.root('--rootfs', 'tree', '--label', 'sixteen-bytes-16', '--uuid', uuid).header()
    equal((header['Filesystem volume name'], header['Filesystem UUID']), ('sixteen-bytes-16', uuid))


def test_manual_names_every_option(_):
    with open(os.path.join(SOURCE, 'imgbuild/imgbuild.1'), encoding='utf-8') as file:
        manual = file.read().replace('\\-', '-')
    with open(os.path.join(SOURCE, 'imgbuild/options.c'), encoding='utf-8') as file:
        for line in file:
            if '_argument, NULL' in line:
                name = line.split('"')[1]
                check(f'--{name}' in manual, f'--{name} is not in imgbuild.1')


if __name__ == '__main__':
    main('__main__')

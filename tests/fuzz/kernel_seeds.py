#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the first seeds of elf_fuzz, cpio_fuzz and ext4_fuzz: kernel_seeds.py CORPUS-FOLDER

Small on purpose. mke2fs and debugfs make the volumes, cpio, gzip and zstd the archives; the programs are put together
here."""
import gzip
import os
import struct
import subprocess
import sys
import tempfile
import zlib

EPOCH = '1700000000'
VOLUMES = {
    # name: what mke2fs gets, KiB
    'extents': ('-b 1024 -I 256 -O ^has_journal,^metadata_csum,^resize_inode', 96),
    'checksums': ('-b 1024 -I 256 -O ^has_journal,metadata_csum,^resize_inode', 96),
    'blockmap': ('-b 1024 -I 128 -O none,filetype', 96),
    'inline': ('-b 1024 -I 256 -O ^has_journal,^metadata_csum,^resize_inode,inline_data', 128),
}


def run(text, folder, data=None):
    env = dict(os.environ, PATH=os.environ['PATH'] + ':/sbin:/usr/sbin', E2FSPROGS_FAKE_TIME=EPOCH)
    done = subprocess.run(['sh', '-ec', text], cwd=folder, input=data, stdout=subprocess.PIPE, env=env, check=True)
    return done.stdout


def tree(folder):
    run('mkdir tree; cd tree; mkdir -p a/b many; echo text > a/file; ln a/file a/b/same; ln -s a/file link; '
        "ln -s $(head -c 70 /dev/zero | tr '\\0' l) long; truncate -s 300000 sparse; echo x >> sparse; "
        'seq 2000 > numbers; for i in $(seq 90); do : > many/a-rather-long-name-number-$i; done; mkfifo fifo', folder)


def volumes(corpus):
    with tempfile.TemporaryDirectory() as folder:
        tree(folder)
        for name, (options, kib) in VOLUMES.items():
            run(f'mke2fs -q -F -t ext4 {options} -N 128 -L seed -U 01234567-89ab-cdef-0123-456789abcdef '
                f'-E hash_seed=01234567-89ab-cdef-0123-456789abcdef,root_owner=0:0 -d tree image {kib}k; '
                'e2fsck -fyD image >/dev/null 2>&1 || [ $? -le 1 ]; '
                'echo "ea_set a/file user.name value" | debugfs -w -f - image >/dev/null 2>&1', folder)
            with open(os.path.join(folder, 'image'), 'rb') as image:
                data = image.read()
            put(corpus, 'ext4', name, b'\0' + data.rstrip(b'\0'))
            run('rm image', folder)


def archives(corpus):
    with tempfile.TemporaryDirectory() as folder:
        tree(folder)
        newc = run('cd tree; rm -r many sparse; find . -exec touch -h -d @1700000000 {} +; find . | LC_ALL=C sort | '
                   'cpio -o -H newc -R 0:0 --reproducible 2>/dev/null', folder)
        put(corpus, 'cpio', 'newc', newc)
        put(corpus, 'cpio', 'gzip', gzip.compress(newc, mtime=0))
        put(corpus, 'cpio', 'zlib', zlib.compress(newc))
        put(corpus, 'cpio', 'zstd', run('zstd -q -19 -c', folder, newc))
        put(corpus, 'cpio', 'two', newc + b'\0' * 4 + gzip.compress(newc, mtime=0))
        put(corpus, 'cpio', 'crc', newc.replace(b'070701', b'070702'))


def segment(kind, flags, offset, address, filesz, memsz, align=4096):
    return struct.pack('<IIQQQQQQ', kind, flags, offset, address, address, filesz, memsz, align)


def program(kind, entry, segments, more=b''):
    ident = b'\x7fELF\2\1\1' + bytes(9)
    head = struct.pack('<16sHHIQQQIHHHHHH', ident, kind, 62, 1, entry, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    return head + b''.join(segments) + more


def programs(corpus):
    load, interp, stack = 1, 3, 0x6474e551
    put(corpus, 'elf', 'static', program(2, 0x400078, [segment(load, 5, 0, 0x400000, 300, 300),
                                                       segment(load, 6, 300, 0x40112c, 4, 9000)], bytes(300)))
    put(corpus, 'elf', 'pie', program(3, 0x78, [segment(load, 5, 0, 0, 300, 300), segment(stack, 6, 0, 0, 0, 0)],
                                      bytes(300)))
    put(corpus, 'elf', 'interp', program(3, 0x78, [segment(load, 5, 0, 0, 300, 300, 1 << 21),
                                                   segment(interp, 4, 64 + 112, 0, 4, 4)], b'/ld\0' + bytes(300)))
    put(corpus, 'elf', 'self', program(3, 0x78, [segment(load, 5, 0, 0, 300, 300),
                                                 segment(interp, 4, 64 + 112, 0, 6, 6)], b'/prog\0' + bytes(300)))
    put(corpus, 'elf', 'script', b'#! /ld with an argument\n')


def put(corpus, fuzzer, name, data):
    os.makedirs(os.path.join(corpus, fuzzer), exist_ok=True)
    with open(os.path.join(corpus, fuzzer, name), 'wb') as file:
        file.write(data)


if __name__ == '__main__':
    volumes(sys.argv[1])
    archives(sys.argv[1])
    programs(sys.argv[1])

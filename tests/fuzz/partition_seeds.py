#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the seeds of partition_fuzz: partition_seeds.py FOLDER. Eight sectors each;

checksums are the fuzzer's to make."""
import os
import struct
import sys

SECTOR = 512


def mbr(entries, size=8):
    disk = bytearray(size * SECTOR)
    for lba, index, kind, first, count in entries:
        struct.pack_into('<4xB3xII', disk, lba * SECTOR + 446 + 16 * index, kind, first, count)
        disk[lba * SECTOR + 510:lba * SECTOR + 512] = b'\x55\xaa'
    return disk


gpt = mbr([(0, 0, 0xee, 1, 7)])
struct.pack_into('<8sIIIIQQQQ16sQIII', gpt, SECTOR, b'EFI PART', 0x10000, 92, 0, 0, 1, 7, 3, 6, b'', 2, 4, 128, 0)
for i in range(4):
    struct.pack_into('<16s16sQQQ72s', gpt, 2 * SECTOR + 128 * i, b'\x11' * 16, bytes([i]) * 16, 3 + i, 3 + i, 0,
                     'root'.encode('utf-16le'))
logical = mbr([(0, 0, 0x83, 1, 1), (0, 1, 5, 2, 6), (2, 0, 0x83, 1, 1), (2, 1, 5, 2, 2), (4, 0, 0x83, 1, 1)])
os.makedirs(sys.argv[1], exist_ok=True)
for name, flags, disk in (('gpt', 2, gpt), ('gpt-bad', 0, gpt), ('mbr', 0, logical)):
    with open(os.path.join(sys.argv[1], name), 'wb') as f:
        f.write(bytes([flags]) + disk)

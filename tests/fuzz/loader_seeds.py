#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the first seeds of loader_disk_fuzz and loader_payload_fuzz: loader_seeds.py CORPUS-FOLDER

Small on purpose: a volume of a few sectors whose numbers wrap around (see loader_disk_fuzz.c), so that even FAT32
with its 65,525 clusters fits into 30 KiB.
"""

import os
import struct
import sys
import zlib

SECTOR = 512
FILES = [(b'CORACLE KRN', 3, 3 * SECTOR - 7), (b'CORACLE CMD', 6, 30), (b'INITRD  IMG', 7, SECTOR)]
CHAINS = {2: 0, 3: 4, 4: 9, 9: 0, 6: 0, 7: 0}           # 0: end; cluster 2 is FAT32's root


def volume(kind):
    clusters, table, root, sectors = {12: (60, 1, 1, 70), 16: (4200, 17, 1, 40), 32: (65600, 513, 0, 60)}[kind]
    data = 1 + table + root
    boot = bytearray(SECTOR)
    struct.pack_into('<3s8sHBHBHHBHHHII', boot, 0, b'\xeb\x3c\x90', b'CORACLE ', SECTOR, 1, 1, 1, 16 * root, 0,
                     0xf8, table if kind != 32 else 0, 63, 16, 0, data + clusters)
    struct.pack_into('<IHHI', boot, 36, table if kind == 32 else 0, 0, 0, 2 if kind == 32 else 0)
    boot[510:] = b'\x55\xaa'
    out = bytearray(sectors * SECTOR)
    out[:SECTOR] = boot
    for cluster, following in CHAINS.items():
        value = following or (1 << min(kind, 28)) - 1
        if kind == 12:
            at = SECTOR + cluster * 3 // 2
            old = struct.unpack_from('<H', out, at)[0]
            value = old | (value << 4 if cluster & 1 else value)
            struct.pack_into('<H', out, at, value)
        else:
            struct.pack_into('<H' if kind == 16 else '<I', out, SECTOR + cluster * kind // 8, value)
    directory = b''.join(struct.pack('<11sB8sHHHHI', name, 0x20, b'', 0, 0, 0, cluster, size)
                         for name, cluster, size in FILES)
    at = (data if kind == 32 else 1 + table) % sectors * SECTOR
    out[at:at + len(directory)] = directory
    return bytes(out)


def gpt(inner, damaged):
    first, total = 6, 6 + len(inner) // SECTOR + 3
    esp = bytes.fromhex('28732ac11ff8d211ba4b00a0c93ec93b')
    table = (struct.pack('<16s16sQQ', bytes([1] * 16), b'', 3, 4).ljust(128, b'\0')
             + struct.pack('<16s16sQQ', esp, b'', first, first + len(inner) // SECTOR - 1).ljust(128, b'\0'))

    def header(lba, entries):
        def pack(crc):
            return struct.pack('<8sIIIIQQQQ16sQIII', b'EFI PART', 0x10000, 92, crc, 0, lba, total - lba, 3,
                               total - 3, b'', entries, 2, 128, zlib.crc32(table))
        return pack(zlib.crc32(pack(0))).ljust(SECTOR, b'\0')
    out = bytearray(total * SECTOR)
    for lba, data in ((1, header(1, 2)), (2, table), (first, inner), (total - 2, table),
                      (total - 1, header(total - 1, total - 2))):
        out[lba * SECTOR:lba * SECTOR + len(data)] = data
    if damaged:
        out[SECTOR + 40] ^= 1
    return bytes(out)


def payload():
    segments = struct.pack('<QQQQ', 0x1000000, 4096, 100, 5000) + struct.pack('<QQQQ', 0x1003000, 8192, 50, 50)
    head = struct.pack('<QIIQQII', 0x4c5241434f59414c, 1, 0, 8242, 0x1000000, 2, 0) + segments
    return head.ljust(4096, b'\0') + bytes(range(100)).ljust(4096, b'\0') + b'd' * 50


def main():
    seeds = {f'loader_disk/fat{kind}': b'\0' + volume(kind) for kind in (12, 16, 32)}
    seeds['loader_disk/gpt'] = b'\2' + gpt(volume(12), False)
    seeds['loader_disk/gpt-backup'] = b'\3' + gpt(volume(12), True)
    seeds['loader_payload/two-segments'] = b'\x20\1' + payload()
    for name, data in seeds.items():
        path = os.path.join(sys.argv[1], name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(data)


if __name__ == '__main__':
    main()

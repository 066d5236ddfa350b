# SPDX-License-Identifier: MIT
"""Disk images for the loader's tests: a GPT, a BIOS boot partition and a FAT volume, laid out by hand.

imgbuild makes the real images; this makes the odd ones: every FAT type, fragmented files, damaged or unusual
tables. mtools (mformat, mcopy) fills the volume.
"""

import os
import struct
import subprocess
import tempfile
import zlib

SECTOR = 512
ESP = bytes.fromhex('28732ac11ff8d211ba4b00a0c93ec93b')
BIOS_BOOT = bytes.fromhex('4861682149646f6e744e656564454649')
OTHER = bytes.fromhex('af3dc60f838472478e793d69d8477de4')


def crc(data):
    return zlib.crc32(data) & 0xffffffff


def mtool(*words):
    env = dict(os.environ, MTOOLS_SKIP_CHECK='1', TZ='UTC')
    subprocess.run(words, check=True, env=env, stdout=subprocess.DEVNULL)


def fat_volume(path, files, mib=16, kind=16, cluster=None, fragment=()):
    """Make a FAT volume file. files: {'CORACLE.KRN': bytes}; fragment: names to be written in alternating
    pieces, so that no two of their clusters are neighbours."""
    sectors = mib * 2048
    cluster = cluster or {12: 8 if mib <= 15 else 32, 16: 4 if mib > 8 else 1, 32: 1}[kind]
    with open(path, 'wb') as f:
        f.truncate(sectors * SECTOR)
    mtool('mformat', '-i', path, '-T', str(sectors), '-h', '16', '-s', '63', '-c', str(cluster),
          *(['-F'] if kind == 32 else []), '::')
    for name, data in files.items():
        folder = os.path.dirname(name)
        made = ''
        for part in folder.split('/') if folder else []:
            made += '/' + part
            subprocess.run(['mmd', '-i', path, '-D', 's', '::' + made], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        with tempfile.NamedTemporaryFile() as t:
            t.write(data)
            t.flush()
            mtool('mcopy', '-i', path, t.name, '::' + name)
    for name in fragment:
        scatter(path, name, cluster)


def fat_geometry(volume):
    reserved, fats, root = struct.unpack_from('<HBH', volume, 14)
    total = struct.unpack_from('<H', volume, 19)[0] or struct.unpack_from('<I', volume, 32)[0]
    size = struct.unpack_from('<H', volume, 22)[0] or struct.unpack_from('<I', volume, 36)[0]
    cluster = volume[13]
    root_sectors = (root * 32 + 511) // 512
    data = reserved + fats * size + root_sectors
    count = (total - data) // cluster
    kind = 32 if not root else 12 if count <= 4084 else 16
    return dict(reserved=reserved, fats=fats, fat_size=size, cluster=cluster, data=data, count=count,
                kind=kind, root=reserved + fats * size, root_cluster=struct.unpack_from('<I', volume, 44)[0])


def fat_get(volume, g, n):
    base = g['reserved'] * SECTOR
    if g['kind'] == 12:
        value = struct.unpack_from('<H', volume, base + n + n // 2)[0]
        return value >> 4 if n & 1 else value & 0xfff
    if g['kind'] == 16:
        return struct.unpack_from('<H', volume, base + 2 * n)[0]
    return struct.unpack_from('<I', volume, base + 4 * n)[0] & 0x0fffffff


def fat_set(volume, g, n, value):
    for copy in range(g['fats']):
        base = (g['reserved'] + copy * g['fat_size']) * SECTOR
        if g['kind'] == 12:
            at = base + n + n // 2
            old = struct.unpack_from('<H', volume, at)[0]
            new = (old & 0x000f) | (value & 0xfff) << 4 if n & 1 else (old & 0xf000) | (value & 0xfff)
            struct.pack_into('<H', volume, at, new)
        elif g['kind'] == 16:
            struct.pack_into('<H', volume, base + 2 * n, value & 0xffff)
        else:
            struct.pack_into('<I', volume, base + 4 * n, value & 0x0fffffff)


def root_entry(volume, g, name):
    """Offset of the root directory entry of NAME.EXT."""
    stem, _, ext = name.partition('.')
    want = (stem.ljust(8) + ext.ljust(3)).encode()
    start = g['root'] * SECTOR if g['kind'] != 32 else \
        (g['data'] + (g['root_cluster'] - 2) * g['cluster']) * SECTOR
    for at in range(start, start + 512 * 32, 32):
        if volume[at:at + 11] == want:
            return at
    raise KeyError(name)


def scatter(path, name, cluster_sectors):
    """Move every second cluster of a file to the end of the volume, last first: runs of one cluster."""
    with open(path, 'rb') as f:
        volume = bytearray(f.read())
    g = fat_geometry(volume)
    size = cluster_sectors * SECTOR
    at = root_entry(volume, g, name)
    chain = [struct.unpack_from('<H', volume, at + 26)[0] | struct.unpack_from('<H', volume, at + 20)[0] << 16]
    while 2 <= fat_get(volume, g, chain[-1]) < g['count'] + 2:
        chain.append(fat_get(volume, g, chain[-1]))
    free = [n for n in range(g['count'] + 1, 1, -1) if fat_get(volume, g, n) == 0]
    place = {n: (g['data'] + (n - 2) * g['cluster']) * SECTOR for n in chain + free[:len(chain)]}
    for i in range(1, len(chain), 2):
        new = free.pop(0)
        old = chain[i]
        volume[place[new]:place[new] + size] = volume[place[old]:place[old] + size]
        fat_set(volume, g, old, 0)
        chain[i] = new
    last = {12: 0xfff, 16: 0xffff, 32: 0x0fffffff}[g['kind']]
    for here, there in zip(chain, chain[1:] + [last]):
        fat_set(volume, g, here, there)
    with open(path, 'wb') as f:
        f.write(volume)


def entry(kind, first, last, number):
    return kind + bytes([number + 1] * 16) + struct.pack('<QQQ', first, last, 0) + \
        f'part{number}'.encode('utf-16le').ljust(72, b'\0')


def header(lba, other, entries_lba, entries, total, count, size):
    def pack(own_crc):
        return struct.pack('<8sIIIIQQQQ16sQIII', b'EFI PART', 0x10000, 92, own_crc, 0, lba, other, 34,
                           total - 34, b'\x11' * 16, entries_lba, count, size, crc(entries))
    return pack(crc(pack(0))).ljust(SECTOR, b'\0')


def disk(path, volume, mbr, stage2, entry_size=128, entries_lba=2, esp_first=True):
    """Write a GPT disk around a FAT volume file."""
    with open(volume, 'rb') as f:
        esp = f.read()
    boot_lba, boot_sectors, esp_lba = 2048, 128, 4096
    esp_sectors = len(esp) // SECTOR
    total = esp_lba + esp_sectors + 2048
    parts = [entry(BIOS_BOOT, boot_lba, boot_lba + boot_sectors - 1, 0),
             entry(ESP, esp_lba, esp_lba + esp_sectors - 1, 1),
             entry(OTHER, esp_lba + esp_sectors, total - 35, 2)]
    if not esp_first:
        parts.reverse()
    table = b''.join(p.ljust(entry_size, b'\0') for p in parts).ljust(128 * entry_size, b'\0')
    backup_lba = total - 1 - len(table) // SECTOR
    boot = bytearray(mbr)
    assert boot[432:440] == b'CORACLE1'
    struct.pack_into('<H', boot, 418, (len(stage2) + SECTOR - 1) // SECTOR)
    struct.pack_into('<Q', boot, 424, boot_lba)
    boot[446:462] = struct.pack('<BBBBBBBBII', 0, 0, 2, 0, 0xee, 255, 255, 255, 1, total - 1)
    with open(path, 'wb') as f:
        f.truncate(total * SECTOR)
        for lba, data in ((0, boot), (1, header(1, total - 1, entries_lba, table, total, 128, entry_size)),
                          (entries_lba, table), (boot_lba, stage2), (esp_lba, esp), (backup_lba, table),
                          (total - 1, header(total - 1, 1, backup_lba, table, total, 128, entry_size))):
            f.seek(lba * SECTOR)
            f.write(data)
    return dict(boot_lba=boot_lba, esp_lba=esp_lba, total=total)


def patch(path, offset, data):
    with open(path, 'r+b') as f:
        f.seek(offset)
        f.write(data)

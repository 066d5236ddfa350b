#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""loader/payload: good kernels give the right payload, malformed ELF files are refused with their reason.

    payload_test.py PAYLOAD         the tool under test

ELF files are built byte by byte here, so that each can be wrong in exactly one way.
"""

import copy
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from guest import Tap                                           # noqa: E402

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
X, W, R = 1, 2, 4
BASE, VIRT = 0x1000000, 0xffffffff80000000
MAGIC = 0x4c5241434f59414c


def crc32c(data):
    value = 0xffffffff
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
    return value ^ 0xffffffff


def note(entry, kind=18, name=b'Xen\0', size=4):
    desc = entry.to_bytes(8, 'little')[:size] if size <= 8 else bytes(size)
    pad = -len(name) % 4
    return struct.pack('<III', len(name), size, kind) + name + bytes(pad) + desc + bytes(-size % 4)


class Elf:
    """A kernel like ours: text at 16 MiB, rodata with the note, data with BSS; virtual in the top 2 GiB."""

    def __init__(self):
        self.ident = b'\x7fELF\x02\x01\x01' + bytes(9)
        self.type, self.machine, self.version = 2, 62, 1
        self.entry = VIRT + BASE
        self.phentsize, self.phnum, self.phoff = 56, None, 64
        text, rodata, data = b'\x90' * 5000, b'r' * 100, b'd' * 8192
        self.note = note(BASE + 0x20)
        self.segments = [
            dict(type=PT_LOAD, flags=R | X, paddr=BASE, data=text, memsz=len(text)),
            dict(type=PT_LOAD, flags=R, paddr=BASE + 0x2000, data=rodata, memsz=len(rodata)),
            dict(type=PT_LOAD, flags=R | W, paddr=BASE + 0x3000, data=data, memsz=0x8000),
            dict(type=PT_NOTE, flags=R, paddr=BASE + 0x2000, data=None, memsz=0),
        ]

    def bytes(self):
        out = bytearray(4096)
        headers = []
        for s in self.segments:
            data = self.note if s['type'] == PT_NOTE and s['data'] is None else s['data']
            out += bytes(-len(out) % 4096)
            offset = s.get('offset', len(out))
            out += data
            headers.append(struct.pack('<IIQQQQQQ', s['type'], s['flags'], offset,
                                       s.get('vaddr', s['paddr'] + VIRT & (1 << 64) - 1), s['paddr'],
                                       s.get('filesz', len(data)), s.get('memsz', len(data)),
                                       s.get('align', 4096 if s['type'] == PT_LOAD else 4)))
        head = self.ident + struct.pack('<HHIQQQIHHHHHH', self.type, self.machine, self.version, self.entry,
                                        self.phoff, 0, 0, 64, self.phentsize,
                                        len(headers) if self.phnum is None else self.phnum, 64, 0, 0)
        out[0:len(head)] = head
        out[64:64 + 56 * len(headers)] = b''.join(headers)
        return bytes(out)


class Tool:
    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.folder = tempfile.TemporaryDirectory(prefix='coracle-payload.')

    def name(self, leaf):
        return os.path.join(self.folder.name, leaf)

    def run(self, *words):
        return subprocess.run([self.path, *words], capture_output=True, text=True, timeout=20, check=False)

    def pack(self, data, *options):
        with open(self.name('k.elf'), 'wb') as f:
            f.write(data)
        if os.path.exists(self.name('k.krn')):
            os.unlink(self.name('k.krn'))
        return self.run(*options, '-o', self.name('k.krn'), self.name('k.elf'))

    def output(self):
        with open(self.name('k.krn'), 'rb') as f:
            return f.read()


def edit(change):
    elf = Elf()
    change(elf)
    return elf.bytes()


def seg(index, **fields):
    return lambda e: e.segments[index].update(fields)


def attr(**fields):
    return lambda e: e.__dict__.update(fields)


def ident(at, value):
    def change(e):
        e.ident = e.ident[:at] + bytes([value]) + e.ident[at + 1:]
    return change


def many(e):
    e.segments = e.segments[:1] + e.segments[3:] + [
        dict(type=PT_LOAD, flags=R, paddr=BASE + 0x100000 + i * 4096, data=b'x', memsz=1) for i in range(16)]


def drop(*indices):
    def change(e):
        e.segments = [s for i, s in enumerate(e.segments) if i not in indices]
    return change


def extra(**fields):
    return lambda e: e.segments.append(dict(fields))


# What is wrong, and what the refusal must say.
REFUSED = [
    ('32-bit class', ident(4, 1), '64-bit'),
    ('unknown class', ident(4, 9), 'ELF'),
    ('big endian', ident(5, 2), ''),
    ('unknown ident version', ident(6, 7), ''),
    ('unknown version', attr(version=3), 'version'),
    ('another machine', attr(machine=183), 'not for x86-64 (machine 183)'),
    ('i386', attr(machine=3), 'not for x86-64'),
    ('relocatable', attr(type=1), 'fixed address'),
    ('position independent', attr(type=3), 'fixed address'),
    ('core dump', attr(type=4), 'fixed address'),
    ('program headers beyond the file', attr(phoff=1 << 40), ''),
    ('more program headers than the file holds', attr(phnum=2000), ''),
    ('no program headers', attr(phnum=0), 'no loadable segment'),
    ('wrong program header size', attr(phentsize=32), ''),
    ('only a note', drop(0, 1, 2), 'no loadable segment'),
    ('interpreter', extra(type=PT_INTERP, flags=R, paddr=0, data=b'/ld\0'), 'dynamically linked'),
    ('dynamic section', extra(type=PT_DYNAMIC, flags=R, paddr=0, data=bytes(16)), 'dynamically linked'),
    ('writable and executable', seg(2, flags=R | W | X), 'segment 2: is writable and executable'),
    ('writable text', seg(0, flags=R | W | X), 'segment 0: is writable and executable'),
    ('file size above memory size', seg(2, memsz=100), 'segment 2: file size'),
    ('bytes beyond the file', seg(2, filesz=0x7000), 'segment 2: its bytes lie beyond the end'),
    ('offset beyond the file', seg(1, offset=1 << 50), 'segment 1: its bytes lie beyond the end'),
    ('offset wraps', seg(1, offset=(1 << 64) - 4096), 'segment 1: its bytes lie beyond the end'),
    ('file size wraps', seg(2, filesz=(1 << 64) - 1, memsz=(1 << 64) - 1), 'segment 2: '),
    ('physical address not aligned', seg(2, paddr=BASE + 0x3010, vaddr=VIRT + BASE + 0x3000), 'not 4 KiB aligned'),
    ('virtual address not aligned', seg(2, vaddr=VIRT + BASE + 0x3010, align=16), 'not 4 KiB aligned'),
    ('alignment no power of two', seg(1, align=4095), 'not a power of two'),
    ('offset against alignment', seg(1, align=0x200000), 'disagree modulo'),
    ('below 1 MiB', seg(2, paddr=0x9000), 'below 1 MiB'),
    ('at 0', seg(2, paddr=0), 'below 1 MiB'),
    ('above 4 GiB', seg(2, paddr=1 << 32), 'beyond 4 GiB'),
    ('across 4 GiB', seg(2, paddr=(1 << 32) - 4096), 'beyond 4 GiB'),
    ('memory size of 2^63', seg(2, memsz=1 << 63), 'beyond 4 GiB'),
    ('virtual wrap', seg(2, vaddr=(1 << 64) - 4096), 'wraps around'),
    ('span of 1 GiB', seg(2, paddr=BASE + (1 << 30)), 'span more than 256 MiB'),
    ('overlap', seg(1, paddr=BASE + 0x1000), 'segments 0 and 1 overlap'),
    ('same place', seg(2, paddr=BASE), 'overlap in physical memory'),
    ('shared page', seg(0, memsz=0x2001), 'segments 0 and 1 overlap'),
    ('overlap through BSS', seg(1, paddr=BASE + 0x6000), 'segments 2 and 1 overlap'),
    ('17 segments', many, 'more than 16 loadable segments'),
    ('entry 0', attr(entry=0), 'entry point 0 is not inside'),
    ('entry in data', attr(entry=VIRT + BASE + 0x3000), 'is not inside an executable segment'),
    ('entry in BSS of text', attr(entry=VIRT + BASE + 5000), 'is not inside an executable segment'),
    ('entry below text', attr(entry=VIRT + BASE - 1), 'is not inside an executable segment'),
    ('no executable segment', seg(0, flags=R), 'is not inside an executable segment'),
    ('no note', drop(3), 'no PVH entry note'),
    ('note of another name', attr(note=note(BASE, name=b'GNU\0')), 'no PVH entry note'),
    ('note with a longer name', attr(note=note(BASE, name=b'Xen!\0')), 'no PVH entry note'),
    ('note of another type', attr(note=note(BASE, kind=17)), 'no PVH entry note'),
    ('note too small', attr(note=note(BASE, size=2)), 'PVH note holds 2 bytes'),
    ('note too large', attr(note=note(BASE, size=16)), 'PVH note holds 16 bytes'),
    ('note cut short', attr(note=note(BASE)[:14]), 'no PVH entry note'),
    ('note with an endless name', attr(note=struct.pack('<III', 0xffffffff, 4, 18) + b'Xen\0'), 'no PVH entry note'),
    ('note beyond the file', seg(3, offset=1 << 40), 'note segment lies beyond'),
    ('empty note', attr(note=b''), 'no PVH entry note'),
    ('PVH entry in data', attr(note=note(BASE + 0x3000)), 'its PVH entry 0x1003000 is not inside'),
    ('PVH entry outside', attr(note=note(0x100)), 'its PVH entry 0x100 is not inside'),
]


def refused(tool, data, reason):
    result = tool.pack(data)
    assert result.returncode == 1, f'status {result.returncode}: {result.stderr}'
    assert reason in result.stderr, result.stderr
    assert result.stderr.startswith('payload: ' + tool.name('k.elf') + ': '), result.stderr
    assert result.stderr.count('\n') == 1 and not result.stdout
    assert not [n for n in os.listdir(tool.folder.name) if n != 'k.elf'], 'an output file was left behind'


def check_payload(tool, elf, entry):
    """The payload holds what the ELF file says, sorted, with a right checksum."""
    result = tool.pack(elf.bytes())
    assert result.returncode == 0, result.stderr
    data = tool.output()
    magic, version, crc, size, start, count, pad = struct.unpack_from('<QIIQQII', data)
    assert (magic, version, size, pad, start) == (MAGIC, 1, len(data), 0, entry)
    zeroed = bytearray(data)
    zeroed[12:16] = bytes(4)
    assert crc32c(zeroed) == crc, 'checksum'
    loads = sorted((s for s in elf.segments if s['type'] == PT_LOAD and s['memsz']), key=lambda s: s['paddr'])
    assert count == len(loads)
    for i, s in enumerate(loads):
        paddr, offset, file_size, mem_size = struct.unpack_from('<QQQQ', data, 40 + 32 * i)
        assert (paddr, file_size, mem_size) == (s['paddr'], len(s['data']), s['memsz']) and offset % 4096 == 0
        assert data[offset:offset + file_size] == s['data']
    return data


def good(tool):
    check_payload(tool, Elf(), BASE)


def good_physical_entry(tool):
    elf = Elf()
    elf.entry = BASE + 16
    check_payload(tool, elf, BASE + 16)


def good_variants(tool):
    elf = Elf()
    elf.segments.reverse()
    check_payload(tool, elf, BASE)
    elf = Elf()
    elf.note = note(7, name=b'GNU\0') + note(BASE + 4, size=8)
    check_payload(tool, elf, BASE)
    elf = Elf()
    elf.segments.insert(0, dict(type=PT_LOAD, flags=R | W, paddr=0, data=b'', memsz=0))
    check_payload(tool, elf, BASE)
    elf = Elf()
    elf.segments[2].update(data=b'', memsz=0x10000)
    check_payload(tool, elf, BASE)
    elf = Elf()
    many(elf)
    elf.segments.pop()
    check_payload(tool, elf, BASE)


def deterministic(tool):
    elf = Elf()
    first = check_payload(tool, elf, BASE)
    again = copy.deepcopy(elf)
    # Bytes no segment loads: the same payload.
    assert tool.pack(again.bytes() + b'symbols and debug information').returncode == 0
    assert tool.output() == first


def check_only(tool):
    result = tool.pack(Elf().bytes(), '--check-only')
    assert result.returncode == 0 and not result.stderr and not os.path.exists(tool.name('k.krn'))
    elf = Elf()
    elf.machine = 40
    assert tool.pack(elf.bytes(), '-n').returncode == 1


def command_line(tool):
    result = tool.run('--help')
    assert result.returncode == 0 and '--check-only' in result.stdout and not result.stderr
    for words in ((), ('a', 'b'), ('--nonsense', 'a'), ('-o',)):
        result = tool.run(*words)
        assert result.returncode == 2 and 'Usage' in result.stderr, words
    with open(tool.name('named.elf'), 'wb') as f:
        f.write(Elf().bytes())
    assert tool.run(tool.name('named.elf')).returncode == 0
    assert os.path.exists(tool.name('named.krn'))
    os.unlink(tool.name('named.krn'))
    os.unlink(tool.name('named.elf'))
    result = tool.run(tool.name('absent.elf'))
    assert result.returncode == 1 and 'cannot be opened' in result.stderr
    result = tool.run(tool.folder.name)
    assert result.returncode == 1, result
    result = tool.pack(Elf().bytes())
    result = tool.run('-o', '/proc/none/x', tool.name('k.elf'))
    assert result.returncode == 1 and 'cannot be created' in result.stderr


def truncated(tool):
    data = Elf().bytes()
    last = len(data)
    for size in [0, 1, 4, 15, 16, 40, 63, 64, 65, 119, 200, 287, 4095, 4096, 9000, 20000, last - 5]:
        result = tool.pack(data[:size])
        assert result.returncode == 1 and result.stderr.count('\n') == 1, (size, result)


def random_damage(tool):
    """Whatever the bytes: status 0 or 1, never a crash; if 0, the loaders' own header check agreed."""
    rng = random.Random(4711)
    data = Elf().bytes()
    for _ in range(400):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            at = rng.choice((rng.randrange(64), rng.randrange(64 + 56 * 4), len(data) - rng.randint(1, 28)))
            broken[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
        result = tool.pack(bytes(broken))
        assert result.returncode in (0, 1), (result, bytes(broken[:300]).hex())


def main():
    tool = Tool(sys.argv[1] if len(sys.argv) > 1 else 'loader/payload')
    tap = Tap()
    for test in (good, good_physical_entry, good_variants, deterministic, check_only, command_line, truncated,
                 random_damage):
        tap.check('payload: ' + test.__name__.replace('_', ' '), test, tool)
        for leaf in os.listdir(tool.folder.name):
            os.unlink(tool.name(leaf))
    for name, change, reason in REFUSED:
        tap.check('payload refuses: ' + name, refused, tool, edit(change), reason)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())

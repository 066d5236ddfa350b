#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the symbol table that core/ksyms.c reads: ksyms.py NM KERNEL OUT.asm

The layout is described in core/ksyms.c. Names are shortened by 128 tokens: the words (up to and with
an underscore) whose replacement by one byte saves most.
"""

import collections
import re
import struct
import subprocess
import sys

BLOCK = 64                              # core/ksyms.c has the same number
TOKENS = 128
CLONE = re.compile(r'\.(?:isra|part|constprop|cold|lto_priv|llvm)\b.*')
WORD = re.compile(r'[^_]*_+|[^_]+')


def read_symbols(nm, kernel):
    """Function symbols as {address: name}, and where the text starts and ends."""
    functions, bounds = {}, {}
    for line in subprocess.check_output([nm, kernel], text=True).splitlines():
        fields = line.split()
        if len(fields) != 3:
            continue
        address, kind, name = int(fields[0], 16), fields[1], CLONE.sub('', fields[2])
        bounds[name] = address
        if kind in 'tTwW' and not name.startswith(('.', '$', '__text_')) and '.' not in name:
            # Of several names at one address the shortest is the plainest.
            if address not in functions or len(name) < len(functions[address]):
                functions[address] = name
    base = min(functions)
    end = bounds.get('__text_end', max(functions) + 4096)
    return {a: n for a, n in functions.items() if base <= a < end}, base, end


def choose_tokens(names):
    uses = collections.Counter(word for name in names for word in WORD.findall(name))
    best = sorted(uses, key=lambda word: ((1 - len(word)) * uses[word], word))
    return best[:TOKENS]


def number(value):
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(functions, base, end):
    tokens = choose_tokens(functions.values())
    codes = {word: bytes([0x80 + i]) for i, word in enumerate(tokens)}
    blocks, symbols = bytearray(), bytearray()
    previous = 0
    for index, address in enumerate(sorted(functions)):
        if index % BLOCK == 0:
            previous = address
            blocks += struct.pack('<II', address - base, len(symbols))
        name = b''.join(codes.get(word, word.encode()) for word in WORD.findall(functions[address]))[:255]
        symbols += number(address - previous) + bytes([len(name)]) + name
        previous = address
    table = b''.join(word.encode() + b'\0' for word in tokens)
    tokens_at = 32 + len(blocks)
    header = struct.pack('<QIIIIII', base, end - base, len(functions), len(blocks) // 8, len(tokens),
                         tokens_at, tokens_at + len(table))
    assert len(header) == 32
    return header + blocks + table + symbols


def main():
    nm, kernel, out = sys.argv[1:]
    blob = encode(*read_symbols(nm, kernel))
    rows = (blob[i:i + 32] for i in range(0, len(blob), 32))
    with open(out, 'w', encoding='ascii') as file:
        file.write('; Written by core/ksyms.py\nsection .ksyms alloc noexec nowrite progbits align=8\n')
        file.write('section .note.GNU-stack noalloc noexec nowrite progbits\nsection .ksyms\n')
        file.write('global ksyms_blob:data\nksyms_blob:\n')
        for row in rows:
            file.write('\tdb ' + ','.join(map(str, row)) + '\n')


if __name__ == '__main__':
    main()

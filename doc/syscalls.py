#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/syscalls.md from libos/syscall/table.def: `syscalls.py` writes it, `--check` says whether it is current.

The page says of every Linux x86-64 system call what a program gets: FULL, PARTIAL less what is named, NONE (ENOSYS).
"""

import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
TABLE = os.path.join(ROOT, 'libos', 'syscall', 'table.def')
PAGE = os.path.join(ROOT, 'doc', 'syscalls.md')
ROW = re.compile(r'^SYS(\d)\((\d+), (\w+), (FULL|PARTIAL|NONE)(.*?)\)$', re.M | re.S)
NOTE = re.compile(r'^SYSNOTE\((\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)$', re.M | re.S)


def arguments(text, count):
    """'int fd, char *buf' from ', int, fd, char __user *, buf'."""
    words = [w.strip() for w in text.replace('\n', ' ').split(',')[1:]]
    if len(words) != 2 * count:
        sys.exit(f'{TABLE}: {count} arguments, but: {text}')
    pairs = [f'{kind} {name}' for kind, name in zip(words[::2], words[1::2])]
    return ', '.join(pairs).replace(' __user ', ' ').replace('* ', '*')


def page():
    with open(TABLE, encoding='utf-8') as file:
        table = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
    notes = {name: ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)) for name, text in NOTE.findall(table)}
    rows = [(int(nr), name, level, arguments(args, int(count))) for count, nr, name, level, args in ROW.findall(table)]
    if len(rows) != len(re.findall(r'^SYS\d\(', table, re.M)):
        sys.exit(f'{TABLE}: a row is not understood')
    count = {level: sum(row[2] == level for row in rows) for level in ('FULL', 'PARTIAL', 'NONE')}
    lines = ['# System calls', '',
             'Written by `make doc` from `libos/syscall/table.def`. FULL: as the man page and a running Linux have it.',
             'PARTIAL: it works, less what is named. NONE: `ENOSYS`. The tests of each are in `tests/contract/`.', '',
             f'{len(rows)} calls: {count["FULL"]} FULL, {count["PARTIAL"]} PARTIAL, {count["NONE"]} NONE.', '',
             '| number | call | level | missing |', '| --- | --- | --- | --- |']
    for number, name, level, args in sorted(rows):
        missing = notes.get(name, '').replace('|', '\\|')
        lines.append(f'| {number} | `{name}({args})` | {level} | {missing} |')
    return '\n'.join(lines) + '\n'


def main():
    text = page()
    if '--check' in sys.argv[1:]:
        with open(PAGE, encoding='utf-8') as file:
            if file.read() != text:
                sys.exit('doc/syscalls.md: not what libos/syscall/table.def says: run "make doc"')
        return
    with open(PAGE, 'w', encoding='utf-8') as file:
        file.write(text)


if __name__ == '__main__':
    main()

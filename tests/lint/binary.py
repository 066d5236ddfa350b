#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The linked kernel, in the build folder: coracle.elf and libos.a.

  - no segment is writable and executable; no undefined symbol; a PVH note; the stack is not executable
  - kernel code uses no vector register (the user's values are in them), but in functions waivers.txt names
  - libos.a defines no name of the C library's other than mem* and str*: it links into programs
  - the embedded symbol table is that of the final link; release: stripped, it is at most 2 MiB
"""

import os
import re
import subprocess
import tempfile

from project import Lint

KERNEL = 'coracle.elf'
LIMIT = 2 << 20
VECTOR = re.compile(r'%[xyz]mm\d|%st\b|%mm\d')
LIBC = '/lib/x86_64-linux-gnu/libc.so.6'


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout


def check_segments(lint):
    text = output('readelf', '-lnW', KERNEL)
    for line in text.splitlines():
        fields = line.split()
        if fields and fields[0] in ('LOAD', 'GNU_STACK') and 'W' in fields[6:-1] and 'E' in line[60:]:
            lint.problem(KERNEL, 0, fields[0], f'writable and executable segment: {line.strip()}')
        if re.match(r'\s+LOAD.*\bRWE\b', line):
            lint.problem(KERNEL, 0, 'LOAD', f'writable and executable segment: {line.strip()}')
    if 'Xen' not in text:
        lint.problem(KERNEL, 0, 'note', 'no PVH entry note (owner Xen)')


def check_symbols(lint):
    for line in output('nm', '-u', KERNEL).splitlines():
        lint.problem(KERNEL, 0, line.split()[-1], f'undefined: {line.strip()}')
    if os.path.exists('obj/nosyms.elf'):
        def text(path):
            return {line.split()[2]: line.split()[0] for line in output('nm', path).splitlines()
                    if len(line.split()) == 3 and line.split()[1] in 'tT'}
        first, last = text('obj/nosyms.elf'), text(KERNEL)
        moved = [name for name in first if last.get(name) != first[name]]
        if moved:
            lint.problem(KERNEL, 0, 'ksyms', f'the symbol table is stale: {moved[0]} and {len(moved) - 1} more moved')


def check_library(lint):
    if not os.path.exists(LIBC):
        return
    libc = {line.split()[-1].split('@')[0] for line in output('nm', '-D', '--defined-only', LIBC).splitlines()}
    for line in output('nm', '-g', '--defined-only', 'libos.a').splitlines():
        name = line.split()[-1] if line.split() else ''
        if name in libc and not re.match(r'(mem|str)', name) and not name.startswith('__stack_chk'):
            lint.problem('libos.a', 0, name, f'defines {name}, which the C library has too')


def check_vectors(lint):
    function = '?'
    for line in output('objdump', '-d', '--no-show-raw-insn', '-j', '.text', KERNEL).splitlines():
        if line.endswith('>:'):
            function = line.split('<')[1][:-2]
        elif '%' in line and VECTOR.search(line):
            lint.problem(KERNEL, 0, function, f'{function}: {line.strip()}')


def check_size(lint):
    with open('config.mk', encoding='utf-8') as config:
        if re.search(r'^DEBUG\s*=\s*1', config.read(), re.M):
            return
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(['strip', '-o', stripped.name, KERNEL], check=True)
        size = os.path.getsize(stripped.name)
    if size > LIMIT:
        lint.problem(KERNEL, 0, 'size', f'{size} bytes stripped, {LIMIT} are the most')


def main():
    lint = Lint('binary')
    check_library(lint)
    if os.path.exists(KERNEL):
        for check in (check_segments, check_symbols, check_vectors, check_size):
            check(lint)
    else:
        lint.problem(KERNEL, 0, 'missing', 'was not built')
    lint.finish()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Layers only look down: checks the includes of libos/ against the table in libos/README.md.

  - an include names a folder of the same or a lower row
  - UAPI headers (<linux/>, <asm/>, <asm-generic/>) only in abi/; <machine/> only in arch/; otherwise only the
    freestanding headers
  - <folder>/internal.h only inside that folder; a file includes its own header first
  - `current` is named in proc, exec, syscall and api only; <libos/> headers are included by api/ only
  - a unit test's path mirrors a source's
"""

import os
import re

from project import Lint, ROOT, blank, read, sources

FREESTANDING = {'stdint.h', 'stddef.h', 'stdbool.h', 'stdarg.h', 'stdalign.h', 'stdnoreturn.h', 'limits.h', 'float.h'}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
CURRENT_ROWS = {'proc', 'exec', 'syscall', 'api'}


def read_rows():
    """Folder -> row number, from the table."""
    rows = {}
    for match in re.finditer(r'^\| (\d+) \| ((?:`\w+` ?)+)\|', read('libos/README.md'), re.M):
        for folder in re.findall(r'\w+', match.group(2)):
            rows[folder] = int(match.group(1))
    assert rows, 'no table in libos/README.md'
    return rows


def check_include(lint, rows, path, line, bracket, target):
    folder = path.split('/')[1]
    top = target.split('/')[0]
    if bracket == '<':
        if top in ('linux', 'asm', 'asm-generic'):
            if folder != 'abi':
                lint.problem(path, line, target, f'<{target}>: UAPI headers only through abi/')
        elif top == 'machine':
            if folder != 'arch':
                lint.problem(path, line, target, f'<{target}>: only arch/ includes machine headers')
        elif target not in FREESTANDING:
            lint.problem(path, line, target, f'<{target}>: not a freestanding header')
        return
    if target == 'config.h' or target.endswith('.def') and '/' not in target:
        return
    if target == 'loader/boot_info.h':
        if rows[folder] > rows['core'] and folder != 'mm':
            lint.problem(path, line, target, 'the boot structure is for arch, core and mm')
        return
    if top == 'libos' and folder == 'api':
        return
    if top not in rows:
        lint.problem(path, line, target, f'"{target}": includes are by full path from libos/')
    elif rows[top] > rows[folder]:
        lint.problem(path, line, target, f'"{target}": {top} (row {rows[top]}) is above {folder} (row {rows[folder]})')
    if target.endswith('/internal.h') and os.path.dirname(target) != '/'.join(path.split('/')[1:-1]):
        lint.problem(path, line, target, f'"{target}" is private to its folder')


def check_file(lint, rows, path):
    text = read(path)
    folder = path.split('/')[1]
    if path.count('/') < 2 or folder == 'include':
        return
    if folder not in rows:
        lint.problem(path, 1, folder, f'{folder}/ is in no row of libos/README.md')
        return
    code = blank(text, strings=False)
    includes = [(code.count('\n', 0, m.start()) + 1, m.group(1), m.group(2)) for m in INCLUDE.finditer(code)]
    for line, bracket, target in includes:
        check_include(lint, rows, path, line, bracket, target)
    own = path[len('libos/'):-2] + '.h'
    if path.endswith('.c') and os.path.exists(os.path.join(ROOT, 'libos', own)) and includes and includes[0][2] != own:
        lint.problem(path, includes[0][0], 'own', f'its own header "{own}" is not included first')
    if folder not in CURRENT_ROWS:
        for match in re.finditer(r'(?<![.>\w])current(?=->|\b\s*[,);])', blank(text)):
            line = text.count('\n', 0, match.start()) + 1
            lint.problem(path, line, 'current', '`current` is for proc, exec, syscall and api')


def main():
    lint = Lint('layers')
    rows = read_rows()
    for path in sources('.c', '.h', under=('libos/',)):
        check_file(lint, rows, path)
    for path in sources('_test.c', under=('tests/unit/',)):
        stem = path[len('tests/unit/'):-len('_test.c')]
        folder = '' if stem.startswith('loader/') else 'libos'
        if not any(os.path.exists(os.path.join(ROOT, folder, stem + end)) for end in ('.c', '.h', '')):
            lint.problem(path, 1, 'mirror', f'tests no {os.path.join(folder, stem)}.c or .h')
    lint.finish()


main()

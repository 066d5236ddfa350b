#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sizes: files <= 800 lines, lines <= 120 columns, functions <= 80 lines, 5 parameters, 3 indents, 8 locals.

The aims (file 500, line 100, function 40) are for people. Functions are found by universal-ctags; depth is counted in
braces, locals are the declarations that start lines, one for each name. Also here: each file has its SPDX line, and at
most 0.2 TODO, FIXME or XXX per 1,000 lines.
"""

import json
import re
import subprocess

from project import Lint, ROOT, blank, read, sources

FILE, LINE, FUNCTION, PARAMETERS, DEPTH, LOCALS = 800, 120, 80, 5, 4, 8
C = ('.c', '.h')
DECLARATION = re.compile(
    r'^\t+(?:(?:static|const|volatile|unsigned|signed|struct|union|enum|__maybe_unused)\s+)*'
    r'[A-Za-z_]\w*(?:\s+const)?[\s*]+(?!const\b)([A-Za-z_]\w*)\s*(?:\[[^;]*\])?\s*(?:=|;|,)')
ATTRIBUTES = '__must_check,__acquires+,__releases+,__requires+,__printf+,__cold,noinline'
NOT_A_TYPE = re.compile(r'^\t+(?:return|goto|case|else|break|continue|do|sizeof|typedef)\b')


def check_files(lint):
    total = todo = 0
    for path in sources(*C, '.asm', '.py', '.sh', '.lds', '.def'):
        text = read(path)
        lines = text.splitlines()
        total += len(lines)
        todo += len(re.findall(r'\b(?:TODO|FIXME|XXX)\b', text)) if not path.startswith('tests/lint/') else 0
        if len(lines) > FILE and not path.endswith('.def'):
            lint.problem(path, 1, 'file', f'{len(lines)} lines, {FILE} are the most')
        if 'SPDX-License-Identifier: MIT' not in '\n'.join(lines[:4]):
            lint.problem(path, 1, 'spdx', 'no SPDX line at the top')
        for number, line in enumerate(lines, 1):
            if len(line.expandtabs(8)) > LINE and not path.endswith('.def'):
                lint.problem(path, number, 'line', f'{len(line.expandtabs(8))} columns, {LINE} are the most')
            if line != line.rstrip():
                lint.problem(path, number, 'blank', 'blank at the end of the line')
    if todo * 1000 > total * 0.2:
        lint.problem('.', 1, 'todo', f'{todo} TODO, FIXME or XXX in {total} lines; 0.2 per 1,000 are the most')


def functions(paths):
    """(path, name, first line, last line, signature) of every function definition."""
    out = subprocess.run(['ctags', '--output-format=json', '--languages=C', '--map-C=+.h', '--c-kinds=f',
                          '-I', ATTRIBUTES, '--fields=+neS', '-L', '-', '-f', '-'], input='\n'.join(paths), cwd=ROOT,
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in out.splitlines():
        tag = json.loads(line)
        if tag.get('end'):
            yield tag['path'], tag['name'], tag['line'], tag['end'], tag.get('signature', '()')


def count_locals(body):
    count = 0
    for line in body:
        match = DECLARATION.match(line)
        if match and not NOT_A_TYPE.match(line):
            flat = re.sub(r'\([^()]*\)|\{[^{}]*\}|\[[^\]]*\]', '', line)
            count += 1 + flat.split(';')[0].count(',')
    return count


def check_functions(lint):
    texts = {}
    # Test programs are straight lists of steps: only their files are bounded.
    for path, name, first, last, signature in functions(sources(*C)):
        if path.startswith('tests/'):
            continue
        if path not in texts:
            texts[path] = blank(read(path)).splitlines()
        body = texts[path][first - 1:last]
        length = last - first + 1
        if length > FUNCTION:
            lint.problem(path, first, name, f'{name}(): {length} lines, {FUNCTION} are the most')
        parameters = re.sub(r'\([^()]*\)', '', signature[1:-1]).count(',') + 1
        if parameters > PARAMETERS and not name.startswith('sys_'):
            lint.problem(path, first, name, f'{name}(): {parameters} parameters, {PARAMETERS} are the most')
        depth = deepest = 0
        for line in body:
            code = re.sub(r'=\s*\{.*?\}|\(struct \w+\)\s*\{.*?\}|__extension__ \(\{', '', line)
            depth += code.count('{') - code.count('}')
            deepest = max(deepest, depth)
        if deepest > DEPTH:
            lint.problem(path, first, name, f'{name}(): {deepest - 1} indents, {DEPTH - 1} are the most')
        count = count_locals(body[1:])
        if count > LOCALS:
            lint.problem(path, first, name, f'{name}(): {count} locals, {LOCALS} are the most')


def main():
    lint = Lint('sizes')
    check_files(lint)
    check_functions(lint)
    lint.finish()


main()

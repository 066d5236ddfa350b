#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Layout: each C file against what clang-format makes of it by .clang-format.

Compared are indentation, line breaks and blanks between words. Comments, preprocessor lines, the columns things are
aligned to, and the indentation of continued lines are the author's. `format.py FILE...` looks at those files only.
"""

import concurrent.futures
import difflib
import os
import re
import subprocess
import sys

from project import Lint, ROOT, blank, read, sources


PREPROCESSOR = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)


def normal(text):
    """(line number, text) of each line with code, comments off, inner blanks single."""
    text = PREPROCESSOR.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), blank(text))
    out, continued = [], False
    for number, line in enumerate(text.splitlines(), 1):
        code = line.strip()
        if not code:
            continue
        indent = '' if continued else line[:len(line) - len(line.lstrip())]
        # Inside strings everything is blank: what is left may be compared as words.
        code = re.sub(r'\s+', ' ', code).replace('; )', ';)').replace('; ;', ';;')
        out.append((number, indent + re.sub(r'\* (?=\w)', '*', code)))
        continued = not code.endswith((';', '{', '}', ':')) or bool(re.search(r'=\s*\{$', code))
    return out


# Where the author may join or break lines as is best read: a short enum or struct on one line, `case 1: case 2:`,
# attributes on a line of their own. Not where control flow starts.
CONTROL = re.compile(r'\b(?:if|else|for|while|do|switch)\b')
INLINE = re.compile(r'^static .*\).*\{.*\}$')


def style():
    """.clang-format as an argument, with the project's own loop macros."""
    lines = [line for line in read('.clang-format').splitlines() if ': ' in line and not line.startswith('#')]
    loops = set()
    for path in sources('.h'):
        loops |= set(re.findall(r'^#define (\w*for_each\w*)\(', read(path), re.M))
    lines = [f'ForEachMacros: [{", ".join(sorted(loops))}]' if line.startswith('ForEachMacros') else line
             for line in lines]
    return '--style={' + ', '.join(lines) + '}'


def allowed(mine, theirs):
    squeeze = [re.sub(r'\s+', '', ''.join(t for _, t in lines)) for lines in (mine, theirs)]
    if squeeze[0] == squeeze[1] and len(mine) > len(theirs):
        return True                     # a long condition, broken where it reads best
    return squeeze[0] == squeeze[1] and all(INLINE.match(t) or not CONTROL.search(t) for _, t in mine)


def compare(path):
    done = subprocess.run(['clang-format', STYLE, os.path.join(ROOT, path)],
                          stdout=subprocess.PIPE, text=True, check=True)
    mine, theirs = normal(read(path)), normal(done.stdout)
    matcher = difflib.SequenceMatcher(None, [t for _, t in mine], [t for _, t in theirs], autojunk=False)
    problems = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != 'equal' and not allowed(mine[a:b], theirs[c:d]):
            number = mine[min(a, len(mine) - 1)][0] if mine else 1
            old, new = (' / '.join(t for _, t in lines) for lines in (mine[a:b], theirs[c:d]))
            problems.append((number, f'{old!r} -> {new!r}'))
    return path, problems


STYLE = style()


def main():
    lint = Lint('format')
    paths = sys.argv[1:] or sources('.c', '.h')
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for path, problems in pool.map(compare, paths):
            for number, text in problems:
                lint.problem(path, number, 'format', text)
    lint.finish()


main()

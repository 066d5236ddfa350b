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


def normal(text):
    """(line number, text) of each line with code, comments off, inner blanks single."""
    text = re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), blank(text), flags=re.M)
    out, continued = [], False
    for number, line in enumerate(text.splitlines(), 1):
        code = line.strip()
        if not code:
            continue
        indent = '' if continued else line[:len(line) - len(line.lstrip())]
        # Inside strings everything is blank: what is left may be compared as words.
        out.append((number, indent + re.sub(r'\s+', ' ', code)))
        continued = not code.endswith((';', '{', '}', ':')) or bool(re.search(r'=\s*\{$', code))
    return out


# A short enum, struct or inline function may stand on one line; clang-format cannot be told so.
ONE_LINER = re.compile(r'^\s*(?:static )?(?:const )?(?:enum|struct|union)\b.*\{|^static (?:__always_|)inline .*\{.*\}$')


def allowed(mine, theirs):
    squeeze = [re.sub(r'\s+', '', ''.join(t for _, t in lines)) for lines in (mine, theirs)]
    return mine and ONE_LINER.match(mine[0][1]) and squeeze[0] == squeeze[1]


def compare(path):
    done = subprocess.run(['clang-format', '--style=file', os.path.join(ROOT, path)], stdout=subprocess.PIPE, text=True,
                          check=True)
    mine, theirs = normal(read(path)), normal(done.stdout)
    matcher = difflib.SequenceMatcher(None, [t for _, t in mine], [t for _, t in theirs], autojunk=False)
    problems = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != 'equal' and not allowed(mine[a:b], theirs[c:d]):
            number = mine[min(a, len(mine) - 1)][0] if mine else 1
            old, new = (' / '.join(t for _, t in lines) for lines in (mine[a:b], theirs[c:d]))
            problems.append((number, f'{old!r} -> {new!r}'))
    return path, problems


def main():
    lint = Lint('format')
    paths = sys.argv[1:] or sources('.c', '.h')
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for path, problems in pool.map(compare, paths):
            for number, text in problems:
                lint.problem(path, number, 'format', text)
    lint.finish()


main()

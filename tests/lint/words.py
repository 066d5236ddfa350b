#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Portable code names no architecture: no #if, no asm, no CPU's words in the code of libos/.

lib/compiler.h alone may ask the preprocessor. Comments may name what they explain.
"""

import re

from project import Lint, blank, read, sources

CONDITIONAL = re.compile(r'^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)\b', re.M)
ASSEMBLY = re.compile(r'\b(?:asm|__asm|__asm__)\b')
WORDS = re.compile(r'\b\w*(?:x86|amd64|i[3-6]86)\w*\b'
                   r'|\b(?:rdtsc|cpuid|lapic|cr[0234]|msr|rflags|[re](?:ip|sp|ax|bx|cx|dx))\b', re.I)


def main():
    lint = Lint('words')
    for path in sources('.c', '.h', under=('libos/',)):
        if path in ('libos/lib/compiler.h',) or path.startswith('libos/include/'):
            continue
        # Of an include only the name of the folder it is in would be found.
        text = re.sub(r'#include <[^>]*>', lambda m: ' ' * len(m.group(0)), blank(read(path)))
        rules = [(CONDITIONAL, 'preprocessor conditional'), (ASSEMBLY, 'assembly')]
        if not path.startswith('libos/abi/'):   # the ABI is Linux's for x86-64: its layouts say so
            rules.append((WORDS, "one architecture's word"))
        for pattern, what in rules:
            for match in pattern.finditer(text):
                word = match.group(0).strip()
                lint.problem(path, text.count('\n', 0, match.start()) + 1, word, f'{what}: {word}')
    lint.finish()


main()

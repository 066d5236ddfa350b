#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages are true: doc/syscalls.md is what the table says, and paths that README.md and doc/ name exist."""

import os
import re
import subprocess
import sys

from project import ROOT, read, sources

BUILT = ('disk.img', 'root.ext4', 'coracle.elf', 'libos.a', 'check/', 'obj/', 'debug/')


def dead_paths(page):
    for name in re.findall(r'`([\w.-]+(?:/[\w.*-]+)*/?)`', read(page)):
        if '/' not in name or '*' in name or name.startswith(BUILT):
            continue
        if not any(os.path.exists(os.path.join(ROOT, base, name))
                   for base in ('', 'libos', 'libos/include', os.path.dirname(page))):
            yield f'{page}: there is no {name}'


def main():
    done = subprocess.run([sys.executable, os.path.join(ROOT, 'doc', 'syscalls.py'), '--check'], stderr=subprocess.PIPE,
                          text=True, check=False)
    problems = [done.stderr.strip()] if done.returncode else []
    for page in ['README.md', *sources('.md', under=('doc/',))]:
        problems += dead_paths(page)
    print('\n'.join(problems))
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run every lint rule, in the build folder, two at a time; one TAP test each. `run.py RULE...` runs only those."""

import concurrent.futures
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = [('headers', 'sh headers.sh'), ('annotations', 'sh annotations.sh'), ('cppcheck', 'sh cppcheck.sh'),
         ('format', 'python3 format.py'), ('sizes', 'python3 sizes.py'), ('layers', 'python3 layers.py'),
         ('locks', 'python3 locks.py'), ('words', 'python3 words.py'), ('binary', 'python3 binary.py'),
         ('shellcheck', 'sh shellcheck.sh'), ('docs', 'python3 docs.py'),
         ('mutants', 'python3 mutants.py')]


def run(rule):
    name, command = rule
    program, script = command.split()
    return name, subprocess.run([program, os.path.join(HERE, script)], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, errors='replace', check=False)


def main():
    wanted = [rule for rule in RULES if not sys.argv[1:] or rule[0] in sys.argv[1:]]
    bad = 0
    print(f'1..{len(wanted)}')
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        for number, (name, done) in enumerate(pool.map(run, wanted), 1):
            bad += done.returncode != 0
            print(f'{"ok" if done.returncode == 0 else "not ok"} {number} - {name}')
            if done.returncode:
                print('\n'.join('# ' + line for line in done.stdout.splitlines()[:200]), flush=True)
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()

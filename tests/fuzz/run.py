#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run libFuzzer programs: run.py --time SECONDS fuzz/NAME_fuzz...; TAP, two tests a program.

First the kept seeds in tests/fuzz/corpus/NAME/, each once; then new inputs for SECONDS, from a scratch corpus. An
input that breaks something stays in fuzz/crash-*: when it is fixed, keep it as a seed.
"""

import argparse
import os
import subprocess
import sys

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'corpus')


def run(program, *args):
    done = subprocess.run([program, '-artifact_prefix=fuzz/crash-', '-timeout=10', '-rss_limit_mb=1024', *args],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', check=False)
    return done.returncode == 0, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--time', type=int, default=3)
    parser.add_argument('program', nargs='*')
    options = parser.parse_args()
    bad = number = 0
    for program in options.program:
        name = os.path.basename(program)
        seeds = os.path.join(CORPUS, name.removesuffix('_fuzz'))
        kept = [os.path.join(seeds, f) for f in sorted(os.listdir(seeds))] if os.path.isdir(seeds) else []
        scratch = os.path.join('fuzz', 'corpus', name)
        os.makedirs(scratch, exist_ok=True)
        rounds = [(f'{name}: new inputs', [f'-max_total_time={options.time}', '-seed=1', scratch]
                   + ([seeds] if kept else []))]
        if kept:
            rounds.insert(0, (f'{name}: {len(kept)} seeds', kept))
        for what, args in rounds:
            good, text = run(program, *args)
            number += 1
            bad += not good
            print(f'{"ok" if good else "not ok"} {number} - {what}', flush=True)
            if not good:
                print('\n'.join('# ' + line for line in text.splitlines()[-60:]), flush=True)
    print(f'1..{number}')
    sys.exit(1 if bad or not number else 0)


if __name__ == '__main__':
    main()

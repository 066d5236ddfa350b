#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boot the debug kernel with ktest= on 1, 2 and 4 CPUs and turn its log into TAP.

usage: run.py --kernel debug/coracle.elf [--smp 1,2,4] [tests]
"""

import argparse
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.guest import Guest, GuestError, Tap  # noqa: E402  (the path comes first)


def run(tap, kernel, cpus, tests):
    with Guest(kernel=kernel, append=f'console=ttyS0 ktest={tests}', smp=cpus, memory=256,
               extra=['-rtc', 'base=utc'], timeout=240) as guest:
        try:
            guest.expect(r'ktest: \d+ failed of \d+', 200)
        except GuestError as error:
            tap.ok(False, f'{cpus} CPUs: the run ends', str(error))
        text = guest.log.decode(errors='replace')
    notes = []
    for line in text.splitlines():
        line = re.sub(r'^\[ *[0-9.]+\] ', '', line)
        verdict = re.match(r'(not ok|ok) \d+ - (\w+)', line)
        if verdict:
            tap.ok(verdict.group(1) == 'ok', f'{cpus} CPUs: {verdict.group(2)}', '\n'.join(notes))
        if verdict:
            notes = []
        elif line.startswith('# tests/'):
            notes.append(line)
    tap.ok('WARNING:' not in text, f'{cpus} CPUs: no warning')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--kernel', required=True)
    parser.add_argument('--smp', default='1,2,4')
    parser.add_argument('tests', nargs='*', default=['all'])
    args = parser.parse_args()
    tap = Tap()
    for cpus in args.smp.split(','):
        run(tap, args.kernel, int(cpus), ','.join(args.tests))
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())

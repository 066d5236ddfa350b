#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run TAP producers, count, and say 'N passed, N failed'.

    tap.py [-v] --log DIR [-j N] SUITE -- COMMAND...  one suite; each COMMAND is run by the shell and prints TAP;
                                                   -j: so many at a time, their lines stay together
    tap.py [-v] --log DIR --make MAKE [--beside 'SUITE...'] SUITE...
                                                   run `MAKE check-SUITE` for each, then the total of all

First everything that the suites need is built (BUILD_ONLY=1). Then those of --beside run, two at a time, begun in
that order: long ones first, and none whose tests look at the clock. The other ones have the machine for themselves.

A suite's whole output goes to DIR/SUITE.log, its counts to DIR/SUITE.count. On the terminal: failures, their
diagnostics, and one line a suite, with its seconds; -v shows everything, and nothing runs beside another then.
A command that ends with a non-zero status without a `not ok`, runs another number of tests than it planned, or runs
none, counts as one failure.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

RESULT = re.compile(r'^(not )?ok\b *(\d+)?(?: *-)? *([^#]*)(#\s*(?:SKIP|TODO)\b.*)?', re.I)
PLAN = re.compile(r'^1\.\.(\d+)\s*(#\s*skip.*)?', re.I)


class Suite:
    """Counts of one suite, and the log they come from."""

    def __init__(self, name, folder, verbose):
        self.name, self.folder, self.verbose = name, folder, verbose
        self.passed = self.failed = self.skipped = 0
        self.began = time.monotonic()
        os.makedirs(folder, exist_ok=True)
        self.log = open(os.path.join(folder, name + '.log'), 'w', 1, 'utf-8', 'replace')     # by lines: can be watched

    def show(self, line):
        print(line, flush=True)

    def fail(self, text):
        self.failed += 1
        line = f'not ok - {text}'
        self.log.write(line + '\n')
        self.show(f'  {self.name}: {line}')

    def run(self, command):
        """Run one TAP producer and add what it reports."""
        child = subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.take(command, child.stdout, child.wait)

    def run_together(self, commands, jobs):
        """Several at a time; each is taken whole, in the order of the commands."""
        def collect(command):
            return subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for command, done in zip(commands, pool.map(collect, commands)):
                self.take(command, done.stdout.splitlines(), lambda done=done: done.returncode)

    def take(self, command, lines, wait):
        """What a TAP producer said, and its status."""
        planned, ran, bad, after_failure = None, 0, 0, False
        for raw in lines:
            line = raw.decode('utf-8', 'replace').rstrip('\r\n')
            self.log.write(line + '\n')
            result, plan = RESULT.match(line), PLAN.match(line)
            if plan:
                planned = int(plan.group(1))
                if planned == 0 and plan.group(2):
                    self.skipped += 1
            elif result:
                ran += 1
                after_failure = False
                if (result.group(4) or '').lower().startswith(('# skip', '#skip')):
                    self.skipped += 1
                elif result.group(1) and not (result.group(4) or '').lower().startswith(('# todo', '#todo')):
                    bad += 1
                    after_failure = True
                else:
                    self.passed += 1
            if self.verbose:
                self.show(line)
            elif after_failure or (line.startswith('Bail out!')):
                self.show(f'  {self.name}: {line}')
        status = wait()
        self.failed += bad
        if planned is None:
            self.fail(f'{command}: no plan line (status {status})')
        elif planned != ran:
            self.fail(f'{command}: planned {planned} tests, ran {ran} (status {status})')
        elif status != 0 and not bad:
            self.fail(f'{command}: ended with status {status}')

    def finish(self):
        if self.passed + self.failed == 0:
            self.fail('no test ran')
        with open(os.path.join(self.folder, self.name + '.count'), 'w', encoding='utf-8') as out:
            out.write(f'{self.passed} {self.failed} {self.skipped}\n')
        self.log.close()
        report(self.name + ': ', (self.passed, self.failed, self.skipped), seconds_since(self.began))
        return self.failed == 0


def seconds_since(began):
    return f', {time.monotonic() - began:.0f} s'


def report(prefix, counts, behind=''):
    skipped = f' ({counts[2]} skipped)' if counts[2] and prefix else ''
    print(f'{prefix}{counts[0]} passed, {counts[1]} failed{skipped}{behind}', flush=True)


def run_suite(make, suite, folder):
    """Run one suite as a make target; its counts."""
    path = os.path.join(folder, suite + '.count')
    if os.path.exists(path):
        os.unlink(path)
    status = subprocess.call(f'{make} --no-print-directory check-{suite}', shell=True)
    try:
        with open(path, encoding='utf-8') as counts:
            numbers = [int(n) for n in counts.read().split()]
    except FileNotFoundError:
        numbers = [0, 1, 0]
        print(f'{suite}: did not get as far as running (make status {status})', flush=True)
    if status and not numbers[1]:
        numbers[1] = 1
        print(f'{suite}: make ended with status {status}', flush=True)
    return numbers


def run_all(make, suites, beside, folder):
    """Build, run each suite, total their counts."""
    began = time.monotonic()
    # What cannot be built is reported by the suite that needs it.
    subprocess.call(f'{make} --no-print-directory -k BUILD_ONLY=1 ' + ' '.join(f'check-{suite}' for suite in suites),
                    shell=True)
    print(f'built{seconds_since(began)}', flush=True)
    together = [suite for suite in beside if suite in suites]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda suite: run_suite(make, suite, folder), together))
    counts += [run_suite(make, suite, folder) for suite in suites if suite not in together]
    total = [sum(column) for column in zip(*counts)]
    if total[2]:
        print(f'{total[2]} skipped, each with its reason in {folder}/*.log')
    print(f'all suites{seconds_since(began)}')
    report('', total)
    return total[1] == 0


def main():
    args = sys.argv[1:]
    commands = []
    if '--' in args:
        cut = args.index('--')
        args, commands = args[:cut], args[cut + 1:]
    parser = argparse.ArgumentParser()
    parser.add_argument('-v', action='store_true')
    parser.add_argument('--log', required=True)
    parser.add_argument('--make')
    parser.add_argument('--beside', default='')
    parser.add_argument('-j', type=int, default=1)
    parser.add_argument('suite', nargs='+')
    options = parser.parse_args(args)
    if options.make:
        beside = [] if options.v else options.beside.split()
        return run_all(options.make, options.suite, beside, options.log)
    suite = Suite(options.suite[0], options.log, options.v)
    if options.j > 1:
        suite.run_together(commands, options.j)
    else:
        for command in commands:
            suite.run(command)
    return suite.finish()


if __name__ == '__main__':
    sys.exit(0 if main() else 1)

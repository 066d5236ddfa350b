# SPDX-License-Identifier: MIT
"""The patches of tests/mutants/ still apply, and name tests that exist: who changes their source keeps them up."""

import os
import subprocess
import sys

from project import Lint

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'mutants', 'run.py')


def main():
    lint = Lint('mutants')
    done = subprocess.run([sys.executable, RUNNER, '--only-check'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    lines = done.stdout.splitlines()
    for line in lines:
        if line.startswith('not ok'):
            name, _, why = line.split(' - ', 1)[1].partition(': ')
            lint.problem(f'tests/mutants/{name}.patch', 0, name, why)
    if done.returncode and not lint.problems:
        lint.problem('tests/mutants/run.py', 0, 'run', done.stdout[-500:])
    lint.finish()


if __name__ == '__main__':
    main()

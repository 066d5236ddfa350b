#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a user types first: run_test.py [--make MAKE] [BUILD]

`make run` and `make run-kernel` on a terminal: a prompt comes, a command answers, `poweroff` ends make with status 0.
"""

import argparse
import os
import pty
import re
import select
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
from guest import TIME_SCALE, Tap                               # noqa: E402

LIMIT = 60 * TIME_SCALE
PROMPT = re.compile(rb'[#$] (\x1b\[6n)?$')


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, words, folder):
        self.fd, slave = pty.openpty()
        self.child = subprocess.Popen(words, cwd=folder, stdin=slave, stdout=slave, stderr=slave,
                                      start_new_session=True)
        os.close(slave)
        self.end = time.monotonic() + LIMIT
        self.text = b''

    def read_until(self, good):
        """True when good(text so far); False at the end of the program or of its time."""
        while time.monotonic() < self.end:
            if good(self.text):
                return True
            if not select.select([self.fd], [], [], 0.2)[0]:
                continue
            try:
                self.text += os.read(self.fd, 4096)
            except OSError:             # the program has closed its side
                return good(self.text)
        return False

    def type(self, line):
        self.text = b''
        os.write(self.fd, line.encode() + b'\n')

    def status(self):
        """Exit status; None: it had to be ended."""
        self.read_until(lambda text: self.child.poll() is not None)
        try:
            # It may have closed the terminal and not ended yet.
            return self.child.wait(max(1, self.end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, 9)
            self.child.wait()
            return None


def session(make, target, folder):
    """None, or what went wrong."""
    terminal = Terminal([*make, target], folder)
    problem = None
    if not terminal.read_until(PROMPT.search):
        problem = 'no prompt'
    else:
        terminal.type('echo $((6 * 7))!')
        if not terminal.read_until(lambda text: b'42!' in text and PROMPT.search(text)):
            problem = 'no answer'
        # The word that make hands over (arch-x86_64/boot/fw_cfg.c) is obeyed.
        terminal.type('cat /proc/cmdline /proc/sys/kernel/randomize_va_space')
        if not terminal.read_until(lambda text: re.search(rb' norandmaps\s+0\s', text) and PROMPT.search(text)):
            problem = problem or 'no norandmaps'
        terminal.type('poweroff')
    status = terminal.status()
    if not problem and status != 0:
        problem = f'status {status}'
    return problem and problem + ': ' + terminal.text.decode(errors='replace')[-1500:]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--make', default='make')
    parser.add_argument('build', nargs='?', default='.')
    options = parser.parse_args()
    # make's own variables would hand its job server on.
    for name in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL'):
        os.environ.pop(name, None)
    tap = Tap()
    for target in ('run', 'run-kernel'):
        problem = session(options.make.split(), target, options.build)
        tap.ok(not problem, f'make {target}', problem or '')
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())

# SPDX-License-Identifier: MIT
"""What the lint programs share: the list of sources, their text without comments, waivers, TAP output."""

import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
WAIVERS = os.path.join(ROOT, 'tests', 'lint', 'waivers.txt')
COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def sources(*suffixes, under=('',)):
    """Paths of the project's files with these endings, relative to the root, sorted. Build folders are not seen."""
    try:
        out = subprocess.check_output(['git', '-C', ROOT, 'ls-files', '-co', '--exclude-standard'], text=True,
                                      stderr=subprocess.DEVNULL).splitlines()
    except (OSError, subprocess.CalledProcessError):
        out = []                        # an unpacked archive
        for folder, folders, files in os.walk(ROOT):
            folders[:] = [f for f in folders if not os.path.exists(os.path.join(folder, f, 'config.status'))
                          and f not in ('.git', 'obj', 'host', 'check', 'uapi')]
            out += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files]
    return sorted(p for p in set(out) if p.endswith(suffixes) and p.startswith(tuple(under))
                  and os.path.isfile(os.path.join(ROOT, p)))


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8', errors='replace') as file:
        return file.read()


def blank(text, strings=True):
    """C text with comments (and strings) blanked out; every character keeps its place."""
    def replace(match):
        piece = match.group(0)
        if piece[0] in '"\'':
            return piece[0] + re.sub(r'[^\n]', ' ', piece[1:-1]) + piece[-1] if strings else piece
        return re.sub(r'[^\n]', ' ', piece)
    return COMMENT_OR_STRING.sub(replace, text)


class Lint:
    """One rule: collects what breaks it, takes off what waivers.txt allows, reports."""

    def __init__(self, rule):
        self.rule = rule
        self.problems = []
        self.waivers = {}
        with open(WAIVERS, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                fields = line.split('#')[0].split() if line.startswith('#') else line.split(None, 2)
                if len(fields) >= 2 and fields[0] == rule:
                    if len(fields) < 3:
                        self.problems.append((f'tests/lint/waivers.txt:{number}', 'waiver without a reason'))
                    self.waivers[fields[1]] = False

    def problem(self, path, line, name, text):
        """Report text at path:line; a waiver names `path` or `path:name`."""
        for key in (f'{path}:{name}', path):
            if key in self.waivers:
                self.waivers[key] = True
                return
        self.problems.append((f'{path}:{line}', text))

    def finish(self):
        for key, used in self.waivers.items():
            if not used:
                self.problems.append((WAIVERS, f'{self.rule} {key}: nothing needs this waiver any more'))
        for place, text in self.problems:
            print(f'{place}: {text}')
        sys.exit(1 if self.problems else 0)

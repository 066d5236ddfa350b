#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts old bugs back, one at a time, and demands that the named test sees each.

    run.py [--build DIR] [--only-check] [-v] [MUTANT ...]
    run.py --build build 13-clone-shares-files
    git diff libos arch-x86_64 | run.py --save NAME     that difference becomes the body of an existing mutant

A mutant is a patch of this folder; README.md says what its head holds. Each is applied to a copy of the tree
(DIR/mutants/tree), built with the objects of DIR next to it, judged by its test, and taken out again. It is caught when
exactly that test fails; a kernel that does not get as far as the test has not been caught. First the tests have to
pass without any mutant. --only-check: the heads are sound, and every patch applies. Prints TAP.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, '..', '..'))
PARTS = ['arch-x86_64', 'bench', 'imgbuild', 'libos', 'loader', 'tests', 'doc', 'alpine-overlay', 'Makefile.in',
         'configure', 'libos.pc.in']
HEAD = re.compile(r'^([A-Z][a-z-]+): (.*)$', re.M)
KINDS = ('guest', 'debug', 'unit', 'build', 'ktest')
SLOW = int(float(os.environ.get('CORACLE_TIME_SCALE', '1')) + 0.5)


class Mutant:
    """One patch. test: (kind, name, {option: value})."""

    def __init__(self, name):
        self.name = name
        self.path = os.path.join(HERE, name + '.patch')
        with open(self.path, encoding='utf-8') as file:
            self.text = file.read()
        self.head = dict(HEAD.findall(self.text.split('\n--- ')[0]))
        words = self.head.get('Caught-by', '').split()
        self.kind, self.test = (words + ['', ''])[:2]
        self.options = dict(word.split('=', 1) for word in words[2:] if '=' in word)
        self.files = re.findall(r'^\+\+\+ b/(\S+)', self.text, re.M)

    def flaws(self):
        """What is wrong with the patch as a file, as a list of sentences."""
        bad = [f'no {word}: line' for word in ('Lesson', 'Bug', 'Caught-by') if not self.head.get(word)]
        if self.kind not in KINDS:
            bad.append(f'Caught-by: {self.kind!r} is none of {", ".join(KINDS)}')
        source = {'guest': f'tests/contract/{self.test}.c', 'debug': f'tests/contract/{self.test}.c',
                  'unit': f'tests/unit/{self.test}_test.c'}.get(self.kind)
        if source and not os.path.exists(os.path.join(ROOT, source)):
            bad.append(f'{source} does not exist')
        if self.kind in ('build', 'ktest') and not self.head.get('Says'):
            bad.append(f'{self.kind} needs a Says: line')
        bad += [f'{file}: only the kernel is broken here' for file in self.files
                if not file.startswith(('libos/', 'arch-x86_64/'))]
        done = git_apply(ROOT, self.path, '--check')
        if done.returncode or not self.files:
            bad.append('does not apply: ' + done.stdout.strip())
        return bad


def git_apply(tree, patch, *options):
    """As if tree were no part of a repository, so that paths are its own."""
    env = {**os.environ, 'GIT_CEILING_DIRECTORIES': os.path.dirname(os.path.realpath(tree)), 'GIT_DIR': os.devnull}
    return subprocess.run(['git', 'apply', '-C1', *options, patch], cwd=tree, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def mirror(source, target, change=None):
    """Make target a copy of the folder or file source, dates and all. change(path, text) rewrites some files."""
    if not os.path.isdir(source) or os.path.islink(source):
        return mirror_file(source, target, change)
    os.makedirs(target, exist_ok=True)
    names = os.listdir(source)
    for name in set(os.listdir(target)) - set(names):
        path = os.path.join(target, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    for name in names:
        if name != '__pycache__':
            mirror(os.path.join(source, name), os.path.join(target, name), change)
    return None


def mirror_file(source, target, change):
    old, new = os.lstat(source), os.lstat(target) if os.path.lexists(target) else None
    if new and new.st_mtime_ns == old.st_mtime_ns:
        return
    if new:
        os.unlink(target)
    if change and source.endswith('.d'):
        with open(source, encoding='utf-8') as file:
            text = change(file.read())
        with open(target, 'w', encoding='utf-8') as file:
            file.write(text)
        shutil.copystat(source, target)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


class Workshop:
    """A copy of the tree, and builds of it that begin with the objects of the real ones."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.place = os.path.join(self.build, 'mutants')
        self.tree = os.path.join(self.place, 'tree')
        for part in PARTS:
            if os.path.exists(os.path.join(ROOT, part)):
                mirror(os.path.join(ROOT, part), os.path.join(self.tree, part))
        self.ready = set()

    def folder(self, kind):
        """(the real build, ours) of the kernel or the hosted library that this kind of test uses."""
        real = os.path.join(self.build, 'debug') if kind in ('debug', 'ktest') else self.build
        return real, os.path.join(self.place, 'debug' if real != self.build else 'release')

    def prepare(self, kind):
        """Our build folder, its objects as the real one has them."""
        real, ours = self.folder(kind)
        parts = ['config.mk', 'config.h', 'uapi', 'lists'] + (['host'] if kind == 'unit' else ['obj', 'libos.a'])
        if (kind == 'unit', ours) in self.ready:
            return ours
        self.ready.add((kind == 'unit', ours))
        os.makedirs(ours, exist_ok=True)
        with open(os.path.join(real, 'Makefile'), encoding='utf-8') as file:
            makefile = file.read()
        place = re.search(r'^srcdir := (.*)$', makefile, re.M).group(1)

        def moved(text):
            return re.sub(rf'(?<!\S){re.escape(place)}/', self.tree + '/', text)
        for part in parts:
            if os.path.exists(os.path.join(real, part)):
                mirror(os.path.join(real, part), os.path.join(ours, part), moved)
        with open(os.path.join(ours, 'Makefile'), 'w', encoding='utf-8') as file:
            file.write(re.sub(r'^srcdir := .*$', f'srcdir := {self.tree}', makefile, flags=re.M))
        return ours

    def make(self, kind, *words):
        ours = self.prepare(kind)
        env = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
        return subprocess.run(['make', '--no-print-directory', f'-j{os.cpu_count() or 2}', '-C', ours, *words], env=env,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors='replace',
                              check=False)

    def restore(self, mutant, since):
        """The tree as it was, and the objects that the mutant's build made as the real build has them."""
        for file in mutant.files:
            if os.path.exists(os.path.join(ROOT, file)):
                mirror_file(os.path.join(ROOT, file), os.path.join(self.tree, file), None)
            else:
                os.unlink(os.path.join(self.tree, file))
        real, ours = self.folder(mutant.kind)
        for folder, _, names in os.walk(ours):
            for name in names:
                path = os.path.join(folder, name)
                if os.lstat(path).st_mtime >= since and name != 'Makefile':
                    os.unlink(path)
        self.ready.discard((mutant.kind == 'unit', ours))


def run(command, limit):
    """(exit status, output); a command that does not end in time has status None."""
    try:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors='replace',
                              timeout=limit, check=False)
    except subprocess.TimeoutExpired as error:
        return None, (error.stdout or b'').decode(errors='replace')
    return done.returncode, done.stdout


def guest(workshop, kernel, tests, options, limit):
    return run([sys.executable, os.path.join(ROOT, 'tests/contract/run-guest'), '--no-build', '--build-dir',
                workshop.build, '--kernel', kernel, '--smp', options.get('smp', '4'), '--slow', str(SLOW),
                '--root', options.get('root', 'initrd'), '--append', options.get('append', ''), '--crashes', '0',
                '--timeout', str(12 * SLOW), '--limit', str(limit), *tests], limit + 90)


def judge(workshop, mutant):
    """'' when the test caught the mutant, or why it did not, with what it said."""
    target = {'unit': f'host/unit/{mutant.test}_test'}.get(mutant.kind, 'coracle.elf')
    built = workshop.make(mutant.kind, target, *(['USER_CFLAGS=-Werror'] if mutant.kind == 'build' else []))
    if mutant.kind == 'build':
        if built.returncode == 0:
            return 'it builds', built.stdout
        return said(mutant, built.stdout)
    if built.returncode:
        return 'it does not build', built.stdout
    ours = workshop.prepare(mutant.kind)
    if mutant.kind == 'unit':
        status, output = run([os.path.join(ours, target)], 300)
        caught = status not in (0, None)
    elif mutant.kind == 'ktest':
        status, output = run([sys.executable, os.path.join(ROOT, 'tests/ktest/run.py'), '--kernel',
                              os.path.join(ours, target), '--smp', mutant.options.get('smp', '2'), mutant.test], 300)
        caught = status not in (0, None)
    else:
        _, output = guest(workshop, os.path.join(ours, target), [mutant.test], mutant.options, 90 * SLOW)
        caught = re.search(rf'^not ok \d+ - {re.escape(mutant.test)} ', output, re.M) is not None
    return said(mutant, output) if caught else (f'{mutant.test} does not see it', output)


def said(mutant, output):
    wanted = mutant.head.get('Says')
    if wanted and not re.search(wanted, output):
        return f'it fails, but does not say {wanted!r}', output
    return '', output


def baseline(workshop, mutants):
    """The tests pass without a mutant. Guest tests of one kind and one set of options share a boot."""
    groups = {}
    for mutant in mutants:
        if mutant.kind in ('guest', 'debug'):
            key = (mutant.kind, tuple(sorted(mutant.options.items())))
            groups.setdefault(key, set()).add(mutant.test)
    for (kind, options), tests in sorted(groups.items()):
        kernel = os.path.join(workshop.folder(kind)[0], 'coracle.elf')
        status, output = guest(workshop, kernel, sorted(tests), dict(options), 900 * SLOW)
        if status:
            return f'{kind} {dict(options)}', output
    return '', ''


class Tap:
    def __init__(self, planned, verbose):
        self.number = self.bad = 0
        self.verbose = verbose
        print(f'1..{planned}', flush=True)

    def result(self, name, problem, output='', seconds=None):
        self.number += 1
        self.bad += bool(problem)
        taken = '' if seconds is None else f' # {seconds:.1f} s'
        print(f'{"not ok" if problem else "ok"} {self.number} - {name}{": " + problem if problem else ""}{taken}')
        if problem or self.verbose:
            for line in output.splitlines()[-40:]:
                print('#   ' + line)
        sys.stdout.flush()


def save(name):
    """The difference on standard input replaces that of the mutant."""
    mutant, body = Mutant(name), sys.stdin.read()
    if '\n--- a/' not in '\n' + body:
        sys.exit('run.py: no difference on standard input')
    head = mutant.text.split('\n--- ')[0]
    body = re.sub(r'^(diff --git|index|old mode|new mode) .*\n', '', body, flags=re.M)
    with open(mutant.path, 'w', encoding='utf-8') as file:
        file.write(head.rstrip('\n') + '\n\n' + body)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('--build', default='.')
    parser.add_argument('--only-check', action='store_true')
    parser.add_argument('-v', action='store_true', help='what the test said of caught ones, too')
    parser.add_argument('--save', metavar='MUTANT')
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    if args.save:
        return save(args.save)
    names = args.names or sorted(f[:-6] for f in os.listdir(HERE) if f.endswith('.patch'))
    mutants = [Mutant(name.removesuffix('.patch')) for name in names]
    flaws = [(m, m.flaws()) for m in mutants]
    if args.only_check:
        tap = Tap(len(mutants), args.v)
        for mutant, bad in flaws:
            tap.result(mutant.name, '; '.join(bad))
        return tap.bad
    tap = Tap(len(mutants) + 1, args.v)
    workshop = Workshop(args.build)
    tap.result('the tests pass without a mutant', *baseline(workshop, [m for m, bad in flaws if not bad]))
    for mutant, bad in flaws:
        if bad:
            tap.result(mutant.name, '; '.join(bad))
            continue
        workshop.prepare(mutant.kind)
        start = time.time()
        applied = git_apply(workshop.tree, mutant.path)
        if applied.returncode:
            tap.result(mutant.name, 'does not apply', applied.stdout)
            continue
        now = time.time()
        for file in mutant.files:       # newer than every object
            os.utime(os.path.join(workshop.tree, file), (now, now))
        problem, output = judge(workshop, mutant)
        workshop.restore(mutant, start)
        tap.result(f'{mutant.name} ({mutant.kind} {mutant.test})', problem, output, time.time() - start)
    return tap.bad


if __name__ == '__main__':
    sys.exit(1 if main() else 0)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs of other people in the guest, in a root of Debian's packages (glibc) and in one of musl programs.

    debian_test.py [--short] [--part NAME,..] [--only NAME] [--python MODULE,..] [--smp N] [--jobs N] [--linux] [BUILD]

From BUILD: coracle.elf and imgbuild; the roots are made once, in packages/ (debian-root, musl-root, unpacked-root). The
parts:

    debian    debian.sh: shells, compilers, git, sqlite, tmux, strace, gdb...
    stress    stress.sh: stress-ng's stressors with --verify, here and on Linux
    python    python.sh: modules of Python's own suite, here and on Linux
    disk      disk.sh on an ext4 volume of its own, which the host checks afterwards
    killed    killed.sh: PostgreSQL at work while QEMU is killed; then what recovered
    musl      musl.sh in the root of musl programs

In stress and python what passes on the kernel of `make bench-linux` in the same guest passes here, but for what the
file debian-exceptions.txt lists with a reason (those are skipped). --linux runs the other parts on that kernel: it
proves the tests. --short runs disk and killed on less, in the root that unpacked-root makes in seconds. At most --jobs
guests run at once. Lines that begin with "# NAME:" tell how far a guest is.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
sys.path.insert(0, HERE)
from guest import Guest, GuestError, Tap                        # noqa: E402
from volume import fsck                                         # noqa: E402
from shell_test import relay                                    # noqa: E402

PARTS = 'debian,stress,python,disk,killed,musl'
SHORT = 'disk,killed'
SHORT_SCALE = 10        # the parts of what the long form makes and stores
COMPARED = ('stress', 'python')
PYTHON = 'test_os,test_posix,test_subprocess,test_signal,test_threading,test_mmap,test_select,test_fcntl,test_pty,' \
         'test_multiprocessing_fork'
EXCEPTIONS = os.path.join(HERE, 'debian-exceptions.txt')
VOLUME = 1 << 30
KILL_AFTER, KILL_AFTER_SHORT = 5, 2     # seconds of PostgreSQL's work
LINE = r'^(ok|not ok|STRESS|PYTHON|KILLED ready|DEBIAN_END)\b(.*)\n'
START = '''#!/bin/sh
# PID 1. What to run: the words tests.* of the command line.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
for folder in /tmp /run /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs $folder; done
ln -sfn /proc/self/fd /dev/fd
hostname guest
script=debian.sh
for word in $(cat /proc/cmdline); do
	case $word in
	tests.only=*) export ONLY=${word#*=} ;;
	tests.script=*) script=${word#*=} ;;
	tests.python=*) export PYTHON=$(echo "${word#*=}" | tr , ' ') ;;
	tests.scale=*) export SCALE=${word#*=} ;;
	tests.killed=*) export KILLED_AFTER=${word#*=} ;;
	esac
done
mkdir /tmp/scripts
tar xf /dev/vdb -C /tmp/scripts
cd /tmp
busybox ifconfig lo 127.0.0.1 up 2>/dev/null	# where there is one
setsid bash "/tmp/scripts/$script" 2>&1 || echo "$script: status $?"
echo DEBIAN_END
sync
busybox poweroff -f
'''


def make_root(build, kind='debian'):
    """BUILD/packages/KIND/root.ext4; None if apt could not deliver."""
    folder = os.path.join(build, 'packages', kind)
    done = subprocess.run([os.path.join(HERE, kind + '-root'), folder], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print('\n'.join('# ' + line for line in done.stdout.splitlines()))
        return None
    image, tar, over = (os.path.join(folder, name) for name in ('root.ext4', 'root.tar', 'over'))
    if not os.path.exists(image) or any(os.path.getmtime(image) < os.path.getmtime(f) for f in (tar, __file__)):
        os.makedirs(over, exist_ok=True)
        with open(os.path.join(over, 'start'), 'w', encoding='ascii') as file:
            file.write(START)
        os.chmod(os.path.join(over, 'start'), 0o755)
        imgbuild = os.path.join(build, 'imgbuild', 'imgbuild')
        subprocess.run([imgbuild, '--output', image, '--root-only', '--label', kind, '--rootfs', tar,
                        '--owner', 'root', '--overlay', over], check=True, stdout=subprocess.DEVNULL)
    return image


def root_of(options, part):
    """The kind of root a part runs in."""
    return 'unpacked' if options.short else 'musl' if part == 'musl' else 'debian'


class Run:
    """One guest that runs one script: its console in text, whether it came to its end, how long it took."""

    def __init__(self, options, script, system='coracle', words='', name='', volume=None):
        self.options, self.script, self.system, self.words = options, script, system, words
        self.name = name or (script if system == 'coracle' else f'{script} on Linux')
        self.volume = volume or os.path.join(options.scratch, self.name.replace(' ', '-'))
        self.text, self.ended, self.seconds, self.problem = '', False, 0, ''

    def guest(self):
        options, linux = self.options, os.path.join(self.options.build, 'linux')
        image = options.roots[root_of(options, self.script)]
        log = os.path.join(options.build, 'check', 'programs', f'{self.name.replace(" ", "-")}.log')
        if not os.path.exists(self.volume):
            with open(self.volume, 'wb') as file:
                file.truncate(VOLUME)
        on_linux = self.system == 'linux'
        # What QEMU wrote is safe in the host's memory when QEMU is killed: cache=unsafe only spares the host's disk.
        store = ['-drive', f'file={self.volume},if=none,id=store,format=raw,cache=unsafe',
                 '-device', 'virtio-blk-pci,drive=store']
        return Guest(kernel=os.path.join(linux, 'vmlinuz') if on_linux else os.path.join(options.build, 'coracle.elf'),
                     initrd=os.path.join(linux, 'initrd') if on_linux else None, memory=1024,
                     disk=[image, options.scripts], extra=store, smp=options.smp, devices=['virtio-rng'],
                     timeout=options.limit, log=log,
                     append=f'root=/dev/vda rw init=/start console=ttyS0 quiet tests.script={self.script}.sh '
                            f'tests.only={options.only} tests.python={options.python} '
                            f'tests.scale={SHORT_SCALE if options.short else 1} {self.words}')

    def to_line(self, guest, last, seconds):
        """Tells of each result until one begins with last."""
        while True:
            match = guest.expect(LINE, seconds)
            word, rest = (group.decode('utf-8', 'replace') for group in match.groups())
            if word == last:
                return
            print(f'# {self.name}: {time.monotonic() - guest.started:.0f} s: {word}{rest}', flush=True)

    def __call__(self):
        with self.guest() as guest:
            try:
                self.work(guest)
                self.ended = True
            except GuestError as error:
                self.problem = '\n'.join(str(error).splitlines()[-30:])
            self.text = re.sub('[\x11\x13]', '', guest.text())   # a stressor of terminals sends XON and XOFF
            self.seconds = time.monotonic() - guest.started
        return self

    def work(self, guest):
        self.to_line(guest, 'DEBIAN_END', self.options.limit)
        guest.wait(60)


class KilledRun(Run):
    """QEMU is killed while the guest works."""

    def work(self, guest):
        self.to_line(guest, 'KILLED ready', 200)
        guest.expect(r'^KILLED commit \d+$', 60)
        time.sleep(KILL_AFTER_SHORT if self.options.short else KILL_AFTER)
        guest.child.kill()
        guest.child.wait()

    def commits(self):
        return [int(n) for n in re.findall(r'^KILLED commit (\d+)$', self.text, re.M)]


def exceptions():
    """{test: reason}"""
    with open(EXCEPTIONS, encoding='utf-8') as file:
        pairs = (line.split(None, 1) for line in file if line.strip() and not line.startswith('#'))
        return {name: reason.strip() for name, reason in pairs}


def results(part, text):
    """{test: (passed, what was said)}"""
    if part == 'python':
        ends = {f'{module}.end': (status != '124', f'status {status}: it did not end by itself')
                for module, status in re.findall(r'^PYTHON (\S+) (\d+) \d+$', text, re.M)}
        return ends | {name: (result == 'ok', result) for name, result in
                       re.findall(r'^PYTEST (\S+) (ok|FAIL|ERROR|skipped|expected failure)$', text, re.M)}
    found = re.findall(r'^STRESS (\S+) (\d+) \d+\n((?:# .*\n)*)', text, re.M)
    return {name: (status == '0', f'status {status}\n{said}') for name, status, said in found}


def compare(tap, part, ours, linux):
    """What passes on Linux passes here."""
    known = exceptions()
    for run in (ours, linux):
        tap.ok(run.ended, f'{run.name}: the guest ran to its end ({run.seconds:.0f} s)', run.problem)
    here = results(part, ours.text)
    for name, (passed, said) in sorted(results(part, linux.text).items()):
        full = name if part == 'python' else f'{part}.{name}'
        if not passed:
            if part == 'stress':
                tap.skip(f'{part}: {name}', f'on Linux too: {said.splitlines()[0]}')
        elif full in known:
            tap.skip(f'{part}: {name}', known[full])
        else:
            good, said = here.get(name, (False, 'did not run'))
            tap.ok(good, f'{part}: {name}', '' if good else f'here: {said}')


def killed_part(options, system):
    """Work, the kill, and on the same volume what recovered."""
    first = KilledRun(options, 'killed', system)()
    last = max(first.commits(), default=0)
    second = Run(options, 'killed', system, f'tests.killed={last}', 'killed, after', first.volume)
    return first, second() if last else second


def report_killed(tap, first, second):
    tap.ok(first.ended and first.commits(), f'killed: PostgreSQL worked ({first.seconds:.0f} s, '
           f'{len(first.commits())} commits seen)', first.problem or first.text[-1500:] if not first.commits() else '')
    relay(tap, 'killed.sh', second.text)
    tap.ok(second.ended, f'killed.sh: the guest ran to its end ({second.seconds:.0f} s)', second.problem)
    problem = fsck(first.volume)
    tap.ok(not problem, 'killed: what e2fsck says on the host', problem)


def report(tap, part, runs):
    if part in COMPARED:
        compare(tap, part, *runs)
    elif part == 'killed':
        report_killed(tap, *runs[0])
    else:
        relay(tap, f'{part}.sh', runs[0].text)
        tap.ok(runs[0].ended, f'{part}.sh: the guest ran to its end ({runs[0].seconds:.0f} s)', runs[0].problem)
    if part == 'disk':
        problem = fsck(runs[0].volume)
        tap.ok(not problem, 'disk: what e2fsck says on the host', problem)


def runs_of(options, part):
    """What to call for a part."""
    system = 'linux' if options.linux else 'coracle'
    if part in COMPARED:
        return [Run(options, part, 'coracle'), Run(options, part, 'linux')]
    if part == 'killed':
        return [lambda: killed_part(options, system)]
    return [Run(options, part, system)]


def prepare(options, tap):
    """The roots, Linux, the disk with the scripts. The parts that can run."""
    parts = [part for part in (options.part or (SHORT if options.short else PARTS)).split(',') if part]
    options.roots = {}
    for kind in {root_of(options, part) for part in parts}:
        options.roots[kind] = make_root(options.build, kind)
        if not options.roots[kind]:
            tap.skip(f'{kind} root', 'apt could not deliver, or a tool is missing')
    parts = [part for part in parts if options.roots[root_of(options, part)]]
    if options.linux or any(part in COMPARED for part in parts):
        subprocess.run([os.path.join(HERE, '..', '..', 'bench', 'linux-kernel'), os.path.join(options.build, 'linux')],
                       check=True, stdout=subprocess.DEVNULL)
    options.scripts = os.path.join(options.scratch, 'scripts.tar')
    with tarfile.open(options.scripts, 'w') as tar:
        for name in sorted(os.listdir(HERE)):
            if name.endswith('.sh'):
                tar.add(os.path.join(HERE, name), name)
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--part', default='')
    parser.add_argument('--only', default='')
    parser.add_argument('--python', default=PYTHON)
    parser.add_argument('--smp', type=int, default=2)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--limit', type=int, default=3000, help='seconds a guest may take')
    parser.add_argument('--linux', action='store_true')
    options = parser.parse_args()
    os.makedirs(os.path.join(options.build, 'check', 'programs'), exist_ok=True)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-debian.') as options.scratch, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [(part, [pool.submit(run) for run in runs_of(options, part)]) for part in prepare(options, tap)]
        for part, futures in waiting:
            report(tap, part, [future.result() for future in futures])
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

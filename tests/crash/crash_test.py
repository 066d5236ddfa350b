#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The power fails: guests whose disks are recorded, and at each of many cuts of the record what the disk may have then.

    crash_test.py [--short] [--cuts N] [-k TEXT] [--seed N] [--cut PLACE:LOSS:SEED] [--keep FOLDER] [BUILD]

From BUILD: coracle.elf, crash/load, host/crash/mount. A case is a load on a kind of volume. The guest runs it once;
then, for each cut: e2fsck replays and finds nothing else to do; so does Coracle in the hosted kernel, whose volume
e2fsck finds clean; debugfs and Coracle read the same content; it has what was promised (promises.py).

A failure prints the cut: with --keep FOLDER the records stay, --cut runs one cut of such a record again and leaves its
images there.
"""

import argparse
import collections
import itertools
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
sys.path.insert(0, os.path.join(HERE, '..', 'programs'))
sys.path.insert(0, HERE)
import debian_test                                              # noqa: E402
import promises                                                 # noqa: E402
import record                                                   # noqa: E402
import replay                                                   # noqa: E402
import volume                                                   # noqa: E402
from guest import GuestError, Tap                               # noqa: E402

# What e2fsck -p does by itself after a crash without a word being wrong with the volume.
EXPECTED = re.compile(r'recovering journal|Clearing orphaned inode|Truncating orphaned inode|Setting free \w+ count'
                      r'|Free (blocks|inodes) count wrong|^\S+: \d+/\d+ files .*blocks$|^\S+: clean,|^$')
# Of a file that e2fsck itself has just cut: it leaves the tree as high as it was.
SHORTER = re.compile(r'Inode (\d+) extent tree \(at level \d+\) could be (?:shorter|narrower)\. +IGNORED')
BAD_WORDS = re.compile(r'WARNING:|[Pp]anic|KASAN|undefined behaviour|BUG:|ext4 .*error|LOAD FAILED')
FAILURES_MAX = 5

PROMPT = r'(?:^|\n)[^\n]*# $'
DEBIAN = ('git', 'postgres')            # loads with programs of Debian (tests/programs/debian-root)

Case = collections.namedtuple('Case', 'name load mke2fs options megabytes short',
                              defaults=('-b 4096 -J size=4', '', 20, False))
CASES = (
    Case('mix', 'mix', short=True),
    Case('append logs', 'append', short=True),
    Case('sqlite, WAL', 'sqlite-wal', short=True),
    Case('sqlite, rollback journal', 'sqlite-delete', short=True),
    Case('mix, data=writeback', 'mix', options='data=writeback'),
    Case('mix, data=journal', 'mix', options='data=journal'),
    Case('mix, 1k blocks, inline data', 'mix', '-b 1024 -J size=2 -O inline_data -I 256'),
    Case('mix, block maps', 'mix', '-b 2048 -J size=2 -O ^extents,^64bit,^metadata_csum'),
    Case('append logs, data=writeback', 'append', options='data=writeback'),
    Case('git commits', 'git'),
    Case('postgres', 'postgres', '-b 4096 -J size=8', megabytes=128),
)


class Record:
    """A recorded load: the disk before, what was written, what was promised when."""

    def __init__(self, case, folder):
        self.case = case
        self.size = case.megabytes << 20
        with open(os.path.join(folder, 'base'), 'rb') as file:
            self.base = file.read(self.size)
        entries = record.read_log(os.path.join(folder, 'log'))
        self.entries, self.marks = record.take_marks(entries, self.size)

    def promised(self, place):
        return [text for at, text in self.marks if at <= place]


def run_debian(options, load, image, log, console):
    """A guest with Debian's root; returns its console. The disks' names are in load/debian.sh."""
    folder = os.path.dirname(image)
    seconds = options.seconds * 3       # its programs are larger
    program = os.path.join(options.build, 'crash', 'load')
    tar = record.scripts([program, os.path.join(HERE, 'load', 'debian.sh')], folder)
    with record.run_guest(options.kernel, image, log, {}, 900, append='root=/dev/vda rw init=/bin/bash', smp=2,
                          memory=768, disk=[options.debian, tar], log=console, devices=['virtio-rng']) as guest:
        guest.expect(PROMPT, 60)
        guest.send(f'mount -t tmpfs tmpfs /tmp; tar xf /dev/vdb -C /tmp; exec bash /tmp/debian.sh {load} {seconds}\n')
        guest.expect(r'^LOAD (DONE|FAILED)', 800)
        guest.wait(60)
        match = BAD_WORDS.search(guest.text())
        assert not match, 'the console says:\n' + guest.text()[match.start():][:2000]
        return guest.text()


def run_alone(options, load, image, log, console, **settings):
    """A guest whose PID 1 is crash/load, from a RAM disk."""
    settings = {'crash_load': load, 'crash_seconds': options.seconds, 'crash_seed': options.seed, **settings}
    program = os.path.join(options.build, 'crash', 'load')
    with record.run_guest(options.kernel, image, log, settings, 120 + 10 * options.seconds,
                          initrd=record.initrd(program, os.path.dirname(image)), smp=2, memory=256,
                          log=console) as guest:
        guest.expect(r'^LOAD (UNMOUNTED|FAILED)', 60 + 10 * options.seconds)
        guest.wait(30)
        match = BAD_WORDS.search(guest.text())
        assert not match, 'the console says:\n' + guest.text()[match.start():][:2000]
    problem = volume.fsck(image)
    assert not problem, 'after the unmount: ' + problem


def run_load(options, case, folder):
    """One guest on a new volume."""
    image, base = os.path.join(folder, 'image'), os.path.join(folder, 'base')
    record.make_volume(image, case.megabytes, case.mke2fs)
    subprocess.run(['cp', '--sparse=always', image, base], check=True)
    if case.load in DEBIAN:
        console = os.path.join(options.logs, case.load + '.console')
        run_debian(options, case.load, image, os.path.join(folder, 'log'), console)
        return
    run_alone(options, case.load, image, os.path.join(folder, 'log'),
              os.path.join(options.logs, re.sub(r'\W+', '-', case.name) + '.console'), crash_options=case.options)


def lines_of(tree):
    """The content of a folder, as mount.c lists it."""
    lines = set()
    for folder, folders, files in os.walk(tree):
        for name in folders + files:
            full = os.path.join(folder, name)
            path = volume.escape(os.fsencode(os.path.relpath(full, tree)))
            if os.path.islink(full):
                text = os.fsencode(os.readlink(full))
                lines.add(f'l {len(text)} {zlib.crc32(text):08x} {path}')
            elif os.path.isdir(full):
                lines.add(f'd 0 00000000 {path}')
            else:
                with open(full, 'rb') as file:
                    data = file.read()
                lines.add(f'f {len(data)} {zlib.crc32(data):08x} {path}')
    return lines


def is_expected(line, text):
    match = SHORTER.search(line)
    return f'Truncating orphaned inode {match.group(1)} ' in text if match else EXPECTED.search(line)


def replay_by_e2fsck(image):
    """e2fsck replays the journal and frees what has no name; there is nothing else to repair."""
    status, text = volume.tool('e2fsck', '-fp', image, check=False)
    strange = [line for line in text.splitlines() if not is_expected(line, text)]
    if status not in (0, 1) or strange:
        return f'e2fsck -fp: status {status}\n{text}'
    return volume.fsck(image)


def replay_by_us(options, image, listing):
    """Coracle in the hosted kernel; its volume is clean afterwards."""
    done = subprocess.run([os.path.join(options.build, 'host', 'crash', 'mount')], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, 'CRASH_IMAGE': image, 'CRASH_LIST': listing,
                               'ASAN_OPTIONS': 'detect_leaks=0'})
    if done.returncode or re.search(r'ext4 .*error|WARNING: [^A]', done.stdout):
        return f'Coracle: status {done.returncode}\n{done.stdout[-3000:]}'
    problem = volume.fsck(image)
    return problem and f'after Coracle recovered the volume: {problem}\n{done.stdout[-1000:]}'


PIECE = bytes(65536)


def write_image(name, data):
    """Sparse where there are zeroes, which most of a volume is."""
    with open(name, 'wb') as file:
        for at in range(0, len(data), len(PIECE)):
            piece = data[at:at + len(PIECE)]
            if piece != PIECE:
                file.seek(at)
                file.write(piece)
        file.truncate(len(data))


def check_cut(options, kept, disk, cut, folder):
    """'' or what is wrong."""
    theirs, ours, listing, tree = (os.path.join(folder, name) for name in ('theirs', 'ours', 'listing', 'tree'))
    shutil.rmtree(tree, ignore_errors=True)
    os.mkdir(tree)
    write_image(theirs, disk)
    subprocess.run(['cp', '--sparse=always', theirs, ours], check=True)
    if options.cut:
        shutil.copy(theirs, os.path.join(folder, 'crashed'))
    problem = replay_by_e2fsck(theirs) or replay_by_us(options, ours, listing)
    if problem:
        return problem
    volume.tool('debugfs', '-R', f'rdump / {tree}', theirs)
    with open(listing, encoding='ascii') as file:
        mine = set(file.read().splitlines())
    difference = sorted(mine ^ lines_of(tree), key=lambda line: line.split(' ')[3])
    if difference:
        return 'debugfs and Coracle read different things:\n' + '\n'.join(
            ('Coracle: ' if line in mine else 'debugfs: ') + line for line in difference[:20])
    bad = promises.CHECKS[kept.case.load](tree, kept.promised(cut.place), 'writeback' not in kept.case.options)
    return '\n'.join(bad[:20])


WORK = {}                               # what the children of a campaign inherit


def check_slice(part):
    """Every nth cut, in order; returns [(cut, problem)]."""
    options, kept, cuts = WORK['options'], WORK['kept'], WORK['cuts']
    disk, failures = replay.Disk(kept.base, kept.entries), []
    with tempfile.TemporaryDirectory(prefix='coracle-crash.', dir=options.scratch) as folder:
        for cut in itertools.islice(cuts, part, None, options.jobs):
            problem = check_cut(options, kept, disk.crash(cut), cut, folder)
            if problem:
                failures.append((str(cut), problem))
            if len(failures) >= FAILURES_MAX:
                break
    return failures


def check_postgres(text, promised):
    """A server that recovered in the guest: its tables agree, every promised row is there."""
    row = re.search(r'^LOAD ROW (\d+) OF (\d+)$', text, re.M)
    sums = re.search(r'^LOAD SUMS (\S+) (\S+) (\S+) (\S+)$', text, re.M)
    assert row and sums and 'LOAD CHECKED' in text, 'no answer from the server:\n' + text[-2000:]
    least = max((int(word.split()[1]) for word in promised if word.startswith('row ')), default=0)
    assert row.group(1) == row.group(2) and int(row.group(1)) >= least, f'{row.group(0)}; promised was row {least}'
    assert len(set(sums.groups())) == 1, f'pgbench\'s sums differ: {sums.group(0)}'


def recover_in_guests(options, kept, folder):
    """Some cuts are recovered by the real kernel in QEMU: it mounts, reads everything (or the server recovers)."""
    if kept.case.load == 'git':
        return 0
    first = next((at for at, text in kept.marks if text == 'database'), 0)
    cuts = [cut for cut in WORK['cuts'] if cut.place >= first]
    cuts = cuts[::len(cuts) // options.boots + 1]
    image, log = os.path.join(folder, 'again'), os.path.join(folder, 'again.log')
    disk = replay.Disk(kept.base, kept.entries)
    console = os.path.join(options.logs, re.sub(r'\W+', '-', kept.case.name) + '-recovery.console')
    for cut in cuts:
        write_image(image, disk.crash(cut))
        with open(image, 'r+b') as file:
            file.truncate(kept.size + record.MARKS_ROOM)
        try:
            if kept.case.load == 'postgres':
                check_postgres(run_debian(options, 'recover-postgres', image, log, console), kept.promised(cut.place))
                problem = volume.fsck(image)
                assert not problem, problem
            else:
                run_alone(options, 'read', image, log, console)
        except (GuestError, AssertionError) as error:
            raise AssertionError(f'cut {cut}, recovered in a guest: {error}') from error
    return len(cuts)


def campaign(options, case):
    """One load and its cuts."""
    with tempfile.TemporaryDirectory(prefix='coracle-crash.', dir=options.scratch) as folder:
        if options.keep:
            folder = os.path.join(options.keep, re.sub(r'\W+', '-', case.name))
            os.makedirs(folder, exist_ok=True)
        if not options.cut:
            run_load(options, case, folder)
        kept = Record(case, folder)
        if options.cut:
            cut = replay.parse(options.cut)
            problem = check_cut(options, kept, replay.Disk(kept.base, kept.entries).crash(cut), cut, folder)
            assert not problem, f'{problem}\nimages are in {folder}'
            return
        began = time.monotonic()
        WORK.update(options=options, kept=kept, cuts=replay.choose(kept.entries, options.cuts, options.seed))
        with multiprocessing.get_context('fork').Pool(options.jobs) as pool:
            failures = [one for part in pool.map(check_slice, range(options.jobs)) for one in part]
        flushes = sum(entry.flush for entry in kept.entries)
        print(f'# {case.name}: {len(WORK["cuts"])} cuts of {len(kept.entries) - flushes} writes, {flushes} flushes, '
              f'{len(kept.marks)} promises; {time.monotonic() - began:.0f} s', flush=True)
        assert not failures, '\n'.join(f'cut {cut}: {problem}' for cut, problem in failures)
        print(f'# {case.name}: {recover_in_guests(options, kept, folder)} of them in guests', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('--kernel')
    parser.add_argument('--short', action='store_true', help='what make check runs')
    parser.add_argument('--cuts', type=int, help='of each case')
    parser.add_argument('--boots', type=int, help='cuts that are recovered by the kernel in QEMU, besides')
    parser.add_argument('--seconds', type=int, help='how long a load runs')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--cut')
    parser.add_argument('--keep')
    parser.add_argument('--scratch', default=volume.scratch(2 << 30), help='folder for images')
    parser.add_argument('-k', default='', help='only cases with this in their names')
    options = parser.parse_args()
    options.kernel = options.kernel or os.path.join(options.build, 'coracle.elf')
    options.cuts = options.cuts or (50 if options.short else 1000)
    options.boots = options.boots or (1 if options.short else 5)
    options.seconds = options.seconds or (2 if options.short else 6)
    options.logs = os.path.join(options.build, 'check', 'crash')
    os.makedirs(options.logs, exist_ok=True)
    tap = Tap()
    cases = [case for case in CASES if options.k == case.name] or \
            [case for case in CASES if options.k in case.name and (case.short or not options.short)]
    options.debian = any(case.load in DEBIAN for case in cases) and debian_test.make_root(options.build)
    for case in cases:
        if case.load in DEBIAN and not options.debian:
            tap.skip(case.name, 'no Debian root: apt or mmdebstrap could not deliver')
        else:
            tap.check(case.name, campaign, options, case)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

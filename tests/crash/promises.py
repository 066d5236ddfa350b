# SPDX-License-Identifier: MIT
"""What must be in a volume after a crash.

Each function has the marks up to the cut and a folder with the volume's content, and returns a list of what is wrong.
`ordered`: the volume was mounted with data=ordered, so that nothing in a file is what nobody wrote there. The loads
(load/*.c) say what their marks mean.
"""

import os
import re
import shutil
import sqlite3
import subprocess

SECTOR = 512


def read(tree, path):
    """None: there is no such file."""
    try:
        with open(os.path.join(tree, path), 'rb') as file:
            return file.read()
    except FileNotFoundError:
        return None


def repeated(line, size):
    return (line * (size // len(line) + 1))[:size]


def parse_content(data):
    """(name, version) of a file whole as content_write() made it, or None."""
    match = re.match(rb'(\S+) (\d+) (\d+)\n', data)
    line = match.group(0) if match else b''
    if not match:                       # shorter than its line
        match = re.match(rb'(w\S*) ?(\d*)', data)
        return (match.group(1).decode(), int(match.group(2) or 0)) if match and len(data) < 24 else None
    if int(match.group(3)) != len(data) or repeated(line, len(data)) != data:
        return None
    return match.group(1).decode(), int(match.group(2))


def begins_well(data):
    """Is this the beginning of a content, from one that was not synced?"""
    newline = data.find(b'\n') + 1
    return repeated(data[:newline], len(data)) == data if newline else len(data) < 24 and re.match(rb'[\w/ -]*$', data)


# --- mix ---

def mix_file(tree, path, promise, ordered):
    """f-, c-, n- and o-."""
    data, kind = read(tree, path), path.split('/')[1][0]
    if data is None:
        return [] if promise in (None, 'gone') else [f'{path}: promised ({promise}), and missing']
    if promise == 'gone':
        return [f'{path}: was removed for good, and is there']
    content = parse_content(data)
    if kind == 'f' or promise or (kind == 'c' and ordered):
        if not content:
            return [f'{path}: {len(data)} bytes, not whole: {data[:60]!r} (promised: {promise})']
        if kind in 'fc' and len(data) > 24 and content[0] != path:
            return [f'{path}: has the content of {content[0]}']
        if isinstance(promise, int) and len(data) > 24 and content[1] < promise:
            return [f'{path}: version {content[1]}, promised was {promise}']
    elif ordered and data and not begins_well(data):
        return [f'{path}: has what was never written: {data[:80]!r}...']
    return []


def tape(tree, path, lines, ordered):
    data = read(tree, path) or b''
    whole = b''.join(b'%08u %20u\n' % (n, n * 7 & 0xffffffff) for n in range(len(data) // 30 + 1))
    if len(data) < lines * 30:
        return [f'{path}: {len(data) // 30} lines of {lines}']
    if data[:lines * 30] != whole[:lines * 30]:
        return [f'{path}: not what was written, before line {lines}']
    # Behind what was promised it may have been cut: zeroes are on the disk before the new size, as on Linux.
    rest, wanted = data[lines * 30:], whole[lines * 30:len(data)]
    if ordered and rest != wanted and any(a not in (0, b) for a, b in zip(rest, wanted)):
        return [f'{path}: has what was never written, behind line {lines}']
    return []


def sectors(tree, path, promised, ordered):
    """Each sector is one version's, whole."""
    data, bad = read(tree, path), []
    if data is None:
        return [f'{path}: promised, and missing'] if promised else []
    for index in range(max(len(data) // SECTOR, max(promised, default=-1) + 1)):
        sector = data[index * SECTOR:(index + 1) * SECTOR]
        match = re.match(rb'(\S+) (\d+) 512\n', sector)
        if match:
            if repeated(match.group(0), SECTOR) != sector or match.group(1).decode() != path:
                bad.append(f'{path}: sector {index} is not whole: {sector[:40]!r}')
            elif int(match.group(2)) < promised.get(index, 0):
                bad.append(f'{path}: sector {index} is of version {int(match.group(2))}, not {promised[index]}')
        elif index in promised or (ordered and any(sector)):
            bad.append(f'{path}: sector {index} of version {promised.get(index)}: {sector[:40]!r}')
    return bad


def mix(tree, marks, ordered):
    files, tapes, areas, bad = {}, {}, {}, []
    for text in marks:
        kind, path, *rest = text.split()
        if kind == 'file':
            files[path] = int(rest[0])
        elif kind in ('gone', 'moved'):
            files[path] = kind
        elif kind == 'will':
            files.pop(path, None)
        elif kind == 'tape':
            tapes[path] = int(rest[0])
        elif kind == 'sector':
            areas.setdefault(path, {})[int(rest[0])] = int(rest[1])
    found = [f'{folder}/{name}' for folder in os.listdir(tree) if re.match(r'w\d$', folder)
             for name in os.listdir(os.path.join(tree, folder)) if re.match(r'[fcno]-\d+$', name)]
    for path in sorted(set(found) | set(files)):
        bad += mix_file(tree, path, files.get(path), ordered)
    for path, lines in tapes.items():
        bad += tape(tree, path, lines, ordered)
    for path, promised in areas.items():
        bad += sectors(tree, path, promised, ordered)
    return bad


# --- append ---

def record(worker, n):
    """As make_record() of load/append.c."""
    length = 24 + (worker * 7919 + n * 104729) % (400 if n % 16 else 3900)
    head = b'%u %u %u ' % (worker, n, length)
    return head + bytes(97 + (n + i) % 26 for i in range(len(head), length - 1)) + b'\n'


RECORDS = {}


def record_once(worker, n):
    if (worker, n) not in RECORDS:
        RECORDS[worker, n] = record(worker, n)
    return RECORDS[worker, n]


def append_log(tree, worker, promised, ordered):
    data, at, n = read(tree, f'log-{worker}') or b'', 0, 0
    while at < len(data):
        wanted = record_once(worker, n)
        if data[at:at + len(wanted)] != wanted:
            break
        at, n = at + len(wanted), n + 1
    if n < promised:
        return [f'log-{worker}: {n} records, promised were {promised}; then {data[at:at + 60]!r}']
    if ordered and at < len(data) and not record_once(worker, n).startswith(data[at:]):
        return [f'log-{worker}: behind record {n} is what was never written: {data[at:at + 60]!r}']
    return []


def append_shared(tree, promised, ordered):
    data, at, counts = read(tree, 'shared') or b'', 0, {}
    while match := re.compile(rb'(\d+) (\d+) ').match(data, at):
        worker, n = int(match.group(1)), int(match.group(2))
        wanted = record_once(worker, n)
        if n != counts.get(worker, 0) or data[at:at + len(wanted)] != wanted:
            break
        at, counts[worker] = at + len(wanted), n + 1
    bad = [f'shared: {counts.get(worker, 0)} records of worker {worker}, promised were {n}; then {data[at:at + 60]!r}'
           for worker, n in promised.items() if counts.get(worker, 0) < n]
    if not bad and ordered and at < len(data):
        nexts = [record_once(worker, counts.get(worker, 0)) for worker in range(4)]
        if not any(wanted.startswith(data[at:]) for wanted in nexts):
            bad = [f'shared: behind what was promised is what was never written: {data[at:at + 60]!r}']
    return bad


def append(tree, marks, ordered):
    logs, shared, area, bad = {}, {}, {}, []
    for text in marks:
        kind, *rest = text.split()
        if kind == 'log':
            logs[int(rest[0])] = int(rest[1])
        elif kind == 'shared':
            shared[int(rest[0])] = int(rest[1])
        elif kind == 'sector':
            area[int(rest[1])] = int(rest[2])
    for worker in range(4):
        bad += append_log(tree, worker, logs.get(worker, 0), ordered)
    bad += append_shared(tree, shared, ordered)
    return bad + sectors(tree, 'map', area, ordered)


# --- sqlite ---

def payload(worker, n):
    length = 20 + (worker * 31 + n * 7919) % (3000 - 21)
    return ''.join(chr(65 + (worker + n + i // 3) % 26) for i in range(length))


def sqlite(tree, marks, ordered):
    """The database recovers by itself, is whole, and has every transaction up to a number that is at least what was
    promised."""
    del ordered
    promised = {'0': 0, '1': 0}
    for text in marks:
        kind, *rest = text.split()
        if kind == 'commit':
            promised[rest[0]] = int(rest[1])
    if not marks:
        return []
    scratch = os.path.join(tree, '.checked')
    os.mkdir(scratch)
    for name in os.listdir(tree):
        if name.startswith('data.db') and not name.endswith('-shm'):
            shutil.copy(os.path.join(tree, name), scratch)
    db = sqlite3.connect(os.path.join(scratch, 'data.db'))
    try:
        result = db.execute('PRAGMA integrity_check').fetchall()
        if result != [('ok',)]:
            return [f'integrity_check: {result[:5]}']
        return [line for worker, n in promised.items() for line in sqlite_worker(db, int(worker), n)]
    except sqlite3.Error as error:
        return [f'sqlite: {error}']
    finally:
        db.close()


def sqlite_worker(db, worker, promised):
    (count,), = db.execute('SELECT n FROM counters WHERE worker=?', (worker,))
    rows = dict(db.execute('SELECT n, payload FROM rows WHERE worker=?', (worker,)))
    if count < promised:
        return [f'worker {worker}: {count} transactions, promised were {promised}']
    if sorted(rows) != list(range(max(1, count - 39), count + 1)):
        return [f'worker {worker}: after transaction {count} there are rows {sorted(rows)}']
    for n, text in rows.items():
        if text != ('short' if n % 5 == 0 and n <= count - 10 else payload(worker, n)):
            return [f'worker {worker}: row {n} has {text[:40]!r}']
    return []


# --- git ---

def git(tree, marks, ordered):
    """The repository is whole without any repair, and has the commits that were promised."""
    del ordered
    repository = os.path.join(tree, 'repo')
    if 'repo' not in marks:
        return []

    def run(*words):
        done = subprocess.run(['git', '-c', 'safe.directory=*', '-C', repository, *words], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout
    status, text = run('fsck', '--full', '--strict', '--no-dangling')
    if status or re.search('missing|corrupt|broken|error', text):
        return [f'git fsck: status {status}', *text.splitlines()[:10]]
    promised = [text.split()[2] for text in marks if text.startswith('commit ')]
    status, text = run('rev-list', 'main')
    there = set(text.split())
    return [f'commit {name} was promised, and is not of main' for name in promised if name not in there][:5]


def postgres(tree, marks, ordered):
    """What can be seen without the server: recovery is a guest's (crash_test.py)."""
    del ordered
    missing = [name for name in ('PG_VERSION', 'global/pg_control', 'base', 'pg_wal')
               if 'database' in marks and not os.path.exists(os.path.join(tree, 'pg', name))]
    return [f'pg/{name} is missing' for name in missing]


CHECKS = {'git': git, 'postgres': postgres,
          'mix': mix, 'append': append, 'sqlite-wal': sqlite, 'sqlite-delete': sqlite}

# SPDX-License-Identifier: MIT
"""ext4 images for tests, made and read by e2fsprogs: no kernel of this machine has a part in it.

    make('scratch.img', '512M', options='-b 1024', tree=folder)     mke2fs, with a tree copied in
    fsck('scratch.img')                                             '' when e2fsck -fn has nothing to say
    compare('scratch.img', '.left.list')                            a list of tests/contract/lib/manifest.h in the image

Lists have one line an object: type, mode, owner, group, links (files), size, CRC-32 of the content, path (bytes
that are no plain characters as \\ooo).
"""

import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import zlib

PATH = os.environ.get('PATH', '') + ':/sbin:/usr/sbin'
TYPES = {stat.S_IFDIR: 'd', stat.S_IFLNK: 'l', stat.S_IFIFO: 'p', stat.S_IFSOCK: 's', stat.S_IFCHR: 'c',
         stat.S_IFBLK: 'b', stat.S_IFREG: 'f'}
DEBUGFS_TYPES = {'directory': 'd', 'symlink': 'l', 'FIFO': 'p', 'socket': 's', 'character special': 'c',
                 'block special': 'b', 'regular': 'f'}
FILE_MAX = 1 << 30      # of a file debugfs brings out of an image
STATS_MAX = 400


def tool(name, *args, check=True):
    """Runs a tool of e2fsprogs; returns (status, what it said)."""
    found = shutil.which(name, path=PATH)
    if not found:
        raise FileNotFoundError(f'{name}: install the Debian package e2fsprogs')
    # It writes a file's holes as zeroes: a sparse one of terabytes must not fill the build machine's disk. By a program
    # of its own, as preexec_fn= would fork all of this one.
    limit = ['prlimit', f'--fsize={FILE_MAX}'] if name == 'debugfs' else []
    done = subprocess.run([*limit, found, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode('utf-8', 'replace')
    if check and done.returncode:
        raise RuntimeError(f'{name} {shlex.join(args)}: status {done.returncode}\n{text}')
    return done.returncode, text


def scratch(room):
    """Where images are cheap: a folder in memory if one has `room` bytes; None: wherever temporary files go."""
    try:
        info = os.statvfs('/dev/shm')
    except OSError:
        return None
    return '/dev/shm' if info.f_bavail * info.f_frsize > room and os.access('/dev/shm', os.W_OK) else None


def make(image, size, options='', tree=None):
    """A volume of this size ('64M'), with the content of a folder."""
    if os.path.exists(image):
        os.unlink(image)
    with open(image, 'wb') as f:
        f.truncate(int(size[:-1]) << {'K': 10, 'M': 20, 'G': 30}[size[-1]])
    words = ['-q', '-F', '-t', 'ext4', *shlex.split(options), '-E', 'root_owner=0:0']
    tool('mke2fs', *words, *(['-d', tree] if tree else []), image)


def fsck(image):
    """What e2fsck -fn finds: '' when the volume is clean, and was unmounted."""
    status, text = tool('e2fsck', '-fn', image, check=False)
    if status == 0 and 'recover' not in text.lower():
        return ''
    return f'e2fsck -fn: status {status}\n' + '\n'.join(text.splitlines()[:60])


def escape(path):
    """As manifest.c writes names."""
    return ''.join(chr(b) if 0x21 <= b < 0x7f and b != 0x5c else f'\\{b:03o}' for b in path)


def crc_of(path, info):
    if stat.S_ISLNK(info.st_mode):
        return zlib.crc32(os.readlink(path))
    if stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode):
        return zlib.crc32(b'%d:%d' % (os.major(info.st_rdev), os.minor(info.st_rdev)))
    if not stat.S_ISREG(info.st_mode):
        return 0
    crc = 0
    with open(path, 'rb') as f:
        while data := f.read(1 << 20):
            crc = zlib.crc32(data, crc)
    return crc


def lines_of(root):
    """The list of a folder of this machine: {escaped path: [type, mode, uid, gid, links, size, crc]}."""
    root = os.fsencode(root)
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            if stat.S_ISREG(info.st_mode) and not info.st_mode & 0o400:
                os.chmod(path, 0o600)
            kind = TYPES[stat.S_IFMT(info.st_mode)]
            found[escape(path[len(root) + 1:])] = [
                kind, f'{stat.S_IMODE(info.st_mode):04o}', str(info.st_uid), str(info.st_gid),
                '0' if kind == 'd' else str(info.st_nlink), str(info.st_size) if kind in 'fl' else '0',
                f'{crc_of(path, info):08x}']
    return found


def write_list(root, path):
    """The same into a file, which is outside of root."""
    with open(path, 'w', encoding='ascii') as f:
        for name, words in sorted(lines_of(root).items()):
            f.write(' '.join(words) + f' {name}\n')


def make_tree(root):
    """A tree with one of everything: sizes, holes, links, long names, folders large and small."""
    def put(path, data):
        path = os.path.join(root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(data)
        return path

    def content(size, seed):
        # No block begins with a zero: mke2fs -d of a volume with inline data loses a last byte that is one.
        return bytes((i * seed + (i >> 8)) & 0xff or 1 for i in range(4096)) * (size // 4096 + 1)

    for size in (0, 1, 59, 60, 61, 150, 159, 1000, 4095, 4096, 4097, 100000, 3145745):
        put(f'sizes/{size}', content(size, size % 251 + 1)[:size])
    with open(put('sparse', b''), 'r+b') as f:
        for at in (0, 20000000, 40000000):
            f.seek(at)
            f.write(b'data')
    for i in range(2500):
        put(f'many/entry-number-{i}', b'%d\n' % i if i % 10 == 0 else b'')
    for i in range(100, 250):
        put(f'long/{i}' + 'n' * 250, b'')
    for n in (1, 59, 60, 100, 1000):
        os.symlink('t' * n, os.path.join(root, f'link{n}'))
    os.link(os.path.join(root, 'sizes/100000'), os.path.join(root, 'hard'))
    os.mkfifo(os.path.join(root, 'fifo'))
    os.makedirs(os.path.join(root, *'abcdefghijklmnopqrstuvwxyz'))
    os.makedirs(os.path.join(root, 'empty'))
    os.chmod(os.path.join(root, 'empty'), 0o1777)
    os.chmod(os.path.join(root, 'sizes/1000'), 0o4751)


# --- Comparing ---

def read_list(text):
    """{path: words} of a list."""
    found = {}
    for line in text.splitlines():
        *words, name = line.split(' ', 7)
        found[name] = words
    return found


def debugfs_stat_texts(image, names):
    """Pairs of a path and what debugfs prints of it."""
    with tempfile.NamedTemporaryFile('w', suffix='.debugfs') as commands:
        commands.write(''.join(f'stat "/{name}"\n' for name in names))
        commands.flush()
        text = tool('debugfs', '-f', commands.name, image)[1]
    return [part.split('"\n', 1) for part in text.split('debugfs: stat "/')[1:]]


def debugfs_stat(image, names):
    """What debugfs says of some objects: {path: [type, mode, uid, gid, links, device]}."""
    found = {}
    for name, rest in debugfs_stat_texts(image, names):
        match = re.search(r'Type: (.+?)\s+Mode:\s+(\d+).*?User:\s+(\d+)\s+Group:\s+(\d+).*?Links: (\d+)', rest, re.S)
        if match:
            device = re.search(r'Device major/minor number: (\d+):(\d+)', rest)
            found[name] = [DEBUGFS_TYPES.get(match[1], '?'), f'{int(match[2], 8):04o}', match[3], match[4], match[5],
                           device and f'{int(device[1])}:{int(device[2])}']
    return found


def compare_stats(image, wanted):
    """Owners, links, nodes and full modes, of which there are few, one by one. Returns differences."""
    plain = [n for n in wanted if '\\' not in n and '"' not in n]     # debugfs' quotes do not nest
    special = [n for n in plain if wanted[n][0] not in 'fd' or (wanted[n][0] == 'f' and wanted[n][4] != '1')]
    special += [n for n in plain if wanted[n][2:4] != ['0', '0'] or wanted[n][1][0] != '0']
    names = list(dict.fromkeys(special[:STATS_MAX] + plain[:STATS_MAX // 4]))
    bad = []
    got = debugfs_stat(image, names)
    for name in names:
        kind, mode, uid, gid, links, _, crc = wanted[name]
        there = got.get(name)
        if not there:
            bad.append(f'{name}: not found by debugfs')
            continue
        same = there[:4] == [kind, mode, uid, gid] and (kind == 'd' or there[4] == links)
        if kind in 'cb':
            same = same and f'{zlib.crc32((there[5] or "").encode()):08x}' == crc
        if not same:
            bad.append(f'{name}: wanted {wanted[name]}, debugfs says {there}')
    return bad


def cut_inline(image, folder):
    """rdump makes 60 bytes, what an inode has room for, of a shorter file with inline data: cut them to their sizes."""
    paths = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
    files = [p for p in paths if not os.path.islink(p) and os.path.getsize(p) == 60 and '"' not in p and '\\' not in p]
    for name, text in debugfs_stat_texts(image, [os.path.relpath(p, folder) for p in files]):
        match = re.search(r'Size: (\d+)', text)
        if match and int(match[1]) < 60:
            os.truncate(os.path.join(folder, name), int(match[1]))


def compare(image, list_path):
    """Does the image hold what its own list says? '' or the first differences."""
    scratch = tempfile.mkdtemp(prefix='volume.')
    try:
        tool('debugfs', '-R', f'rdump / {scratch}', image)
        cut_inline(image, scratch)
        with open(os.path.join(scratch, list_path), encoding='ascii') as f:
            wanted = read_list(f.read())
        if not wanted:
            return f'{list_path} is empty'
        got = lines_of(scratch)
        bad = []
        for name, words in wanted.items():
            if words[0] not in 'fdl':
                continue            # rdump leaves them out
            there = got.get(name, ['missing', '0', '', '', '', '', ''])
            mode = words[1] if words[0] == 'l' else there[1]
            if (words[0], words[1][1:], *words[5:]) != (there[0], mode[1:], *there[5:]):
                bad.append(f'{name}: wanted {words}, the image has {there}')
        bad += [f'{name}: not in the list' for name in got
                if name not in wanted and name not in ('lost+found', list_path)]
        bad += compare_stats(image, wanted)
        return '\n'.join([f'{len(bad)} differences among {len(wanted)} objects'] + bad[:20]) if bad else ''
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

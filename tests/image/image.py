# SPDX-License-Identifier: MIT
"""What the image tests share: TAP, running imgbuild, and reading images with other programs than the one that wrote
them (debugfs, e2fsck, mtools; the partition table by hand)."""

import binascii
import contextlib
import hashlib
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import traceback
import uuid

MIB = 1 << 20


class Tap:
    """Functions named test_* of a module, each one TAP test. A test fails by an exception."""

    def __init__(self, module):
        self.tests = [(name[5:].replace('_', ' '), value) for name, value in vars(module).items()
                      if name.startswith('test_')]

    def run(self):
        print(f'1..{len(self.tests)}')
        good = True
        for number, (name, test) in enumerate(self.tests, 1):
            with tempfile.TemporaryDirectory(prefix='imgbuild-test.') as folder:
                try:
                    reason = test(Box(folder))
                    print(f'ok {number} - {name}' + (f' # SKIP {reason}' if reason else ''), flush=True)
                except Exception:       # a test that breaks in any way is a test that fails
                    good = False
                    print(f'not ok {number} - {name}')
                    for line in traceback.format_exc().splitlines():
                        print(f'# {line}', flush=True)
        return 0 if good else 1


def main(name):
    sys.exit(Tap(sys.modules[name]).run())


BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else '.')
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
IMGBUILD = os.path.join(BUILD, 'host/imgbuild')


def equal(found, wanted, what=''):
    if found != wanted:
        raise AssertionError(f'{what}: found {found!r}, wanted {wanted!r}')


def check(condition, what):
    if not condition:
        raise AssertionError(what)


class Box:
    """A scratch folder and imgbuild in it."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = dict(os.environ, TMPDIR=folder)
        self.environment.pop('SOURCE_DATE_EPOCH', None)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data=b'', mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(data)
        os.chmod(path, mode)
        return path

    def run(self, *arguments, status=0, **environment):
        """Run imgbuild; returns what it said."""
        done = subprocess.run([IMGBUILD, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=self.folder, check=False, timeout=120,
                              env=dict(self.environment, **{k: str(v) for k, v in environment.items()}))
        text = done.stdout.decode('utf-8', 'replace')
        check('Sanitizer' not in text and 'runtime error' not in text, f'sanitizer report:\n{text}')
        if status is not None:
            check(done.returncode == status,
                  f'imgbuild {arguments}: status {done.returncode}, wanted {status}:\n{text}')
        self.status = done.returncode
        return text

    def root(self, *arguments, name='root.ext4', **environment):
        """Build a bare ext4 image; it must be clean."""
        self.run('--root-only', '-o', name, *arguments, **environment)
        image = Ext4(self.path(name))
        image.fsck()
        return image

    def refuse(self, text, *arguments, **environment):
        """imgbuild must fail, say text, and leave no file behind."""
        before = set(os.listdir(self.folder))
        said = self.run('--root-only', '-o', 'refused.ext4', *arguments, status=1, **environment)
        check(text in said, f'wanted {text!r}, imgbuild said:\n{said}')
        equal(set(os.listdir(self.folder)) - before, set(), 'files left behind')


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else \
            hashlib.sha256(file.read()).hexdigest()


class Ext4:
    """An ext4 image as debugfs shows it. The file system may lie at an offset of the file."""

    TYPES = {'regular': stat.S_IFREG, 'directory': stat.S_IFDIR, 'symlink': stat.S_IFLNK, 'FIFO': stat.S_IFIFO,
             'socket': stat.S_IFSOCK, 'character special': stat.S_IFCHR, 'block special': stat.S_IFBLK}

    def __init__(self, path, offset=0):
        self.path = f'{path}?offset={offset}' if offset else path

    def fsck(self):
        done = subprocess.run(['e2fsck', '-fn', self.path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        check(done.returncode == 0, 'e2fsck:\n' + done.stdout.decode()[:4000])

    def debugfs(self, *commands):
        done = subprocess.run(['debugfs', '-f', '-', self.path], input='\n'.join(commands).encode() + b'\n',
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        return done.stdout.decode('utf-8', 'surrogateescape')

    def header(self):
        text = subprocess.run(['dumpe2fs', '-h', self.path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=True, text=True).stdout
        return {key.strip(): value.strip() for key, value in re.findall(r'^([^:\n]+):(.*)$', text, re.M)}

    def stat(self, path):
        """Like os.lstat, as a dict; inode 0 when there is nothing."""
        text = self.debugfs(f'stat "{path}"')
        match = re.search(r'Inode: (\d+)\s+Type: (.*?)\s+Mode:\s+(\d+)\s+Flags: (\S+)', text)
        if not match:
            return {'inode': 0}
        out = {'inode': int(match[1]), 'mode': self.TYPES[match[2]] | int(match[3], 8), 'flags': int(match[4], 16)}
        for key, pattern in (('uid', r'User:\s+(-?\d+)'), ('gid', r'Group:\s+(-?\d+)'), ('size', r'\bSize: (\d+)'),
                             ('links', r'Links: (\d+)'), ('blocks', r'Blockcount: (\d+)')):
            found = re.search(pattern, text)
            out[key] = int(found[1]) if found else 0
        # debugfs prints them as int.
        out['uid'] %= 1 << 32
        out['gid'] %= 1 << 32
        seconds, extra = re.search(r'mtime: 0x([0-9a-f]+):([0-9a-f]+)', text).groups()
        low, more = int(seconds, 16), int(extra, 16)
        low = low - (1 << 32) if low >= 1 << 31 else low
        out['mtime_ns'] = (low + ((more & 3) << 32)) * 10 ** 9 + (more >> 2)
        device = re.search(r'number: (\d+):(\d+)', text)
        out['device'] = (int(device[1]), int(device[2])) if device else None
        link = re.search(r'Fast link dest: "(.*)"', text)
        out['target'] = link[1] if link else None
        return out

    def exists(self, path):
        return self.stat(path)['inode'] != 0

    def cat(self, path):
        with tempfile.NamedTemporaryFile() as file:
            self.debugfs(f'dump "{path}" {file.name}')
            return file.read()

    def names(self, path):
        """Names in a folder with their inode numbers, and the type the entry itself claims."""
        out = {}
        for line in self.debugfs(f'ls -p "{path}"').splitlines():
            fields = line.split('/')
            if len(fields) >= 7 and fields[1].isdigit() and fields[1] != '0':
                out[fields[5]] = int(fields[1])
        return out

    def xattr(self, path, name):
        with tempfile.NamedTemporaryFile() as file:
            self.debugfs(f'ea_get -f {file.name} "{path}" {name}')
            return file.read()

    def extract(self, folder):
        """Everything, as debugfs rdump writes it."""
        os.makedirs(folder, exist_ok=True)
        self.debugfs(f'rdump / {folder}')


class Gpt:
    """A GUID partition table, read and checked as UEFI's specification says, chapter 5."""

    def __init__(self, path):
        self.size = os.path.getsize(path)
        with open(path, 'rb') as file:
            self.mbr = file.read(512)
            self.primary, self.entries = self.read(file, 1)
            self.backup, entries = self.read(file, self.size // 512 - 1)
        equal(entries, self.entries, 'entries of the backup')
        equal(self.mbr[510:], b'\x55\xaa', 'MBR signature')
        equal(self.mbr[450], 0xee, 'protective entry')
        self.guid = str(uuid.UUID(bytes_le=self.primary[56:72]))
        self.parts = {}
        for number in range(len(self.entries) // 128):
            entry = self.entries[number * 128:number * 128 + 128]
            first, last = struct.unpack_from('<QQ', entry, 32)
            if entry[:16] != bytes(16):
                self.parts[number + 1] = {
                    'type': str(uuid.UUID(bytes_le=entry[:16])).upper(), 'guid': str(uuid.UUID(bytes_le=entry[16:32])),
                    'offset': first * 512, 'size': (last + 1 - first) * 512,
                    'name': entry[56:].decode('utf-16-le').rstrip('\0')}

    @staticmethod
    def read(file, sector):
        file.seek(sector * 512)
        header = file.read(512)
        equal(header[:8], b'EFI PART', f'GPT at sector {sector}')
        size, = struct.unpack_from('<I', header, 12)
        crc, = struct.unpack_from('<I', header, 16)
        plain = header[:16] + bytes(4) + header[20:size]
        equal(binascii.crc32(plain), crc, 'checksum of the header')
        equal(struct.unpack_from('<Q', header, 24)[0], sector, 'own sector')
        start, = struct.unpack_from('<Q', header, 72)
        count, length, entries_crc = struct.unpack_from('<III', header, 80)
        file.seek(start * 512)
        entries = file.read(count * length)
        equal(binascii.crc32(entries), entries_crc, 'checksum of the entries')
        return header, entries


def fat_read(path, offset, name):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'out')
        subprocess.run(['mcopy', '-i', f'{path}@@{offset}', f'::{name}', out], check=True, stdout=subprocess.PIPE,
                       env=dict(os.environ, MTOOLSRC='/dev/null'))
        with open(out, 'rb') as file:
            return file.read()


def tool(name):
    return shutil.which(name) is not None


@contextlib.contextmanager
def umask(mask):
    old = os.umask(mask)
    try:
        yield
    finally:
        os.umask(old)

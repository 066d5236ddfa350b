# SPDX-License-Identifier: MIT
"""A guest whose disk is recorded, and the record.

QEMU's block driver blklogwrites writes each request of the guest's virtio-blk (data, flushes, discards) to a log of the
format of Linux's dm-log-writes, in the order in which the requests ended. The flushes themselves cost nothing
(cache.no-flush) and so end as they begin: what stands before a flush in the log had ended when the flush began, and is
what the flush makes durable. Source: the kernel's documentation of dm-log-writes, QEMU's of blklogwrites.

The last MARKS_ROOM bytes of the disk belong to no volume: writes there are marks (load/load.h).
"""

import os
import shutil
import struct
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import volume                                                   # noqa: E402
from guest import Guest                                         # noqa: E402

MARKS_ROOM = 1 << 20
SECTOR = 512
MAGIC = 0x6a736677736872
FLUSH, FUA, DISCARD = 1, 2, 4


class Entry:
    """A write (data), a discard (data is None and length is set) or a flush."""

    def __init__(self, start, length, flags, data):
        self.start, self.length, self.flags, self.data = start, length, flags, data

    @property
    def flush(self):
        return bool(self.flags & FLUSH)


def make_volume(image, megabytes, options):
    """An empty volume, with room for marks behind it; its copy is the disk before anything was recorded."""
    volume.make(image, f'{megabytes}M', options)
    with open(image, 'r+b') as file:
        file.truncate((megabytes << 20) + MARKS_ROOM)


def initrd(program, folder):
    """A RAM disk with this program as /init."""
    tree = os.path.join(folder, 'tree')
    for name in ('dev', 'proc', 'tmp', 'mnt'):
        os.makedirs(os.path.join(tree, name), exist_ok=True)
    shutil.copy(program, os.path.join(tree, 'init'))
    archive = os.path.join(folder, 'initrd')
    with open(archive, 'wb') as file:
        subprocess.run('find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet', shell=True, cwd=tree, check=True,
                       stdout=file)
    return archive


def scripts(programs, folder):
    """A disk that is a tar file with these programs."""
    name = os.path.join(folder, 'scripts.tar')
    with tarfile.open(name, 'w') as tar:
        for program in programs:
            tar.add(program, os.path.basename(program))
    return name


def disk_arguments(image, log):
    """QEMU's arguments for the recorded disk. Requests stay as the guest made them."""
    return ['-blockdev', f'driver=file,node-name=crash-file,filename={image},cache.no-flush=on',
            '-blockdev', f'driver=file,node-name=crash-log,filename={log},cache.no-flush=on',
            '-blockdev', 'driver=blklogwrites,node-name=crash-disk,file=crash-file,log=crash-log,'
            'log-super-update-interval=1,discard=unmap',
            '-device', 'virtio-blk-pci,drive=crash-disk,request-merging=off,write-zeroes=off']


def run_guest(kernel, image, record, settings, limit, **guest):
    """Starts a guest whose last disk is the recorded one; `settings` come to PID 1 as its environment."""
    open(record, 'wb').close()
    words = ' '.join(f'{name}={value}' for name, value in settings.items() if value)
    append = ' '.join(['console=ttyS0', 'quiet', guest.pop('append', ''), words])
    return Guest(kernel=kernel, append=append, timeout=limit, extra=disk_arguments(image, record), **guest)


def read_log(name):
    """The entries of a log."""
    with open(name, 'rb') as file:
        data = file.read()
    magic, _, count, sector = struct.unpack_from('<QQQI', data)
    if magic != MAGIC:
        raise RuntimeError(f'{name}: no log of writes')
    entries, at = [], sector
    for _ in range(count):
        start, sectors, flags, _ = struct.unpack_from('<QQQQ', data, at)
        at += sector
        length = sectors * sector
        content = None
        if length and not flags & DISCARD:
            content = memoryview(data)[at:at + length]
            at += length
        if at > len(data):
            raise RuntimeError(f'{name}: ends within entry {len(entries)} of {count}')
        entries.append(Entry(start * sector, length, flags, content))
    return entries


def take_marks(entries, size):
    """Splits off the marks: ([entries], [(place among them, text)]). `size`: of the volume."""
    writes, marks = [], []
    for entry in entries:
        if entry.data is None or entry.start < size:
            writes.append(entry)
            continue
        text = bytes(entry.data).rstrip(b'\0').decode('utf-8', 'replace')
        if not text.startswith('MARK '):
            raise RuntimeError(f'something else than a mark behind the volume: {text[:60]!r}')
        marks.append((len(writes), text[5:]))
    return writes, marks

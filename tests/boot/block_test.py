#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Disks: Debian's e2fsprogs and util-linux on a second disk, partitions, disks that fail, grow, or cannot be written.

    block_test.py [-k TEXT] [--kernel FILE] [BUILD]

The root is an ext4 file with busybox and this machine's own tools with their libraries, made here.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from guest import Guest, GuestError, Tap                        # noqa: E402

PROMPT = r'(?:^|\n)[^\n]*[#$] (?:\x1b\[6n)?$'
BAD_WORDS = re.compile(r'WARNING:|[Pp]anic|KASAN|undefined behaviour|BUG:')
PATH = os.environ.get('PATH', '') + ':/sbin:/usr/sbin'
TOOLS = ['mke2fs', 'e2fsck', 'fsck', 'tune2fs', 'dumpe2fs', 'lsblk', 'blkid', 'sfdisk', 'df', 'du', 'blockdev',
         'blkdiscard', 'losetup', 'dd', 'cmp', 'partx', 'dash']
MIB = 1 << 20


def libraries(program):
    """The shared libraries a program loads, the loader included."""
    text = subprocess.run(['ldd', program], stdout=subprocess.PIPE, text=True, check=False).stdout
    return re.findall(r'(/\S+) \(0x', text)


def make_root(folder):
    """An ext4 file: busybox in /bin, the tools in /usr/sbin, their libraries where the loader finds them."""
    root = os.path.join(folder, 'root')
    for name in ('bin', 'usr/sbin', 'dev', 'proc', 'sys', 'tmp', 'etc', 'mnt', 'lib64'):
        os.makedirs(os.path.join(root, name))
    busybox = shutil.which('busybox')
    if not busybox:
        raise SystemExit('1..0 # SKIP no busybox: install the Debian package busybox-static')
    shutil.copy(busybox, os.path.join(root, 'bin', 'busybox'))
    for applet in subprocess.check_output([busybox, '--list'], text=True).split():
        if applet not in ('sh', 'busybox'):
            os.symlink('busybox', os.path.join(root, 'bin', applet))
    needed = set()
    for tool in TOOLS:
        found = shutil.which(tool, path=PATH)
        if not found:
            raise SystemExit(f'1..0 # SKIP no {tool}: install the Debian packages e2fsprogs, fdisk and util-linux')
        shutil.copy(found, os.path.join(root, 'usr/sbin', tool))
        needed.update(libraries(found))
    for name, target in (('usr/sbin/mkfs.ext4', 'mke2fs'), ('usr/sbin/fsck.ext4', 'e2fsck'),
                         ('bin/sh', '../usr/sbin/dash')):
        os.symlink(target, os.path.join(root, name))     # not busybox's shell, which prefers its own tools
    for library in needed:
        place = root + library
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(library, place)
    shutil.copy('/etc/mke2fs.conf', os.path.join(root, 'etc'))
    with open(os.path.join(root, 'bin', 'start'), 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\nexport PATH=/usr/sbin:/bin HOME=/tmp\n'
                   'mount -t proc proc /proc\nmount -t sysfs sys /sys\nmount -t tmpfs tmp /tmp\n'
                   '[ -c /dev/null ] || mount -t devtmpfs dev /dev\n'
                   'setsid -c /usr/sbin/dash </dev/ttyS0 >/dev/ttyS0 2>&1\npoweroff -f\n')
    os.chmod(os.path.join(root, 'bin', 'start'), 0o755)
    image = os.path.join(folder, 'root.ext4')
    status, text = host('mke2fs', '-q', '-t', 'ext4', '-d', root, image, '40M')
    assert status == 0, text
    return image


class Machine:
    """A guest at its prompt: say(line, wanted) types a command and compares."""

    def __init__(self, options, log, extra=(), smp=2, machine='q35'):
        kind = 'virtio-blk-device' if machine.startswith('microvm') else 'virtio-blk-pci'
        self.guest = Guest(kernel=options.kernel, machine=machine, smp=smp, memory=options.memory, log=log,
                           timeout=options.limit, append='root=/dev/vda init=/bin/start console=ttyS0 quiet',
                           extra=['-drive', f'file={options.image},if=none,id=root,format=raw,snapshot=on', '-device',
                                  f'{kind},drive=root', *[a.replace('virtio-blk', kind, 1) for a in extra]])

    def __enter__(self):
        self.guest.expect(PROMPT, 60)
        return self

    def __exit__(self, *exc):
        self.guest.close()

    def run(self, line, timeout=40):
        answer = self.guest.command(line, timeout)
        self.guest.expect(r'# $', timeout)         # what is typed ahead of it would be echoed among the answer
        return answer

    def say(self, line, wanted, status=0, timeout=40):
        """The output has to hold the expression `wanted`."""
        out, got = self.run(line, timeout)
        assert re.search(wanted, out) and got == status, f'{line}\n# answered {out!r}, status {got}; want {wanted!r}'
        return out

    def off(self):
        self.guest.send('exit\n')
        status = self.guest.wait(30)
        assert status == 0, f'power-off ended QEMU with status {status}'
        match = BAD_WORDS.search(self.guest.text())
        assert not match, f'the console says "{match.group(0)}"'


def disk(path, mib, options='', drive=''):
    """QEMU's arguments for one more disk, and a fresh file for it."""
    with open(path, 'wb') as file:
        file.truncate(mib * MIB)
    return ['-drive', f'file={path},if=none,id=second,format=raw,discard=unmap{drive}',
            '-device', f'virtio-blk,drive=second{options}']


def host(*args):
    """One of e2fsprogs on this machine: (status, output)."""
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, 'PATH': PATH})
    return done.returncode, done.stdout.decode('utf-8', 'replace')


# --- Cases ---

def tools(options, log, folder):
    """mkfs, fsck, tune2fs, dumpe2fs, blkid, lsblk, df, du as their users know them."""
    path = os.path.join(folder, 'tools.img')
    with Machine(options, log, disk(path, 96, ',serial=SERIAL-7,physical_block_size=4096')) as m:
        m.say('lsblk -bno NAME,SIZE,TYPE,PHY-SEC,RO /dev/vdb', rf'vdb +{96 * MIB} disk +4096 +0\n')
        m.say('cat /sys/block/vdb/serial', r'^SERIAL-7\n$')
        m.say('mkfs.ext4 -q -L second -U 5ec0d000-1111-4222-8333-abcdefabcdef /dev/vdb', r'^$', timeout=60)
        m.say('blkid /dev/vdb', r'LABEL="second" UUID="5ec0d000-1111-4222-8333-abcdefabcdef".* TYPE="ext4"')
        m.say('fsck -n /dev/vdb', r'second: clean, 11/\d+ files')
        m.say('e2fsck -fn /dev/vdb', r'Pass 5(?s:.)*second: 11/\d+ files')
        m.say('tune2fs -l /dev/vdb', r'Filesystem volume name: +second\n')
        m.say('tune2fs -L renamed -c 7 /dev/vdb', r'Setting maximal mount count to 7')
        m.say('dumpe2fs /dev/vdb 2>/dev/null', r'volume name: +renamed(?s:.)*Group 0: ')
        m.say('mount -t ext4 -o ro /dev/vdb /mnt', r'^$')
        m.say('df -PT /mnt', r'/dev/vdb +ext4 +\d+ +\d+ +\d+ +\d+% /mnt')
        m.say('lsblk -no MOUNTPOINT /dev/vdb', r'^/mnt\n$')
        m.say('du -s /mnt', r'^\d+\s+/mnt\n$')
        m.say('mkfs.ext4 -qF /dev/vdb', r'is mounted', status=1)
        m.say('blockdev --getro --getss --getpbsz --getsize64 --getra /dev/vdb', rf'^0\n512\n4096\n{96 * MIB}\n256\n$')
        m.say('umount /mnt', r'^$')
        m.say('lsblk -dno NAME', r'^vda\nvdb\n$')
        m.off()
    status, text = host('e2fsck', '-fn', path)
    assert status == 0 and 'renamed' in text, text


def partitions(options, log, folder):
    """sfdisk makes, changes and removes partitions; nodes, /sys and /proc/partitions follow."""
    path = os.path.join(folder, 'parts.img')
    with Machine(options, log, disk(path, 64), smp=4) as m:
        m.say(r'printf "label: gpt\nsize=10MiB, name=first\nsize=20MiB\n" | sfdisk -q /dev/vdb', r'^$')
        m.say('cat /proc/partitions', r'10240 vdb1\n +\d+ +\d+ +20480 vdb2\n')
        m.say('ls /dev/vdb1 /sys/block/vdb/vdb1/start /sys/class/block/vdb2/size', r'vdb1')
        m.say('lsblk -bno NAME,TYPE,SIZE /dev/vdb', rf'vdb1 +part +{10 * MIB}\n.*vdb2 +part +{20 * MIB}')
        m.say('blkid -p -o value -s PART_ENTRY_NAME /dev/vdb1', r'^first\n$')
        m.say('mkfs.ext4 -q -L one /dev/vdb1 && mkfs.ext4 -q /dev/vdb2', r'^$', timeout=60)
        m.say('blkid -o value -s LABEL /dev/vdb1', r'^one\n$')
        m.say('mount -t ext4 -o ro /dev/vdb1 /mnt', r'^$')
        m.say('sfdisk --delete /dev/vdb 1; true', r'in use|busy')
        m.say('blockdev --rereadpt /dev/vdb', r'busy', status=1)
        m.say('umount /mnt && blockdev --rereadpt /dev/vdb', r'^$')
        m.say('cat /proc/partitions; ls /dev/vdb1 /sys/class/block/vdb1', r'vdb2(?s:.)*No such file', status=1)
        m.say('e2fsck -fn /dev/vdb2', r'Pass 5')
        m.say('echo ", +8MiB" | sfdisk -q --append /dev/vdb; grep -c vdb. /proc/partitions', r'^2\n')
        m.say('partx -d --nr 2 /dev/vdb; ls /dev/vdb2', r'No such file', status=1)
        m.say('partx -a --nr 2 /dev/vdb; ls /dev/vdb2', r'^/dev/vdb2\n$')
        m.say('partx -a --nr 2 /dev/vdb', r'error adding partition 2', status=1)
        m.say('dd if=/dev/zero of=/dev/vdb bs=1M count=1 2>/dev/null; blockdev --rereadpt /dev/vdb', r'^$')
        m.say('ls /sys/block/vdb | grep -c vdb', r'^0\n$', status=1)
        m.off()


def ranges(options, log, folder):
    """Discards and writes of zeroes reach the file below; O_DIRECT and the page cache see one content."""
    path = os.path.join(folder, 'ranges.img')
    with Machine(options, log, disk(path, 64)) as m:
        m.say("tr '\\000' Z </dev/zero | dd of=/dev/vdb bs=1M count=64 iflag=fullblock 2>/dev/null; sync; "
              'dd if=/dev/vdb bs=1M skip=63 2>/dev/null | tr -d Z | wc -c', r'^0\n$')
        m.say('blkdiscard -o 8388608 -l 16777216 /dev/vdb', r'^$')
        m.say('blkdiscard -z -o 33554432 -l 4096 /dev/vdb', r'^$')
        m.say('blkdiscard -s /dev/vdb', r'not supported', status=1)
        m.say('dd if=/dev/vdb bs=4096 skip=8192 count=2 2>/dev/null | tr -d "\\000" | wc -c', r'^4096\n$')
        m.say("printf 'A%.0s' $(seq 512) >/tmp/a; dd if=/tmp/a of=/dev/vdb oflag=direct bs=512 count=1 2>/dev/null; "
              'dd if=/dev/vdb bs=512 count=1 2>/dev/null | cmp - /tmp/a', r'^$')
        m.say("tr A B </tmp/a | dd of=/dev/vdb bs=512 count=1 conv=notrunc 2>/dev/null; "
              'dd if=/dev/vdb iflag=direct bs=512 count=1 2>/dev/null | tr -d B | wc -c', r'^0\n$')
        m.say('dd if=/dev/vdb iflag=direct bs=100 count=1 of=/dev/null', r'Invalid argument', status=1)
        m.say('blockdev --setro /dev/vdb && dd if=/tmp/a of=/dev/vdb bs=512', r'Permission denied|not permitted',
              status=1)
        m.say('blockdev --setrw --getro /dev/vdb', r'^0\n$')
        m.say("awk '$3 == \"vdb\" { print ($8 >= 64) ($15 >= 1) }' /proc/diskstats", r'^11\n$')
        m.off()
    with open(path, 'rb') as file:
        file.seek(8 * MIB)
        assert file.read(16 * MIB) == bytes(16 * MIB), 'what was discarded is still there'
        assert file.read(4096) == b'Z' * 4096
        file.seek(32 * MIB)
        assert file.read(8192) == bytes(4096) + b'Z' * 4096
    assert os.stat(path).st_blocks * 512 <= 50 * MIB, 'the discard made no hole in the file'


def errors(options, log, folder):
    """Sectors that fail, by QEMU's blkdebug: the error comes once to who asked, nothing hangs, the rest works."""
    path = os.path.join(folder, 'errors.img')
    disk(path, 32)
    rules = ','.join(f'inject-error.{i}.event=none,inject-error.{i}.iotype={kind},inject-error.{i}.errno=5,'
                     f'inject-error.{i}.once={once}' + (f',inject-error.{i}.sector={sector}' if sector else '')
                     for i, (kind, sector, once) in enumerate([('read', 2048, 'off'), ('write', 20480, 'on'),
                                                               ('flush', None, 'on')]))
    extra = ['-blockdev', f'driver=blkdebug,node-name=second,{rules},image.driver=raw,image.file.driver=file,'
             f'image.file.filename={path}',
             '-device', 'virtio-blk,drive=second,write-cache=on,werror=report,rerror=report']
    failed = r'Input/output error|I/O error'
    with Machine(options, log, extra, smp=4) as m:
        # A read of the bad sector fails, each time; its neighbours beyond the page do not.
        for _ in range(2):
            m.say('dd if=/dev/vdb bs=512 skip=2048 count=1 of=/dev/null 2>&1', failed, status=1)
        m.say('dd if=/dev/vdb iflag=direct bs=512 skip=2049 count=1 2>/dev/null | wc -c', r'^512\n$')
        m.say('dd if=/dev/vdb bs=1M skip=2 count=20 2>/dev/null | wc -c', rf'^{20 * MIB}\n$')
        # One flush fails: the first fsync says so, the next does not.
        m.say("dd if=/dev/zero of=/dev/vdb bs=4096 count=1 conv=notrunc,fsync 2>&1", failed, status=1)
        m.say("dd if=/dev/zero of=/dev/vdb bs=4096 count=1 conv=notrunc,fsync 2>&1", r'1\+0 records out')
        # A write that fails behind the writer's back comes out at fsync, once.
        m.say("tr '\\000' Q </dev/zero | dd of=/tmp/q bs=4096 count=1 iflag=fullblock 2>&1", r'1\+0 records out')
        m.say('dd if=/tmp/q of=/dev/vdb bs=4096 seek=2560 conv=notrunc,fsync 2>&1', failed, status=1)
        m.say('dd if=/tmp/q of=/dev/vdb bs=4096 seek=2560 conv=notrunc,fsync 2>&1', r'1\+0 records out')
        m.say('sync; echo done', r'^done\n$')
        m.off()
    with open(path, 'rb') as file:
        file.seek(2560 * 4096)
        assert file.read(4096) == b'Q' * 4096


def damaged(path):
    """A volume with /bad, a folder whose block fails its checksum, and /file; returns the file's first block."""
    with tempfile.TemporaryDirectory() as tree:
        os.mkdir(os.path.join(tree, 'bad'))
        for name in ('bad/inside', 'file'):
            with open(os.path.join(tree, name), 'wb') as file:
                file.write(b'o' * 65536)
        status, text = host('mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-d', tree, path, '32M')
        assert status == 0, text
    bad, file = (int(host('debugfs', '-R', f'bmap {name} 0', path)[1].split()[-1]) for name in ('/bad', '/file'))
    with open(path, 'r+b') as image:
        image.seek(bad * 4096 + 200)
        image.write(b'damage')
    return file


def volume_errors(options, log, folder):
    """What ext4 does about a damaged folder, by errors=; and of data that cannot be written fsync tells, once."""
    path = os.path.join(folder, 'damaged.img')
    sector = damaged(path) * 8
    extra = ['-blockdev', f'driver=blkdebug,node-name=second,inject-error.0.event=none,inject-error.0.iotype=write,'
             f'inject-error.0.errno=5,inject-error.0.once=on,inject-error.0.sector={sector},image.driver=raw,'
             f'image.file.driver=file,image.file.filename={path}',
             '-device', 'virtio-blk,drive=second,write-cache=on,werror=report,rerror=report']
    with Machine(options, log, extra) as m:
        m.say('mount -o errors=continue /dev/vdb /mnt; grep -c " /mnt ext4 rw" /proc/mounts', r'^1\n$')
        m.say('dd if=/dev/zero of=/mnt/file bs=4096 count=1 conv=notrunc,fsync 2>&1', 'Input/output error', status=1)
        m.say('dd if=/dev/zero of=/mnt/file bs=4096 count=1 conv=notrunc,fsync 2>&1', r'1\+0 records out')
        m.say('cat /mnt/bad/inside 2>&1', r'Bad message', status=1)
        m.say('echo goes on >/mnt/new; sync; cat /mnt/new; umount /mnt', r'^goes on\n$')
        m.say('dumpe2fs -h /dev/vdb 2>/dev/null | grep state', r'clean with errors')
        m.say('mount -o errors=remount-ro /dev/vdb /mnt; cat /mnt/bad/inside 2>&1', r'Bad message', status=1)
        m.say('echo x >/mnt/newer', r'Read-only file system', status=2)
        m.say('grep -c " /mnt ext4 ro" /proc/mounts; cat /mnt/new; umount /mnt', r'^1\ngoes on\n$')
        m.say('mount -o errors=panic /dev/vdb /mnt; cat /mnt/new', r'^goes on\n$')
        m.guest.send('cat /mnt/bad/inside\n')
        m.guest.expect(r'Kernel panic: ext4 \(vdb\): error, and errors=panic', 40)
        m.guest.wait(30)
    status, text = host('e2fsck', '-fy', path)
    assert status in (1, 2), text
    status, text = host('e2fsck', '-fn', path)
    assert status == 0 and host('debugfs', '-R', 'cat /new', path)[1].endswith('goes on\n'), text


def devices(options, log, folder, properties, smp, machine):
    """Four writers and four readers at once, whatever the device offers; a file system on it is clean."""
    with Machine(options, log, disk(os.path.join(folder, 'device.img'), 64, properties), smp=smp, machine=machine) as m:
        m.say('dd if=/dev/urandom of=/tmp/r bs=1M count=6 2>/dev/null; for i in 0 1 2 3; do '
              'dd if=/tmp/r of=/dev/vdb bs=64k seek=$((i * 160)) conv=notrunc 2>/dev/null & done; wait', r'^$')
        m.say('blockdev --flushbufs /dev/vdb; for i in 0 1 2 3; do '
              'dd if=/dev/vdb bs=64k skip=$((i * 160)) count=96 2>/dev/null | cmp - /tmp/r & done; wait', r'^$')
        m.say('mkfs.ext4 -q /dev/vdb && e2fsck -fn /dev/vdb', r'Pass 5')
        m.say('blkdiscard -f /dev/vdb && blkdiscard -fz -l 8388608 /dev/vdb && sync', r'lost!')
        m.off()


class Qmp:
    """QEMU's control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.file = self.socket.makefile('rw')
        self.file.readline()
        self.ask('qmp_capabilities')

    def ask(self, command, **arguments):
        self.file.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if 'return' in answer or 'error' in answer:
                assert 'error' not in answer, answer
                return answer['return']


def resize(options, log, folder, machine):
    """The disk grows while the guest runs; its write cache is switched off and on."""
    path = os.path.join(folder, 'grow.img')
    control = os.path.join(folder, 'qmp')
    extra = [*disk(path, 16), '-qmp', f'unix:{control},server=on,wait=off']
    with Machine(options, log, extra, machine=machine) as m:
        qmp = Qmp(control)
        m.say('blockdev --getsize64 /dev/vdb', rf'^{16 * MIB}\n$')
        qmp.ask('block_resize', device='second', size=48 * MIB)
        m.say('i=0; while [ $(cat /sys/block/vdb/size) = 32768 ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done; '
              'blockdev --getsize64 /dev/vdb', rf'^{48 * MIB}\n$')
        m.say('cat /sys/block/vdb/size', rf'^{48 * MIB // 512}\n$')
        m.say('dd if=/dev/vdb bs=1M skip=40 2>/dev/null | wc -c', rf'^{8 * MIB}\n$')
        for kind in ('write through', 'write back'):
            m.say(f'echo {kind} >/sys/block/vdb/cache_type; cat /sys/block/vdb/queue/write_cache', rf'^{kind}\n$')
        m.off()


def read_only(options, log, folder):
    """A disk that cannot be written says so everywhere."""
    path = os.path.join(folder, 'ro.img')
    with Machine(options, log, disk(path, 8, drive=',readonly=on')) as m:
        m.say('blockdev --getro /dev/vdb; cat /sys/block/vdb/ro', r'^1\n1\n$')
        m.say('dd if=/dev/zero of=/dev/vdb count=1', r'Permission denied', status=1)
        m.off()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', nargs='?', default='.')
    parser.add_argument('-k', action='append', help='only cases whose name holds this; may be given again')
    parser.add_argument('--kernel')
    parser.add_argument('--memory', type=int, default=192)
    parser.add_argument('--limit', type=int, default=180, help='seconds a guest may live')
    options = parser.parse_args()
    options.kernel = options.kernel or os.path.join(options.build, 'coracle.elf')
    logs = os.path.join(options.build, 'check', 'boot')
    os.makedirs(logs, exist_ok=True)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='coracle-block.') as folder:
        options.image = make_root(folder)
        cases = [('e2fsprogs and util-linux', tools), ('partitions', partitions), ('ranges', ranges),
                 ('sectors that fail', errors), ('errors=', volume_errors), ('a disk grows, q35', resize, 'q35'),
                 ('a disk grows, microvm', resize, 'microvm'), ('read-only', read_only)]
        cases += [('device, ' + name, devices, properties, smp, machine) for name, properties, smp, machine in [
            ('interrupt line', ',vectors=0', 2, 'pc'), ('one vector', ',vectors=1', 4, 'q35'),
            ('eight queues', ',num-queues=8', 4, 'q35'),
            ('plain rings', ',indirect_desc=off,event_idx=off,queue-size=16', 4, 'q35'),
            ('4096-byte sectors', ',logical_block_size=4096,physical_block_size=4096', 2, 'q35'),
            ('mmio, four queues', ',num-queues=4', 4, 'microvm')]]
        for name, run, *rest in cases:
            if not options.k or any(wanted in name for wanted in options.k):
                log = os.path.join(logs, 'block-' + re.sub(r'\W+', '-', name) + '.log')
                tap.check('disks: ' + name, run, options, log, folder, *rest)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

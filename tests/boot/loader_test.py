#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The loaders alone: BIOS and UEFI disks start tests/boot/testkernel, which checks and prints what it got.

    loader_test.py BUILD [-k TEXT]      BUILD holds loader/ and obj/tests/boot/testkernel/; -k: names with TEXT

Good starts must end with the test kernel's own exit status; each broken disk must give its message on the serial
port (and, BIOS, on the screen), then stay halted: QEMU runs with -no-reboot, so a reset would end it.
"""

import os
import random
import re
import shutil
import socket
import json
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import Guest, Tap                                    # noqa: E402
import loader_disk as ld                                        # noqa: E402

GOOD = 33                               # isa-debug-exit: 0x10; the test kernel's other status is 35
BOOTLOADER = 6                          # enum boot_mem_type
HALT_WATCH = 0.7                        # seconds an error must stay on the screen
CMDLINE = 'root=LABEL=coracle rw console=ttyS0 -- one two'
POLY = 0x82f63b78
DRIVES = {'IDE': ['-device', 'ide-hd,drive=drive'],
          'AHCI': ['-device', 'ahci,id=ahci', '-device', 'ide-hd,drive=drive,bus=ahci.0'],
          'NVMe': ['-device', 'nvme,drive=drive,serial=1'],
          'virtio-scsi': ['-device', 'virtio-scsi-pci', '-device', 'scsi-hd,drive=drive'],
          'USB': ['-device', 'qemu-xhci', '-device', 'usb-storage,drive=drive']}


def crc32c(data):
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (POLY if n & 1 else 0)
        table.append(n)
    value = 0xffffffff
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 255]
    return value ^ 0xffffffff


class Bench:
    """The built files and a scratch folder."""

    def __init__(self, build):
        def read(name):
            with open(os.path.join(build, name), 'rb') as f:
                return f.read()
        self.mbr = read('loader/mbr.bin')
        self.stage2 = read('loader/stage2.bin')
        self.efi = read('loader/BOOTX64.EFI')
        self.kernel = read('obj/tests/boot/testkernel.krn')
        self.kernel_16m = read('obj/tests/boot/testkernel-16m.krn')
        self.imgbuild = os.path.abspath(os.path.join(build, 'imgbuild', 'imgbuild'))
        self.folder = tempfile.mkdtemp(prefix='coracle-loader.')
        self.path = os.path.join(self.folder, 'disk.img')
        self.volume = os.path.join(self.folder, 'esp.img')
        self.initrd = random.Random(1).randbytes(700001)

    def files(self, **changes):
        files = {'CORACLE.KRN': self.kernel, 'CORACLE.CMD': CMDLINE.encode() + b'\r\n',
                 'INITRD.IMG': self.initrd, 'EFI/BOOT/BOOTX64.EFI': self.efi}
        for name, data in changes.items():
            name = name.replace('_', '.')
            files.pop(name, None)
            if data is not None:
                files[name] = data
        return files

    def make(self, files=None, volume=None, **layout):
        ld.fat_volume(self.volume, files or self.files(), **(volume or {}))
        return ld.disk(self.path, self.volume, self.mbr, self.stage2, **layout)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def start(bench, firmware='bios', machine='pc', timeout=60, drive='virtio', vga=False, qmp=None, **more):
    extra = list(more.pop('extra', ()))
    disk = bench.path
    if drive != 'virtio':
        extra += ['-drive', f'file={bench.path},format=raw,if=none,id=drive,snapshot=on', *DRIVES[drive]]
        disk = None
    if vga:
        extra += ['-vga', 'std']
    if qmp:
        extra += ['-qmp', f'unix:{qmp},server=on,wait=off']
    return Guest(disk=disk, firmware=firmware, machine=machine, timeout=timeout, extra=extra, **more)


def fields(text):
    found = {m[1]: m[2] for m in re.finditer(r'^(\w+)=(.*)$', text, re.M)}
    found['map'] = [tuple(int(x, 16) for x in m.groups())
                    for m in re.finditer(r'^mem (\w+) (\w+) (\w+)$', text, re.M)]
    return found


def good(bench, cmdline=CMDLINE, initrd=True, **more):
    """Start and check everything the test kernel printed. Returns its fields."""
    memory = more.setdefault('memory', 256)
    with start(bench, **more) as guest:
        status = guest.wait(60)
        text = guest.text()
    assert 'VERDICT good' in text and status == GOOD, f'status {status}\n{text[-3000:]}'
    f = fields(text)
    assert f['cmdline'] == f'[{cmdline}]', f['cmdline']
    if initrd:
        assert int(f['initrd_size'], 16) == len(bench.initrd), f['initrd_size']
        assert int(f['initrd_crc'], 16) == crc32c(bench.initrd), f['initrd_crc']
    else:
        assert int(f['initrd'], 16) == 0
    uefi = more.get('firmware') == 'uefi'
    assert int(f['source'], 16) == (3 if uefi else 2)
    assert bool(int(f['efi_system_table'], 16)) == uefi
    usable = int(f['usable'], 16) >> 20
    assert memory - (48 if uefi else 2) <= usable <= memory, f'{usable} MiB usable of {memory}'
    return f


class Qmp:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.file = self.socket.makefile('rw')
        self.file.readline()
        self.call('qmp_capabilities')

    def call(self, name, **arguments):
        self.file.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if 'return' in answer:
                return answer['return']
            assert 'error' not in answer, answer

    def screen(self):
        """The VGA text screen."""
        dump = self.call('human-monitor-command', **{'command-line': 'xp /4000xb 0xb8000'})
        data = [int(x, 16) for line in dump.splitlines() for x in line.partition(':')[2].split()]
        return '\n'.join(bytes(data[r * 160:r * 160 + 160:2]).decode('cp437').rstrip() for r in range(25))

    def close(self):
        self.file.close()
        self.socket.close()


def stopped(bench, message, **more):
    """Start, see the message on both outputs, and see the machine halted and not reset."""
    bios = more.get('firmware', 'bios') == 'bios'
    path = os.path.join(bench.folder, 'qmp')
    if os.path.exists(path):
        os.unlink(path)
    more.setdefault('memory', 128)
    with start(bench, vga=bios, qmp=path, **more) as guest:
        guest.expect(re.escape(message), 40)
        guest.expect(r'^Halted\.', 10)
        time.sleep(HALT_WATCH)
        assert guest.child.poll() is None, 'the machine was reset\n' + guest.text()[-2000:]
        qmp = Qmp(path)
        try:
            assert qmp.call('query-status')['status'] == 'running'
            screen = qmp.screen() if bios else ''
        finally:
            qmp.close()
        assert guest.text().count('Halted.') <= 2, guest.text()[-2000:]
    # The screen wraps at 80 columns.
    flat = re.sub(r'\s+', '', screen)
    assert not bios or re.sub(r'\s+', '', message) in flat, 'not on the screen:\n' + screen


# --- Starts that must succeed ---

def good_starts(tap, bench):
    for kind, mib, cluster in ((12, 8, 8), (16, 16, 4), (32, 40, 1)):
        # On UEFI the firmware reads the volume.
        for firmware in ('bios', 'uefi') if kind == 16 else ('bios',):
            def fat():
                bench.make(volume=dict(kind=kind, mib=mib, cluster=cluster))
                good(bench, firmware=firmware)
            yield f'{firmware}: FAT{kind}', fat

    def fragmented(kind, mib, cluster):
        bench.make(volume=dict(kind=kind, mib=mib, cluster=cluster,
                               fragment=('CORACLE.KRN', 'INITRD.IMG')))
        good(bench)
    yield 'bios: fragmented FAT12', lambda: fragmented(12, 8, 8)
    yield 'bios: fragmented FAT16', lambda: fragmented(16, 16, 1)
    yield 'bios: fragmented FAT32', lambda: fragmented(32, 40, 1)

    def memory(firmware, machine, mib, cpu):
        bench.make()
        f = good(bench, firmware=firmware, machine=machine, memory=mib, cpu=cpu)
        assert int(f['initrd'], 16) >= int(f['kernel_end'], 16)
    for setup in (('bios', 'pc', 64, 'qemu64'), ('bios', 'q35', 64, 'max'), ('bios', 'pc', 6144, 'qemu64'),
                  ('bios', 'q35', 6144, 'max'), ('uefi', 'pc', 64, 'qemu64'), ('uefi', 'q35', 6144, 'max')):
        yield '{}: {}, {} MiB, {}'.format(*setup), lambda setup=setup: memory(*setup)

    def drive(kind, firmware):
        bench.make()
        good(bench, drive=kind, firmware=firmware)
    for kind in DRIVES:
        yield f'bios: {kind} disk', lambda kind=kind: drive(kind, 'bios')
    yield 'uefi: NVMe disk', lambda: drive('NVMe', 'uefi')

    def four_cpus():
        bench.make()
        good(bench, smp=4, machine='q35')
        good(bench, smp=4, machine='q35', firmware='uefi')
    yield 'bios and uefi: four CPUs', four_cpus

    def tiny():
        bench.make(bench.files(INITRD_IMG=None))
        for mib in (4, 6):
            good(bench, memory=mib, initrd=False)
    yield 'bios: 4 and 6 MiB of memory', tiny

    def bare(firmware):
        bench.make(bench.files(CORACLE_CMD=None, INITRD_IMG=None))
        good(bench, cmdline='(none)', initrd=False, firmware=firmware)
    yield 'bios: no command line, no initrd', lambda: bare('bios')
    yield 'uefi: no command line, no initrd', lambda: bare('uefi')

    def texts(firmware):
        longest = 'x' * 4095
        bench.make(bench.files(CORACLE_CMD=longest.encode()))
        good(bench, cmdline=longest, firmware=firmware)
        bench.make(bench.files(CORACLE_CMD=b'  a=1\tb\r\nc\n\n'))
        good(bench, cmdline='a=1 b  c', firmware=firmware)
    yield 'bios: command line of 4095 bytes; of several lines', lambda: texts('bios')
    yield 'uefi: command line of 4095 bytes; of several lines', lambda: texts('uefi')

    def big_initrd():
        bench.make(bench.files(INITRD_IMG=bench.initrd * 30), volume=dict(mib=64, kind=16, cluster=8))
        with start(bench, memory=64) as guest:
            assert guest.wait(60) == GOOD, guest.text()[-2000:]
            assert int(fields(guest.text())['initrd_size'], 16) == 30 * len(bench.initrd)
    yield 'bios: an initrd of 20 MiB in 64 MiB of memory', big_initrd

    def tables():
        bench.make(esp_first=False)
        good(bench)
        bench.make(entry_size=256, entries_lba=100)
        good(bench)
        layout = bench.make()
        ld.patch(bench.path, 512 + 40, b'\xff')         # primary header: its checksum fails
        good(bench)
        bench.make()
        ld.patch(bench.path, 1024 + 200, b'\xff')       # primary entries
        good(bench)
        assert layout
    yield 'bios: partition tables: other order, entry size, place; backup copy', tables


    def uefi_places():
        """At 2 MiB the image is read into place; OVMF's boot services sit on 16 MiB: it is moved at the end."""
        for kernel, base, moved in ((bench.kernel, 0x200000, False), (bench.kernel_16m, 0x1000000, True)):
            bench.make(bench.files(CORACLE_KRN=kernel))
            f = good(bench, firmware='uefi')
            assert int(f['kernel_start'], 16) == base
            size = int(f['kernel_end'], 16) - base
            kept = [m for m in f['map'] if m[2] == BOOTLOADER and m[1] - m[0] >= size]
            assert bool(kept) == moved, f['map']
    yield 'uefi: image read into place, and moved at the end', uefi_places

    def at_16m():
        bench.make(bench.files(CORACLE_KRN=bench.kernel_16m))
        good(bench)
    yield 'bios: a kernel at 16 MiB', at_16m

    def imgbuild():
        """A disk of imgbuild's, with the test kernel in the kernel's place."""
        def write(name, data):
            path = os.path.join(bench.folder, name)
            with open(path, 'wb') as f:
                f.write(data)
            return path
        root = os.path.join(bench.folder, 'root')
        os.makedirs(os.path.join(root, 'etc'), exist_ok=True)
        subprocess.run([bench.imgbuild, '--rootfs', root, '--output', bench.path, '--size', '96M',
                        '--kernel', write('kernel.krn', bench.kernel), '--cmdline', CMDLINE,
                        '--initrd', write('initrd', bench.initrd), '--efi', write('boot.efi', bench.efi),
                        '--mbr', write('mbr', bench.mbr), '--stage2', write('stage2', bench.stage2)], check=True)
        good(bench)
        good(bench, firmware='uefi')
    if os.path.exists(bench.imgbuild):
        yield 'bios and uefi: a disk of imgbuild', imgbuild


# --- Starts that must be refused ---

def patch_header(kernel, offset, form, value):
    data = bytearray(kernel)
    struct.pack_into(form, data, offset, value)
    return bytes(data)


def refusals(tap, bench):
    kernel = bench.kernel
    flipped = bytearray(kernel)
    flipped[len(kernel) // 2] ^= 0x10
    cases = [
        ('one bit flipped', bytes(flipped), 'CORACLE.KRN: the checksum is wrong'),
        ('last byte changed', kernel[:-1] + bytes([kernel[-1] ^ 1]), 'CORACLE.KRN: the checksum is wrong'),
        ('truncated', kernel[:-5000], 'CORACLE.KRN: the payload file is truncated'),
        ('cut in the header', kernel[:100], 'CORACLE.KRN: not a Coracle payload file'),
        ('empty', b'', 'CORACLE.KRN: not a Coracle payload file'),
        ('an ELF file', b'\x7fELF' + kernel[4:], 'CORACLE.KRN: not a Coracle payload file'),
        ('version 7', patch_header(kernel, 8, '<I', 7), 'CORACLE.KRN: the payload file has an unknown version'),
        ('900 segments', patch_header(kernel, 32, '<I', 900), "CORACLE.KRN: the payload file's header makes no sense"),
        ('entry outside', patch_header(kernel, 24, '<Q', 0x500000), "CORACLE.KRN: the payload file's header"),
        ('segment at 0', patch_header(kernel, 40, '<Q', 0), "CORACLE.KRN: the payload file's header"),
        ('no file', None, 'CORACLE.KRN: file not found on the EFI system partition'),
    ]
    for firmware in ('bios', 'uefi'):
        for name, data, message in cases:
            if firmware == 'uefi' and name not in ('one bit flipped', 'truncated', 'empty', 'no file'):
                continue                # the same code; UEFI starts are slow

            def refuse(data=data, message=message, firmware=firmware):
                bench.make(bench.files(CORACLE_KRN=data))
                stopped(bench, message, firmware=firmware)
            yield f'{firmware}: payload {name}', refuse

        def long_line(firmware=firmware):
            bench.make(bench.files(CORACLE_CMD=b'x' * 4096))
            stopped(bench, 'CORACLE.CMD: the command line is longer than 4095 bytes', firmware=firmware)
        yield f'{firmware}: command line of 4096 bytes', long_line

        def no_room(firmware=firmware):
            bench.make(bench.files(INITRD_IMG=bench.initrd * 100), volume=dict(mib=96, kind=16, cluster=8))
            stopped(bench, 'INITRD.IMG: not enough free memory', firmware=firmware, memory=64)
        yield f'{firmware}: initrd larger than memory', no_room

        def no_place(firmware=firmware):
            # The image is said to need memory that the machine has not got.
            size = patch_header(kernel, 40 + 2 * 32 + 24, '<Q', 0x8000000)
            bench.make(bench.files(CORACLE_KRN=size))
            stopped(bench, 'CORACLE.KRN: the memory the kernel is linked for is not free', firmware=firmware,
                    memory=100)
        yield f'{firmware}: kernel larger than memory', no_place

    yield from bios_refusals(bench)


def bios_refusals(bench):
    def damage(message, change, **more):
        def run():
            layout = bench.make(**more)
            change(layout)
            stopped(bench, message)
        return run

    def both_tables(layout):
        ld.patch(bench.path, 512 + 40, b'\xff')
        ld.patch(bench.path, (layout['total'] - 1) * 512 + 40, b'\xff')
    yield 'bios: both partition tables damaged', damage(
        'boot disk: neither copy of the GPT partition table is valid', both_tables)
    yield 'bios: no FAT in the partition', damage(
        'EFI system partition: the EFI system partition is not a valid FAT',
        lambda layout: ld.patch(bench.path, layout['esp_lba'] * 512, bytes(512)))
    yield 'bios: stage 2 overwritten', damage(
        'stage 2 of the boot loader is not installed',
        lambda layout: ld.patch(bench.path, layout['boot_lba'] * 512, bytes(512)))
    yield 'bios: boot sector not patched', damage(
        'stage 2 of the boot loader is not installed', lambda layout: ld.patch(bench.path, 418, bytes(2)))
    yield 'bios: stage 2 beyond the disk', damage(
        'stage 2 of the boot loader cannot be read', lambda layout: ld.patch(bench.path, 424, b'\xff' * 4))

    def chain(value):
        def change(layout):
            base = layout['esp_lba'] * 512
            with open(bench.path, 'rb') as f:
                f.seek(base)
                volume = bytearray(f.read(16 << 20))
            g = ld.fat_geometry(volume)
            at = ld.root_entry(volume, g, 'CORACLE.KRN')
            first = struct.unpack_from('<H', volume, at + 26)[0]
            ld.fat_set(volume, g, first + 3, value)
            ld.patch(bench.path, base, volume)
        return change
    for value, name in ((0, 'free'), (1, 'reserved'), (0xfff7, 'bad'), (0xffff, 'end'), (0xfff0, 'outside')):
        yield f'bios: cluster chain runs into a {name} entry', damage(
            'CORACLE.KRN: the FAT cluster chain is damaged', chain(value))

    def no_esp(layout):
        # Another type, with all checksums right.
        bench_esp, ld.ESP = ld.ESP, ld.OTHER
        try:
            ld.disk(bench.path, bench.volume, bench.mbr, bench.stage2)
        finally:
            ld.ESP = bench_esp
    yield 'bios: no EFI system partition', damage('boot disk: the disk has no EFI system partition', no_esp)

    def no_screen():
        bench.make(bench.files(CORACLE_KRN=None))
        with start(bench) as guest:                     # no VGA: INT 10h does nothing
            guest.expect(r'CORACLE\.KRN: file not found.*\n(.*\n)*Halted\.', 20)
    yield 'bios: a message without a screen', no_screen

    def no_long_mode():
        bench.make()
        stopped(bench, 'this processor has no 64-bit long mode', cpu='qemu32')
    yield 'bios: a 32-bit processor', no_long_mode


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else '.'
    only = sys.argv[sys.argv.index('-k') + 1] if '-k' in sys.argv else ''
    tap = Tap()
    bench = Bench(build)
    try:
        for make in (good_starts, refusals):
            for name, test in make(tap, bench):
                if only in name:
                    tap.check(name, test)
    finally:
        bench.close()
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())

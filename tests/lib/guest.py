# SPDX-License-Identifier: MIT
"""Drive one QEMU guest over its serial console.

    with Guest(kernel='coracle.elf', disk='disk.img', append='root=/dev/vda rw init=/bin/sh', smp=4) as guest:
        guest.expect(r'# $', timeout=20)
        guest.send('poweroff\\n')
        status = guest.wait(timeout=10)

Guest starts QEMU as its own child, reads the console in a thread, and keeps every byte in `log` (and in the
file of that name, if given). expect() and wait() have time limits and raise GuestError with the end of
the log; leaving the `with` block ends the child, and only it. Time limits are scaled by CORACLE_TIME_SCALE (slow
machines), the accelerator is CORACLE_ACCEL (default tcg: the same everywhere). QEMU is $QEMU.
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import time

TIME_SCALE = float(os.environ.get('CORACLE_TIME_SCALE', '1'))
ACCEL = os.environ.get('CORACLE_ACCEL', 'tcg')
QEMU = os.environ.get('QEMU', 'qemu-system-x86_64')
DEBUG_EXIT = 0xf4                       # isa-debug-exit: QEMU's status becomes 2 * value + 1
OVMF = [('/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'),
        ('/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd')]


class GuestError(Exception):
    """The guest did not do what was expected; the text ends with the tail of its console."""


class Guest:
    """One running QEMU. Arguments:

    kernel, initrd, append   direct start (PVH); append is the command line
    disk                     image file or list of them; virtio-blk, written to unless snapshot
    firmware                 'bios' or 'uefi', for a start from disk
    machine                  'pc', 'q35', 'microvm', with any ',option=value' of QEMU's behind it
    bus                      'pci' or 'mmio': how virtio devices are attached (microvm is always mmio)
    smp, memory, cpu         CPUs, MiB, CPU model
    devices                  further '-device' arguments; 'virtio-rng' and the like get their bus suffix
    extra                    further QEMU arguments, as they are
    timeout                  seconds this guest may live in all (the watchdog)
    log                      file that gets the console's bytes
    """

    def __init__(self, kernel=None, initrd=None, append='', disk=None, snapshot=True, firmware='bios',
                 machine='q35', bus='pci', smp=1, memory=256, cpu='max', devices=(), extra=(),
                 debug_exit=True, timeout=120, log=None):
        self.log = bytearray()
        self._pos = 0                   # how far expect() has consumed
        self._more = threading.Condition()
        self._eof = False
        self._scratch = None
        self._file = open(log, 'wb', buffering=0) if log else None
        self.args = self._arguments(kernel, initrd, append, disk, snapshot, firmware, machine, bus,
                                    smp, memory, cpu, devices, extra, debug_exit)
        self.started = time.monotonic()
        self.child = subprocess.Popen(self.args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, bufsize=0)
        self.first_byte = None          # seconds from start to the console's first byte
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._watchdog = threading.Timer(timeout * TIME_SCALE, self._expire)
        self._watchdog.daemon = True
        self.expired = False
        self._watchdog.start()

    # --- QEMU's command line ---

    def _arguments(self, kernel, initrd, append, disk, snapshot, firmware, machine, bus,
                   smp, memory, cpu, devices, extra, debug_exit):
        microvm = machine.split(',')[0] == 'microvm'
        suffix = '-device' if microvm or bus == 'mmio' else '-pci'
        args = [QEMU, '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-monitor', 'none',
                '-machine', machine, '-accel', ACCEL, '-cpu', cpu, '-smp', str(smp), '-m', str(memory),
                '-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console']
        if debug_exit:
            args += ['-device', f'isa-debug-exit,iobase={DEBUG_EXIT},iosize=4']
        if kernel:
            args += ['-kernel', kernel, '-append', append]
        elif firmware == 'uefi':
            args += self._uefi()
        if initrd:
            args += ['-initrd', initrd]
        disks = [disk] if isinstance(disk, (str, os.PathLike)) else list(disk or ())
        for number, image in enumerate(disks):
            kind = 'qcow2' if str(image).endswith('.qcow2') else 'raw'
            args += ['-drive', f'file={image},if=none,id=disk{number},format={kind},snapshot='
                     + ('on' if snapshot else 'off'),
                     '-device', f'virtio-blk{suffix},drive=disk{number}']
        for device in devices:
            name, comma, rest = device.partition(',')
            if name.startswith('virtio-') and not name.endswith(('-pci', '-device')):
                name += suffix
            args += ['-device', name + comma + rest]
        return args + list(extra)

    def _uefi(self):
        """Firmware in flash; its variables in a copy that dies with the guest."""
        for code, variables in OVMF:
            if os.path.exists(code):
                self._scratch = tempfile.mkdtemp(prefix='coracle-guest.')
                copy = os.path.join(self._scratch, 'vars.fd')
                shutil.copyfile(variables, copy)
                return ['-drive', f'if=pflash,format=raw,readonly=on,file={code}',
                        '-drive', f'if=pflash,format=raw,file={copy}']
        raise GuestError('no OVMF firmware: install the Debian package ovmf')

    # --- The console ---

    def _read(self):
        while True:
            data = self.child.stdout.read(4096)
            with self._more:
                if not data:
                    self._eof = True
                elif self.first_byte is None:
                    self.first_byte = time.monotonic() - self.started
                self.log += data
                self._more.notify_all()
            if not data:
                return
            if self._file:
                self._file.write(data)

    def _expire(self):
        self.expired = True
        if self.child.poll() is None:
            self.child.kill()

    def text(self, start=0):
        """The console so far, without carriage returns."""
        return bytes(self.log[start:]).decode('utf-8', 'replace').replace('\r', '')

    def _fail(self, what):
        tail = '\n'.join('# | ' + line for line in self.text().splitlines()[-25:])
        raise GuestError(f'{what}\n# {shlex.join(self.args)}\n{tail}')

    def expect(self, regex, timeout=30):
        """Wait for regex (multi-line, on text without carriage returns) behind what was matched before.
        Returns the match; the console up to its end counts as consumed."""
        pattern = re.compile(regex.encode() if isinstance(regex, str) else regex, re.M)
        end = time.monotonic() + timeout * TIME_SCALE
        with self._more:
            while True:
                fresh = bytes(self.log[self._pos:])
                clean, places = _strip_returns(fresh)
                match = pattern.search(clean)
                if match:
                    self._pos += places[match.end() - 1] + 1 if match.end() else 0
                    return match
                left = end - time.monotonic()
                if self._eof or left <= 0:
                    break
                self._more.wait(min(left, 1))
        why = 'watchdog ended QEMU' if self.expired else 'QEMU ended' if self._eof else f'{timeout} s passed'
        return self._fail(f'waiting for {regex!r}: {why}')

    def send(self, text):
        """Type text on the console."""
        try:
            self.child.stdin.write(text.encode() if isinstance(text, str) else text)
            self.child.stdin.flush()
        except (BrokenPipeError, OSError):
            self._fail(f'typing {text!r}: QEMU has ended')

    def command(self, line, timeout=30):
        """Run one shell command at a prompt that echoes what is typed. Returns (output, status)."""
        mark = f'mark{time.monotonic_ns() % 1000000}'
        # Split in the typed line, so that its echo is not taken for the answer.
        self.send(f'{line}; echo "{mark[:4]}""{mark[4:]} $?"\n')
        # A line editor breaks the echo of a line that is wider than its terminal.
        echoed = r'\n*'.join(re.escape(c) for c in f'{mark[4:]} $?"') + r'\n'
        self.expect(echoed, timeout)
        match = self.expect(rf'(?s)(.*?){mark} (\d+)\n', timeout)
        # What is typed ahead of the prompt is echoed twice: by the terminal, then by the shell's line editor.
        output = re.split(echoed, match.group(1).decode('utf-8', 'replace'))[-1]
        return output, int(match.group(2))

    # --- The end ---

    def wait(self, timeout=30):
        """Wait until QEMU ends by itself. Returns its exit status: 0 is power-off."""
        try:
            status = self.child.wait(timeout * TIME_SCALE)
        except subprocess.TimeoutExpired:
            self._fail(f'QEMU still runs after {timeout} s')
        self._reader.join(5)
        if self.expired:
            self._fail('watchdog ended QEMU')
        return status

    def close(self):
        """End QEMU if it still runs, and release what was created."""
        self._watchdog.cancel()
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self._reader.join(5)
        self.child.stdin.close()
        self.child.stdout.close()
        if self._file:
            self._file.close()
            self._file = None
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def _strip_returns(data):
    """data without carriage returns, and for each byte kept its place in data."""
    if b'\r' not in data:
        return data, range(len(data))
    places = [place for place, byte in enumerate(data) if byte != 13]
    return bytes(data[place] for place in places), places


class Tap:
    """TAP output of a test driver: tap.check(name, function), then sys.exit(tap.done())."""

    def __init__(self):
        self.count = self.bad = 0

    def ok(self, good, name, diagnostics=''):
        self.count += 1
        self.bad += not good
        print(f'{"ok" if good else "not ok"} {self.count} - {name}', flush=True)
        for line in diagnostics.splitlines():
            print(line if line.startswith('#') else '# ' + line, flush=True)
        return good

    def skip(self, name, reason):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {reason}', flush=True)

    def check(self, name, function, *args, **kwargs):
        """Passes if function returns, fails with its text if it raises GuestError or AssertionError."""
        try:
            function(*args, **kwargs)
        except (GuestError, AssertionError) as error:
            return self.ok(False, name, str(error) or type(error).__name__)
        return self.ok(True, name)

    def done(self):
        print(f'1..{self.count}', flush=True)
        return 1 if self.bad or not self.count else 0

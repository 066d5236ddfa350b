# SPDX-License-Identifier: MIT
"""The two systems that are compared, each started in the same QEMU: same machine, CPUs, memory, disk, program.

What may differ: the kernel, and for Linux an initrd that loads the disk's driver (Debian builds it as a module) and
then leaves the stage: bench/linux-kernel.
"""

import array
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'tests', 'lib'))
from guest import Guest                                         # noqa: E402,F401

RESULT = re.compile(r'^BENCH (\S+) (\d+) (\d+) (\d+)$', re.M)
DISK = re.compile(r'^BENCH_DISK (\S+) (\d+) (\d+) (\d+) (\d+) (\d+)$', re.M)

DATA_SIZE = 8 << 20             # of /root/data

# PID 1 of a benchmark run. Which benchmarks: the word bench.args=... of the command line, with commas for blanks.
START = '''#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t tmpfs tmp /tmp
[ -c /dev/null ] || mount -t devtmpfs dev /dev
for word in $(cat /proc/cmdline); do
	case $word in bench.args=*) args=${word#bench.args=} ;; esac
done
/bin/bench $(echo "$args" | tr , ' ')
echo "BENCH_END $?"
poweroff -f
'''


def add_arguments(parser):
    parser.add_argument('--build', default='.')
    parser.add_argument('--machine', default='q35')
    parser.add_argument('--cpu', default='max')
    parser.add_argument('--smp', type=int, default=1)
    parser.add_argument('--memory', type=int, default=512)
    parser.add_argument('--icount', action='store_true',
                        help='a nanosecond is an instruction: repeatable counts (one CPU), not times')
    parser.add_argument('--limit', type=int, default=900, help='seconds one guest may run')


def tree():
    """The bytes of /root/tree.tar (micro/store.c): the same at each call."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for folder in range(20):
            member = tarfile.TarInfo(f'folder{folder}')
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(member)
            for number in range(26):
                member = tarfile.TarInfo(f'folder{folder}/file{number}')
                member.size, member.mode = (folder * 26 + number) * 7919 % (16 << 10), 0o644
                tar.addfile(member, io.BytesIO(b'%09d\n' % number * (member.size // 10 + 1)))
    return out.getvalue()


class Systems:
    """Kernels and disk; made once, in BUILD/bench and BUILD/linux."""

    def __init__(self, options):
        self.options = options
        self.folder = os.path.join(options.build, 'bench')
        self.linux = os.path.join(options.build, 'linux')
        self.reached = {}               # {name: {system: what reached the disk an iteration, as in DISK}}

    def linux_ready(self):
        if not os.path.exists(os.path.join(self.linux, 'initrd')):
            subprocess.run([os.path.join(HERE, '..', 'linux-kernel'), self.linux], check=True,
                           stdout=sys.stderr)

    def disk(self):
        """An ext4 file with busybox, the benchmarks and START as /sbin/start."""
        root, image = os.path.join(self.folder, 'root'), os.path.join(self.folder, 'root.ext4')
        program = os.path.join(self.folder, 'bench')
        if os.path.exists(image) and all(os.path.getmtime(image) > os.path.getmtime(f) for f in (program, __file__)):
            return image
        shutil.rmtree(root, ignore_errors=True)
        for name in ('bin', 'sbin', 'dev', 'proc', 'sys', 'tmp', 'root'):
            os.makedirs(os.path.join(root, name))
        busybox = shutil.which('busybox')
        if not busybox:
            raise SystemExit('bench: busybox not found: install the Debian package busybox-static')
        shutil.copy(busybox, os.path.join(root, 'bin', 'busybox'))
        for applet in subprocess.check_output([busybox, '--list'], text=True).split():
            if applet != 'busybox':
                os.symlink('busybox', os.path.join(root, 'bin', applet))
        shutil.copy(program, os.path.join(root, 'bin', 'bench'))
        with open(os.path.join(root, 'root', 'data'), 'wb') as file:        # micro/disk.c
            file.write(array.array('I', range(DATA_SIZE // 4)).tobytes())
        with open(os.path.join(root, 'root', 'tree.tar'), 'wb') as file:    # micro/store.c
            file.write(tree())
        with open(os.path.join(root, 'sbin', 'start'), 'w', encoding='ascii') as file:
            file.write(START)
        os.chmod(os.path.join(root, 'sbin', 'start'), 0o755)
        subprocess.run(['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-I', '256', '-i', '8192', '-L', 'bench',
                        '-E', 'lazy_itable_init=0,lazy_journal_init=0', '-d', root, image, '256M'],
                       check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, 'PATH': os.environ['PATH'] + ':/sbin:/usr/sbin'})
        return image

    def start(self, system, append, **more):
        """A Guest of 'coracle' or 'linux'."""
        o = self.options
        if system == 'linux':
            self.linux_ready()
            kernel = os.path.join(self.linux, 'vmlinuz')
        else:
            kernel = os.path.join(o.build, 'coracle.elf')
        if o.icount:
            more['extra'] = ['-icount', 'shift=0,sleep=off', *more.get('extra', ())]
        return Guest(kernel=kernel, machine=more.pop('machine', o.machine), cpu=o.cpu, smp=o.smp, memory=o.memory,
                     append=append, timeout=o.limit, **more)

    def run(self, system, args):
        """Run `bench args` once. Returns {name: nanoseconds an iteration}."""
        more = {'initrd': os.path.join(self.linux, 'initrd')} if system == 'linux' else {}
        if system == 'linux':
            self.linux_ready()
        words = f'root=/dev/vda rw init=/sbin/start console=ttyS0 quiet bench.args={",".join(args)}'
        with self.start(system, words, disk=self.disk(), **more) as guest:
            status = guest.expect(r'^BENCH_END (\d+)$', self.options.limit).group(1)
            text = guest.text()
            if int(status):
                lines = [line for line in text.splitlines() if re.search('BENCH_FAILED|^bench: ', line)]
                raise SystemExit(f'bench: on {system}: status {int(status)}: ' + ' '.join(lines))
            guest.wait(20)
        rounds = {m.group(1): int(m.group(2)) for m in RESULT.finditer(text)}
        for name, *counts in DISK.findall(text):
            self.reached.setdefault(name, {})[system] = [int(n) / rounds[name] for n in counts]
        return {m.group(1): int(m.group(3)) / int(m.group(2)) for m in RESULT.finditer(text)}

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdb on a live guest: gdb_test.py [BUILD]

A guest with a shell that waits for a sleeping child is stopped by gdb; the helpers of `make gdb`, tasks, task-bt, vmas,
cpus and dentries, must show what is there. And `make gdb-investigate`: gdb drives a guest by itself, and what it
writes about a breakpoint, a watchpoint and steps must be right.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
sys.path.insert(0, HERE)
from guest import Guest, GuestError, Tap                        # noqa: E402
from system_test import make_root, power_off, reach_prompt      # noqa: E402

INVESTIGATE = os.path.join(HERE, '..', '..', 'arch-x86_64', 'debug', 'investigate')
HELPERS = os.path.join(HERE, '..', '..', 'arch-x86_64', 'debug', 'gdb.py')


def run_gdb(kernel, socket, *commands):
    """Output of each command."""
    words = ['gdb', '-q', '-nx', '-batch', '-ex', 'set pagination off', '-ex', f'source {HELPERS}',
             '-ex', f'target remote {socket}']
    for command in commands:
        words += ['-ex', f'echo \\n@@ {command}\\n', '-ex', command]
    done = subprocess.run([*words, '-ex', 'detach', kernel], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace', timeout=120, check=False)
    parts = re.split(r'^@@ (.*)\n', done.stdout, flags=re.M)
    found = dict(zip(parts[1::2], parts[2::2]))
    assert set(found) == set(commands), done.stdout[-3000:]
    return found


def investigate(kernel, image, *words, status=0):
    """The JSON that it writes."""
    done = subprocess.run([INVESTIGATE, '--kernel', kernel, '--disk', image, '--append',
                           'root=/dev/vda init=/sbin/start console=ttyS0 quiet', *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors='replace', timeout=300, check=False)
    assert done.returncode == status, done.stderr[-2000:]
    return json.loads(done.stdout) if done.stdout else {}


def functions(stop):
    return [frame['function'] for frame in stop['cpus'][stop['cpu']]['backtrace']]


def investigate_break(kernel, image):
    """A command's exit: who it is, where, and what comes next."""
    found = investigate(kernel, image, '--break', 'task_exit', '--step', '3', '--run', 'trap : USR1; sh -c "exit 3"')
    stop = found['stops'][0]
    task = stop['task']
    assert functions(stop)[0] == 'task_exit' and 'syscall_enter' in functions(stop), functions(stop)
    assert stop['registers']['rip'] == stop['cpus'][stop['cpu']]['backtrace'][0]['address'], stop['registers']
    assert task['name'] == 'sh' and task['pid'] > 1 and not task['kernel'], task
    assert [a['mode'] for a in task['areas'] if a['file'] == 'busybox'][1] == 'r-xp', task['areas']
    assert len(stop['cpus']) == 2 and len(found['steps']) == 3, found['steps']
    assert all(s['symbol'].startswith('task_exit') and s['instruction'] for s in found['steps']), found['steps']


def investigate_watch(kernel, image):
    """A counter, and who raised it."""
    found = investigate(kernel, image, '--break', 'task_fork', '--watch', 'proc_tree.forks', '--run', 'ls /bin/true')
    first, second = found['stops']
    assert (first['why'], second['why']) == ('break', 'watch'), found
    assert int(second['after']) == int(second['before']) + 1, second
    assert 'task_fork' in functions(second) and second['task']['signals']['actions'], functions(second)


def investigate_start(kernel, image):
    """Before there is a program to type to; and a name that is not there."""
    stop = investigate(kernel, image, '--break', 'init_main')['stops'][0]
    assert functions(stop)[0] == 'init_main' and stop['task']['pid'] == 1, functions(stop)
    assert 'nowhere' in investigate(kernel, image, '--break', 'nowhere', status=1)['error']


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else '.'
    kernel = os.path.join(build, 'coracle.elf')
    tap = Tap()
    if not shutil.which('gdb'):
        tap.skip('gdb helpers', 'no gdb: install the Debian package gdb')
        return tap.done()
    with tempfile.TemporaryDirectory(prefix='coracle-gdb.') as folder:
        socket = os.path.join(folder, 'gdb')
        guest = Guest(kernel=kernel, disk=make_root(folder), smp=2, extra=['-gdb', f'unix:{socket},server=on,wait=off'],
                      append='root=/dev/vda init=/sbin/start console=ttyS0 quiet')
        guest.through_init = False
        with guest:
            reach_prompt(guest, 60)
            guest.command('sleep 1000 & echo $! >/tmp/pid; ls /bin/busybox')
            pid = guest.command('cat /tmp/pid')[0].strip()
            out = run_gdb(kernel, socket, 'tasks', f'task-bt {pid}', f'vmas {pid}', 'cpus', 'dentries',
                          'dentries /bin', 'task-bt 1')

            def check(name, command, *patterns):
                for pattern in patterns:
                    good = re.search(pattern, out[command], re.M) is not None
                    tap.ok(good, f'{name}: {pattern}', '' if good else out[command][:1500])
            check('tasks', 'tasks', r'^ +1 +1 +\d S ', rf'^ *{pid} +{pid} +\d+ S +\d sleep ')
            check('back trace of a sleeper', f'task-bt {pid}', r'schedule', r'sleep_until', r'syscall_entry',
                  r' at .*\.c:\d+')
            check('back trace of init', 'task-bt 1', r'process_wait|wait4', r'schedule')
            check('areas', f'vmas {pid}', r'r-xp .* busybox$', r'rw-p', r'^00007ff')
            check('processors', 'cpus', r'^CPU 0: \S+ +0xffff8\w+ at ', r'^CPU 1: \S+ +0xffff8\w+ at ', r'idle_loop')
            check('names', 'dentries', r'^bin +inode \d+')
            check('names below', 'dentries /bin', r'^busybox +inode \d+')
            tap.check('the guest goes on', power_off, guest)
        image = os.path.join(folder, 'root.ext4')
        tap.check('investigate: a breakpoint and steps', investigate_break, kernel, image)
        tap.check('investigate: a watchpoint', investigate_watch, kernel, image)
        tap.check('investigate: from the start on', investigate_start, kernel, image)
    return tap.done()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except GuestError as error:
        sys.exit(f'Bail out! {error}')

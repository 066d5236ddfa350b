# SPDX-License-Identifier: MIT
"""Run by investigate in gdb, after gdb.py: stop where $INVESTIGATE says, and write what is there as JSON.

Environment: INVESTIGATE_BREAK (symbol or address), _WATCH (expression), _STEP (instructions), _OUTPUT (file), _READY
(file that is made when the guest is about to go on). Breakpoints and watchpoints are hardware's: nothing in the guest's
memory changes.
"""

import json
import os

import gdb

NR_SIGNALS = 64
DEPTH = 40
SHOWN = ('rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15',
         'rip', 'eflags', 'cs', 'ss', 'fs_base', 'gs_base', 'k_gs_base', 'cr0', 'cr2', 'cr3', 'cr4')


def setting(name):
    return os.environ.get('INVESTIGATE_' + name, '')


def unsigned(value):
    return int(value) % (1 << 64)


def registers():
    found = {}
    for name in SHOWN:
        try:
            found[name] = f'{unsigned(gdb.parse_and_eval("(unsigned long)$" + name)):#x}'
        except gdb.error:
            pass                        # this QEMU does not show it
    return found


def backtrace():
    frames, frame = [], gdb.newest_frame()
    while frame is not None and len(frames) < DEPTH:
        place = frame.find_sal()
        frames.append({'address': f'{unsigned(frame.pc()):#x}', 'function': frame.name(),
                       'file': place.symtab.filename if place.symtab else None, 'line': place.line or None})
        try:
            frame = frame.older()
        except gdb.error:
            break
    return frames


def task_of(thread):
    """The task a thread belongs to, or None: the kernel's own have none."""
    for task in all_tasks():            # noqa: F821 (gdb.py)
        if int(task['thread'].address) == int(thread):
            return task
    return None


def actions(sighand):
    found = {}
    for signal in range(1, NR_SIGNALS + 1):
        handler = unsigned(sighand['action'][signal - 1]['handler'])
        if handler:
            found[str(signal)] = 'ignored' if handler == 1 else f'{handler:#x}'
    return found


def describe(thread):
    task = task_of(thread)
    if task is None:
        return {'name': text(thread['name']), 'kernel': True}   # noqa: F821
    process = task['process']
    signals = {'blocked': f'{unsigned(task["blocked"]):#x}', 'pending': f'{unsigned(task["pending"]["set"]):#x}',
               'shared': f'{unsigned(process["shared_pending"]["set"]):#x}'}
    if int(task['sighand']):
        signals['actions'] = actions(task['sighand'])
    return {'name': text(thread['name']), 'kernel': False, 'pid': number(task['pid']),      # noqa: F821
            'process': number(process['leader']['pid']), 'address': f'{int(task):#x}', 'signals': signals,  # noqa: F821
            'areas': [{'start': f'{a["start"]:#x}', 'end': f'{a["end"]:#x}', 'mode': a['mode'], 'file': a['file']}
                      for a in areas(task)]}                    # noqa: F821


def stop(why):
    """All there is to see now. The CPU that stopped stays selected."""
    here = gdb.selected_thread()
    cpus = []
    for cpu in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
        cpu.switch()
        gdb.newest_frame().select()
        cpus.append({'cpu': cpu.num - 1, 'running': text(running_thread()['name']),     # noqa: F821
                     'backtrace': backtrace()})
    here.switch()
    gdb.newest_frame().select()
    return {'why': why, 'cpu': here.num - 1, 'registers': registers(), 'task': describe(running_thread()),  # noqa: F821
            'cpus': cpus}


def step(count):
    taken = []
    for _ in range(count):
        gdb.execute('stepi', to_string=True)
        place = unsigned(gdb.parse_and_eval('$pc'))
        code = gdb.execute('x/i $pc', to_string=True).strip().split(':', 1)[-1].strip()
        taken.append({'address': f'{place:#x}', 'symbol': symbol(place), 'instruction': code})      # noqa: F821
    return taken


def go_on():
    with open(setting('READY'), 'w', encoding='utf-8'):
        pass
    gdb.execute('continue', to_string=True)


def investigate():
    report = {'break': setting('BREAK') or None, 'watch': setting('WATCH') or None, 'stops': [], 'steps': []}
    try:
        if setting('BREAK'):
            where = setting('BREAK')
            gdb.execute(f'thbreak {"*" + where if where[0].isdigit() else where}', to_string=True)
            go_on()
            report['stops'].append(stop('break'))
        if setting('WATCH'):
            value = gdb.parse_and_eval(setting('WATCH'))
            before = str(value)
            gdb.execute(f'watch -l {setting("WATCH")}', to_string=True)
            go_on()
            now = gdb.Value(int(value.address)).cast(value.type.pointer()).dereference()
            report['stops'].append({**stop('watch'), 'before': before, 'after': str(now)})
        report['steps'] = step(int(setting('STEP') or 0))
    except gdb.error as error:
        report['error'] = str(error)
    with open(setting('OUTPUT'), 'w', encoding='utf-8') as file:
        json.dump(report, file, indent=1)
        file.write('\n')


investigate()

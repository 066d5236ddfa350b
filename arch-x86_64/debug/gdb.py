# SPDX-License-Identifier: MIT
"""gdb helpers, loaded by `make gdb`: look into a stopped kernel.

    tasks               every process and thread: number, state, CPU, name, task structure
    task-bt NUMBER      back trace of a thread, also of one that is not running
    vmas NUMBER         the areas of its address space
    cpus                what each CPU runs
    dentries [PATH]     the name cache below PATH (default: the root's first two levels)

Everything is read through the structures' own types, so it follows the source; what is known here about
layouts is the stack of a thread that was switched out (proc/switch.asm).
"""

import gdb

STATES = {0: 'R', 1: 'S', 2: 'D', 4: 'T', 8: 't', 16: 'Z'}
ZOMBIE = {1: 'Z', 2: 'X'}
LIMIT = 100000                          # a list longer than this is taken for broken


def pointer(name):
    return gdb.lookup_type(name).pointer()


def u64(address):
    return int(gdb.Value(int(address)).cast(gdb.lookup_type('unsigned long').pointer()).dereference())


def container(node, kind, *path):
    """The `kind` whose member at path is at address node."""
    base = gdb.Value(0).cast(pointer(kind))
    member = base.dereference()
    for name in path:
        member = member[name]
    return gdb.Value(int(node) - int(member.address)).cast(pointer(kind))


def entries(head, kind, *path):
    """Elements of an intrusive list."""
    node, first = head['next'], int(head.address)
    for _ in range(LIMIT):
        if int(node) in (first, 0):
            return
        yield container(node, kind, *path)
        node = node['next']


def tree(node, kind, *path):
    """Elements of a red-black tree in order."""
    stack = []
    while int(node) or stack:
        while int(node):
            stack.append(node)
            node = node['rb_left']
        node = stack.pop()
        yield container(node, kind, *path)
        node = node['rb_right']


def text(value):
    try:
        return value.string(errors='replace')
    except gdb.error:
        return '?'


def number(pid):
    return int(pid['numbers'][0]['nr']) if int(pid) else 0


def processes():
    """Every process, parents first."""
    reaper = gdb.parse_and_eval('pid_ns_init.reaper')
    queue = [reaper['process']] if int(reaper) else []
    while queue:
        process = queue.pop(0)
        yield process
        queue += entries(process['children'], 'struct process', 'sibling')


def all_tasks():
    for process in processes():
        yield from entries(process['tasks'], 'struct task', 'group_link')


def find_task(argument):
    wanted = int(gdb.parse_and_eval(argument))
    for task in all_tasks():
        if number(task['pid']) == wanted:
            return task
    raise gdb.GdbError(f'no task {wanted}')


def state(task):
    if int(task['exit_state']):
        return ZOMBIE.get(int(task['exit_state']), '?')
    if int(task['thread']['on_cpu']):
        return 'R*'
    value = int(task['thread']['state'])
    return STATES.get(value, hex(value))


def symbol(address):
    try:
        place = gdb.execute(f'info symbol {address:#x}', to_string=True).split(' in section')[0]
        line = gdb.find_pc_line(address - 1)
        source = f' at {line.symtab.filename}:{line.line}' if line.symtab else ''
        return place.strip() + source
    except gdb.error:
        return '?'


class Tasks(gdb.Command):
    """Every process and thread."""

    def __init__(self):
        super().__init__('tasks', gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        print(f'{"PID":>6} {"TGID":>6} {"PPID":>6} ST CPU {"NAME":16} TASK')
        for process in processes():
            parent = process['parent']
            ppid = number(parent['leader']['pid']) if int(parent) and int(parent['leader']) else 0
            tgid = number(process['leader']['pid']) if int(process['leader']) else 0
            for task in entries(process['tasks'], 'struct task', 'group_link'):
                print(f'{number(task["pid"]):6} {tgid:6} {ppid:6} {state(task):2} {int(task["thread"]["cpu"]):3} '
                      f'{text(task["thread"]["name"]):16} {int(task):#x}')


class TaskBacktrace(gdb.Command):
    """task-bt NUMBER: back trace of one thread."""

    def __init__(self):
        super().__init__('task-bt', gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        thread = find_task(argument)['thread']
        if int(thread['on_cpu']):
            print(f'running on CPU {int(thread["cpu"])}: use "thread {int(thread["cpu"]) + 1}" and "bt"')
            return
        # r15 r14 r13 r12 rbx rbp, return address: proc/switch.asm
        stack = int(thread['arch']['ksp'])
        frame, place = u64(stack + 40), u64(stack + 48)
        low, high = int(thread['kstack']), int(thread['kstack_top'])
        for level in range(64):
            print(f'#{level:<2} {place:#018x} {symbol(place)}')
            if not low <= frame < high - 8 or frame % 8:
                return
            frame, place = u64(frame), u64(frame + 8)
            if not place:
                return


def areas(task):
    """The areas of a task's address space as dictionaries; none for a kernel thread."""
    mm = task['thread']['mm']
    if not int(mm):
        return
    mm = container(mm, 'struct mm', 'arch')
    field = next(f.name for f in gdb.lookup_type('struct vma').fields()
                 if str(f.type) in ('struct rb_node', 'struct interval_node'))
    for area in tree(mm['vmas']['rb_node'], 'struct vma', field):
        flags = int(area['flags'])
        mode = ''.join(letter if flags & bit else '-' for letter, bit in (('r', 1), ('w', 2), ('x', 4)))
        yield {'start': int(area['start']), 'end': int(area['end']), 'mode': mode + ('s' if flags & 8 else 'p'),
               'page': int(area['pgoff']), 'area': int(area),
               'file': text(area['file']['path']['dentry']['name']['name']) if int(area['file']) else ''}


def running_thread():
    """The thread structure of the selected CPU."""
    base = int(gdb.parse_and_eval('$gs_base')) % (1 << 64)
    # Outside the kernel gs_base is the program's; the kernel's copy is in k_gs_base.
    if base < 1 << 63:
        base = int(gdb.parse_and_eval('$k_gs_base'))
    here = (int(gdb.parse_and_eval('&arch_cpu')) + base) % (1 << 64)
    running = u64(here + int(gdb.lookup_type('struct arch_cpu')['current'].bitpos) // 8)
    return gdb.Value(running).cast(pointer('struct thread'))


class Vmas(gdb.Command):
    """vmas NUMBER: the areas of a task's address space."""

    def __init__(self):
        super().__init__('vmas', gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        found = False
        for area in areas(find_task(argument)):
            print(f'{area["start"]:016x}-{area["end"]:016x} {area["mode"]} {area["page"]:8x} {area["area"]:#x} '
                  f'{area["file"]}')
            found = True
        if not found:
            print('no address space')


class Cpus(gdb.Command):
    """What each CPU runs."""

    def __init__(self):
        super().__init__('cpus', gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        for cpu in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            cpu.switch()
            gdb.newest_frame().select()
            place = int(gdb.parse_and_eval('$pc'))
            thread = running_thread()
            print(f'CPU {cpu.num - 1}: {text(thread["name"]):16} {int(thread):#x} at {place:#x} {symbol(place)}')


class Dentries(gdb.Command):
    """dentries [PATH]: the name cache below PATH."""

    def __init__(self):
        super().__init__('dentries', gdb.COMMAND_DATA)

    def show(self, dentry, depth, levels):
        for child in entries(dentry['children'], 'struct dentry', 'sibling'):
            kind = f'inode {int(child["inode"]["ino"])}' if int(child['inode']) else 'negative'
            print(f'{"  " * depth}{text(child["name"]["name"])}  {kind}, {int(child["refs"])} refs, {int(child):#x}')
            if depth + 1 < levels:
                self.show(child, depth + 1, levels)

    def invoke(self, argument, from_tty):
        task = next(all_tasks(), None)
        if task is None:
            raise gdb.GdbError('no process yet')
        dentry = task['vfs']['fs']['root']['dentry']
        for name in argument.strip('/').split('/') if argument.strip('/') else ():
            found = [d for d in entries(dentry['children'], 'struct dentry', 'sibling')
                     if text(d['name']['name']) == name]
            if not found:
                raise gdb.GdbError(f'{name} is not cached')
            dentry = found[0]
        self.show(dentry, 0, 2 if not argument else 1)


for command in (Tasks, TaskBacktrace, Vmas, Cpus, Dentries):
    command()
print('Coracle helpers: tasks, task-bt NUMBER, vmas NUMBER, cpus, dentries [PATH]')

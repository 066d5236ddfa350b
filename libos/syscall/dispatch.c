/* SPDX-License-Identifier: MIT */
/*
 * dispatch: from the number in a register to a typed call.
 *
 * table.def becomes one thunk per implemented call, which takes its arguments out of the saved registers with
 * their types, and one table of thunks. A row of level NONE has no thunk: ENOSYS. Two rows with one number do not
 * compile (-Woverride-init), and a number that differs from <asm/unistd_64.h>'s fails a static assert.
 *
 * Tracing costs nothing here: WORK_SYSCALL_TRACE in the thread's work flags sends the whole call to
 * syscall_enter_slow().
 */
#include "syscall/dispatch.h"

#include "abi/errno.h"
#include "abi/unistd.h"
#include "arch/cpu.h"
#include "arch/regs.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "proc/ptrace.h"
#include "proc/task.h"
#include "sched/thread.h"
#include "syscall/syscall.h"
#include "trace/trace.h"

typedef long (*syscall_thunk_fn)(struct arch_regs *regs);

#define A(n, t) ((t)arch_syscall_arg(regs, n))
#define THUNK(name, call) static long thunk_##name(struct arch_regs *regs) { (void)regs; return sys_##name call; }
#define THUNK_NONE(name, call)
#define THUNK_FULL(name, call) THUNK(name, call)
#define THUNK_PARTIAL(name, call) THUNK(name, call)

#define SYS0(nr, name, level) THUNK_##level(name, ())
#define SYS1(nr, name, level, t0, a0) THUNK_##level(name, (A(0, t0)))
#define SYS2(nr, name, level, t0, a0, t1, a1) THUNK_##level(name, (A(0, t0), A(1, t1)))
#define SYS3(nr, name, level, t0, a0, t1, a1, t2, a2) THUNK_##level(name, (A(0, t0), A(1, t1), A(2, t2)))
#define SYS4(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3) \
	THUNK_##level(name, (A(0, t0), A(1, t1), A(2, t2), A(3, t3)))
#define SYS5(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4) \
	THUNK_##level(name, (A(0, t0), A(1, t1), A(2, t2), A(3, t3), A(4, t4)))
#define SYS6(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	THUNK_##level(name, (A(0, t0), A(1, t1), A(2, t2), A(3, t3), A(4, t4), A(5, t5)))
#define SYSNOTE(name, text)
#include "syscall/table.def"
#undef SYS0
#undef SYS1
#undef SYS2
#undef SYS3
#undef SYS4
#undef SYS5
#undef SYS6

#define ENTRY_NONE(nr, name) [nr] = NULL,
#define ENTRY_FULL(nr, name) [nr] = thunk_##name,
#define ENTRY_PARTIAL(nr, name) [nr] = thunk_##name,
#define SYS0(nr, name, level) ENTRY_##level(nr, name)
#define SYS1(nr, name, level, ...) ENTRY_##level(nr, name)
#define SYS2(nr, name, level, ...) ENTRY_##level(nr, name)
#define SYS3(nr, name, level, ...) ENTRY_##level(nr, name)
#define SYS4(nr, name, level, ...) ENTRY_##level(nr, name)
#define SYS5(nr, name, level, ...) ENTRY_##level(nr, name)
#define SYS6(nr, name, level, ...) ENTRY_##level(nr, name)
static const syscall_thunk_fn syscall_table[NR_SYSCALLS] = {
#include "syscall/table.def"
};

/*
 * The debug build compares the frame before and after: only a new program, the end of a handler and a tracer change
 * where a call returns to. Anything else wrote over the kernel stack.
 */
static noinline long call_compared(struct arch_regs *regs, unsigned long nr)
{
	unsigned long ip = arch_regs_ip(regs), sp = arch_regs_sp(regs);
	bool may_change = nr == __NR_execve || nr == __NR_execveat || nr == __NR_rt_sigreturn || task_traced(current);
	long result = syscall_table[nr](regs);

	if (unlikely(!may_change && !task_traced(current) && (arch_regs_ip(regs) != ip || arch_regs_sp(regs) != sp)))
		panic("system call %lu: return address %lx became %lx, stack pointer %lx became %lx", nr, ip,
		      arch_regs_ip(regs), sp, arch_regs_sp(regs));
	VERIFY(regs == arch_user_regs(current->thread.kstack_top));
	return result;
}

long syscall_call(struct arch_regs *regs, unsigned long nr)
{
	long result;

	if (unlikely(nr >= NR_SYSCALLS || !syscall_table[nr]))
		return -ENOSYS;
	TRACE(syscall_enter, TRACE_SYSCALL, current, nr, arch_syscall_arg(regs, 0), arch_syscall_arg(regs, 1));
	result = CONFIG_DEBUG ? call_compared(regs, nr) : syscall_table[nr](regs);
	TRACE(syscall_exit, TRACE_SYSCALL, current, nr, result, result);
	return result;
}

void syscall_enter(struct arch_regs *regs)
{
	unsigned long nr = arch_syscall_nr(regs);

	if (unlikely(READ_ONCE(arch_current()->work) & WORK_SYSCALL_SLOW)) {
		syscall_enter_slow(regs);
		return;
	}
	arch_syscall_set_result(regs, syscall_call(regs, nr));
}

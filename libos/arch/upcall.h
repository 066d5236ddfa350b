/* SPDX-License-Identifier: MIT */
/*
 * arch/upcall.h: the only functions of libos/ an architecture calls. Each is defined in the folder named.
 */
#pragma once

#include "arch/regs.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct boot_info;
struct thread;

/* core/init.c: boot CPU, own stack, interrupts off. */
__noreturn void core_start(const struct boot_info *bi);

/* sched/: a secondary CPU is ready to run threads; becomes its idle loop. Interrupts off. */
__noreturn void cpu_online(unsigned cpu);
/* sched/: first code of every new thread, with the thread that ran before. Interrupts off on entry, on after. */
void sched_thread_start(struct thread *prev);
void sched_ipi(void);
void smp_call_ipi(void);
/* time/: this CPU's one-shot timer fired. Interrupt context. */
void timer_interrupt(void);
/* Called at the end of every interrupt from user mode or idle is not needed: see user_exit_work(). */

/*
 * syscall/dispatch.c: a system call. Interrupts on. The result is stored in *regs.
 */
void syscall_enter(struct arch_regs *regs);

/*
 * proc/: called before returning to user mode while thread->work (sync/block.h: WORK_*) is not 0: rescheduling,
 * signals, tracing. Entered with interrupts off, may enable them, returns with them off; the arch re-checks and loops.
 */
void user_exit_work(struct arch_regs *regs);

/* proc/: an exception in user mode other than a resolvable page fault. Interrupts on. */
struct arch_fault {
	int signo;			/* SIGSEGV, SIGILL, ... */
	int code;			/* siginfo si_code */
	unsigned long addr;		/* si_addr */
	unsigned long trapno;		/* vector, for siginfo/ucontext and trace=fault */
	unsigned long error_code;
};
void user_fault(struct arch_regs *regs, const struct arch_fault *fault);

/* FORCE is for mm/ itself: a debugger's access, bound by what mprotect could allow. */
enum fault_access {
	FAULT_READ = 0, FAULT_WRITE = 1, FAULT_EXEC = 2, FAULT_USER = 4, FAULT_PRESENT = 8, FAULT_FORCE = 16
};

/*
 * mm/fault.c: resolve a fault at `addr` in the current thread's address space. Flags: enum fault_access.
 * Returns 0 (retry the instruction), or a negative errno that says why not: -EFAULT no mapping (SEGV_MAPERR),
 * -EACCES protection (SEGV_ACCERR), -EIO past the end of a file or read error (SIGBUS BUS_ADRERR), -ENOMEM (killed or
 * OOM handled), -EINTR (a fatal signal is pending). Interrupts on, may sleep; with pagefault_disable() in
 * force returns -EFAULT without sleeping.
 */
int mm_fault(vaddr_t addr, unsigned flags, struct arch_regs *regs);

/* core/panic.c: an exception in kernel mode that no fix-up covers. */
__noreturn void kernel_fault(struct arch_regs *regs, const char *what, unsigned long addr, unsigned long error);

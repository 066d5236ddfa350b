/* SPDX-License-Identifier: MIT */
/*
 * arch/context.h: thread contexts.
 *
 * machine/context.h defines struct arch_thread (embedded in struct thread as `arch`): saved kernel stack
 * pointer, TLS bases, FPU state pointer. The FPU area is sized at boot from what the CPU reports.
 *
 * Life of a context:
 *   arch_thread_init_kernel/_user -> switched to first: runs sched_thread_start(prev) (sched/thread.h), then
 *   the entry function, or the return to user mode -> ... -> last switch away -> arch_thread_fini.
 */
#pragma once

#include "arch/regs.h"
#include "lib/compiler.h"
#include "lib/types.h"

#include <machine/context.h>

struct thread;

#define ARCH_KSTACK_SIZE	(CONFIG_DEBUG ? 32768UL : 16384UL)

/* A kernel thread: first switch calls entry(arg) with interrupts on; it must not return. */
void arch_thread_init_kernel(struct arch_thread *at, void *stack_top, void (*entry)(void *), void *arg);

/*
 * A user thread that starts by returning to user mode with *regs (copied to its stack top; result register 0).
 * FPU state and TLS bases are copied from `from` (NULL: initial state). Returns 0 or -ENOMEM (FPU area).
 */
int __must_check arch_thread_init_user(struct arch_thread *at, void *stack_top, const struct arch_regs *regs,
				       const struct arch_thread *from);

/* Free what init took. The context is not running anywhere. May not sleep. */
void arch_thread_fini(struct arch_thread *at);

/*
 * Switch from prev (current) to next; returns, when prev runs again, the thread that ran before it.
 * Saves and loads stack, TLS, FPU ownership, kernel entry stack and `current`. Caller: scheduler, irqs off.
 */
struct thread *arch_thread_switch(struct thread *prev, struct thread *next);

/* exec: forget FPU state and TLS bases of the current thread; a kernel thread gets user state. May sleep. */
void arch_thread_reset(struct arch_thread *at);

/* CLONE_SETTLS and arch_prctl. Bases are checked to be user addresses: -EPERM as Linux. */
int __must_check arch_set_tls(struct arch_thread *at, unsigned long base);
/* arch_prctl(2) for the current thread; -EINVAL for unknown codes. May sleep (user copy). */
long arch_prctl(int code, unsigned long addr);

/* FPU register image for ptrace and core files: Linux's user_fpregs_struct / XSAVE layout. */
size_t arch_fpu_size(void);
int __must_check arch_fpu_get(struct thread *t, void *buf, size_t size);
int __must_check arch_fpu_set(struct thread *t, const void *buf, size_t size);

/* Enter user mode with the current thread's saved registers: for PID 1's first exec. Interrupts on. */
__noreturn void arch_enter_user(void);

/* True when `sp` lies outside every mapped kernel stack's canary: debug check at system-call exit. */
bool arch_stack_ok(const struct thread *t);

/* SPDX-License-Identifier: MIT */
/*
 * arch/regs.h: a thread's user registers as saved on kernel entry.
 *
 * machine/regs.h defines struct arch_regs and the inlines:
 *   unsigned long arch_regs_sp(const struct arch_regs *), arch_regs_ip(...)
 *   void arch_regs_set_sp/ip(struct arch_regs *, unsigned long)
 *   long arch_syscall_nr(regs)              number of the call in progress, -1 if entered by trap or interrupt
 *   unsigned long arch_syscall_arg(regs, unsigned n)   0..5, from the registers as at entry
 *   void arch_syscall_set_result(regs, long); long arch_syscall_result(regs)
 *   void arch_syscall_skip_restart(regs)    forget the number, so that no later signal restarts the call
 *   void arch_syscall_restart(regs)         back up to the system-call instruction with the original number
 *   void arch_syscall_restart_block(regs)   the same with restart_syscall's number
 *   bool arch_regs_user(const struct arch_regs *)      saved from user mode
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#include <machine/regs.h>

/* User registers of the thread owning `kernel_stack_top` (they lie at its top). Any context. */
struct arch_regs *arch_user_regs(void *kernel_stack_top);

/* Registers of a program's first instruction: everything 0 but ip and sp. Current thread's frame. */
void arch_regs_start(struct arch_regs *regs, unsigned long ip, unsigned long sp);

struct user_regs_struct;
/* ptrace and core files: Linux's user_regs_struct (<sys/user.h>, abi/ptrace.h). Set sanitises flags and selectors. */
struct arch_thread;
void arch_regs_get(const struct arch_regs *regs, const struct arch_thread *at, struct user_regs_struct *out);
int __must_check arch_regs_put(struct arch_regs *regs, struct arch_thread *at,
			       const struct user_regs_struct *in);

/* SPDX-License-Identifier: MIT */
/*
 * machine/regs.h of the hosted build: the registers of a simulated user program, as far as portable code asks.
 * The program itself is a function of the test (host_set_user_program()).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct arch_regs {
	unsigned long ip, sp;
	unsigned long arg[6];
	long nr;			/* system call in progress; -1: none */
	long result;
	unsigned restarts;		/* times the call was backed up */
	bool restart_block;		/* ... for restart_syscall(2) */
	bool user;
};

static inline unsigned long arch_regs_sp(const struct arch_regs *regs)
{
	return regs->sp;
}

static inline unsigned long arch_regs_ip(const struct arch_regs *regs)
{
	return regs->ip;
}

static inline void arch_regs_set_sp(struct arch_regs *regs, unsigned long sp)
{
	regs->sp = sp;
}

static inline void arch_regs_set_ip(struct arch_regs *regs, unsigned long ip)
{
	regs->ip = ip;
}

static inline bool arch_regs_user(const struct arch_regs *regs)
{
	return regs->user;
}

static inline long arch_syscall_nr(const struct arch_regs *regs)
{
	return regs->nr;
}

static inline unsigned long arch_syscall_arg(const struct arch_regs *regs, unsigned n)
{
	return regs->arg[n];
}

static inline void arch_syscall_set_result(struct arch_regs *regs, long result)
{
	regs->result = result;
}

static inline long arch_syscall_result(const struct arch_regs *regs)
{
	return regs->result;
}

static inline void arch_syscall_skip_restart(struct arch_regs *regs)
{
	regs->nr = -1;
}

static inline void arch_syscall_restart(struct arch_regs *regs)
{
	regs->restarts++;
	regs->restart_block = false;
}

static inline void arch_syscall_restart_block(struct arch_regs *regs)
{
	regs->restarts++;
	regs->restart_block = true;
}

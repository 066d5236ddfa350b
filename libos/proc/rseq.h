/* SPDX-License-Identifier: MIT */
/*
 * rseq.h: restartable sequences. A thread registers an area in its memory; the kernel keeps the CPU's number there and
 * sends a critical section that was interrupted to its abort address.
 *
 * Source: <linux/rseq.h>, Documentation of rseq(2) in librseq. All: current task.
 */
#pragma once

#include "arch/regs.h"
#include "lib/compiler.h"
#include "proc/task.h"

struct rseq;

/* 0, -EINVAL, -EPERM (signature), -EBUSY (registered already), -EFAULT. */
int __must_check rseq_register(struct rseq __user *area, uint32_t len, uint32_t sig);
int __must_check rseq_unregister(struct rseq __user *area, uint32_t len, uint32_t sig);
/* fork: a copied memory keeps the registration, a shared one does not. The child has not started. */
void rseq_fork(struct task *child, bool shares_mm);
/* exec: the area is gone. */
void rseq_forget(void);
/*
 * On the way to user mode with *regs: abort a section that was left, write CPU numbers. A bad area is a SIGSEGV.
 * May sleep.
 */
void rseq_update(struct arch_regs *regs);
/* A handler is about to be run: the frame must hold the abort address. May sleep. */
static inline void rseq_before_handler(struct arch_regs *regs)
{
	if (current->rseq)
		rseq_update(regs);
}

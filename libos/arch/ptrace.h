/* SPDX-License-Identifier: MIT */
/*
 * arch/ptrace.h: another thread's machine state, for its tracer: register sets, single steps, hardware breakpoints.
 *
 * The thread is the current one, or switched out and kept so by the caller. Layouts are Linux's (ptrace(2),
 * <sys/user.h>, <linux/elf.h>). Source: ptrace(2).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct thread;

/* Size in bytes of the register set `type` (NT_*), or 0: there is none of that kind. */
size_t arch_regset_size(unsigned type);
/* Copy out the first `size` bytes. 0 or -errno. */
int __must_check arch_regset_get(struct thread *t, unsigned type, void *buf, size_t size);
/* Set from the first `size` bytes; the rest stays. -EIO, -EINVAL: values a program could not have. */
int __must_check arch_regset_set(struct thread *t, unsigned type, const void *buf, size_t size);

/* PTRACE_PEEKUSER, POKEUSER: a word of struct user at `offset`. 0, -EIO, -EINVAL. */
int __must_check arch_user_area_get(struct thread *t, unsigned long offset, unsigned long *value);
int __must_check arch_user_area_set(struct thread *t, unsigned long offset, unsigned long value);

/* Trap after each instruction in user mode. */
void arch_step_set(struct thread *t, bool on);
bool arch_stepping(const struct thread *t);
/* AUDIT_ARCH_* of the thread's system calls. */
uint32_t arch_audit_arch(void);

/* SPDX-License-Identifier: MIT */
/*
 * dispatch.h: how a system call is made from its number; used by tracing and ptrace.
 */
#pragma once

#include "arch/regs.h"

/* Make call `nr` with the arguments in *regs; returns its result (-ENOSYS: none such). Thread context. */
long syscall_call(struct arch_regs *regs, unsigned long nr);

/* The same with everything that may watch a call: trace=, ptrace, seccomp. Stores the result in *regs. */
void syscall_enter_slow(struct arch_regs *regs);

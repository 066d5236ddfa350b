/* SPDX-License-Identifier: MIT */
/*
 * seccomp.h: system calls a task has given up. Source: seccomp(2), PR_SET_SECCOMP in prctl(2).
 *
 * Who has a mode takes the slow way into system calls (WORK_SYSCALL_SLOW); nobody else pays. Filters are programs for
 * the classic BPF machine (proc/seccomp_bpf.c), chained from the newest to the oldest; all of them see each call, and
 * the strictest answer counts. SECCOMP_RET_USER_NOTIF is not there: a filter cannot have a listener.
 */
#pragma once

#include "abi/filter.h"
#include "abi/seccomp.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct arch_regs;
struct seccomp_filter;
struct task;

/* Current gives up all calls but read, write, _exit and sigreturn. 0 or -EINVAL. */
int __must_check seccomp_set_strict(void);
/*
 * Current (SECCOMP_FILTER_FLAG_TSYNC: and all its process's threads) gets one more filter, kmalloc'd, which is taken
 * over. 0, -EINVAL, -EACCES, -ENOMEM, -ESRCH; > 0: the thread that could not follow (TSYNC).
 */
int __must_check seccomp_add_filter(struct sock_filter *insns, unsigned count, unsigned flags);
/* May current add filters at all? 0 or -EACCES. */
int __must_check seccomp_may_filter(void);
/* SECCOMP_GET_ACTION_AVAIL. */
bool seccomp_action_known(uint32_t action);

/* A system call is about to be made. False: it is not, its result stands in *regs. May not return. */
bool seccomp_enter(struct arch_regs *regs);
/* The child has what current has. Current's sighand lock held. */
void seccomp_fork(struct task *child);
void seccomp_exit(struct task *t);

/* --- The machine (seccomp_bpf.c) --- */
/* Is it a program that ends, and touches nothing but struct seccomp_data? 0, -EINVAL, -ENOMEM. */
int __must_check seccomp_bpf_check(const struct sock_filter *insns, unsigned count);
uint32_t seccomp_bpf_run(const struct sock_filter *insns, const struct seccomp_data *data);

/* SPDX-License-Identifier: MIT */
/*
 * futex.h: sleeping on a user word. Source: futex(2), get_robust_list(2), set_tid_address(2).
 */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

#define FUTEX_ANY	0xffffffffu	/* FUTEX_BITSET_MATCH_ANY */

/* flags: FUTEX_PRIVATE_FLAG as given by the caller. deadline_ns on the clock_ns() scale, WAIT_FOREVER: none. */
struct futex_wait_args {
	uint32_t __user *uaddr;
	uint32_t val;
	uint32_t bitset;
	bool private;
	bool realtime;			/* deadline is wall time (ns), re-evaluated when the clock is set */
	uint64_t deadline_ns;
};

/* 0 woken, -EAGAIN value differs, -ETIMEDOUT, -ERESTARTSYS, -EFAULT, -EINVAL. May sleep. */
int __must_check futex_wait(const struct futex_wait_args *args);

/* One word of a futex_wait_multi(). */
struct futex_multi_item {
	uint32_t __user *uaddr;
	uint32_t val;
	bool private;
};
struct futex_multi_args {
	struct futex_multi_item *item;
	unsigned count;			/* at least 1 */
	bool realtime;
	uint64_t deadline_ns;
};
/* Index of a word that was woken, or as futex_wait(), or -ENOMEM. May sleep. */
int __must_check futex_wait_multi(const struct futex_multi_args *args);

/* Number woken, or -errno. */
int __must_check futex_wake(uint32_t __user *uaddr, bool private, int nr, uint32_t bitset);
/* The kernel's own wake of a word it cleared: shared and private waiters. */
int __must_check futex_wake_user(uint32_t __user *uaddr, int nr);

struct futex_requeue_args {
	uint32_t __user *uaddr1, *uaddr2;
	bool private, private2;		/* of each word; private2 is the same but for futex_requeue(2) */
	int nr_wake, nr_requeue;
	bool compare;			/* CMP_REQUEUE */
	uint32_t cmpval;
};
/* Woken (+ requeued, with compare), or -EAGAIN, -EFAULT, -EINVAL. */
int __must_check futex_requeue(const struct futex_requeue_args *args);
/* FUTEX_WAKE_OP: op as encoded by FUTEX_OP(). */
int __must_check futex_wake_op(const struct futex_requeue_args *args, uint32_t op);

/*
 * FUTEX_LOCK_PI, TRYLOCK_PI: 0; -EDEADLK, -ETIMEDOUT, -EWOULDBLOCK (try_only), -ERESTARTNOINTR, -ESRCH, -EPERM,
 * -EINVAL, -EFAULT, -ENOMEM. May sleep.
 */
struct futex_pi_args {
	uint32_t __user *uaddr;
	bool private;
	bool try_only;
	bool realtime;
	uint64_t deadline_ns;
};
int __must_check futex_lock_pi(const struct futex_pi_args *args);
int __must_check futex_unlock_pi(uint32_t __user *uaddr, bool private);
/* Wait as futex_wait(); woken only as owner of the lock at uaddr2, or with an error. */
int __must_check futex_wait_requeue_pi(const struct futex_wait_args *args, uint32_t __user *uaddr2);
/* Woken and moved. */
int __must_check futex_cmp_requeue_pi(const struct futex_requeue_args *args);
/* Current's exit: what it owns goes to who waits. After the robust list. */
void futex_exit_pi(struct task *t);
/* t's own priority was changed. Any thread context. */
void futex_pi_priority_changed(struct task *t);

/* Walk the robust list of a thread whose memory is about to go: owner died marks, wake-ups. Current task. */
void futex_exit_robust(struct task *t);

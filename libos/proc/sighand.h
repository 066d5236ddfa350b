/* SPDX-License-Identifier: MIT */
/*
 * sighand: signal dispositions, shared under CLONE_SIGHAND only; and queues of pending signals.
 *
 * Source: signal(7), sigaction(2).
 */
#pragma once

#include "abi/signal.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"

#define NR_SIGNALS	64
#define SIGMASK(sig)	(1ULL << ((sig) - 1))

struct sig_action {
	unsigned long handler;		/* user address, or SIG_DFL, SIG_IGN as numbers */
	unsigned long flags;		/* SA_* */
	unsigned long restorer;		/* user address */
	uint64_t mask;
};

/* Field legend: [a] atomic, [s] lock */
struct sighand {
	struct refcount refs;		/* [a] */
	struct spinlock lock;
	struct sig_action action[NR_SIGNALS];	/* [s] action[sig - 1] */
	struct rcu_head rcu;
};

/* One queued signal. Standard signals queue once, real-time signals each time. */
struct sigqueue {
	struct list_head link;		/* [s] */
	siginfo_t info;
	void *timer;			/* POSIX timer that owns this entry; NULL: allocated for the signal */
	struct user_count *user;	/* charged to RLIMIT_SIGPENDING */
};

struct sigpending {
	uint64_t set;			/* [s] */
	struct list_head queue;		/* [s] struct sigqueue */
};

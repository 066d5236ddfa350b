/* SPDX-License-Identifier: MIT */
/*
 * pid: a number that names a task, a process, a process group or a session, in each PID namespace it is
 * visible in. The object outlives what it names: a pidfd or a terminal may hold it.
 *
 * Look-up by number is lock-free (RCU). Membership lists change under the process tree lock (proc/task.h).
 */
#pragma once

#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "lib/xarray.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"

struct task;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };

#define PID_MAX_DEFAULT	32768
#define PID_MAX_LEAST	301
#define PID_MAX_MOST	(4 << 20)
#define PID_NS_DEPTH	32

/* Field legend: [I] immutable, [a] atomic, [l] lock, [r] RCU, [t] proc_tree.lock */
struct pid_ns {
	struct refcount refs;		/* [a] */
	unsigned level;			/* [I] 0: the first */
	struct pid_ns *parent;		/* [I] */
	struct spinlock lock;
	struct xarray pids;		/* [l], read under [r]: number -> struct pid */
	int last;			/* [l] last number given */
	int max;			/* [l] numbers are < max */
	unsigned count;			/* [l] */
	struct task *reaper;		/* [t] the namespace's PID 1 */
	struct waitq drained;		/* dying: numbers are given back */
	bool dying;			/* [l] no new pids: fork gives ENOMEM */
	int reboot;			/* [a] the signal its init seems to have died of; 0: reboot(2) was not called */
	uint32_t inum;			/* [I] */
};

struct pid_number {
	int nr;
	struct pid_ns *ns;
};

/* Field legend: [t] proc_tree.lock */
struct pid {
	struct refcount refs;		/* [a] */
	unsigned level;			/* [I] numbers[0..level] */
	bool unhashed;			/* [t] its numbers are free again */
	struct list_head members[PIDTYPE_MAX];	/* [t], read under [r]: tasks linked by their pid_links */
	struct waitq exit_wait;		/* pidfd pollers */
	struct rcu_head rcu;
	struct pid_number numbers[];	/* [I] by namespace level, outermost first */
};

extern struct pid_ns pid_ns_init;

/*
 * A new pid in ns and all its parents; numbers visible at once. `want` has the numbers to be given in ns and its next
 * nr_want - 1 parents. NULL with *err: -EEXIST (taken), -EINVAL (out of range, more numbers than namespaces),
 * -EAGAIN, -ENOMEM. May sleep.
 */
struct pid *pid_alloc(struct pid_ns *ns, const int *want, unsigned nr_want, int *err);
struct pid *pid_get(struct pid *pid);
void pid_put(struct pid *pid);
/*
 * Something left pid->members: when nothing is named any more, be it as a process group or a session whose leader was
 * reaped long ago, the numbers leave the look-up tables and may be given again. Tree lock held for writing, or
 * the pid was never published.
 */
void pid_drop_unused(struct pid *pid);
/* Under rcu_read_lock: the pid numbered nr in ns, or NULL. */
struct pid *pid_find(struct pid_ns *ns, int nr);
/* Number of pid as seen from ns; 0: not visible there. NULL pid: 0. */
int pid_nr_in(const struct pid *pid, const struct pid_ns *ns);
/* A number of the outermost namespace, kept without a reference, as seen from ns; 0: out of sight there, or gone. */
int pid_nr_seen_from(int nr, const struct pid_ns *ns);
/* First live pid with number >= nr in ns, referenced; NULL: none. For /proc. */
struct pid *pid_next(struct pid_ns *ns, int nr);

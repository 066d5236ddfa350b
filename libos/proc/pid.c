/* SPDX-License-Identifier: MIT */
/*
 * pid: allocation and look-up of numbers.
 *
 * Numbers are given upwards from the last one and wrap to RESERVED_PIDS, as on Linux, so that a number is not used
 * again soon. A pid has one number in its namespace and one in each ancestor.
 */
#include "proc/pid.h"

#include "abi/errno.h"
#include "mm/slab.h"

#define RESERVED_PIDS	300

struct pid_ns pid_ns_init = {
	.refs = REFCOUNT_INIT(1),
	.lock = SPINLOCK_NAMED("pid_ns"),
	.pids = XARRAY_INIT,
	.max = PID_MAX_DEFAULT,
	.inum = 0xeffffffcu,	/* Linux's number of the first PID namespace */
};

/* Number for pid in ns, of this level: `want`, or the next free one. 0 or -errno. Caller holds ns->lock. */
static int number_take(struct pid_ns *ns, unsigned level, int want, struct pid *pid)
{
	int max = READ_ONCE(ns->max), nr, tries;	/* once: kernel.pid_max may change meanwhile */

	if (want > 0) {
		/* The first of a namespace is its init. */
		if (want >= max || (want != 1 && !READ_ONCE(ns->reaper)))
			return -EINVAL;
		if (xa_load(&ns->pids, want))
			return -EEXIST;
		nr = want;
	} else {
		nr = ns->last;
		for (tries = 0; tries < max; tries++) {
			if (++nr >= max)
				nr = max > RESERVED_PIDS * 2 ? RESERVED_PIDS : 1;
			if (!xa_load(&ns->pids, nr))
				break;
		}
		if (tries == max)
			return -EAGAIN;
		ns->last = nr;
	}
	/* First this: who walks the namespace's pids without its lock goes on behind the number of each. */
	pid->numbers[level].nr = nr;
	pid->numbers[level].ns = ns;
	if (xa_store(&ns->pids, nr, pid) < 0)
		return -ENOMEM;
	ns->count++;
	return 0;
}

static int number_take_in(struct pid_ns *ns, unsigned level, int want, struct pid *pid)
{
	unsigned long flags = spin_lock_irqsave(&ns->lock);
	int err = ns->dying ? -ENOMEM : number_take(ns, level, want, pid);

	spin_unlock_irqrestore(&ns->lock, flags);
	return err;
}

static void number_free(struct pid_number *n)
{
	unsigned long flags = spin_lock_irqsave(&n->ns->lock);

	xa_erase(&n->ns->pids, n->nr);
	n->ns->count--;
	if (unlikely(n->ns->dying))
		wake_up_all(&n->ns->drained);
	spin_unlock_irqrestore(&n->ns->lock, flags);
}

struct pid *pid_alloc(struct pid_ns *ns, const int *want, unsigned nr_want, int *err)
{
	struct pid_ns *level_ns = ns;
	struct pid *pid;

	if (nr_want > ns->level + 1) {
		*err = -EINVAL;
		return NULL;
	}
	pid = kzalloc(sizeof(*pid) + (ns->level + 1) * sizeof(pid->numbers[0]), GFP_KERNEL);
	if (!pid) {
		*err = -ENOMEM;
		return NULL;
	}
	refcount_set(&pid->refs, 1);
	pid->level = ns->level;
	waitq_init(&pid->exit_wait, "pid_exit");
	for (int t = 0; t < PIDTYPE_MAX; t++)
		INIT_LIST_HEAD(&pid->members[t]);
	for (int i = (int)ns->level; i >= 0; i--, level_ns = level_ns->parent) {
		unsigned up = ns->level - (unsigned)i;

		*err = number_take_in(level_ns, (unsigned)i, up < nr_want ? want[up] : 0, pid);
		if (*err) {
			for (unsigned j = i + 1; j <= ns->level; j++)
				number_free(&pid->numbers[j]);
			kfree_rcu(pid, rcu);
			return NULL;
		}
	}
	return pid;
}

struct pid *pid_get(struct pid *pid)
{
	if (pid)
		refcount_inc(&pid->refs);
	return pid;
}

void pid_put(struct pid *pid)
{
	if (pid && refcount_dec_and_test(&pid->refs))
		kfree_rcu(pid, rcu);
}

void pid_drop_unused(struct pid *pid)
{
	for (int type = 0; type < PIDTYPE_MAX; type++) {
		if (!list_empty(&pid->members[type]))
			return;
	}
	if (pid->unhashed)
		return;
	pid->unhashed = true;
	for (unsigned i = 0; i <= pid->level; i++)
		number_free(&pid->numbers[i]);
}

struct pid *pid_find(struct pid_ns *ns, int nr)
{
	return nr > 0 ? xa_load(&ns->pids, nr) : NULL;
}

int pid_nr_in(const struct pid *pid, const struct pid_ns *ns)
{
	if (!pid || ns->level > pid->level || pid->numbers[ns->level].ns != ns)
		return 0;
	return pid->numbers[ns->level].nr;
}

int pid_nr_seen_from(int nr, const struct pid_ns *ns)
{
	struct pid *pid;

	if (ns == &pid_ns_init)
		return nr;
	rcu_read_lock();
	pid = pid_find(&pid_ns_init, nr);
	nr = pid ? pid_nr_in(pid, ns) : 0;
	rcu_read_unlock();
	return nr;
}

struct pid *pid_next(struct pid_ns *ns, int nr)
{
	unsigned long index = nr;
	struct pid *pid;

	rcu_read_lock();
	for (;;) {
		pid = xa_find(&ns->pids, &index, ULONG_MAX, XA_PRESENT);
		if (!pid || refcount_inc_not_zero(&pid->refs))
			break;
		index++;
	}
	rcu_read_unlock();
	return pid;
}

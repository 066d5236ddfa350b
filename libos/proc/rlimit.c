/* SPDX-License-Identifier: MIT */
/*
 * rlimit: changing limits. Pairs change under rlim_lock; readers take single words without it. The address space keeps
 * its own copy of what it enforces (mm/mm.h), set here and at exec.
 */
#include "proc/rlimit.h"

#include "abi/errno.h"
#include "mm/mm.h"
#include "proc/itimer.h"
#include "vfs/limits.h"

/* Memory limits take effect in the address space. */
static void publish(struct process *p, unsigned resource, uint64_t value)
{
	struct mm *mm;

	rcu_read_lock();
	mm = p->leader ? thread_mm(&p->leader->thread) : NULL;
	if (mm && !mm_grab(mm))
		mm = NULL;
	rcu_read_unlock();
	if (!mm)
		return;
	switch (resource) {
	case RLIMIT_STACK:
		WRITE_ONCE(mm->limits.stack, value);
		break;
	case RLIMIT_DATA:
		WRITE_ONCE(mm->limits.data, value);
		break;
	case RLIMIT_AS:
		WRITE_ONCE(mm->limits.as, value);
		break;
	case RLIMIT_MEMLOCK:
		WRITE_ONCE(mm->limits.memlock, value);
		break;
	default:
		break;
	}
	mm_put(mm);
}

int process_rlimit(struct process *p, unsigned resource, const struct rlimit64 *want, struct rlimit64 *old)
{
	struct rlimit64 *limit;
	int err = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (want && want->rlim_cur > want->rlim_max)
		return -EINVAL;
	if (want && resource == RLIMIT_NOFILE && want->rlim_max > READ_ONCE(vfs_limits.nr_open))
		return -EPERM;
	limit = &p->rlim[resource];
	spin_lock(&p->rlim_lock);
	if (old)
		*old = *limit;
	if (want && want->rlim_max > limit->rlim_max && !cred_capable(current->cred, CAP_SYS_RESOURCE))
		err = -EPERM;
	if (want && !err) {
		WRITE_ONCE(limit->rlim_cur, want->rlim_cur);
		WRITE_ONCE(limit->rlim_max, want->rlim_max);
	}
	spin_unlock(&p->rlim_lock);
	if (want && !err && (resource == RLIMIT_CPU || resource == RLIMIT_RTTIME) && want->rlim_cur != RLIM64_INFINITY)
		itimer_watch(p);
	else if (want && !err)
		publish(p, resource, want->rlim_cur);
	return err;
}

int rlimit_may_access(struct task *t)
{
	const struct cred *c = current->cred, *other;
	bool same;

	if (t->process == current->process || cred_capable(c, CAP_SYS_RESOURCE))
		return 0;
	rcu_read_lock();
	other = rcu_dereference(t->real_cred);
	same = c->uid == other->uid && c->uid == other->euid && c->uid == other->suid && c->gid == other->gid &&
	       c->gid == other->egid && c->gid == other->sgid;
	rcu_read_unlock();
	return same ? 0 : -EPERM;
}

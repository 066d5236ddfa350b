/* SPDX-License-Identifier: MIT */
/* Resource limits: getrlimit(2), setrlimit(2), prlimit(2). */
#include "abi/errno.h"
#include "abi/resource.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/syscall.h"

#define NOFILE_MAX	(1U << 18)

static int may_change(const struct rlimit64 *old, const struct rlimit64 *new, unsigned resource)
{
	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new->rlim_max > old->rlim_max && !cred_capable(current->cred, CAP_SYS_RESOURCE))
		return -EPERM;
	if (resource == RLIMIT_NOFILE && new->rlim_max > NOFILE_MAX)
		return -EPERM;
	return 0;
}

/* Limits that other parts keep a copy of. */
static void publish(struct task *t, unsigned resource, uint64_t value)
{
	struct mm *mm = t->mm;

	if (resource == RLIMIT_CPU && value != RLIM64_INFINITY)
		WRITE_ONCE(t->thread.tick_limit_ns, 1);
	if (!mm)
		return;
	if (resource == RLIMIT_STACK)
		WRITE_ONCE(mm->limits.stack, value);
	else if (resource == RLIMIT_DATA)
		WRITE_ONCE(mm->limits.data, value);
	else if (resource == RLIMIT_AS)
		WRITE_ONCE(mm->limits.as, value);
}

static int change_limit(struct task *t, unsigned resource, const struct rlimit64 *new, struct rlimit64 *old)
{
	struct process *p = t->process;
	int err = 0;

	spin_lock(&p->rlim_lock);
	*old = p->rlim[resource];
	if (new) {
		err = may_change(old, new, resource);
		if (!err)
			p->rlim[resource] = *new;
	}
	spin_unlock(&p->rlim_lock);
	if (!err && new)
		publish(t, resource, new->rlim_cur);
	return err;
}

static int may_limit(struct task *t)
{
	const struct cred *a = current->cred, *b;
	int err = 0;

	if (t == current)
		return 0;
	rcu_read_lock();
	b = rcu_dereference(t->real_cred);
	if ((a->uid != b->euid || a->uid != b->suid || a->uid != b->uid || a->gid != b->egid || a->gid != b->sgid ||
	     a->gid != b->gid) && !cred_capable(a, CAP_SYS_RESOURCE))
		err = -EPERM;
	rcu_read_unlock();
	return err;
}

long sys_prlimit64(int pid, unsigned int resource, struct rlimit64 __user *unew, struct rlimit64 __user *uold)
{
	struct rlimit64 new, old;
	struct task *t;
	int err;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	t = pid ? task_find(current->pid_ns, pid) : task_get(current);
	if (!t)
		return -ESRCH;
	err = may_limit(t);
	if (!err)
		err = change_limit(t, resource, unew ? &new : NULL, &old);
	task_put(t);
	if (!err && uold && copy_to_user(uold, &old, sizeof(old)))
		err = -EFAULT;
	return err;
}

long sys_getrlimit(unsigned int resource, struct rlimit __user *ulim)
{
	return sys_prlimit64(0, resource, NULL, (struct rlimit64 __user *)ulim);
}

long sys_setrlimit(unsigned int resource, struct rlimit __user *ulim)
{
	return ulim ? sys_prlimit64(0, resource, (struct rlimit64 __user *)ulim, NULL) : -EFAULT;
}

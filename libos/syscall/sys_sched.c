/* SPDX-License-Identifier: MIT */
/*
 * Scheduling: sched(7), sched_setaffinity(2), sched_setattr(2), getcpu(2). Nice values: sys_priority.c.
 */
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/futex.h"
#include "proc/task.h"
#include "sched/sched.h"
#include "syscall/syscall.h"
#include "time/clock.h"

#define SCHED_ATTR_SIZE_VER0	48

/* 0 is the caller. The task is referenced; NULL: -EINVAL (negative) or -ESRCH through *err. */
static struct task *target_get(int pid, int *err)
{
	struct task *t;

	*err = pid < 0 ? -EINVAL : -ESRCH;
	if (pid < 0)
		return NULL;
	t = pid ? task_find(current->pid_ns, pid) : task_get(current);
	if (t)
		*err = 0;
	return t;
}

/* The caller's effective user owns the task, or the caller may do anything. */
static bool owns(const struct task *t)
{
	const struct cred *me = current->cred, *c;
	bool same;

	rcu_read_lock();
	c = rcu_dereference(t->real_cred);
	same = me->euid == c->euid || me->euid == c->uid;
	rcu_read_unlock();
	return same || cred_capable(me, CAP_SYS_NICE);
}

long sys_sched_yield(void)
{
	sched_yield_cpu();
	return 0;
}

/* -- Policies -------------------------------------------------------------------------------------------------- */

static bool is_rt(enum sched_policy policy)
{
	return policy == POLICY_FIFO || policy == POLICY_RR;
}

static bool policy_known(int policy)
{
	return policy == POLICY_NORMAL || policy == POLICY_FIFO || policy == POLICY_RR || policy == POLICY_BATCH ||
	       policy == POLICY_IDLE;
}

/* What an unprivileged caller may change: sched(7), "Privileges and resource limits". */
static int may_set(struct task *t, const struct sched_attrs *want)
{
	uint64_t rtprio = rlimit_cur(t->process, RLIMIT_RTPRIO);
	int least_nice = 20 - (int)min_t(uint64_t, rlimit_cur(t->process, RLIMIT_NICE), 40);
	struct sched_attrs old;

	if (cred_capable(current->cred, CAP_SYS_NICE))
		return 0;
	if (!owns(t))
		return -EPERM;
	sched_get_attrs(&t->thread, &old);
	if (is_rt(want->policy)) {
		if (want->policy != old.policy && !rtprio)
			return -EPERM;
		if (want->rt_prio > old.rt_prio && (uint64_t)want->rt_prio > rtprio)
			return -EPERM;
	} else if (want->nice < old.nice && want->nice < least_nice) {
		return -EPERM;
	}
	if (old.policy == POLICY_IDLE && want->policy != POLICY_IDLE && old.nice < least_nice)
		return -EPERM;
	return old.reset_on_fork && !want->reset_on_fork ? -EPERM : 0;
}

static long set_attrs(struct task *t, const struct sched_attrs *want)
{
	int err;

	if (!policy_known((int)want->policy) ||
	    (is_rt(want->policy) ? want->rt_prio < 1 || want->rt_prio > RT_PRIO_MAX : want->rt_prio != 0))
		return -EINVAL;
	err = may_set(t, want);
	if (!err)
		err = sched_set_attrs(&t->thread, want);
	if (!err)
		futex_pi_priority_changed(t);
	return err;
}

long sys_sched_setscheduler(int pid, int policy, struct sched_param __user *param)
{
	struct sched_attrs attrs;
	struct sched_param p;
	struct task *t;
	int err;

	if (policy < 0 || pid < 0)
		return -EINVAL;
	if (!param || copy_from_user(&p, param, sizeof(p)))
		return param ? -EFAULT : -EINVAL;
	t = target_get(pid, &err);
	if (!t)
		return err;
	sched_get_attrs(&t->thread, &attrs);
	attrs.policy = (enum sched_policy)(policy & ~SCHED_RESET_ON_FORK);
	attrs.reset_on_fork = policy & SCHED_RESET_ON_FORK;
	attrs.rt_prio = p.sched_priority;
	err = (int)set_attrs(t, &attrs);
	task_put(t);
	return err;
}

long sys_sched_setparam(int pid, struct sched_param __user *param)
{
	struct sched_attrs attrs;
	struct sched_param p;
	struct task *t;
	int err;

	if (!param || pid < 0)
		return -EINVAL;
	if (copy_from_user(&p, param, sizeof(p)))
		return -EFAULT;
	t = target_get(pid, &err);
	if (!t)
		return err;
	sched_get_attrs(&t->thread, &attrs);
	attrs.rt_prio = p.sched_priority;
	err = (int)set_attrs(t, &attrs);
	task_put(t);
	return err;
}

long sys_sched_getscheduler(int pid)
{
	struct sched_attrs attrs;
	struct task *t;
	int err;

	t = target_get(pid, &err);
	if (!t)
		return err;
	sched_get_attrs(&t->thread, &attrs);
	task_put(t);
	return (long)attrs.policy | (attrs.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

long sys_sched_getparam(int pid, struct sched_param __user *param)
{
	struct sched_param p;
	struct task *t;
	int err;

	if (!param)
		return -EINVAL;
	t = target_get(pid, &err);
	if (!t)
		return err;
	p.sched_priority = t->thread.se.own_prio;
	task_put(t);
	return copy_to_user(param, &p, sizeof(p)) ? -EFAULT : 0;
}

long sys_sched_get_priority_max(int policy)
{
	if (!policy_known(policy) && policy != SCHED_DEADLINE)
		return -EINVAL;
	return policy == POLICY_FIFO || policy == POLICY_RR ? RT_PRIO_MAX : 0;
}

long sys_sched_get_priority_min(int policy)
{
	if (!policy_known(policy) && policy != SCHED_DEADLINE)
		return -EINVAL;
	return policy == POLICY_FIFO || policy == POLICY_RR ? 1 : 0;
}

long sys_sched_rr_get_interval(int pid, struct __kernel_timespec __user *interval)
{
	struct __kernel_timespec ts = { 0 };
	struct task *t;
	int err;

	t = target_get(pid, &err);
	if (!t)
		return err;
	ts.tv_nsec = (long long)sched_slice_ns(&t->thread);
	task_put(t);
	return copy_to_user(interval, &ts, sizeof(ts)) ? -EFAULT : 0;
}

/*
 * The structure may be longer than we know (a newer program): its tail must be 0, else -E2BIG with our size.
 * Shorter than the first version: -EINVAL... as E2BIG too.
 */
static int attr_copy(struct sched_attr *a, struct sched_attr __user *u)
{
	uint32_t size;
	uint8_t tail;

	if (get_user(size, &u->size))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE) {
		ignore_result(put_user((uint32_t)sizeof(*a), &u->size));	/* a hint; E2BIG says it */
		return -E2BIG;
	}
	for (uint32_t i = sizeof(*a); i < size; i++) {
		if (copy_from_user(&tail, (char __user *)u + i, 1))
			return -EFAULT;
		if (tail) {
			ignore_result(put_user((uint32_t)sizeof(*a), &u->size));
			return -E2BIG;
		}
	}
	memset(a, 0, sizeof(*a));
	return copy_from_user(a, u, min_t(uint32_t, size, sizeof(*a))) ? -EFAULT : 0;
}

long sys_sched_setattr(int pid, struct sched_attr __user *attr, unsigned int flags)
{
	struct sched_attrs attrs;
	struct sched_attr a;
	struct task *t;
	int err;

	if (!attr || pid < 0 || flags)
		return -EINVAL;
	err = attr_copy(&a, attr);
	if (err)
		return err;
	if ((a.sched_flags & ~(uint64_t)(SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_ALL)) || a.sched_policy > INT_MAX)
		return -EINVAL;
	t = target_get(pid, &err);
	if (!t)
		return err;
	sched_get_attrs(&t->thread, &attrs);
	if (!(a.sched_flags & SCHED_FLAG_KEEP_POLICY))
		attrs.policy = (enum sched_policy)a.sched_policy;
	if (!(a.sched_flags & SCHED_FLAG_KEEP_PARAMS)) {
		attrs.rt_prio = (int)a.sched_priority;
		if (!is_rt(attrs.policy))
			attrs.nice = a.sched_nice < NICE_MIN ? NICE_MIN : a.sched_nice > NICE_MAX ? NICE_MAX :
				     a.sched_nice;
	}
	attrs.reset_on_fork = a.sched_flags & SCHED_FLAG_RESET_ON_FORK;
	err = (int)set_attrs(t, &attrs);
	task_put(t);
	return err;
}

long sys_sched_getattr(int pid, struct sched_attr __user *attr, unsigned int size, unsigned int flags)
{
	struct sched_attr a = { .size = size < sizeof(a) ? size : (unsigned int)sizeof(a) };
	struct sched_attrs attrs;
	struct task *t;
	int err;

	if (!attr || pid < 0 || flags || size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return -EINVAL;
	t = target_get(pid, &err);
	if (!t)
		return err;
	sched_get_attrs(&t->thread, &attrs);
	task_put(t);
	a.sched_policy = attrs.policy;
	a.sched_flags = attrs.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	a.sched_priority = (uint32_t)attrs.rt_prio;
	a.sched_nice = is_rt(attrs.policy) ? 0 : attrs.nice;
	return copy_to_user(attr, &a, a.size) ? -EFAULT : 0;
}

/* -- CPUs ------------------------------------------------------------------------------------------------------ */

long sys_sched_setaffinity(int pid, unsigned int len, unsigned long __user *umask)
{
	cpumask_t mask = 0;
	struct task *t;
	int err;

	if (copy_from_user(&mask, umask, min_t(unsigned int, len, sizeof(mask))))
		return -EFAULT;
	t = target_get(pid, &err);
	if (!t)
		return pid < 0 ? -ESRCH : err;
	err = owns(t) ? sched_set_affinity(&t->thread, mask) : -EPERM;
	task_put(t);
	return err;
}

long sys_sched_getaffinity(int pid, unsigned int len, unsigned long __user *umask)
{
	cpumask_t mask;
	struct task *t;
	int err;

	if (len < sizeof(mask) || len % sizeof(unsigned long))
		return -EINVAL;
	t = target_get(pid, &err);
	if (!t)
		return pid < 0 ? -ESRCH : err;
	mask = READ_ONCE(t->thread.allowed) & cpus_online();
	task_put(t);
	return copy_to_user(umask, &mask, sizeof(mask)) ? -EFAULT : (long)sizeof(mask);
}

long sys_getcpu(uint32_t __user *cpu, uint32_t __user *node, void __user *cache)
{
	uint32_t here = arch_cpu_id();

	(void)cache;	/* unused since Linux 2.6.24 */
	if (cpu && put_user(here, cpu))
		return -EFAULT;
	return node && put_user((uint32_t)0, node) ? -EFAULT : 0;
}

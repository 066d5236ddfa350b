/* SPDX-License-Identifier: MIT */
/* System calls of limits and accounting. Source: getrlimit(2), prlimit(2), getrusage(2). */
#include "abi/errno.h"
#include "abi/resource.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/rlimit.h"
#include "syscall/syscall.h"
#include "time/clock.h"

/* struct rlimit and struct rlimit64 are the same on 64-bit machines. */
_Static_assert(sizeof(struct rlimit) == sizeof(struct rlimit64), "rlimit");

long sys_getrlimit(unsigned int resource, struct rlimit __user *rlim)
{
	struct rlimit64 old;
	int err = process_rlimit(current->process, resource, NULL, &old);

	if (err)
		return err;
	return copy_to_user(rlim, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_setrlimit(unsigned int resource, struct rlimit __user *rlim)
{
	struct rlimit64 new;

	if (copy_from_user(&new, rlim, sizeof(new)))
		return -EFAULT;
	return process_rlimit(current->process, resource, &new, NULL);
}

long sys_prlimit64(int pid, unsigned int resource, struct rlimit64 __user *new_limit, struct rlimit64 __user *old_limit)
{
	struct rlimit64 new, old;
	struct task *task;
	int err;

	if (new_limit && copy_from_user(&new, new_limit, sizeof(new)))
		return -EFAULT;
	task = pid ? task_find(current->pid_ns, pid) : task_get(current);
	if (!task)
		return -ESRCH;
	err = rlimit_may_access(task);
	if (!err)
		err = process_rlimit(task->process, resource, new_limit ? &new : NULL, &old);
	task_put(task);
	if (!err && old_limit && copy_to_user(old_limit, &old, sizeof(old)))
		return -EFAULT;
	return err;
}

static struct __kernel_old_timeval timeval_of(uint64_t ns)
{
	return (struct __kernel_old_timeval){ (__kernel_long_t)(ns / NSEC_PER_SEC),
					      (__kernel_long_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
}

long sys_getrusage(int who, struct rusage __user *usage)
{
	struct process *p = current->process;
	struct proc_usage use = { 0 };
	struct rusage out;
	unsigned long flags;
	struct thread_times times;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	flags = read_lock_irqsave(&proc_tree.lock);
	if (who == RUSAGE_CHILDREN)
		use = p->child_usage;
	else if (who == RUSAGE_SELF)
		process_usage(p, &use);
	read_unlock_irqrestore(&proc_tree.lock, flags);
	if (who == RUSAGE_THREAD) {
		use = current->usage;
		thread_times(&current->thread, &times);
		use.utime_ns = times.user_ns;
		use.stime_ns = times.system_ns;
		use.nvcsw = current->thread.nvcsw;
		use.nivcsw = current->thread.nivcsw;
	}
	if (who != RUSAGE_CHILDREN && thread_mm(&current->thread))
		use.maxrss_pages = mm_max_rss(thread_mm(&current->thread));
	memset(&out, 0, sizeof(out));
	out.ru_utime = timeval_of(use.utime_ns);
	out.ru_stime = timeval_of(use.stime_ns);
	out.ru_maxrss = (__kernel_long_t)(use.maxrss_pages << (PAGE_SHIFT - 10));
	out.ru_minflt = (__kernel_long_t)use.minflt;
	out.ru_majflt = (__kernel_long_t)use.majflt;
	out.ru_inblock = (__kernel_long_t)use.inblock;
	out.ru_oublock = (__kernel_long_t)use.oublock;
	out.ru_nvcsw = (__kernel_long_t)use.nvcsw;
	out.ru_nivcsw = (__kernel_long_t)use.nivcsw;
	return copy_to_user(usage, &out, sizeof(out)) ? -EFAULT : 0;
}

/* SPDX-License-Identifier: MIT */
/* Resource limits: getrlimit(2), setrlimit(2), prlimit(2). */
#include "abi/errno.h"
#include "abi/resource.h"
#include "mm/uaccess.h"
#include "proc/rlimit.h"
#include "proc/task.h"
#include "syscall/syscall.h"

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
	err = rlimit_may_access(t);
	if (!err)
		err = process_rlimit(t->process, resource, unew ? &new : NULL, &old);
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

/* SPDX-License-Identifier: MIT */
/* seccomp(2), and prctl(2)'s older way to it: proc/seccomp.c does the work. */
#include "syscall/sys_seccomp.h"

#include "abi/errno.h"
#include "abi/prctl.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/seccomp.h"
#include "proc/task.h"
#include "syscall/syscall.h"

#define FLAGS_KNOWN	(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | \
			 SECCOMP_FILTER_FLAG_TSYNC_ESRCH)

static long set_filter(unsigned flags, const void __user *uprog)
{
	struct sock_filter *insns;
	struct sock_fprog prog;
	int err;

	if (flags & ~(unsigned)FLAGS_KNOWN)
		return -EINVAL;
	if (copy_from_user(&prog, uprog, sizeof(prog)))
		return -EFAULT;
	if (!prog.len || prog.len > BPF_MAXINSNS)
		return -EINVAL;
	err = seccomp_may_filter();
	if (err)
		return err;
	insns = kmalloc(prog.len * sizeof(*insns), GFP_KERNEL);
	if (!insns)
		return -ENOMEM;
	if (copy_from_user(insns, (const void __user *)prog.filter, prog.len * sizeof(*insns))) {
		kfree(insns);
		return -EFAULT;
	}
	return seccomp_add_filter(insns, prog.len, flags);
}

long prctl_set_seccomp(unsigned long mode, unsigned long prog)
{
	switch (mode) {
	case SECCOMP_MODE_STRICT:
		return seccomp_set_strict();
	case SECCOMP_MODE_FILTER:
		return set_filter(0, (const void __user *)prog);
	default:
		return -EINVAL;
	}
}

long sys_seccomp(unsigned int op, unsigned int flags, void __user *args)
{
	uint32_t action;

	switch (op) {
	case SECCOMP_SET_MODE_STRICT:
		return flags || args ? -EINVAL : seccomp_set_strict();
	case SECCOMP_SET_MODE_FILTER:
		return set_filter(flags, args);
	case SECCOMP_GET_ACTION_AVAIL:
		if (flags)
			return -EINVAL;
		if (get_user(action, (const uint32_t __user *)args))
			return -EFAULT;
		return seccomp_action_known(action) ? 0 : -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

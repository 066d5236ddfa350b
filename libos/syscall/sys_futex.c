/* SPDX-License-Identifier: MIT */
/* futex(2), set_robust_list(2), get_robust_list(2). */
#include "abi/errno.h"
#include "abi/futex.h"
#include "lib/restart.h"
#include "mm/uaccess.h"
#include "proc/futex.h"
#include "syscall/syscall.h"
#include "time/clock.h"

/* Timeout argument to a deadline: relative for WAIT, absolute for WAIT_BITSET. */
static int take_timeout(void __user *utime, int cmd, bool realtime, uint64_t *deadline)
{
	struct __kernel_timespec ts;
	uint64_t ns;

	*deadline = WAIT_FOREVER;
	if (!utime)
		return 0;
	if (copy_from_user(&ts, utime, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= (long)NSEC_PER_SEC)
		return -EINVAL;
	ns = ts.tv_sec >= INT64_MAX / (int64_t)NSEC_PER_SEC ? INT64_MAX :
		(uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	if (cmd == FUTEX_WAIT)
		ns = clock_deadline(realtime ? clock_realtime_ns() : clock_ns(), ns);
	*deadline = ns;
	return 0;
}

static long wait_restart(struct restart_block *rb)
{
	struct futex_wait_args a = { .uaddr = (uint32_t __user *)rb->arg[0], .val = (uint32_t)rb->arg[1],
				     .bitset = (uint32_t)rb->arg[2], .private = rb->arg[3] & 1,
				     .realtime = rb->arg[3] & 2, .deadline_ns = rb->deadline_ns };
	long ret = futex_wait(&a);

	return ret == -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : ret;
}

static long do_wait(uint32_t __user *uaddr, int op, uint32_t val, void __user *utime, uint32_t bitset)
{
	int cmd = op & FUTEX_CMD_MASK;
	struct futex_wait_args a = { .uaddr = uaddr, .val = val, .bitset = bitset, .private = op & FUTEX_PRIVATE_FLAG,
				     .realtime = op & FUTEX_CLOCK_REALTIME };
	long ret = take_timeout(utime, cmd, a.realtime, &a.deadline_ns);

	if (ret)
		return ret;
	ret = futex_wait(&a);
	if (ret != -ERESTARTSYS || a.deadline_ns == WAIT_FOREVER)
		return ret;
	current->restart = (struct restart_block){
		.fn = wait_restart, .deadline_ns = a.deadline_ns,
		.arg = { (unsigned long)uaddr, val, bitset, (a.private ? 1 : 0) | (a.realtime ? 2 : 0) },
	};
	return -ERESTART_RESTARTBLOCK;
}

long sys_futex(uint32_t __user *uaddr, int op, uint32_t val, void __user *utime, uint32_t __user *uaddr2,
	       uint32_t val3)
{
	struct futex_requeue_args r = { .uaddr1 = uaddr, .uaddr2 = uaddr2, .private = op & FUTEX_PRIVATE_FLAG,
					.nr_wake = (int)val, .nr_requeue = (int)(unsigned long)utime, .cmpval = val3 };
	int cmd = op & FUTEX_CMD_MASK;

	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT:
		return do_wait(uaddr, op, val, utime, FUTEX_ANY);
	case FUTEX_WAIT_BITSET:
		return do_wait(uaddr, op, val, utime, val3);
	case FUTEX_WAKE:
		return futex_wake(uaddr, r.private, (int)val, FUTEX_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(uaddr, r.private, (int)val, val3);
	case FUTEX_CMP_REQUEUE:
		r.compare = true;
		return futex_requeue(&r);
	case FUTEX_REQUEUE:
		return futex_requeue(&r);
	case FUTEX_WAKE_OP:
		return futex_wake_op(&r, val3);
	default:
		return -ENOSYS;
	}
}

long sys_set_robust_list(struct robust_list_head __user *head, size_t len)
{
	if (len != sizeof(*head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

long sys_get_robust_list(int pid, void __user *uhead, void __user *ulen)
{
	struct task *t = pid ? task_find(current->pid_ns, pid) : task_get(current);
	void __user *head;
	int err;

	if (!t)
		return -ESRCH;
	err = task_may_access(current, t);
	head = t->robust_list;
	task_put(t);
	if (err)
		return err;
	if (put_user(sizeof(struct robust_list_head), (size_t __user *)ulen) ||
	    put_user((unsigned long)head, (unsigned long __user *)uhead))
		return -EFAULT;
	return 0;
}

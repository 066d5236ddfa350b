/* SPDX-License-Identifier: MIT */
/* futex(2), futex_waitv(2) and the calls of its kind, set_robust_list(2), get_robust_list(2). */
#include "abi/errno.h"
#include "abi/futex.h"
#include "lib/restart.h"
#include "mm/slab.h"
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

/* The timeout is absolute; LOCK_PI's is on CLOCK_REALTIME whatever the flags say. */
static long do_lock_pi(uint32_t __user *uaddr, int op, void __user *utime)
{
	struct futex_pi_args a = { .uaddr = uaddr, .private = op & FUTEX_PRIVATE_FLAG,
				   .realtime = (op & FUTEX_CMD_MASK) == FUTEX_LOCK_PI || (op & FUTEX_CLOCK_REALTIME) };
	long ret = take_timeout(utime, FUTEX_LOCK_PI, a.realtime, &a.deadline_ns);

	return ret ? ret : futex_lock_pi(&a);
}

static long do_wait_requeue_pi(uint32_t __user *uaddr, int op, uint32_t val, void __user *utime,
			       uint32_t __user *uaddr2)
{
	struct futex_wait_args a = { .uaddr = uaddr, .val = val, .bitset = FUTEX_ANY,
				     .private = op & FUTEX_PRIVATE_FLAG, .realtime = op & FUTEX_CLOCK_REALTIME };
	long ret = take_timeout(utime, FUTEX_WAIT_REQUEUE_PI, a.realtime, &a.deadline_ns);

	return ret ? ret : futex_wait_requeue_pi(&a, uaddr2);
}

long sys_futex(uint32_t __user *uaddr, int op, uint32_t val, void __user *utime, uint32_t __user *uaddr2,
	       uint32_t val3)
{
	struct futex_requeue_args r = { .uaddr1 = uaddr, .uaddr2 = uaddr2, .private = op & FUTEX_PRIVATE_FLAG,
					.private2 = op & FUTEX_PRIVATE_FLAG, .nr_wake = (int)val,
					.nr_requeue = (int)(unsigned long)utime, .cmpval = val3 };
	int cmd = op & FUTEX_CMD_MASK;

	/* Not FUTEX_WAIT, whose time is relative: Linux took it there from 4.5 to 5.12 only. */
	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT_BITSET && cmd != FUTEX_WAIT_REQUEUE_PI &&
	    cmd != FUTEX_LOCK_PI2)
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
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return do_lock_pi(uaddr, op, utime);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(&(struct futex_pi_args){ .uaddr = uaddr, .private = r.private,
							      .try_only = true });
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(uaddr, r.private);
	case FUTEX_WAIT_REQUEUE_PI:
		return do_wait_requeue_pi(uaddr, op, val, utime, uaddr2);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_cmp_requeue_pi(&r);
	default:
		return -ENOSYS;
	}
}

/* The flags of one word in futex_waitv(2), futex_wake(2) ...: 32 bits wide, shared or private. */
static bool futex2_flags_ok(unsigned int flags)
{
	return (flags & ~(unsigned)FUTEX_PRIVATE_FLAG) == FUTEX_32;
}

/* An absolute timeout on one of two clocks. */
static int futex2_timeout(struct __kernel_timespec __user *utime, int clock, bool *realtime, uint64_t *deadline)
{
	if (utime && clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	*realtime = clock == CLOCK_REALTIME;
	return take_timeout(utime, FUTEX_WAIT_BITSET, *realtime, deadline);
}

static int take_item(const struct futex_waitv *v, struct futex_multi_item *item)
{
	if (!futex2_flags_ok(v->flags) || v->__reserved || v->val > UINT32_MAX)
		return -EINVAL;
	*item = (struct futex_multi_item){
		.uaddr = (uint32_t __user *)(unsigned long)v->uaddr, .val = (uint32_t)v->val,
		.private = v->flags & FUTEX_PRIVATE_FLAG,
	};
	return 0;
}

static int take_items(struct futex_multi_args *a, const struct futex_waitv __user *uwaiters)
{
	struct futex_waitv v;
	int err = 0;

	for (unsigned i = 0; i < a->count && !err; i++)
		err = copy_from_user(&v, &uwaiters[i], sizeof(v)) ? -EFAULT : take_item(&v, &a->item[i]);
	return err;
}

long sys_futex_waitv(struct futex_waitv __user *uwaiters, unsigned int count, unsigned int flags,
		     struct __kernel_timespec __user *utime, int clock)
{
	struct futex_multi_args a = { .count = count };
	long ret;

	if (flags || !count || count > FUTEX_WAITV_MAX || !uwaiters)
		return -EINVAL;
	ret = futex2_timeout(utime, clock, &a.realtime, &a.deadline_ns);
	if (ret)
		return ret;
	a.item = kmalloc(count * sizeof(*a.item), GFP_KERNEL);
	if (!a.item)
		return -ENOMEM;
	ret = take_items(&a, uwaiters);
	if (!ret)
		ret = futex_wait_multi(&a);
	kfree(a.item);
	return ret;
}

long sys_futex_wake(uint32_t __user *uaddr, unsigned long mask, int count, unsigned int flags)
{
	if (!futex2_flags_ok(flags) || mask > UINT32_MAX || !mask)
		return -EINVAL;
	if (count <= 0)
		return (uintptr_t)uaddr % sizeof(*uaddr) ? -EINVAL : 0;
	return futex_wake(uaddr, flags & FUTEX_PRIVATE_FLAG, count, (uint32_t)mask);
}

long sys_futex_wait(uint32_t __user *uaddr, unsigned long val, unsigned long mask, unsigned int flags,
		    struct __kernel_timespec __user *utime, int clock)
{
	struct futex_wait_args a = { .uaddr = uaddr, .val = (uint32_t)val, .bitset = (uint32_t)mask,
				     .private = flags & FUTEX_PRIVATE_FLAG };
	int err;

	if (!futex2_flags_ok(flags) || val > UINT32_MAX || mask > UINT32_MAX)
		return -EINVAL;
	err = futex2_timeout(utime, clock, &a.realtime, &a.deadline_ns);
	return err ? err : futex_wait(&a);
}

long sys_futex_requeue(struct futex_waitv __user *uwaiters, unsigned int flags, int wake, int requeue)
{
	struct futex_multi_item item[2];
	struct futex_multi_args m = { .item = item, .count = 2 };
	struct futex_requeue_args r;
	int err;

	if (flags || !uwaiters)
		return -EINVAL;
	err = take_items(&m, uwaiters);
	if (err)
		return err;
	r = (struct futex_requeue_args){
		.uaddr1 = item[0].uaddr, .uaddr2 = item[1].uaddr, .private = item[0].private,
		.private2 = item[1].private, .nr_wake = wake, .nr_requeue = requeue, .compare = true,
		.cmpval = item[0].val,
	};
	return futex_requeue(&r);
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

/* SPDX-License-Identifier: MIT */
/* System V semaphores: semget(2), semop(2), semctl(2). ipc/sem.c and its neighbours do the work. */
#include "abi/errno.h"
#include "ipc/sysv.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "time/clock.h"

#define OPS_ON_STACK	16

long sys_semget(int key, int count, unsigned int flags)
{
	struct ipc_who who = ipc_current();

	return sem_get(&who, key, count, flags);
}

static long operate(int id, const void __user *uops, unsigned count, uint64_t deadline_ns)
{
	struct sem_request rq = { .count = count, .deadline_ns = deadline_ns };
	struct ipc_who who = ipc_current();
	struct sembuf few[OPS_ON_STACK];
	long ret;

	if (count < 1 || id < 0)
		return -EINVAL;
	if (count > READ_ONCE(who.ns->semopm))
		return -E2BIG;
	rq.ops = count > OPS_ON_STACK ? kvmalloc(count * sizeof(few[0]), GFP_KERNEL) : few;
	if (!rq.ops)
		return -ENOMEM;
	ret = copy_from_user(rq.ops, uops, count * sizeof(few[0])) ? -EFAULT :
	      sem_operate(&who, &current->sem_undo, id, &rq);
	if (rq.ops != few)
		kvfree(rq.ops);
	return ret;
}

long sys_semop(int id, void __user *ops, unsigned int count)
{
	return operate(id, ops, count, WAIT_FOREVER);
}

long sys_semtimedop(int id, void __user *ops, unsigned int count, const struct __kernel_timespec __user *timeout)
{
	struct __kernel_timespec uts;
	struct timespec64 ts;

	if (!timeout)
		return operate(id, ops, count, WAIT_FOREVER);
	if (copy_from_user(&uts, timeout, sizeof(uts)))
		return -EFAULT;
	ts = (struct timespec64){ uts.tv_sec, (long)uts.tv_nsec };
	if (!timespec64_valid(&ts))
		return -EINVAL;
	return operate(id, ops, count, clock_deadline(clock_ns(), (uint64_t)timespec64_to_ns(&ts)));
}

static long get_all(const struct ipc_who *who, int id, void __user *buf)
{
	unsigned short *values;
	int count = sem_get_all(who, id, &values);
	long ret;

	if (count < 0)
		return count;
	ret = copy_to_user(buf, values, (size_t)count * sizeof(*values)) ? -EFAULT : 0;
	kvfree(values);
	return ret;
}

static long set_all(const struct ipc_who *who, int id, const void __user *buf)
{
	int count = sem_count(who, id), err;
	unsigned short *values;
	long ret;

	if (count < 0)
		return count;
	values = memdup_user(buf, (size_t)count * sizeof(*values), &err);
	if (!values)
		return err;
	ret = sem_set_all(who, id, values, (unsigned)count);
	kvfree(values);
	return ret;
}

static long semctl_stat(const struct ipc_who *who, int id, int cmd, void __user *buf)
{
	struct semid64_ds ds;
	long ret = ipc_stat(who, IPC_SEM, id, cmd, &ds);

	return ret >= 0 && copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static long semctl_info(const struct ipc_who *who, int cmd, void __user *buf)
{
	struct seminfo info;
	long ret = sem_info(who, cmd, &info);

	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : ret;
}

long sys_semctl(int id, int num, int cmd, unsigned long arg)
{
	struct ipc_who who = ipc_current();
	void __user *buf = (void __user *)arg;
	struct semid64_ds ds;

	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO: case SEM_INFO:
		return semctl_info(&who, cmd, buf);
	case IPC_STAT: case SEM_STAT: case SEM_STAT_ANY:
		return semctl_stat(&who, id, cmd, buf);
	case GETALL:
		return get_all(&who, id, buf);
	case SETALL:
		return set_all(&who, id, buf);
	case GETVAL: case GETPID: case GETNCNT: case GETZCNT:
		return sem_query(&who, id, num, cmd);
	case SETVAL:
		return sem_set_value(&who, id, num, (int)arg);
	case IPC_SET:
		return copy_from_user(&ds, buf, sizeof(ds)) ? -EFAULT : sem_set(&who, id, &ds.sem_perm);
	case IPC_RMID:
		return ipc_remove(&who, IPC_SEM, id);
	default:
		return -EINVAL;
	}
}

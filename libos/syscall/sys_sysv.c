/* SPDX-License-Identifier: MIT */
/*
 * System V IPC: shmget(2), shmat(2), shmctl(2); msgget(2), msgop(2), msgctl(2). Semaphores: sys_sem.c. ipc/ does the
 * work.
 */
#include "abi/errno.h"
#include "ipc/sysv.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/syscall.h"

/* --- Shared memory --- */

long sys_shmget(int key, size_t size, unsigned int flags)
{
	struct ipc_who who = ipc_current();

	return shm_get(&who, key, size, flags);
}

long sys_shmat(int id, unsigned long addr, unsigned int flags)
{
	struct ipc_who who = ipc_current();

	return shm_attach(&who, current->mm, id, addr, flags);
}

long sys_shmdt(unsigned long addr)
{
	return shm_detach(current->mm, addr);
}

static long shmctl_stat(const struct ipc_who *who, int id, int cmd, void __user *buf)
{
	struct shmid64_ds ds;
	long ret = ipc_stat(who, IPC_SHM, id, cmd, &ds);

	return ret >= 0 && copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static long shmctl_info(const struct ipc_who *who, int cmd, void __user *buf)
{
	struct shminfo64 limits;
	struct shm_info usage;
	long ret;

	if (cmd == IPC_INFO) {
		ret = shm_limits(who, &limits);
		return copy_to_user(buf, &limits, sizeof(limits)) ? -EFAULT : ret;
	}
	ret = shm_usage(who, &usage);
	return copy_to_user(buf, &usage, sizeof(usage)) ? -EFAULT : ret;
}

long sys_shmctl(int id, int cmd, void __user *buf)
{
	struct ipc_who who = ipc_current();
	struct shmid64_ds ds;

	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO: case SHM_INFO:
		return shmctl_info(&who, cmd, buf);
	case IPC_STAT: case SHM_STAT: case SHM_STAT_ANY:
		return shmctl_stat(&who, id, cmd, buf);
	case IPC_SET:
		return copy_from_user(&ds, buf, sizeof(ds)) ? -EFAULT : shm_set(&who, id, &ds.shm_perm);
	case IPC_RMID:
		return ipc_remove(&who, IPC_SHM, id);
	case SHM_LOCK: case SHM_UNLOCK:
		return shm_lock(&who, id, cmd == SHM_LOCK, rlimit_cur(current->process, RLIMIT_MEMLOCK));
	default:
		return -EINVAL;
	}
}

/* --- Message queues --- */

long sys_msgget(int key, unsigned int flags)
{
	struct ipc_who who = ipc_current();

	return msg_get(&who, key, flags);
}

long sys_msgsnd(int id, const void __user *umsg, size_t size, unsigned int flags)
{
	const struct msgbuf __user *u = umsg;
	struct ipc_who who = ipc_current();
	struct sysv_msg *msg;
	long type;

	if (get_user(type, &u->mtype))
		return -EFAULT;
	if (size > READ_ONCE(who.ns->msgmax) || (long)size < 0 || id < 0 || type < 1)
		return -EINVAL;
	msg = msg_alloc(size);
	if (!msg)
		return -ENOMEM;
	if (copy_from_user(msg_text(msg), u->mtext, size)) {
		msg_free(msg);
		return -EFAULT;
	}
	return msg_send(&who, id, type, msg, flags);
}

long sys_msgrcv(int id, void __user *umsg, size_t size, long type, unsigned int flags)
{
	struct msg_request rq = { .max = size, .type = type, .flags = flags };
	struct msgbuf __user *u = umsg;
	struct ipc_who who = ipc_current();
	struct sysv_msg *msg;
	long ret;

	if (id < 0 || (long)size < 0)
		return -EINVAL;
	ret = msg_receive(&who, id, &rq, &msg);
	if (ret)
		return ret;
	ret = (long)min(size, msg_size(msg));
	if (put_user(msg_type(msg), &u->mtype) || copy_to_user(u->mtext, msg_text(msg), (size_t)ret))
		ret = -EFAULT;
	msg_free(msg);
	return ret;
}

static long msgctl_stat(const struct ipc_who *who, int id, int cmd, void __user *buf)
{
	struct msqid64_ds ds;
	long ret = ipc_stat(who, IPC_MSG, id, cmd, &ds);

	return ret >= 0 && copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static long msgctl_set(const struct ipc_who *who, int id, const void __user *buf)
{
	struct msqid64_ds ds;

	if (copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	return msg_set(who, id, &ds.msg_perm, ds.msg_qbytes, cred_capable(current->cred, CAP_SYS_RESOURCE));
}

long sys_msgctl(int id, int cmd, void __user *buf)
{
	struct ipc_who who = ipc_current();
	struct msginfo info;
	long ret;

	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO: case MSG_INFO:
		ret = msg_info(&who, cmd, &info);
		return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : ret;
	case IPC_STAT: case MSG_STAT: case MSG_STAT_ANY:
		return msgctl_stat(&who, id, cmd, buf);
	case IPC_SET:
		return msgctl_set(&who, id, buf);
	case IPC_RMID:
		return ipc_remove(&who, IPC_MSG, id);
	default:
		return -EINVAL;
	}
}

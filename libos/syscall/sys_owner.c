/* SPDX-License-Identifier: MIT */
/* Who is signalled about an open file. Sources: fcntl(2) "Managing signals", socket(7). proc/sigio.c does the work. */
#include "syscall/sys_owner.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/socket.h"
#include "mm/uaccess.h"
#include "net/socket.h"
#include "proc/sigio.h"
#include "proc/task.h"

static long set_owner_ex(struct file *file, const struct f_owner_ex __user *uowner)
{
	struct f_owner_ex owner;

	return copy_from_user(&owner, uowner, sizeof(owner)) ? -EFAULT : file_owner_set_ex(file, &owner);
}

static long get_owner_ex(const struct file *file, struct f_owner_ex __user *uowner)
{
	struct f_owner_ex owner;

	file_owner_get_ex(file, &owner);
	return copy_to_user(uowner, &owner, sizeof(owner)) ? -EFAULT : 0;
}

static long get_uids(const struct file *file, uint32_t __user *uuids)
{
	uint32_t uids[2];

	file_owner_uids(file, uids);
	return copy_to_user(uuids, uids, sizeof(uids)) ? -EFAULT : 0;
}

long fcntl_owner(struct file *file, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_SETOWN:
		return file_owner_set(file, (int)arg);
	case F_GETOWN:
		return file_owner_get(file);
	case F_SETOWN_EX:
		return set_owner_ex(file, (const struct f_owner_ex __user *)arg);
	case F_GETOWN_EX:
		return get_owner_ex(file, (struct f_owner_ex __user *)arg);
	case F_GETOWNER_UIDS:
		return get_uids(file, (uint32_t __user *)arg);
	case F_SETSIG:
		return file_owner_set_signal(file, arg);
	case F_GETSIG:
		return file_owner_signal(file);
	default:
		return -ENOIOCTLCMD;
	}
}

long ioctl_owner(struct file *file, unsigned cmd, unsigned long arg)
{
	int who;

	if (!socket_of(file))
		return -ENOIOCTLCMD;
	if (cmd == FIOGETOWN || cmd == SIOCGPGRP)
		return put_user(file_owner_get(file), (int __user *)arg);
	if (cmd != FIOSETOWN && cmd != SIOCSPGRP)
		return -ENOIOCTLCMD;
	return get_user(who, (int __user *)arg) ? -EFAULT : file_owner_set(file, who);
}

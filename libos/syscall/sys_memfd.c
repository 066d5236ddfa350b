/* SPDX-License-Identifier: MIT */
/* memfd_create: fs/tmpfs/memfd.c does the work. Source: memfd_create(2). */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "fs/tmpfs/tmpfs.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

#define MEMFD_NAME_MAX	(NAME_MAX - 6)		/* "memfd:" comes before it */

long sys_memfd_create(const char __user *uname, unsigned int flags)
{
	char name[MEMFD_NAME_MAX + 1];
	struct file *file;
	long len;
	int err;

	if (flags & MFD_HUGETLB)
		return -ENOSYS;
	if ((flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC)) ||
	    (flags & (MFD_NOEXEC_SEAL | MFD_EXEC)) == (MFD_NOEXEC_SEAL | MFD_EXEC))
		return -EINVAL;
	len = strncpy_from_user(name, uname, sizeof(name));
	if (len < 0)
		return len;
	if (len == sizeof(name))
		return -EINVAL;
	err = tmpfs_memfd(name, flags, current->cred, &file);
	if (err)
		return err;
	return fd_install_new(current->vfs.files, file, current_nofile(), flags & MFD_CLOEXEC);
}

/* SPDX-License-Identifier: MIT */
/* System calls of event counters: ipc/eventfd.c does the work. Source: eventfd(2). */
#include "abi/errno.h"
#include "abi/events.h"
#include "ipc/eventfd.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

long sys_eventfd2(unsigned int count, int flags)
{
	struct fdtable *table = current->vfs.files;
	struct file *file;
	int err;

	err = eventfd_create(count, (unsigned)flags, &file);
	if (err)
		return err;
	return fd_install_new(table, file, current_nofile(), flags & EFD_CLOEXEC);
}

long sys_eventfd(unsigned int count)
{
	return sys_eventfd2(count, 0);
}

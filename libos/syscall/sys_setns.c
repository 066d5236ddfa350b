/* SPDX-License-Identifier: MIT */
/* setns(2): by a file of /proc/PID/ns, or by a pidfd. */
#include "abi/errno.h"
#include "proc/nsfs.h"
#include "proc/pidfd.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

long sys_setns(int fd, int nstype)
{
	struct fd f = fd_get(current->vfs.files, fd);
	struct task *t;
	long err = -EBADF;

	if (!f.file)
		return -EBADF;
	if (pidfd_pid(f.file)) {
		t = pidfd_task(f.file);
		err = t ? nsfs_enter_task(t, (unsigned)nstype) : -ESRCH;
		task_put(t);
	} else {
		err = nsfs_enter_file(f.file, (unsigned)nstype);
	}
	fd_put(f);
	return err;
}

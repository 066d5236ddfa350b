/* SPDX-License-Identifier: MIT */
/* timerfd_create(2), timerfd_settime(2), timerfd_gettime(2): ipc/timerfd.c does the work. */
#include "abi/errno.h"
#include "ipc/timerfd.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

long sys_timerfd_create(int clock, int flags)
{
	struct fdtable *table = current->vfs.files;
	struct file *file;
	int err;

	if ((clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) &&
	    !cred_capable(current->cred, CAP_WAKE_ALARM))
		return -EPERM;
	err = timerfd_new(clock, (unsigned)flags, &file);
	if (err)
		return err;
	return fd_install_new(table, file, current_nofile(), flags & TFD_CLOEXEC);
}

static int put_value(struct __kernel_itimerspec __user *u, const struct timerfd_value *v)
{
	struct __kernel_itimerspec it = {
		.it_interval = { (long long)(v->interval_ns / NSEC_PER_SEC),
				 (long long)(v->interval_ns % NSEC_PER_SEC) },
		.it_value = { (long long)(v->value_ns / NSEC_PER_SEC), (long long)(v->value_ns % NSEC_PER_SEC) },
	};

	return copy_to_user(u, &it, sizeof(it)) ? -EFAULT : 0;
}

static int get_value(struct timerfd_value *v, const struct __kernel_itimerspec __user *u)
{
	struct __kernel_itimerspec it;
	struct timespec64 value, interval;

	if (copy_from_user(&it, u, sizeof(it)))
		return -EFAULT;
	value = (struct timespec64){ it.it_value.tv_sec, (long)it.it_value.tv_nsec };
	interval = (struct timespec64){ it.it_interval.tv_sec, (long)it.it_interval.tv_nsec };
	if (!timespec64_valid(&value) || !timespec64_valid(&interval))
		return -EINVAL;
	v->value_ns = (uint64_t)timespec64_to_ns(&value);
	v->interval_ns = (uint64_t)timespec64_to_ns(&interval);
	return 0;
}

long sys_timerfd_settime(int fd, int flags, struct __kernel_itimerspec __user *new,
			 struct __kernel_itimerspec __user *old)
{
	struct timerfd_value value, before;
	struct fd f;
	int err = get_value(&value, new);

	if (err)
		return err;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	err = timerfd_set(f.file, flags, &value, &before);
	fd_put(f);
	if (err)
		return err;
	return old ? put_value(old, &before) : 0;
}

long sys_timerfd_gettime(int fd, struct __kernel_itimerspec __user *value)
{
	struct fd f = fd_get(current->vfs.files, fd);
	struct timerfd_value v;
	int err;

	if (!f.file)
		return -EBADF;
	err = timerfd_get(f.file, &v);
	fd_put(f);
	return err ? err : put_value(value, &v);
}

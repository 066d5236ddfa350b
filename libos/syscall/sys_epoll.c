/* SPDX-License-Identifier: MIT */
/* epoll_create(2), epoll_ctl(2), epoll_wait(2), epoll_pwait(2), epoll_pwait2(2). */
#include "abi/errno.h"
#include "abi/poll.h"
#include "ipc/epoll.h"
#include "lib/restart.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/sigmask.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

#define EVENTS_MAX	(INT32_MAX / (int)sizeof(struct epoll_event))

long sys_epoll_create1(int flags)
{
	struct fdtable *table = current->vfs.files;
	struct file *file;
	int fd, err;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	fd = fd_reserve(table, 0, current_nofile(), flags & EPOLL_CLOEXEC);
	if (fd < 0)
		return fd;
	err = epoll_create_file(&file);
	if (err) {
		fd_unreserve(table, fd);
		return err;
	}
	fd_install(table, fd, file);
	return fd;
}

long sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

long sys_epoll_ctl(int epfd, int op, int fd, struct epoll_event __user *uevent)
{
	struct epoll_event event;
	struct fd ep, target;
	long ret = -EBADF;

	if (op != EPOLL_CTL_DEL && copy_from_user(&event, uevent, sizeof(event)))
		return -EFAULT;
	ep = fd_get(current->vfs.files, epfd);
	target = fd_get(current->vfs.files, fd);
	if (ep.file && target.file)
		ret = epoll_control(ep.file, op, fd, target.file, op == EPOLL_CTL_DEL ? NULL : &event);
	fd_put(target);
	fd_put(ep);
	return ret;
}

struct put_arg {
	struct epoll_event __user *to;
};

static int put_event(void *arg, const struct epoll_event *event)
{
	struct put_arg *p = arg;

	return copy_to_user(p->to++, event, sizeof(*event)) ? -EFAULT : 0;
}

static long do_wait(int epfd, struct epoll_event __user *events, int max, uint64_t deadline)
{
	struct put_arg p = { events };
	struct fd ep;
	long ret;

	if (max <= 0 || max > EVENTS_MAX)
		return -EINVAL;
	if (!user_range_ok(events, (size_t)max * sizeof(*events)))
		return -EFAULT;
	ep = fd_get(current->vfs.files, epfd);
	if (!ep.file)
		return -EBADF;
	ret = file_is_epoll(ep.file) ? epoll_collect(ep.file, max, deadline, put_event, &p) : -EINVAL;
	fd_put(ep);
	return ret;
}

static uint64_t deadline_ms(int timeout_ms)
{
	if (timeout_ms < 0)
		return WAIT_FOREVER;
	return timeout_ms ? clock_deadline(clock_ns(), (uint64_t)timeout_ms * NSEC_PER_MSEC) : 0;
}

long sys_epoll_wait(int epfd, struct epoll_event __user *events, int max, int timeout_ms)
{
	return do_wait(epfd, events, max, deadline_ms(timeout_ms));
}

static long wait_masked(int epfd, struct epoll_event __user *events, int max, uint64_t deadline,
			const sigset_t __user *umask)
{
	bool masked;
	long ret = wait_mask_take(umask, sizeof(sigset_t), &masked);

	if (ret)
		return ret;
	ret = wait_mask_finish(do_wait(epfd, events, max, deadline), masked);
	/* Never restarted: signal(7). The mask still is put back by delivery. */
	return ret == -ERESTARTNOHAND ? -EINTR : ret;
}

long sys_epoll_pwait(int epfd, struct epoll_event __user *events, int max, int timeout_ms, sigset_t __user *umask,
		     size_t size)
{
	if (umask && size != sizeof(sigset_t))
		return -EINVAL;
	return wait_masked(epfd, events, max, deadline_ms(timeout_ms), umask);
}

long sys_epoll_pwait2(int epfd, struct epoll_event __user *events, int max, struct __kernel_timespec __user *uts,
		      sigset_t __user *umask, size_t size)
{
	uint64_t deadline = WAIT_FOREVER;
	struct __kernel_timespec ts;
	int err;

	if (umask && size != sizeof(sigset_t))
		return -EINVAL;
	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		err = wait_deadline(&ts, &deadline);
		if (err)
			return err;
	}
	return wait_masked(epfd, events, max, deadline, umask);
}

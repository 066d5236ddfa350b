/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues: mq_open(3), mq_unlink(3), mq_send(3), mq_receive(3), mq_notify(3), mq_getattr(3) and the system
 * calls behind them. ipc/mqueue.c does the work.
 */
#include "abi/errno.h"
#include "abi/time.h"
#include "ipc/mqueue.h"
#include "mm/uaccess.h"
#include "net/socket.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

long sys_mq_open(const char __user *uname, unsigned int flags, uint32_t mode, void __user *uattr)
{
	struct vfs_ctx *ctx = current_vfs();
	struct user_path p;
	struct mq_attr attr;
	struct file *file;
	long fd;

	if (uattr && copy_from_user(&attr, uattr, sizeof(attr)))
		return -EFAULT;
	fd = user_path_get(&p, uname, false);
	if (fd)
		return fd;
	fd = fd_reserve(ctx->files, 0, ctx->nofile_limit, /*cloexec=*/true);
	if (fd >= 0) {
		int err = mqueue_open(p.name, flags, mode & 07777 & ~ctx->fs->umask, uattr ? &attr : NULL, &file);

		if (err) {
			fd_unreserve(ctx->files, (int)fd);
			fd = err;
		} else {
			fd_install(ctx->files, (int)fd, file);
		}
	}
	user_path_put(&p);
	return fd;
}

long sys_mq_unlink(const char __user *uname)
{
	struct user_path p;
	long ret = user_path_get(&p, uname, false);

	if (ret)
		return ret;
	ret = mqueue_unlink(p.name);
	user_path_put(&p);
	return ret;
}

/* An absolute time on CLOCK_REALTIME; WAIT_FOREVER: none. */
static int take_deadline(const struct __kernel_timespec __user *utime, uint64_t *deadline)
{
	struct __kernel_timespec ts;

	*deadline = WAIT_FOREVER;
	if (!utime)
		return 0;
	if (copy_from_user(&ts, utime, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= (long)NSEC_PER_SEC)
		return -EINVAL;
	*deadline = ts.tv_sec >= INT64_MAX / (int64_t)NSEC_PER_SEC ? INT64_MAX :
		    (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	return 0;
}

static long send_to(struct file *file, const char __user *text, size_t size, unsigned prio, uint64_t deadline)
{
	struct mq_message *msg;
	long ret = mqueue_check_send(file, size);

	if (ret)
		return ret;
	msg = mq_message_alloc(size);
	if (!msg)
		return -ENOMEM;
	if (copy_from_user(mq_message_text(msg), text, size)) {
		mq_message_free(msg);
		return -EFAULT;
	}
	return mqueue_send(file, msg, prio, deadline);
}

long sys_mq_timedsend(int fd, const char __user *text, size_t size, unsigned int prio,
		      struct __kernel_timespec __user *timeout)
{
	uint64_t deadline;
	long ret = take_deadline(timeout, &deadline);
	struct fd f;

	if (ret)
		return ret;
	if (prio >= MQ_PRIO_LIMIT)
		return -EINVAL;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	ret = send_to(f.file, text, size, prio, deadline);
	fd_put(f);
	return ret;
}

long sys_mq_timedreceive(int fd, char __user *text, size_t size, uint32_t __user *prio,
			 struct __kernel_timespec __user *timeout)
{
	struct mq_message *msg;
	uint64_t deadline;
	long ret = take_deadline(timeout, &deadline);
	struct fd f;

	if (ret)
		return ret;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	ret = mqueue_receive(f.file, size, deadline, &msg);
	fd_put(f);
	if (ret)
		return ret;
	ret = (long)mq_message_size(msg);
	if ((prio && put_user(mq_message_priority(msg), prio)) ||
	    copy_to_user(text, mq_message_text(msg), mq_message_size(msg)))
		ret = -EFAULT;
	mq_message_free(msg);
	return ret;
}

/*
 * SIGEV_THREAD sends the cookie that sigev_value points to through the netlink socket sigev_signo. There is no such
 * family: whatever the descriptor is, it is refused as what it is not.
 */
static int check_netlink(const struct sigevent *ev)
{
	char cookie[NOTIFY_COOKIE_LEN];
	struct fd f;
	int err;

	if (copy_from_user(cookie, (const void __user *)(uintptr_t)ev->sigev_value.sival_ptr, sizeof(cookie)))
		return -EFAULT;
	f = fd_get(current->vfs.files, ev->sigev_signo);
	if (!f.file)
		return -EBADF;
	err = socket_of(f.file) ? -EINVAL : -ENOTSOCK;
	fd_put(f);
	return err;
}

static int take_notification(const struct sigevent __user *uevent, struct mq_notification *out)
{
	struct sigevent ev;

	if (copy_from_user(&ev, uevent, sizeof(ev)))
		return -EFAULT;
	*out = (struct mq_notification){ .kind = ev.sigev_notify, .signo = ev.sigev_signo, .value = ev.sigev_value };
	switch (ev.sigev_notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL:
		return ev.sigev_signo < 0 || ev.sigev_signo > NR_SIGNALS ? -EINVAL : 0;
	case SIGEV_THREAD:
		return check_netlink(&ev);
	default:
		return -EINVAL;
	}
}

long sys_mq_notify(int fd, struct sigevent __user *event)
{
	struct mq_notification n;
	struct fd f;
	long ret = event ? take_notification(event, &n) : 0;

	if (ret)
		return ret;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	ret = mqueue_notify(f.file, event ? &n : NULL);
	fd_put(f);
	return ret;
}

long sys_mq_getsetattr(int fd, void __user *unew, void __user *uold)
{
	struct mq_attr set, was;
	struct fd f;
	long ret;

	if (unew && copy_from_user(&set, unew, sizeof(set)))
		return -EFAULT;
	if (unew && (set.mq_flags & ~(long)O_NONBLOCK))
		return -EINVAL;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	ret = mqueue_attributes(f.file, unew ? &set.mq_flags : NULL, &was);
	fd_put(f);
	if (!ret && uold && copy_to_user(uold, &was, sizeof(was)))
		ret = -EFAULT;
	return ret;
}

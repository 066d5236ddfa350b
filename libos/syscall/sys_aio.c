/* SPDX-License-Identifier: MIT */
/*
 * System calls of Linux asynchronous I/O. Sources: io_setup(2), io_destroy(2), io_submit(2), io_getevents(2),
 * io_cancel(2).
 *
 * A request is carried out by io_submit() itself, as Linux does for all but direct I/O and fsync: when the call
 * returns, its completions are in the ring. So there is never a request that io_cancel() could stop.
 */
#include "abi/aio.h"
#include "abi/errno.h"
#include "abi/uio.h"
#include "ipc/aio.h"
#include "ipc/eventfd.h"
#include "lib/restart.h"
#include "mm/iov.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/sigmask.h"
#include "syscall/sys_ioprio.h"
#include "syscall/sys_rw.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

long sys_io_setup(unsigned int nr, unsigned long __user *id)
{
	unsigned long given, own;
	int err;

	if (get_user(given, id))
		return -EFAULT;
	if (given)
		return -EINVAL;
	err = aio_create(current->mm, nr, &own);
	if (err)
		return err;
	if (!put_user(own, id))
		return 0;
	ignore_result(aio_destroy(current->mm, own));	/* made just now */
	return -EFAULT;
}

long sys_io_destroy(unsigned long id)
{
	return aio_destroy(current->mm, id);
}

/* --- Requests ---------------------------------------------------------------------------------- */

/* What the event says: the result, without the codes that mean "call again" to a system call. */
static int64_t result_of(ssize_t n)
{
	switch (n) {
	case -ERESTARTSYS:
	case -ERESTARTNOHAND:
	case -ERESTARTNOINTR:
	case -ERESTART_RESTARTBLOCK:
		return -EINTR;
	default:
		return n;
	}
}

/* 0 and *res, or what is wrong with the request itself. */
static int read_or_write(const struct iocb *cb, struct file *file, bool write, bool vector, int64_t *res)
{
	struct iovec fast[IOV_FAST], *heap = NULL;
	void __user *buf = (void __user *)cb->aio_buf;
	struct iov_iter it;
	unsigned flags;
	ssize_t n;
	int err = rw_flags((unsigned)cb->aio_rw_flags, &flags);

	if (!err && (cb->aio_flags & IOCB_FLAG_IOPRIO))
		err = check_ioprio(cb->aio_reqprio);
	if (err)
		return err;
	if (!(file->mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (write ? !file->ops->write_iter : !file->ops->read_iter)
		return -EINVAL;
	if (!(file->mode & FMODE_STREAM) && cb->aio_offset < 0)
		return -EINVAL;
	if (vector)
		err = iov_import(&it, (const struct iovec __user *)buf, cb->aio_nbytes, fast, &heap);
	else if (!user_range_ok(buf, cb->aio_nbytes))
		err = -EFAULT;
	else
		iov_init_user(&it, &fast[0], buf, cb->aio_nbytes);
	if (!err) {
		n = file->mode & FMODE_STREAM ? rw_here(file, &it, write, flags) :
						rw_at(file, &it, cb->aio_offset, write, flags);
		*res = result_of(n);
	}
	kfree(heap);
	return err;
}

static int sync_file(const struct iocb *cb, struct file *file, bool data, int64_t *res)
{
	if (cb->aio_buf || cb->aio_offset || cb->aio_nbytes || cb->aio_rw_flags || !file->ops->fsync)
		return -EINVAL;
	*res = file->ops->fsync(file, 0, INT64_MAX, data);
	return 0;
}

static int carry_out(const struct iocb *cb, struct file *file, int64_t *res)
{
	switch (cb->aio_lio_opcode) {
	case IOCB_CMD_PREAD:
		return read_or_write(cb, file, /*write=*/false, /*vector=*/false, res);
	case IOCB_CMD_PWRITE:
		return read_or_write(cb, file, /*write=*/true, /*vector=*/false, res);
	case IOCB_CMD_PREADV:
		return read_or_write(cb, file, /*write=*/false, /*vector=*/true, res);
	case IOCB_CMD_PWRITEV:
		return read_or_write(cb, file, /*write=*/true, /*vector=*/true, res);
	case IOCB_CMD_FSYNC:
		return sync_file(cb, file, /*data=*/false, res);
	case IOCB_CMD_FDSYNC:
		return sync_file(cb, file, /*data=*/true, res);
	default:
		return -EINVAL;
	}
}

/* The file that is told of the completion: 0 and *out (.file NULL: none), or -errno. */
static int notified(const struct iocb *cb, struct fd *out)
{
	*out = (struct fd){ .file = NULL };
	if (!(cb->aio_flags & IOCB_FLAG_RESFD))
		return 0;
	*out = fd_get(current->vfs.files, (int)cb->aio_resfd);
	if (!out->file)
		return -EBADF;
	if (file_is_eventfd(out->file))
		return 0;
	fd_put(*out);
	return -EINVAL;
}

static int submit_checked(struct aio_ctx *ctx, const struct iocb *cb, struct iocb __user *ucb, struct file *file)
{
	struct io_event event = { .data = cb->aio_data, .obj = (uintptr_t)ucb };
	struct fd tell;
	int64_t res = 0;
	int err = notified(cb, &tell);

	if (err)
		return err;
	if (put_user((uint32_t)0, &ucb->aio_key))
		err = -EFAULT;
	if (!err)
		err = carry_out(cb, file, &res);
	if (!err) {
		event.res = res;
		aio_complete(ctx, &event);
		if (tell.file)
			eventfd_signal(tell.file, 1);
	}
	if (tell.file)
		fd_put(tell);
	return err;
}

static int submit_one(struct aio_ctx *ctx, struct iocb __user *ucb)
{
	struct iocb cb;
	struct fd f;
	int err;

	if (copy_from_user(&cb, ucb, sizeof(cb)))
		return -EFAULT;
	if (cb.aio_reserved2 || (int64_t)cb.aio_nbytes < 0)
		return -EINVAL;
	if (!aio_reserve(ctx))
		return -EAGAIN;
	f = fd_get(current->vfs.files, (int)cb.aio_fildes);
	err = f.file ? submit_checked(ctx, &cb, ucb, f.file) : -EBADF;
	if (f.file)
		fd_put(f);
	if (err)
		aio_unreserve(ctx);
	return err;
}

long sys_io_submit(unsigned long id, long nr, struct iocb __user *__user *iocbs)
{
	struct aio_ctx *ctx;
	long done = 0;
	int err = 0;

	if (nr < 0)
		return -EINVAL;
	ctx = aio_get(current->mm, id);
	if (!ctx)
		return -EINVAL;
	nr = min_t(long, nr, aio_size(ctx));
	while (done < nr && !err) {
		struct iocb __user *ucb;

		err = get_user(ucb, iocbs + done) ? -EFAULT : submit_one(ctx, ucb);
		if (!err)
			done++;
	}
	aio_put(ctx);
	return done ? done : err;
}

/* --- Events ------------------------------------------------------------------------------------ */

/* As Linux takes it: no value is an error, and what is below 0 is for ever. */
static uint64_t deadline_of(const struct __kernel_timespec *ts)
{
	int64_t sec = ts->tv_sec, nsec = ts->tv_nsec, most = INT64_MAX / (int64_t)NSEC_PER_SEC - 1;

	if (sec < 0 || sec >= most || nsec < -sec * (int64_t)NSEC_PER_SEC || nsec > INT64_MAX / 2)
		return WAIT_FOREVER;
	if (nsec == -sec * (int64_t)NSEC_PER_SEC)
		return 0;
	return clock_deadline(clock_ns(), (uint64_t)sec * NSEC_PER_SEC + (uint64_t)nsec);
}

static long take_events(unsigned long id, long min, long nr, struct io_event __user *events,
			const struct __kernel_timespec __user *timeout)
{
	uint64_t deadline = WAIT_FOREVER;
	struct __kernel_timespec ts;
	struct aio_ctx *ctx;
	long ret;

	if (timeout && copy_from_user(&ts, timeout, sizeof(ts)))
		return -EFAULT;
	if (timeout)
		deadline = deadline_of(&ts);
	ctx = aio_get(current->mm, id);
	if (!ctx)
		return -EINVAL;
	ret = min < 0 || min > nr ? -EINVAL : aio_take(ctx, min, nr, events, deadline);
	aio_put(ctx);
	return ret;
}

long sys_io_getevents(unsigned long id, long min, long nr, struct io_event __user *events,
		      struct __kernel_timespec __user *timeout)
{
	return take_events(id, min, nr, events, timeout);
}

long sys_io_pgetevents(unsigned long id, long min, long nr, struct io_event __user *events,
		       struct __kernel_timespec __user *timeout, const struct __aio_sigset __user *usig)
{
	struct __aio_sigset sig = { NULL, 0 };
	bool masked;
	int err;

	if (usig && copy_from_user(&sig, usig, sizeof(sig)))
		return -EFAULT;
	err = wait_mask_take(sig.sigmask, sig.sigsetsize, &masked);
	if (err)
		return err;
	return wait_mask_finish(take_events(id, min, nr, events, timeout), masked);
}

long sys_io_cancel(unsigned long id, struct iocb __user *ucb, struct io_event __user *result)
{
	struct aio_ctx *ctx;
	uint32_t key;

	(void)result;
	if (get_user(key, &ucb->aio_key))
		return -EFAULT;
	ctx = key ? NULL : aio_get(current->mm, id);
	if (ctx)
		aio_put(ctx);
	return -EINVAL;			/* no request is ever under way */
}

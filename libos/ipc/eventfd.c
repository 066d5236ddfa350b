/* SPDX-License-Identifier: MIT */
/*
 * eventfd: a 64-bit counter that can be waited on. Source: eventfd(2).
 *
 * Model. write() adds, read() takes all, or one in semaphore mode. A reader sleeps while the counter is 0, a writer
 * while the sum would pass COUNT_MAX. Only eventfd_signal() may bring it to UINT64_MAX, which poll shows as an error.
 *
 * Invariant. Whoever moves the counter away from 0 or away from full wakes the queue, under its lock, so a sleeper that
 * checked under the lock cannot miss the change.
 *
 * Locking. The wait queue's own lock, irq-safe, protects the counter; it is a leaf.
 */
#include "ipc/eventfd.h"

#include "abi/errno.h"
#include "abi/events.h"
#include "lib/strbuf.h"
#include "mm/slab.h"
#include "sync/waitq.h"
#include "vfs/file.h"

#define COUNT_MAX	(UINT64_MAX - 1)

/* Field legend: [I] immutable, [l] wq.lock */
struct eventfd {
	struct waitq wq;		/* [I] readers and writers both; its lock */
	uint64_t count;			/* [l] */
	bool semaphore;			/* [I] */
};

/* Take what one read takes; 0: nothing there. */
static uint64_t take_locked(struct eventfd *ev)
{
	uint64_t n = ev->semaphore ? ev->count != 0 : ev->count;

	assert_held(&ev->wq.lock);
	ev->count -= n;
	if (n)
		waitq_wake_locked(&ev->wq, THREAD_NORMAL, 0, EPOLLOUT | EPOLLWRNORM);
	return n;
}

static bool try_take(struct eventfd *ev, uint64_t *n)
{
	unsigned long flags;

	flags = spin_lock_irqsave(&ev->wq.lock);
	*n = take_locked(ev);
	spin_unlock_irqrestore(&ev->wq.lock, flags);
	return *n != 0;
}

static bool try_add(struct eventfd *ev, uint64_t n)
{
	unsigned long flags;
	bool fits;

	flags = spin_lock_irqsave(&ev->wq.lock);
	fits = n <= COUNT_MAX && ev->count <= COUNT_MAX - n;
	if (fits) {
		ev->count += n;
		waitq_wake_locked(&ev->wq, THREAD_NORMAL, 0, EPOLLIN | EPOLLRDNORM);
	}
	spin_unlock_irqrestore(&ev->wq.lock, flags);
	return fits;
}

static bool would_block(const struct kiocb *iocb)
{
	return (iocb->flags & IOCB_NOWAIT) || (READ_ONCE(iocb->file->flags) & O_NONBLOCK);
}

static ssize_t eventfd_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct eventfd *ev = iocb->file->private;
	uint64_t n = 0;
	int err;

	if (iov_count(to) < sizeof(n))
		return -EINVAL;
	if (!try_take(ev, &n)) {
		if (would_block(iocb))
			return -EAGAIN;
		err = wait_event_interruptible(&ev->wq, try_take(ev, &n));
		if (err)
			return err;
	}
	return copy_to_iter(&n, sizeof(n), to) == sizeof(n) ? (ssize_t)sizeof(n) : -EFAULT;
}

static ssize_t eventfd_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct eventfd *ev = iocb->file->private;
	uint64_t n;
	int err;

	if (iov_count(from) < sizeof(n))
		return -EINVAL;
	if (copy_from_iter(&n, sizeof(n), from) != sizeof(n))
		return -EFAULT;
	if (n == UINT64_MAX)
		return -EINVAL;
	if (!try_add(ev, n)) {
		if (would_block(iocb))
			return -EAGAIN;
		err = wait_event_interruptible(&ev->wq, try_add(ev, n));
		if (err)
			return err;
	}
	return sizeof(n);
}

static unsigned eventfd_poll(struct file *file, struct poll_table *pt)
{
	struct eventfd *ev = file->private;
	uint64_t count;

	poll_wait(file, &ev->wq, pt);
	count = READ_ONCE(ev->count);
	return (count > 0 ? EPOLLIN : 0) | (count == UINT64_MAX ? EPOLLERR : 0) | (count < COUNT_MAX ? EPOLLOUT : 0);
}

static void eventfd_release(struct inode *inode, struct file *file)
{
	(void)inode;
	kfree(file->private);
}

static void eventfd_show(struct file *file, struct strbuf *out)
{
	struct eventfd *ev = file->private;

	strbuf_printf(out, "eventfd-count: %16llx\n", (unsigned long long)READ_ONCE(ev->count));
}

static const struct file_ops eventfd_ops = {
	.release = eventfd_release,
	.read_iter = eventfd_read,
	.write_iter = eventfd_write,
	.llseek = noop_llseek,
	.poll = eventfd_poll,
	.show_fdinfo = eventfd_show,
	.nowait = FMODE_READ,
};

bool file_is_eventfd(const struct file *file)
{
	return file->ops == &eventfd_ops;
}

void eventfd_signal(struct file *file, uint64_t n)
{
	struct eventfd *ev = file->private;
	unsigned long flags;

	flags = spin_lock_irqsave(&ev->wq.lock);
	ev->count = n > UINT64_MAX - ev->count ? UINT64_MAX : ev->count + n;
	waitq_wake_locked(&ev->wq, THREAD_NORMAL, 0, EPOLLIN | EPOLLRDNORM);
	spin_unlock_irqrestore(&ev->wq.lock, flags);
}

int eventfd_create(unsigned count, unsigned flags, struct file **out)
{
	struct eventfd *ev;
	int err;

	if (flags & ~(unsigned)(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	ev = kzalloc(sizeof(*ev), GFP_KERNEL);
	if (!ev)
		return -ENOMEM;
	waitq_init(&ev->wq, "eventfd");
	ev->count = count;
	ev->semaphore = flags & EFD_SEMAPHORE;
	err = file_anon("[eventfd]", &eventfd_ops, ev, O_RDWR | (flags & EFD_NONBLOCK), out);
	if (err)
		kfree(ev);
	return err;
}

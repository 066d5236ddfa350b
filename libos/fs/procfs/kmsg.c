/* SPDX-License-Identifier: MIT */
/*
 * procfs/kmsg: the kernel log as text that is read once: /proc/kmsg and SYSLOG_ACTION_READ, which share one position,
 * as on Linux. Source: syslog(2), proc(5).
 */
#include "fs/procfs/kmsg.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/log.h"
#include "fs/procfs/internal.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/file.h"

/* Field legend: [l] kmsg_lock */
static struct {
	uint64_t seq;			/* [l] next record to read */
	size_t offset;			/* [l] bytes of it that were read */
} unread;

static DEFINE_MUTEX(kmsg_lock);

struct scratch {
	struct log_record record;
	char text[LOG_LINE_MAX + 64];
};

int kmsg_print(const struct log_record *r, char *out, size_t size)
{
	return kscnprintf(out, size, "<%u>[%5lu.%06lu] %.*s\n", r->facility * 8u + r->level,
			  (unsigned long)(r->time_ns / NSEC_PER_SEC),
			  (unsigned long)(r->time_ns % NSEC_PER_SEC / NSEC_PER_USEC), (int)r->len, r->text);
}

/* The text from the position on into `to` (NULL: it is only counted). Bytes, or -EFAULT. */
static ssize_t take_locked(struct iov_iter *to, struct scratch *s)
{
	uint64_t seq = unread.seq;
	size_t offset = unread.offset, done = 0;

	assert_held(&kmsg_lock);
	while ((!to || iov_count(to)) && !log_read(seq, &s->record)) {
		size_t n = (size_t)kmsg_print(&s->record, s->text, sizeof(s->text)), part;

		if (s->record.seq != seq)
			offset = 0;		/* what was begun is overwritten */
		seq = s->record.seq;
		part = n - min(offset, n);
		if (to && part > iov_count(to))
			part = iov_count(to);
		if (to && copy_to_iter(s->text + offset, part, to) != part)
			return done ? (ssize_t)done : -EFAULT;
		done += part;
		offset += part;
		if (offset >= n) {
			seq++;
			offset = 0;
		}
		if (to) {
			unread.seq = seq;
			unread.offset = offset;
		}
	}
	return (ssize_t)done;
}

static bool any_unread(void)
{
	uint64_t first, next;

	log_range(&first, &next);
	return READ_ONCE(unread.seq) < next;
}

ssize_t kmsg_read(struct iov_iter *to, bool wait)
{
	struct scratch *s = kmalloc(sizeof(*s), GFP_KERNEL);
	ssize_t n = s ? 0 : -ENOMEM;

	while (!n && iov_count(to)) {
		if (!any_unread() && !wait)
			n = -EAGAIN;
		else
			n = wait_event_interruptible(log_waitq(), any_unread());
		if (n)
			break;
		mutex_lock(&kmsg_lock);
		n = take_locked(to, s);
		mutex_unlock(&kmsg_lock);
	}
	kfree(s);
	return n;
}

ssize_t kmsg_unread(void)
{
	struct scratch *s = kmalloc(sizeof(*s), GFP_KERNEL);
	ssize_t n;

	if (!s)
		return -ENOMEM;
	mutex_lock(&kmsg_lock);
	n = take_locked(NULL, s);
	mutex_unlock(&kmsg_lock);
	kfree(s);
	return n;
}

/* --- /proc/kmsg ----------------------------------------------------------------------------------- */

static int kmsg_open(struct inode *inode, struct file *file)
{
	(void)inode;
	return cred_capable(file->cred, CAP_SYSLOG) || cred_capable(file->cred, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static ssize_t kmsg_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return kmsg_read(to, !(iocb->flags & IOCB_NOWAIT));
}

static unsigned kmsg_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, log_waitq(), pt);
	return any_unread() ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_ops kmsg_ops = {
	.open = kmsg_open,
	.read_iter = kmsg_read_iter,
	.poll = kmsg_poll,
	.llseek = generic_llseek,
};

static const struct pseudo_entry kmsg_entries[] = {
	{ .name = "kmsg", .mode = S_IFREG | 0400, .fops = &kmsg_ops },
};

int procfs_register_kmsg(void)
{
	return procfs_register("", kmsg_entries, ARRAY_SIZE(kmsg_entries));
}

/* SPDX-License-Identifier: MIT */
/*
 * /dev/kmsg: the kernel log, a record a read; writing adds one. Source: Documentation/ABI/testing/dev-kmsg.
 *
 * An open file's position is the sequence number of the next record (in file->private, under pos_lock-free rules: one
 * reader a file is the use; two share records between them).
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/kdev.h"
#include "core/init.h"
#include "core/log.h"
#include "dev/devnode.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define KMSG_MINOR	11
#define TEXT_MAX	(LOG_LINE_MAX + 64)
#define SEEK_SET_	0
#define SEEK_END_	2
#define SEEK_DATA_	3

/* Field legend: [l] lock */
struct kmsg_reader {
	struct mutex lock;
	uint64_t seq;			/* [l] next record */
	struct log_record record;	/* [l] too large for the stack */
	char text[TEXT_MAX];		/* [l] */
};

static int kmsg_open(struct inode *inode, struct file *file)
{
	struct kmsg_reader *r = kzalloc(sizeof(*r), GFP_KERNEL);
	uint64_t next;

	(void)inode;
	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock, "kmsg");
	log_range(&r->seq, &next);
	file->private = r;
	return 0;
}

static void kmsg_release(struct inode *inode, struct file *file)
{
	(void)inode;
	kfree(file->private);
}

static bool record_ready(struct kmsg_reader *r)
{
	uint64_t first, next;

	log_range(&first, &next);
	return READ_ONCE(r->seq) < next;
}

/* "prio,seq,microseconds,-;text\n" with control characters as \xNN. Length. */
static size_t format_record(struct kmsg_reader *r)
{
	const struct log_record *rec = &r->record;
	size_t n, i;

	n = (size_t)kscnprintf(r->text, TEXT_MAX, "%u,%llu,%llu,-;", (unsigned)(rec->facility << 3 | rec->level),
			       (unsigned long long)rec->seq, (unsigned long long)(rec->time_ns / 1000));
	for (i = 0; i < rec->len && n < TEXT_MAX - 6; i++) {
		unsigned char c = (unsigned char)rec->text[i];

		if (c < ' ' || c == 127 || c == '\\')
			n += (size_t)kscnprintf(r->text + n, TEXT_MAX - n, "\\x%02x", c);
		else
			r->text[n++] = (char)c;
	}
	r->text[n++] = '\n';
	return n;
}

static ssize_t read_locked(struct kmsg_reader *r, struct kiocb *iocb, struct iov_iter *to)
{
	uint64_t wanted = r->seq;
	size_t n;
	int err;

	assert_held(&r->lock);
	while (log_read(r->seq, &r->record)) {
		if (READ_ONCE(iocb->file->flags) & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible_mutex(log_waitq(), record_ready(r), &r->lock);
		if (err)
			return err;
	}
	r->seq = r->record.seq;
	if (r->seq != wanted)
		return -EPIPE;		/* records were overwritten before they were read */
	n = format_record(r);
	if (n > iov_count(to))
		return -EINVAL;
	if (copy_to_iter(r->text, n, to) != n)
		return -EFAULT;
	r->seq++;
	return (ssize_t)n;
}

static ssize_t kmsg_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct kmsg_reader *r = iocb->file->private;
	ssize_t n;

	mutex_lock(&r->lock);
	n = read_locked(r, iocb, to);
	mutex_unlock(&r->lock);
	return n;
}

/* A line, perhaps with "<N>" before it: level and facility. Kernel facility is not for users. */
static ssize_t kmsg_write(struct kiocb *iocb, struct iov_iter *from)
{
	size_t n = iov_count(from);
	unsigned long long prio = 1 << 3 | KLOG_NOTICE;
	char *text, *line, *end;

	(void)iocb;
	if (n > LOG_LINE_MAX)
		return -EINVAL;
	text = kmalloc(n + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (copy_from_iter(text, n, from) != n) {
		kfree(text);
		return -EFAULT;
	}
	text[n] = '\0';
	line = text;
	if (line[0] == '<') {
		prio = simple_strtoull(line + 1, &end, 10);
		if (end > line + 1 && *end == '>')
			line = end + 1;
		else
			prio = 1 << 3 | KLOG_NOTICE;
	}
	if (prio >> 3 == 0)
		prio |= 1 << 3;
	klog_user((unsigned)(prio >> 3), (enum klog_level)(prio & 7), line, strlen(line));
	kfree(text);
	return (ssize_t)n;
}

static loff_t kmsg_llseek(struct file *file, loff_t offset, int whence)
{
	struct kmsg_reader *r = file->private;
	uint64_t first, next;
	loff_t err = 0;

	if (offset)
		return -ESPIPE;
	mutex_lock(&r->lock);
	log_range(&first, &next);
	if (whence == SEEK_SET_)
		r->seq = first;
	else if (whence == SEEK_DATA_)
		r->seq = max(first, log_clear_seq());
	else if (whence == SEEK_END_)
		r->seq = next;
	else
		err = -EINVAL;
	mutex_unlock(&r->lock);
	return err;
}

static unsigned kmsg_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, log_waitq(), pt);
	return record_ready(file->private) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_ops kmsg_ops = {
	.open = kmsg_open,
	.release = kmsg_release,
	.read_iter = kmsg_read,
	.write_iter = kmsg_write,
	.llseek = kmsg_llseek,
	.poll = kmsg_poll,
};

static int kmsg_init(void)
{
	int err = chrdev_register(MEM_MAJOR, KMSG_MINOR, 1, "mem", &kmsg_ops);

	return err ? err : devnode_add("kmsg", S_IFCHR | 0644, (uint64_t)MEM_MAJOR << 8 | KMSG_MINOR);
}
INIT_HOOK(INIT_DEVICE, kmsg_init);

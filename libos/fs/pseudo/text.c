/* SPDX-License-Identifier: MIT */
/*
 * pseudo/text: files that are printed when read.
 *
 * An open file prints its whole content when it is read at offset 0, and serves reads further on from that text: what
 * a program reads in pieces belongs together. A write is handed over whole.
 */
#include "fs/pseudo/instance.h"

#include "abi/errno.h"
#include "lib/strbuf.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/poll.h"

#define TEXT_MAX	(16UL << 20)
#define STORE_MAX	4096

/* Field legend: [l] lock, [a] atomic */
struct pseudo_text {
	struct mutex lock;
	struct strbuf text;		/* [l] */
	bool printed;			/* [l] */
	uint64_t event;			/* [a] what the last poll, or the open, saw of entry->changes() */
};

static int text_open(struct inode *inode, struct file *file)
{
	const struct pseudo_target *target = pseudo_target_of(inode);
	struct pseudo_text *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return -ENOMEM;
	mutex_init(&state->lock, "pseudo_text");
	strbuf_init(&state->text, TEXT_MAX);
	file->private = state;
	if (target->entry->changes)
		target->entry->changes(target, &state->event);
	return 0;
}

static void text_release(struct inode *inode, struct file *file)
{
	struct pseudo_text *state = file->private;

	strbuf_fini(&state->text);
	kfree(state);
}

/* Print the content unless it is there and the read goes on in it. */
static int text_print(struct pseudo_text *state, const struct pseudo_target *target, loff_t pos)
{
	int err;

	if (state->printed && pos)
		return 0;
	if (!target->entry->show)
		return -EINVAL;
	strbuf_reset(&state->text);
	state->printed = false;
	err = target->entry->show(&state->text, target);
	if (!err)
		err = strbuf_error(&state->text);
	state->printed = !err;
	return err;
}

/* A descriptor of /proc/sys that the mighty opened is no use to others. */
static int strict_check(const struct file *file, int mask)
{
	const struct inode *inode = file->inode;

	return pseudo_inode_of(inode)->strict && !pseudo_strict_allows(inode, cred_current(), mask) ? -EPERM : 0;
}

static ssize_t text_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct pseudo_text *state = iocb->file->private;
	size_t size = iov_count(to), done = 0;
	ssize_t err = strict_check(iocb->file, MAY_READ);

	if (err)
		return err;
	err = mutex_lock_killable(&state->lock);
	if (err)
		return err;
	err = text_print(state, pseudo_target_of(iocb->file->inode), iocb->pos);
	if (!err && (size_t)iocb->pos < state->text.len) {
		if (size > state->text.len - (size_t)iocb->pos)
			size = state->text.len - (size_t)iocb->pos;
		done = copy_to_iter(state->text.data + iocb->pos, size, to);
		iocb->pos += (loff_t)done;
		if (!done && size)
			err = -EFAULT;
	}
	mutex_unlock(&state->lock);
	return err ? err : (ssize_t)done;
}

static ssize_t text_write(struct kiocb *iocb, struct iov_iter *from)
{
	const struct pseudo_target *target = pseudo_target_of(iocb->file->inode);
	size_t size = iov_count(from);
	char *text;
	int err = strict_check(iocb->file, MAY_WRITE);

	if (err)
		return err;
	if (!target->entry->store && !target->entry->store_by)
		return -EIO;
	if (size >= STORE_MAX)
		return -EINVAL;
	text = kmalloc(size + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	err = copy_from_iter(text, size, from) == size ? 0 : -EFAULT;
	text[size] = 0;
	if (!err && target->entry->store_by)
		err = target->entry->store_by(text, target, iocb->file);
	else if (!err)
		err = target->entry->store(text, size, target);
	kfree(text);
	if (err)
		return err;
	iocb->pos += (loff_t)size;
	return (ssize_t)size;
}

const struct file_ops pseudo_text_ops = {
	.open = text_open,
	.release = text_release,
	.read_iter = text_read,
	.write_iter = text_write,
	.llseek = generic_llseek,
};

/* Each change is told once to each open file. */
static unsigned watched_poll(struct file *file, struct poll_table *pt)
{
	const struct pseudo_target *target = pseudo_target_of(file->inode);
	struct pseudo_text *state = file->private;
	struct waitq *queue;
	uint64_t event;

	queue = target->entry->changes(target, &event);
	poll_wait(file, queue, pt);
	target->entry->changes(target, &event);		/* again: it may have changed before the queue was joined */
	if (__atomic_exchange_n(&state->event, event, __ATOMIC_RELAXED) != event)
		return EPOLLIN | EPOLLRDNORM | EPOLLERR | EPOLLPRI;
	return EPOLLIN | EPOLLRDNORM;
}

const struct file_ops pseudo_watched_ops = {
	.open = text_open,
	.release = text_release,
	.read_iter = text_read,
	.write_iter = text_write,
	.llseek = generic_llseek,
	.poll = watched_poll,
};

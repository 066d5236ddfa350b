/* SPDX-License-Identifier: MIT */
/*
 * pseudo/text: files that are printed when read.
 *
 * An open file prints its whole content when it is read at offset 0, and serves reads further on from that text: what
 * a program reads in pieces belongs together. A file that may be long (show_part) is printed part by part as reads
 * come to them: who looks at its beginning does not pay for the rest. A write is handed over whole.
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
	struct strbuf text;		/* [l] the part that was printed last */
	size_t start;			/* [l] where in the file it begins */
	uint64_t next;			/* [l] what follows it: show_part's; PSEUDO_END: nothing */
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

/* Print what follows the text. */
static int print_next(struct pseudo_text *state, const struct pseudo_target *target)
{
	const struct pseudo_entry *entry = target->entry;
	int err;

	state->start += state->text.len;
	strbuf_reset(&state->text);
	state->printed = false;
	if (entry->show_part) {
		err = entry->show_part(&state->text, target, &state->next);
	} else {
		err = entry->show ? entry->show(&state->text, target) : -EINVAL;
		state->next = PSEUDO_END;
	}
	if (!err)
		err = strbuf_error(&state->text);
	state->printed = !err;
	return err;
}

/* Have the part that holds pos, or the last one. Reading at 0 prints anew, going back begins anew. */
static int text_print(struct pseudo_text *state, const struct pseudo_target *target, size_t pos)
{
	int err = 0;

	if (!state->printed || !pos || pos < state->start) {
		strbuf_reset(&state->text);
		state->start = 0;
		state->next = 0;
		err = print_next(state, target);
	}
	while (!err && state->next != PSEUDO_END && pos >= state->start + state->text.len)
		err = print_next(state, target);
	return err;
}

/* Bytes of the text from pos on; at its end, of the part that follows. 0: the file's end; -errno. Lock held. */
static ssize_t text_copy(struct pseudo_text *state, const struct pseudo_target *target, size_t pos, struct iov_iter *to)
{
	size_t at, done;
	int err = text_print(state, target, pos);

	if (err)
		return err;
	at = pos - state->start;
	if (at >= state->text.len || !iov_count(to))
		return 0;
	done = copy_to_iter(state->text.data + at, min(iov_count(to), state->text.len - at), to);
	return done ? (ssize_t)done : -EFAULT;
}

/* A descriptor of /proc/sys that the mighty opened is no use to others. */
static int strict_check(const struct file *file, int mask)
{
	const struct inode *inode = file->inode;

	return pseudo_inode_of(inode)->strict && !pseudo_strict_allows(inode, cred_current(), mask) ? -EPERM : 0;
}

static ssize_t text_read(struct kiocb *iocb, struct iov_iter *to)
{
	const struct pseudo_target *target = pseudo_target_of(iocb->file->inode);
	struct pseudo_text *state = iocb->file->private;
	int err = strict_check(iocb->file, MAY_READ);
	ssize_t done = 0, n;

	if (err)
		return err;
	err = mutex_lock_killable(&state->lock);
	if (err)
		return err;
	do {
		n = text_copy(state, target, (size_t)iocb->pos, to);
		if (n > 0) {
			iocb->pos += n;
			done += n;
		}
	} while (n > 0 && iov_count(to));
	mutex_unlock(&state->lock);
	return done ? done : n;
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

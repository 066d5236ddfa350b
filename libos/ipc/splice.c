/* SPDX-License-Identifier: MIT */
/*
 * splice and tee.
 *
 * Between pipes, pieces change rings (splice) or are shared (tee): no byte is copied. A shared page is not appended
 * to. From a file to a pipe, a page is read first and enters the ring when there is room; the position moves only
 * then. From a pipe to a file, a piece leaves the ring only as far as it was written. So whatever ends a call early,
 * nothing is lost.
 *
 * Locking. Two pipes are locked in the order of their addresses (subclass 1 inside 0). A pipe's lock is held over
 * the write of one piece to a file: pipe before inode.
 */
#include "ipc/splice.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "ipc/pipe.h"
#include "mm/iov.h"
#include "mm/page_alloc.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"

static bool nonblocking(const struct file *file, unsigned flags)
{
	return (flags & SPLICE_F_NONBLOCK) || (READ_ONCE(file->flags) & O_NONBLOCK);
}

/* Wait until the pipe has something: 1, 0 at its end, or -errno. */
static int wait_readable_locked(struct pipe *p, bool nonblock)
{
	int err;

	assert_held(&p->lock);
	if (pipe_is_empty(p) && p->writers && nonblock)
		return -EAGAIN;
	err = wait_event_interruptible_mutex(&p->readable, !pipe_is_empty(p) || !p->writers, &p->lock);
	return err ? err : !pipe_is_empty(p);
}

/* Wait until the pipe has room: 0 or -errno. */
static int wait_writable_locked(struct pipe *p, bool nonblock)
{
	int err;

	assert_held(&p->lock);
	if (pipe_is_full(p) && p->readers && nonblock)
		return -EAGAIN;
	err = wait_event_interruptible_mutex(&p->writable, !pipe_is_full(p) || !p->readers, &p->lock);
	return err ? err : p->readers ? 0 : -EPIPE;
}

/* --- Pipe to pipe ------------------------------------------------------------------------------ */

static void lock_both(struct pipe *a, struct pipe *b)
{
	mutex_lock(a < b ? &a->lock : &b->lock);
	mutex_lock_nested(a < b ? &b->lock : &a->lock, 1);
}

/* Pieces from the front of one ring to the end of the other, moved or shared. Bytes. Both locked. */
static size_t transfer(struct pipe *from, struct pipe *to, size_t len, bool move)
{
	size_t done = 0;
	unsigned i;

	for (i = from->tail; i != from->head && !pipe_is_full(to) && done < len; i++) {
		struct pipe_buf *src = pipe_slot(from, i), *dst = pipe_slot(to, to->head++);
		uint32_t n = (uint32_t)min_t(size_t, src->len, len - done);

		*dst = *src;
		dst->len = n;
		done += n;
		if (move && n == src->len) {
			from->tail++;
			continue;
		}
		get_page(dst->page);
		src->merge = dst->merge = false;
		if (move) {
			src->offset += n;
			src->len -= n;
		}
	}
	return done;
}

static ssize_t pipe_to_pipe(struct file *in, struct file *out, size_t len, unsigned flags, bool move)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);
	size_t done = 0;
	ssize_t ret;

	while (!done) {		/* between the waits and the locks somebody may have been faster */
		mutex_lock(&from->lock);
		ret = wait_readable_locked(from, nonblocking(in, flags));
		mutex_unlock(&from->lock);
		if (ret <= 0)
			return ret;
		mutex_lock(&to->lock);
		ret = wait_writable_locked(to, nonblocking(out, flags));
		mutex_unlock(&to->lock);
		if (ret)
			return ret;
		lock_both(from, to);
		done = transfer(from, to, len, move);
		if (done)
			wake_up_key(&to->readable, EPOLLIN | EPOLLRDNORM);
		if (done && move)
			wake_up_key(&from->writable, EPOLLOUT | EPOLLWRNORM);
		mutex_unlock(&from->lock);
		mutex_unlock(&to->lock);
	}
	return (ssize_t)done;
}

ssize_t pipe_tee(struct file *in, struct file *out, size_t len, unsigned flags)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);

	if (!from || !to || from == to)
		return -EINVAL;
	return len ? pipe_to_pipe(in, out, len, flags, /*move=*/false) : 0;
}

/* --- File to pipe ------------------------------------------------------------------------------ */

/* One page. Bytes, 0 at the end of the file, or -errno. */
static ssize_t page_to_pipe(struct splice_end *in, struct file *out, size_t n, bool nonblock)
{
	loff_t *pos = in->pos ? in->pos : &in->file->pos, at = *pos;
	struct page *page = alloc_page(GFP_KERNEL);
	struct pipe *p = pipe_of(out);
	struct iovec one;
	struct iov_iter to;
	ssize_t got;
	int err;

	if (!page)
		return -ENOMEM;
	iov_init_kernel(&to, &one, page_address(page), min(n, PAGE_SIZE - (size_t)(at & (PAGE_SIZE - 1))));
	got = vfs_read(in->file, &to, in->file->mode & FMODE_STREAM ? NULL : &at, 0);
	if (got <= 0) {
		put_page(page);
		return got;
	}
	mutex_lock(&p->lock);
	err = wait_writable_locked(p, nonblock);
	if (!err) {
		*pipe_slot(p, p->head++) = (struct pipe_buf){ .page = page, .len = (uint32_t)got };
		*pos = at;
		wake_up_key(&p->readable, EPOLLIN | EPOLLRDNORM);
	}
	mutex_unlock(&p->lock);
	if (err)
		put_page(page);
	return err ? err : got;
}

static ssize_t file_to_pipe(struct splice_end *in, struct file *out, size_t len, unsigned flags)
{
	struct pipe *p = pipe_of(out);
	ssize_t done = 0, n;

	/* Room first: what is read from a stream cannot be given back. */
	mutex_lock(&p->lock);
	n = wait_writable_locked(p, nonblocking(out, flags));
	mutex_unlock(&p->lock);
	while (!n && (size_t)done < len) {
		n = page_to_pipe(in, out, len - (size_t)done, done || nonblocking(out, flags));
		if (n <= 0)
			break;
		done += n;
		n = 0;
		if (in->file->mode & FMODE_STREAM)
			break;		/* more may mean waiting */
	}
	return done ? done : n;
}

/* --- Pipe to file ------------------------------------------------------------------------------ */

/* Write of the first piece what the file takes. Bytes or -errno. */
static ssize_t piece_to_file(struct vfs_ctx *ctx, struct pipe *p, struct splice_end *out, size_t n)
{
	struct pipe_buf *b = pipe_slot(p, p->tail);
	loff_t *pos = out->pos ? out->pos : &out->file->pos;
	struct iov_iter from;
	struct iovec one;
	ssize_t put;

	iov_init_kernel(&from, &one, (char *)page_address(b->page) + b->offset, min_t(size_t, b->len, n));
	put = vfs_write(ctx, out->file, &from, out->file->mode & FMODE_STREAM ? NULL : pos, 0);
	if (put > 0) {
		b->offset += (uint32_t)put;
		b->len -= (uint32_t)put;
	}
	if (!b->len) {
		put_page(b->page);
		p->tail++;
		wake_up_key(&p->writable, EPOLLOUT | EPOLLWRNORM);
	}
	return put;
}

static ssize_t pipe_to_file(struct vfs_ctx *ctx, struct file *in, struct splice_end *out, size_t len, unsigned flags)
{
	struct pipe *p = pipe_of(in);
	ssize_t done = 0, n;

	mutex_lock(&p->lock);
	n = wait_readable_locked(p, nonblocking(in, flags));
	while (n > 0 && (size_t)done < len && !pipe_is_empty(p)) {
		n = piece_to_file(ctx, p, out, len - (size_t)done);
		if (n > 0)
			done += n;
	}
	mutex_unlock(&p->lock);
	return done ? done : n;
}

/* --- Entry ------------------------------------------------------------------------------------- */

static int check_ends(const struct splice_end *in, const struct splice_end *out)
{
	struct pipe *from = pipe_of(in->file), *to = pipe_of(out->file);

	if ((!from && !to) || from == to)
		return -EINVAL;
	if ((from && in->pos) || (to && out->pos))
		return -ESPIPE;
	if ((in->pos && !(in->file->mode & FMODE_PREAD)) || (out->pos && !(out->file->mode & FMODE_PWRITE)))
		return -EINVAL;
	return !to && (READ_ONCE(out->file->flags) & O_APPEND) ? -EINVAL : 0;
}

ssize_t file_splice(struct vfs_ctx *ctx, struct splice_end *in, struct splice_end *out, size_t len, unsigned flags)
{
	int err = check_ends(in, out);

	if (err || !len)
		return err;
	if (pipe_of(in->file) && pipe_of(out->file))
		return pipe_to_pipe(in->file, out->file, len, flags, /*move=*/true);
	if ((ssize_t)len < 0)
		return -EINVAL;
	if (pipe_of(in->file))
		return pipe_to_file(ctx, in->file, out, len, flags);
	return file_to_pipe(in, out->file, len, flags);
}

ssize_t pipe_copy(struct vfs_ctx *ctx, struct file *file, struct iov_iter *it, bool nonblock)
{
	struct pipe *p = pipe_of(file);
	ssize_t ret;

	if (!(file->mode & FMODE_WRITE))
		return vfs_read(file, it, NULL, nonblock ? IOCB_NOWAIT : 0);
	/* Waits for the first room only, and takes as much as there is. */
	do {
		mutex_lock(&p->lock);
		ret = wait_writable_locked(p, nonblock || nonblocking(file, 0));
		mutex_unlock(&p->lock);
		if (!ret)
			ret = vfs_write(ctx, file, it, NULL, IOCB_NOWAIT);
	} while (ret == -EAGAIN && !nonblock && !nonblocking(file, 0));
	return ret;
}

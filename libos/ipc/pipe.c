/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs: a ring of page pieces between writers and readers.
 *
 * Model. A write fills pages and puts them at the head; a read takes bytes from the tail. A small write is appended
 * to the last page when it fits there whole; otherwise it takes a new slot, so that "not full" always means
 * room for PIPE_BUF bytes and a write of up to that size is never split.
 *
 * Invariants
 *  (1) 0 <= head - tail <= nr_slots; every used slot holds at least one byte.
 *  (2) The lock is held over one call's whole vector; it is dropped only to wait for room or content. Hence the
 *      pieces of one write lie together unless the pipe filled up (pipe(7)).
 *  (3) Who makes the pipe not empty, not full, or an end's last file go, wakes the other side under the lock:
 *      a sleeper that checked under the lock cannot miss it.
 *
 * Life. A pipe belongs to an inode (of the private "pipefs", or a FIFO of any file system): inode->private, made by
 * the first open, freed by the last close.
 *
 * -EPIPE goes with SIGPIPE, which the system call sends: nothing here knows the current task.
 *
 * Locking. pipe->lock (class "pipe") is held over user copies, which may sleep. inode->spin covers inode->private
 * and `files`.
 */
#include "ipc/pipe.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/limits.h"
#include "core/assert.h"
#include "core/init.h"
#include "fs/pseudo/sysctl.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/super.h"
#include "vfs/user.h"

#define PIPEFS_MAGIC_	0x50495045U	/* <linux/magic.h> PIPEFS_MAGIC */
#define PIPE_SLOTS_LEAST	2U	/* of a user above the soft limit */

static struct {
	struct mount *mnt;		/* [I] pipefs */
	uint64_t next_ino;		/* [a] */
	/* What /proc/sys/fs sets for the unprivileged: bytes of a pipe, pages of a user's; 0: no limit. */
	unsigned size_max;		/* [a] */
	uint64_t soft, hard;		/* [a] */
} pipes = { .next_ino = 2, .size_max = 1U << 20, .soft = 16384 };

/* --- What a user may have ------------------------------------------------------------------------- */

static bool spared(const struct cred *cred)
{
	return cred_capable(cred, CAP_SYS_RESOURCE) || cred_capable(cred, CAP_SYS_ADMIN);
}

/* The user's pages are nr more now; how many that is. */
static uint64_t charge(struct user_count *user, long nr)
{
	return (uint64_t)__atomic_add_fetch(&user->pipe_pages, nr, __ATOMIC_RELAXED);
}

static bool above(uint64_t pages, const uint64_t *limit)
{
	uint64_t most = READ_ONCE(*limit);

	return most && pages > most;
}

/* Slots a new pipe gets, charged: fewer above the soft limit, 0 above the hard one. */
static unsigned slots_granted(struct user_count *user, const struct cred *cred)
{
	unsigned nr = PIPE_SLOTS_DEFAULT;
	uint64_t pages;

	if (nr * PAGE_SIZE > READ_ONCE(pipes.size_max) && !cred_capable(cred, CAP_SYS_RESOURCE))
		nr = READ_ONCE(pipes.size_max) / PAGE_SIZE;
	pages = charge(user, nr);
	if (above(pages, &pipes.soft) && !spared(cred)) {
		pages = charge(user, (long)PIPE_SLOTS_LEAST - nr);
		nr = PIPE_SLOTS_LEAST;
	}
	if (above(pages, &pipes.hard) && !spared(cred)) {
		charge(user, -(long)nr);
		return 0;
	}
	return nr;
}

/* --- Pages ------------------------------------------------------------------------------------- */

static struct pipe *pipe_alloc(const struct cred *cred)
{
	struct user_count *user = user_count_of(cred);
	unsigned nr = slots_granted(user, cred);
	struct pipe *p = nr ? kzalloc(sizeof(*p), GFP_KERNEL) : NULL;

	if (p)
		p->bufs = kcalloc(nr, sizeof(*p->bufs), GFP_KERNEL);
	if (!p || !p->bufs) {
		charge(user, -(long)nr);
		kfree(p);
		return NULL;
	}
	p->nr_slots = nr;
	p->user = user;
	mutex_init(&p->lock, "pipe");
	waitq_init(&p->readable, "pipe_readable");
	waitq_init(&p->writable, "pipe_writable");
	fasync_init(&p->read_async);
	fasync_init(&p->write_async);
	return p;
}

static struct page *take_page(struct pipe *p)
{
	struct page *page;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(p->spare); i++) {
		page = p->spare[i];
		if (page) {
			p->spare[i] = NULL;
			return page;
		}
	}
	return alloc_page(GFP_USER);
}

/* Give a page up: kept for the next write if nobody else has it. */
static void drop_page(struct pipe *p, struct page *page)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(p->spare) && page_refs(page) == 1; i++) {
		if (!p->spare[i]) {
			p->spare[i] = page;
			return;
		}
	}
	put_page(page);
}

static void pipe_free(struct pipe *p)
{
	unsigned i;

	for (; !pipe_is_empty(p); p->tail++)
		put_page(pipe_slot(p, p->tail)->page);
	for (i = 0; i < ARRAY_SIZE(p->spare); i++) {
		if (p->spare[i])
			put_page(p->spare[i]);
	}
	charge(p->user, -(long)p->nr_slots);
	kfree(p->bufs);
	kfree(p);
}

static bool would_block(const struct kiocb *iocb)
{
	return (iocb->flags & IOCB_NOWAIT) || (READ_ONCE(iocb->file->flags) & O_NONBLOCK);
}

/* --- Reading ----------------------------------------------------------------------------------- */

/* Take bytes from the first piece. Bytes, or -EFAULT. *last: the read ends here whatever room is left. */
static ssize_t read_piece(struct pipe *p, struct iov_iter *to, bool *last)
{
	struct pipe_buf *b = pipe_slot(p, p->tail);
	size_t want = min_t(size_t, b->len, iov_count(to));
	size_t n = copy_to_iter((char *)page_address(b->page) + b->offset, want, to);

	b->offset += (uint32_t)n;
	b->len -= (uint32_t)n;
	*last = b->packet || n < want;
	if (b->len == 0 || (b->packet && n == want)) {
		drop_page(p, b->page);
		p->tail++;
	}
	return n || !want ? (ssize_t)n : -EFAULT;
}

static ssize_t read_locked(struct pipe *p, struct kiocb *iocb, struct iov_iter *to)
{
	bool last = false;
	ssize_t done = 0, n;
	int err;

	assert_held(&p->lock);
	while (iov_count(to) && !last) {
		if (!pipe_is_empty(p)) {
			n = read_piece(p, to, &last);
			if (n < 0)
				return done ? done : n;
			done += n;
			continue;
		}
		if (done || !p->writers)
			break;
		if (would_block(iocb))
			return -EAGAIN;
		err = wait_event_interruptible_mutex(&p->readable, !pipe_is_empty(p) || !p->writers, &p->lock);
		if (err)
			return err;
	}
	return done;
}

static ssize_t pipe_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct pipe *p = iocb->file->private;
	ssize_t n;

	if (!iov_count(to))
		return 0;
	mutex_lock(&p->lock);
	n = read_locked(p, iocb, to);
	if (n > 0 && !pipe_is_full(p)) {
		wake_up_sync_key(&p->writable, EPOLLOUT | EPOLLWRNORM);
		fasync_notify(&p->write_async, SIGIO_OUT);
	}
	mutex_unlock(&p->lock);
	if (n > 0)
		inode_touch_atime(iocb->file->inode, /*relatime=*/true);
	return n;
}

/* --- Writing ----------------------------------------------------------------------------------- */

/* Append what would not fill whole pages to the last piece, if all of it fits. Bytes, 0: it does not, -EFAULT. */
static ssize_t append(struct pipe *p, struct iov_iter *from)
{
	size_t n = iov_count(from) & (PAGE_SIZE - 1), copied;
	struct pipe_buf *b;

	if (!n || pipe_is_empty(p))
		return 0;
	b = pipe_slot(p, p->head - 1);
	if (!b->merge || b->offset + b->len + n > PAGE_SIZE)
		return 0;
	copied = copy_from_iter((char *)page_address(b->page) + b->offset + b->len, n, from);
	if (copied < n) {
		iov_revert(from, copied);
		return -EFAULT;
	}
	b->len += (uint32_t)n;
	return (ssize_t)n;
}

/* A new piece of up to a page, or nothing; the pipe is not full. Bytes, -EFAULT or -ENOMEM. */
static ssize_t write_piece(struct pipe *p, struct iov_iter *from, bool packet)
{
	struct page *page = take_page(p);
	size_t want = min_t(size_t, PAGE_SIZE, iov_count(from)), n;

	if (!page)
		return -ENOMEM;
	n = copy_from_iter(page_address(page), want, from);
	if (n < want) {
		iov_revert(from, n);
		drop_page(p, page);
		return -EFAULT;
	}
	*pipe_slot(p, p->head++) = (struct pipe_buf){
		.page = page,
		.len = (uint32_t)n,
		.packet = packet,
		.merge = !packet,
	};
	return (ssize_t)n;
}

/* Wait for room, letting readers at what is there. 0, -EAGAIN or -ERESTARTSYS. */
static int wait_for_room(struct pipe *p, const struct kiocb *iocb)
{
	if (would_block(iocb))
		return -EAGAIN;
	wake_up_sync_key(&p->readable, EPOLLIN | EPOLLRDNORM);
	fasync_notify(&p->read_async, SIGIO_IN);
	return wait_event_interruptible_mutex(&p->writable, !pipe_is_full(p) || !p->readers, &p->lock);
}

static ssize_t write_locked(struct pipe *p, struct kiocb *iocb, struct iov_iter *from)
{
	bool packet = READ_ONCE(iocb->file->flags) & O_DIRECT;
	ssize_t done = 0, n;

	assert_held(&p->lock);
	if (p->readers && !packet) {
		done = append(p, from);
		if (done < 0)
			return done;
	}
	while (iov_count(from)) {
		if (!p->readers)
			n = -EPIPE;
		else if (pipe_is_full(p))
			n = wait_for_room(p, iocb);
		else
			n = write_piece(p, from, packet);
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

static ssize_t pipe_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct pipe *p = iocb->file->private;
	ssize_t n;

	if (!iov_count(from))
		return 0;
	mutex_lock(&p->lock);
	n = write_locked(p, iocb, from);
	if (!pipe_is_empty(p))
		wake_up_sync_key(&p->readable, EPOLLIN | EPOLLRDNORM);
	if (n > 0)
		fasync_notify(&p->read_async, SIGIO_IN);
	mutex_unlock(&p->lock);
	if (n > 0)
		inode_touch_mtime(iocb->file->inode);
	return n;
}

/* --- Other operations -------------------------------------------------------------------------- */

static unsigned pipe_poll(struct file *file, struct poll_table *pt)
{
	struct pipe *p = file->private;
	unsigned events = 0;

	if (file->mode & FMODE_READ)
		poll_wait(file, &p->readable, pt);
	if (file->mode & FMODE_WRITE)
		poll_wait(file, &p->writable, pt);
	/* Without the lock: whoever changes the answer afterwards wakes the queues just registered on. */
	if (file->mode & FMODE_READ) {
		if (READ_ONCE(p->head) != READ_ONCE(p->tail))
			events |= EPOLLIN | EPOLLRDNORM;
		/* A FIFO's reader that never saw a writer is not hung up. */
		if (!READ_ONCE(p->writers) && (unsigned)file->pos != READ_ONCE(p->writer_opens))
			events |= EPOLLHUP;
	}
	if (file->mode & FMODE_WRITE) {
		if (READ_ONCE(p->head) - READ_ONCE(p->tail) < READ_ONCE(p->nr_slots))
			events |= EPOLLOUT | EPOLLWRNORM;
		if (!READ_ONCE(p->readers))
			events |= EPOLLERR;
	}
	return events;
}

static long pipe_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct pipe *p = file->private;
	unsigned i;
	int n = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	mutex_lock(&p->lock);
	for (i = p->tail; i != p->head; i++)
		n += (int)pipe_slot(p, i)->len;
	mutex_unlock(&p->lock);
	return put_user(n, (int __user *)arg);
}

struct pipe *pipe_of(const struct file *file)
{
	return S_ISFIFO(file->inode->mode) && !(file->mode & FMODE_PATH) ? file->private : NULL;
}

long pipe_get_size(const struct file *file)
{
	struct pipe *p = pipe_of(file);

	return p ? (long)(READ_ONCE(p->nr_slots) * PAGE_SIZE) : -EBADF;
}

/* Move the content to a ring of nr slots, which the pipe's user was charged with. */
static long resize_locked(struct pipe *p, unsigned nr, const struct cred *cred)
{
	unsigned used = p->head - p->tail, i;
	long more = (long)nr - (long)p->nr_slots;
	uint64_t pages = charge(p->user, more);
	bool refused = more > 0 && (above(pages, &pipes.soft) || above(pages, &pipes.hard)) && !spared(cred);
	struct pipe_buf *bufs;

	assert_held(&p->lock);
	bufs = used > nr || refused ? NULL : kcalloc(nr, sizeof(*bufs), GFP_KERNEL);
	if (!bufs) {
		charge(p->user, -more);
		return refused ? -EPERM : used > nr ? -EBUSY : -ENOMEM;
	}
	for (i = 0; i < used; i++)
		bufs[i] = *pipe_slot(p, p->tail + i);
	kfree(p->bufs);
	p->bufs = bufs;
	p->nr_slots = nr;
	p->tail = 0;
	p->head = used;
	return (long)(nr * PAGE_SIZE);
}

long pipe_set_size(struct file *file, size_t size, const struct cred *cred)
{
	struct pipe *p = pipe_of(file);
	long ret;

	if (!p)
		return -EBADF;
	if (size > 1UL << 31)
		return -EINVAL;
	size = roundup_pow_of_two(max(size, PAGE_SIZE));
	if (size > READ_ONCE(pipes.size_max) && size > p->nr_slots * PAGE_SIZE && !cred_capable(cred, CAP_SYS_RESOURCE))
		return -EPERM;
	mutex_lock(&p->lock);
	ret = resize_locked(p, (unsigned)(size / PAGE_SIZE), cred);
	if (!pipe_is_full(p))
		wake_up_all_key(&p->writable, EPOLLOUT | EPOLLWRNORM);
	mutex_unlock(&p->lock);
	return ret;
}

/* --- Opening and closing ----------------------------------------------------------------------- */

/* The inode's pipe with one more file, made if need be; NULL: no memory. */
static struct pipe *pipe_attach(struct inode *inode, const struct cred *cred)
{
	struct pipe *fresh = NULL, *p;

	if (!READ_ONCE(inode->private)) {
		fresh = pipe_alloc(cred);
		if (!fresh)
			return NULL;
	}
	spin_lock(&inode->spin);
	p = inode->private;
	if (!p && fresh) {
		inode->private = p = fresh;
		fresh = NULL;
	}
	if (p)
		p->files++;
	spin_unlock(&inode->spin);
	if (fresh)
		pipe_free(fresh);
	/* Gone between the two looks: the last close was faster. */
	return p ? p : pipe_attach(inode, cred);
}

static void pipe_detach(struct inode *inode, struct pipe *p)
{
	bool last;

	spin_lock(&inode->spin);
	last = --p->files == 0;
	if (last)
		inode->private = NULL;
	spin_unlock(&inode->spin);
	if (last)
		pipe_free(p);
}

static void end_opened(struct pipe *p, unsigned mode)
{
	if (mode & FMODE_READ) {
		p->reader_opens++;
		p->readers++;
	}
	if (mode & FMODE_WRITE) {
		p->writer_opens++;
		p->writers++;
	}
	wake_up_all(&p->readable);
	wake_up_all(&p->writable);
}

static void end_closed(struct pipe *p, unsigned mode)
{
	if (mode & FMODE_READ)
		p->readers--;
	if (mode & FMODE_WRITE)
		p->writers--;
	if (!p->readers || !p->writers) {
		wake_up_all_key(&p->readable, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
		wake_up_all_key(&p->writable, EPOLLOUT | EPOLLWRNORM | EPOLLERR);
		fasync_notify(&p->read_async, SIGIO_IN);
		fasync_notify(&p->write_async, SIGIO_OUT);
	}
}

/* fifo(7): one end waits for the other to be opened, unless it is both or O_NONBLOCK. */
static int wait_for_partner(struct pipe *p, unsigned mode, unsigned flags)
{
	const unsigned *opens = mode & FMODE_READ ? &p->writer_opens : &p->reader_opens;
	unsigned seen = *opens, partners = mode & FMODE_READ ? p->writers : p->readers;

	if ((mode & (FMODE_READ | FMODE_WRITE)) == (FMODE_READ | FMODE_WRITE) || partners)
		return 0;
	if (flags & O_NONBLOCK)
		return mode & FMODE_READ ? 0 : -ENXIO;
	return wait_event_interruptible_mutex(mode & FMODE_READ ? &p->readable : &p->writable, *opens != seen,
					      &p->lock);
}

static int pipe_open(struct inode *inode, struct file *file)
{
	struct pipe *p = pipe_attach(inode, file->cred);
	int err = 0;

	if (!p)
		return pipes.mnt && inode->sb == pipes.mnt->sb ? -ENFILE : -ENOMEM;
	mutex_lock(&p->lock);
	file->private = p;
	file->mode &= ~(unsigned)(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	file->mode |= FMODE_STREAM;
	file->pos = p->writers ? -1 : p->writer_opens;	/* for poll: writers that had gone before we came */
	end_opened(p, file->mode);
	if (!pipes.mnt || inode->sb != pipes.mnt->sb)
		err = wait_for_partner(p, file->mode, file->flags);
	else
		file->pos = -1;
	if (err)
		end_closed(p, file->mode);
	mutex_unlock(&p->lock);
	if (err)
		pipe_detach(inode, p);
	return err;
}

static int pipe_fasync(int fd, struct file *file, bool on)
{
	struct pipe *p = file->private;
	int err = 0;

	if (file->mode & FMODE_READ)
		err = fasync_set(&p->read_async, fd, file, on);
	if (!err && (file->mode & FMODE_WRITE)) {
		err = fasync_set(&p->write_async, fd, file, on);
		if (err && (file->mode & FMODE_READ))
			ignore_result(fasync_set(&p->read_async, fd, file, false));	/* taking off does not fail */
	}
	return err;
}

static void pipe_release(struct inode *inode, struct file *file)
{
	struct pipe *p = file->private;

	mutex_lock(&p->lock);
	end_closed(p, file->mode);
	mutex_unlock(&p->lock);
	pipe_detach(inode, p);
}

static const struct file_ops pipe_ops = {
	.open = pipe_open,
	.release = pipe_release,
	.read_iter = pipe_read,
	.write_iter = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.fasync = pipe_fasync,
	.nowait = FMODE_READ | FMODE_WRITE,
};

/* --- pipefs ------------------------------------------------------------------------------------ */

static int pipe_dname(struct dentry *dentry, char *buf, size_t size)
{
	return kscnprintf(buf, size, "pipe:[%llu]", (unsigned long long)d_inode(dentry)->ino);
}

static const struct dentry_ops pipefs_dentry_ops = { .dname = pipe_dname };
static const struct inode_ops pipefs_inode_ops = { .lookup = NULL };

static struct inode *pipefs_inode(struct super_block *sb, uint32_t mode, const struct cred *cred)
{
	struct inode *inode = inode_alloc(sb);

	if (!inode)
		return NULL;
	inode->ino = __atomic_fetch_add(&pipes.next_ino, 1, __ATOMIC_RELAXED);
	inode_init_owner(inode, NULL, mode, cred);
	inode->ops = &pipefs_inode_ops;
	inode->fops = &pipe_ops;
	inode_unlock_new(inode);
	return inode;
}

static int pipefs_fill_super(struct super_block *sb, const char *source, const char *options)
{
	struct inode *root;

	(void)source;
	(void)options;
	sb->magic = PIPEFS_MAGIC_;
	root = pipefs_inode(sb, S_IFDIR | 0600, &cred_root);
	if (!root)
		return -ENOMEM;
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static struct fs_type pipefs = { .name = "pipefs", .fill_super = pipefs_fill_super };

/* A name for a new pipe's inode, with one reference; NULL: no memory. */
static struct dentry *pipefs_dentry(const struct cred *cred)
{
	struct inode *inode = pipefs_inode(pipes.mnt->sb, S_IFIFO | 0600, cred);
	struct dentry *dentry;

	if (!inode)
		return NULL;
	dentry = d_alloc_pseudo(pipes.mnt->sb, "", &pipefs_dentry_ops);
	if (dentry)
		d_instantiate(dentry, inode);
	else
		inode_put(inode);
	return dentry;
}

int pipe_create(const struct cred *cred, unsigned flags, struct file *out[2])
{
	struct path path = { pipes.mnt, pipefs_dentry(cred) };
	int err;

	if (!path.dentry)
		return -ENOMEM;
	err = file_open_path(&path, O_RDONLY | (flags & O_NONBLOCK), cred, &out[0]);
	if (!err) {
		err = file_open_path(&path, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)), cred, &out[1]);
		if (err)
			fput(out[0]);
	}
	dput(path.dentry);
	return err;
}

/* Rounded up, as F_SETPIPE_SZ is. */
static int store_size_max(char *text, size_t size, const struct pseudo_target *t)
{
	uint64_t value;
	int err = sysctl_parse(text, &value);

	(void)size, (void)t;
	if (err || value > 1UL << 31)
		return -EINVAL;
	WRITE_ONCE(pipes.size_max, (unsigned)roundup_pow_of_two(max(value, PAGE_SIZE)));
	return 0;
}

static const struct pseudo_entry limit_entries[] = {
	{ .name = "pipe-max-size", .mode = S_IFREG | 0644, .show = sysctl_show, .store = store_size_max,
	  .arg = &(const struct sysctl_number){ .value = &pipes.size_max } },
	SYSCTL_U64("pipe-user-pages-soft", &pipes.soft, 0, LONG_MAX),
	SYSCTL_U64("pipe-user-pages-hard", &pipes.hard, 0, LONG_MAX),
};

static int pipe_init(void)
{
	int err = fs_register(&pipefs);

	if (!err)
		err = procfs_register("sys/fs", limit_entries, ARRAY_SIZE(limit_entries));

	if (err)
		return err;
	pipes.mnt = vfs_kern_mount("pipefs");
	inode_set_fifo_ops(&pipe_ops);
	return pipes.mnt ? 0 : -ENOMEM;
}
INIT_HOOK(INIT_VFS, pipe_init);

/* SPDX-License-Identifier: MIT */
/*
 * file: open files: making, referencing, ending; files without a name; character devices.
 *
 * The last fput() releases: the driver's release(), then path, credentials; memory after a grace period.
 */
#include "vfs/file.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/errseq.h"
#include "lib/string.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/fdtable.h"
#include "vfs/flock.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/limits.h"
#include "vfs/notify.h"
#include "vfs/sigio.h"
#include "vfs/super.h"

/* Field legend: [I] immutable, [l] lock */
struct chrdev {
	unsigned major, minor, count;	/* [I] */
	const char *name;		/* [I] */
	const struct file_ops *ops;	/* [I] */
	struct list_head link;		/* [l] */
};

static struct {
	struct kmem_cache *cache;	/* [I] */
	struct spinlock lock;
	struct list_head chrdevs;	/* [lock] */
	struct mount *anon;		/* [I] holds files without a name */
	long nr_files;			/* [a] */
	void (*watch_gone)(struct file *file);	/* [I] epoll's */
} files = { .lock = SPINLOCK_NAMED("chrdevs"), .chrdevs = LIST_HEAD_INIT(files.chrdevs) };

struct vfs_limits vfs_limits = {
	.file_max = UINT64_MAX, .nr_open = FD_HARD_MAX, .inotify_instances = 128, .inotify_watches = 8192,
	.inotify_events = 16384,
};

unsigned long vfs_nr_files(void)
{
	return (unsigned long)__atomic_load_n(&files.nr_files, __ATOMIC_RELAXED);
}

int file_alloc(unsigned flags, const struct cred *cred, struct file **out)
{
	struct file *file;

	if (unlikely(vfs_nr_files() >= READ_ONCE(vfs_limits.file_max)) && !cred_capable(cred_current(), CAP_SYS_ADMIN))
		return -ENFILE;
	file = kmem_cache_alloc(files.cache, GFP_KERNEL | GFP_ZERO);
	if (!file)
		return -ENOMEM;
	file->refs = 1;
	file->flags = flags;
	file->cred = cred_get(cred);
	mutex_init(&file->pos_lock, "file_pos");
	spin_lock_init(&file->lock, "file");
	INIT_LIST_HEAD(&file->epoll);
	__atomic_fetch_add(&files.nr_files, 1, __ATOMIC_RELAXED);
	*out = file;
	return 0;
}

static void file_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(files.cache, container_of(head, struct file, rcu));
}

void file_free(struct file *file)
{
	cred_put(file->cred);
	file_owner_free(file->owner);
	__atomic_fetch_sub(&files.nr_files, 1, __ATOMIC_RELAXED);
	call_rcu(&file->rcu, file_free_rcu);
}

void file_set_watch_hook(void (*gone)(struct file *file))
{
	files.watch_gone = gone;
}

static void file_release(struct file *file)
{
	if (unlikely(!list_empty(&file->epoll)))
		files.watch_gone(file);
	if (!(file->mode & FMODE_PATH)) {
		notify_dentry(file->path.dentry, file->mode & FMODE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
		dnotify_flush(file, NULL);
		file_locks_release(file);
		if (unlikely(file->flags & FASYNC) && file->ops->fasync)
			ignore_result(file->ops->fasync(-1, file, false));	/* taking off does not fail */
		if (file->ops->release)
			file->ops->release(file->inode, file);
		file_uncount_writer(file);
	}
	path_put(&file->path);
	if (unlikely(file->mode & FMODE_NEED_UNMOUNT))
		mount_file_released(file);
	file_free(file);
}

void fput(struct file *file)
{
	if (file && __atomic_sub_fetch(&file->refs, 1, __ATOMIC_ACQ_REL) == 0)
		file_release(file);
}

int file_close(struct file *file, const void *owner)
{
	int err = 0;

	if (!(file->mode & FMODE_PATH) && file->ops->flush)
		err = file->ops->flush(file, owner);
	if (!(file->mode & FMODE_PATH)) {
		dnotify_flush(file, owner);
		file_locks_close(file, owner);
	}
	fput(file);
	return err;
}

/* --- files without a name --- */

static const struct super_ops anon_super_ops = { .alloc_inode = NULL };

static int anon_fill_super(struct super_block *sb, const char *source, const char *options)
{
	static const struct inode_ops no_ops = { .lookup = NULL };
	struct inode *inode;

	(void)source;
	(void)options;
	sb->ops = &anon_super_ops;
	sb->magic = 0x09041934;		/* ANON_INODE_FS_MAGIC */
	inode = inode_alloc(sb);
	if (!inode)
		return -ENOMEM;
	inode->ino = 1;
	inode->mode = S_IRUSR | S_IWUSR;
	inode->ops = &no_ops;
	inode_unlock_new(inode);
	sb->root = d_make_root(inode);
	return sb->root ? 0 : -ENOMEM;
}

static int anon_dname(struct dentry *dentry, char *buf, size_t size)
{
	size_t len = min((size_t)dentry->name.len, size);

	memcpy(buf, dentry->name.name, len);
	return (int)len;
}

static const struct dentry_ops anon_dentry_ops = { .dname = anon_dname };

int file_anon(const char *name, const struct file_ops *ops, void *private, unsigned flags, struct file **out)
{
	struct super_block *sb = files.anon->sb;
	char full[40];
	struct dentry *dentry;
	struct file *file;
	int err;

	strscpy(full, "anon_inode:", sizeof(full));
	strscpy(full + 11, name, sizeof(full) - 11);
	dentry = d_alloc_pseudo(sb, full, &anon_dentry_ops);
	if (!dentry)
		return -ENOMEM;
	d_instantiate(dentry, inode_get(sb->root->inode));
	err = file_alloc(flags, &cred_root, &file);
	if (err) {
		dput(dentry);
		return err;
	}
	file->path = (struct path){ mount_get(files.anon), dentry };
	file->inode = dentry->inode;
	file->ops = ops;
	file->private = private;
	file->mode = ((flags + 1) & O_ACCMODE) | FMODE_STREAM;
	*out = file;
	return 0;
}

/* --- character devices --- */

int chrdev_register(unsigned major, unsigned minor, unsigned count, const char *name, const struct file_ops *ops)
{
	struct chrdev *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	*c = (struct chrdev){ .major = major, .minor = minor, .count = count, .name = name, .ops = ops };
	spin_lock(&files.lock);
	list_add_tail(&c->link, &files.chrdevs);
	spin_unlock(&files.lock);
	return 0;
}

const struct file_ops *chrdev_find(unsigned major, unsigned minor)
{
	const struct file_ops *ops = NULL;
	struct chrdev *c;

	spin_lock(&files.lock);
	list_for_each_entry(c, &files.chrdevs, link) {
		if (c->major == major && minor >= c->minor && minor - c->minor < c->count) {
			ops = c->ops;
			break;
		}
	}
	spin_unlock(&files.lock);
	return ops;
}

/* Does another with this name and major stand before it in the list? */
static bool named_before(const struct chrdev *c)
{
	const struct chrdev *other;

	list_for_each_entry(other, &files.chrdevs, link) {
		if (other == c)
			break;
		if (other->major == c->major && !strcmp(other->name, c->name))
			return true;
	}
	return false;
}

void chrdev_for_each(void (*fn)(unsigned major, const char *name, void *arg), void *arg)
{
	const struct chrdev *c, *first;
	unsigned major = 0;

	spin_lock(&files.lock);
	for (;; major = first->major + 1) {
		first = NULL;
		list_for_each_entry(c, &files.chrdevs, link) {
			if (c->major >= major && (!first || c->major < first->major))
				first = c;
		}
		if (!first)
			break;
		list_for_each_entry(c, &files.chrdevs, link) {
			if (c->major == first->major && !named_before(c))
				fn(c->major, c->name, arg);
		}
	}
	spin_unlock(&files.lock);
}

/* --- defaults over the page cache --- */

ssize_t generic_file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->file;
	struct address_space *as = &file->inode->mapping;
	size_t want = iov_count(to);
	ssize_t n = unlikely(iocb->flags & IOCB_NOIO) ? pagecache_read_cached(as, &iocb->pos, to) :
							pagecache_read(as, &file->ra, &iocb->pos, to);

	if (n >= 0 && want)
		file_accessed(file);
	return n;
}

int file_check_error(struct file *file)
{
	int err;

	spin_lock(&file->lock);
	err = errseq_check(&file_mapping(file)->wb_err, &file->wb_err);
	spin_unlock(&file->lock);
	return err;
}

int file_syncfs(struct file *file)
{
	struct super_block *sb = file->inode->sb;
	int err = super_syncfs(sb), told;

	spin_lock(&file->lock);
	told = errseq_check(&sb->wb_err, &file->sb_err);
	spin_unlock(&file->lock);
	return err ? err : told;
}

long vfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	long err = file->ops->fallocate ? file->ops->fallocate(file, mode, offset, len) : -EOPNOTSUPP;

	if (!err)
		notify_dentry(file->path.dentry, IN_MODIFY);
	return err;
}

static void grew(struct address_space *as, loff_t new_size)
{
	WRITE_ONCE(as->host->size, new_size);
	inode_mark_dirty(as->host, I_DIRTY_META);
}

ssize_t generic_file_write_locked(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->file->inode;
	ssize_t n;

	assert_held(&inode->lock);
	if (iocb->flags & IOCB_APPEND)
		iocb->pos = inode->size;
	if (iocb->limit != UINT64_MAX && (uint64_t)iocb->pos + iov_count(from) > iocb->limit) {
		if ((uint64_t)iocb->pos >= iocb->limit)
			return -EFBIG;
		iov_truncate(from, iocb->limit - (uint64_t)iocb->pos);
	}
	if (iocb->pos >= inode->sb->max_bytes && iov_count(from))
		return -EFBIG;
	iov_truncate(from, (size_t)(inode->sb->max_bytes - iocb->pos));
	inode_drop_privs(inode, iocb->file->cred);
	inode_touch_mtime(inode);
	n = pagecache_write(&inode->mapping, iocb->pos, from, grew);
	if (n > 0)
		iocb->pos += n;
	return n;
}

ssize_t generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->file->inode;
	ssize_t n;

	down_write(&inode->lock);
	n = generic_file_write_locked(iocb, from);
	up_write(&inode->lock);
	if (n > 0 && (iocb->flags & (IOCB_DSYNC | IOCB_SYNC)) && iocb->file->ops->fsync) {
		int err = iocb->file->ops->fsync(iocb->file, iocb->pos - n, iocb->pos, !(iocb->flags & IOCB_SYNC));

		if (err)
			return err;
	}
	return n;
}

static void file_vma_open(struct vma *vma)
{
	get_file(vma->file);
}

static void file_vma_close(struct vma *vma)
{
	fput(vma->file);
}

/* As fdatasync(2): the journal's commit may need what others hold who wait for this mm. */
static int __no_lock_check file_vma_sync(struct vma *vma, loff_t from, loff_t to)
{
	struct file *file = get_file(vma->file);
	struct mm *mm = vma->mm;
	int err;

	mm_read_unlock(mm);
	err = file->ops->fsync ? file->ops->fsync(file, from, to, /*datasync=*/true) : 0;
	fput(file);
	mm_read_lock(mm);
	return err;
}

static int __no_lock_check file_vma_punch(struct vma *vma, loff_t from, loff_t to)
{
	struct file *file = get_file(vma->file);
	struct mm *mm = vma->mm;
	long err;

	mm_read_unlock(mm);
	err = vfs_fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
	fput(file);
	mm_read_lock(mm);
	return (int)err;
}

const struct vma_ops file_vma_ops = {
	.open = file_vma_open,
	.close = file_vma_close,
	.sync = file_vma_sync,
	.punch = file_vma_punch,
};

int generic_file_mmap(struct file *file, struct map_request *req)
{
	req->mapping = &file->inode->mapping;
	req->file = file;
	req->ops = &file_vma_ops;
	file_accessed(file);
	return 0;
}

loff_t generic_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t size = file->inode->size, pos;

	switch (whence) {
	case SEEK_SET: pos = offset; break;
	case SEEK_CUR:
		if (!offset)
			return file->pos;
		if (check_add_overflow(file->pos, offset, &pos))
			return -EINVAL;
		break;
	case SEEK_END:
		if (check_add_overflow(size, offset, &pos))
			return -EINVAL;
		break;
	case SEEK_DATA:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		pos = offset;
		break;
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		pos = size;
		break;
	default: return -EINVAL;
	}
	if (pos < 0 || pos > file->inode->sb->max_bytes)
		return -EINVAL;
	file->pos = pos;
	return pos;
}

loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	(void)offset;
	(void)whence;
	return file->pos;
}

ssize_t file_kernel_read(struct file *file, void *buf, size_t size, loff_t pos)
{
	struct kiocb iocb = { .file = file, .pos = pos, .limit = UINT64_MAX };
	struct iovec one;
	struct iov_iter to;

	if (!file->ops->read_iter)
		return -EINVAL;
	iov_init_kernel(&to, &one, buf, size);
	return file->ops->read_iter(&iocb, &to);
}

ssize_t file_kernel_write(struct file *file, const void *buf, size_t size, loff_t pos)
{
	struct kiocb iocb = { .file = file, .pos = pos, .limit = UINT64_MAX };
	struct iovec one;
	struct iov_iter from;

	if (!file->ops->write_iter)
		return -EINVAL;
	iov_init_kernel(&from, &one, (void *)buf, size);
	return file->ops->write_iter(&iocb, &from);
}

static int files_init(void)
{
	static struct fs_type anon_type = { .name = "anon_inodefs", .flags = FS_SINGLE, .fill_super = anon_fill_super };

	files.cache = kmem_cache_create("file", sizeof(struct file), 0);
	VERIFY(files.cache);
	VERIFY(!fs_register(&anon_type));
	files.anon = vfs_kern_mount("anon_inodefs");
	VERIFY(files.anon);
	/* As Linux: about a tenth of memory may go into open files, and one per cent into watches. */
	vfs_limits.file_max = max(pages_total() * (PAGE_SIZE / 1024) / 10, 8192UL);
	vfs_limits.inotify_watches = (unsigned)min(max(pages_total() * PAGE_SIZE / 100 / 1280, 8192UL), 1048576UL);
	return 0;
}
INIT_HOOK(INIT_BUS, files_init);

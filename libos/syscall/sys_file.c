/* SPDX-License-Identifier: MIT */
/*
 * System calls of descriptors and open files. Sources: open(2), openat2(2), close(2), dup(2), fcntl(2),
 * ioctl(2), fsync(2), fallocate(2)...
 */
#include "abi/closerange.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/stat.h"
#include "ipc/pipe.h"
#include "lib/align.h"
#include "mm/uaccess.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "syscall/path.h"
#include "syscall/sys_lock.h"
#include "syscall/sys_owner.h"
#include "syscall/syscall.h"
#include "tty/pty.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/notify.h"
#include "vfs/stat.h"
#include "vfs/super.h"

#define OPEN_KNOWN (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | \
		    FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | \
		    O_TMPFILE)
#define OPEN_PATH_KNOWN (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)	/* what says something beside O_PATH */

static long open_name(int dirfd, const char *name, unsigned flags, uint32_t mode, unsigned lookup)
{
	struct vfs_ctx *ctx = current_vfs();
	struct file *file;
	int fd, err;

	fd = fd_reserve(ctx->files, 0, ctx->nofile_limit, flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	err = vfs_open(ctx, dirfd, name, flags & ~(unsigned)O_CLOEXEC, mode, lookup, &file);
	if (err) {
		fd_unreserve(ctx->files, fd);
		return err;
	}
	fd_install(ctx->files, fd, file);
	return fd;
}

/* open(2) ignores what it does not know; openat2(2) refuses it. */
static int settle_flags(unsigned *flags)
{
	*flags |= O_LARGEFILE;
	if (*flags & O_PATH)
		*flags &= OPEN_PATH_KNOWN;
	if ((*flags & __O_TMPFILE)) {
		if ((*flags & O_TMPFILE) != O_TMPFILE || (*flags & O_CREAT) || !(*flags & (O_WRONLY | O_RDWR)))
			return -EINVAL;
	}
	return (*flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT) ? -EINVAL : 0;
}

static long open_at(int dirfd, const char __user *path, unsigned flags, uint32_t mode, unsigned lookup)
{
	struct user_path p;
	long ret = settle_flags(&flags);

	if (ret)
		return ret;
	ret = user_path_get(&p, path, false);
	if (ret)
		return ret;
	ret = open_name(dirfd, p.name, flags, mode, lookup);
	user_path_put(&p);
	return ret;
}

long sys_open(const char __user *path, unsigned int flags, uint32_t mode)
{
	return open_at(AT_FDCWD, path, flags & OPEN_KNOWN, mode & 07777, 0);
}

long sys_openat(int dirfd, const char __user *path, unsigned int flags, uint32_t mode)
{
	return open_at(dirfd, path, flags & OPEN_KNOWN, mode & 07777, 0);
}

long sys_creat(const char __user *path, uint32_t mode)
{
	return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode & 07777, 0);
}

long sys_openat2(int dirfd, const char __user *path, struct open_how __user *uhow, size_t size)
{
	unsigned lookup = 0;
	struct open_how how;
	int err;

	if (size < sizeof(how))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&how, sizeof(how), uhow, size);
	if (err)
		return err;
	if ((how.flags & ~(uint64_t)OPEN_KNOWN) || (how.mode & ~07777ULL) ||
	    (how.mode && !(how.flags & (O_CREAT | __O_TMPFILE))) ||
	    ((how.flags & O_PATH) && (how.flags & ~(uint64_t)OPEN_PATH_KNOWN)) ||
	    (how.resolve & ~(uint64_t)(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |
				      RESOLVE_IN_ROOT | RESOLVE_CACHED)) ||
	    (how.resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) == (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		return -EINVAL;
	if ((how.resolve & RESOLVE_CACHED) && (how.flags & (O_TRUNC | O_CREAT | __O_TMPFILE)))
		return -EAGAIN;			/* changes wait */
	lookup |= (how.resolve & RESOLVE_NO_XDEV ? LOOKUP_NO_XDEV : 0) |
		  (how.resolve & RESOLVE_NO_MAGICLINKS ? LOOKUP_NO_MAGICLINKS : 0) |
		  (how.resolve & RESOLVE_NO_SYMLINKS ? LOOKUP_NO_SYMLINKS : 0) |
		  (how.resolve & RESOLVE_BENEATH ? LOOKUP_BENEATH : 0) |
		  (how.resolve & RESOLVE_IN_ROOT ? LOOKUP_IN_ROOT : 0) |
		  (how.resolve & RESOLVE_CACHED ? LOOKUP_CACHED : 0);
	return open_at(dirfd, path, (unsigned)how.flags, (uint32_t)how.mode, lookup);
}

long sys_close(int fd)
{
	int err = fd_close(current->vfs.files, fd);

	/* The descriptor is gone whatever flush said: close(2) must not be repeated. */
	return err == -ERESTARTSYS ? -EINTR : err;
}

long sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	int err = 0;

	if (flags & ~(unsigned)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE)
		err = fdtable_unshare(&current->vfs.files);
	return err ? err : fd_close_range(current->vfs.files, first, last, flags & CLOSE_RANGE_CLOEXEC);
}

static long dup_from(int fd, unsigned min_fd, bool cloexec)
{
	struct vfs_ctx *ctx = current_vfs();
	struct file *file = fget(ctx->files, fd);
	int new;

	if (!file)
		return -EBADF;
	new = fd_reserve(ctx->files, min_fd, ctx->nofile_limit, cloexec);
	if (new < 0)
		fput(file);
	else
		fd_install(ctx->files, new, file);
	return new;
}

long sys_dup(int fd)
{
	return dup_from(fd, 0, false);
}

long sys_dup3(int oldfd, int newfd, int flags)
{
	struct vfs_ctx *ctx = current_vfs();

	if ((flags & ~O_CLOEXEC) || oldfd == newfd)
		return -EINVAL;
	return fd_dup_to(ctx->files, oldfd, newfd, ctx->nofile_limit, flags & O_CLOEXEC);
}

long sys_dup2(int oldfd, int newfd)
{
	struct vfs_ctx *ctx = current_vfs();
	struct fd f;

	if (oldfd != newfd)
		return fd_dup_to(ctx->files, oldfd, newfd, ctx->nofile_limit, false);
	f = fd_get_raw(ctx->files, oldfd);
	fd_put(f);
	return f.file ? newfd : -EBADF;
}

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC)

static long set_flags(int fd, struct file *file, unsigned flags)
{
	const struct cred *c = current->cred;
	unsigned new = (file->flags & ~(unsigned)SETFL_MASK) | (flags & SETFL_MASK);
	int err = 0;

	if ((flags & O_NOATIME) && !(file->flags & O_NOATIME) && c->fsuid != file->inode->uid &&
	    !cred_capable(c, CAP_FOWNER))
		return -EPERM;
	if ((file->inode->flags & FS_APPEND_FL) && !(flags & O_APPEND) && (file->flags & O_APPEND))
		return -EPERM;
	if (file->ops->set_flags)
		err = file->ops->set_flags(file, new);
	if (!file->ops->fasync)		/* no such signals: the flag stays as it is */
		new = (new & ~(unsigned)FASYNC) | (file->flags & FASYNC);
	if (!err && ((file->flags ^ new) & FASYNC))
		err = file->ops->fasync(fd, file, new & FASYNC);
	if (err)
		return err;
	spin_lock(&file->lock);
	WRITE_ONCE(file->flags, new);
	spin_unlock(&file->lock);
	return 0;
}

/* Commands O_PATH descriptors have too. */
static long fcntl_descriptor(int fd, unsigned cmd, unsigned long arg)
{
	struct vfs_ctx *ctx = current_vfs();

	switch (cmd) {
	case F_DUPFD: case F_DUPFD_CLOEXEC:
		if (arg >= ctx->nofile_limit)
			return -EINVAL;
		return dup_from(fd, (unsigned)arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_cloexec(ctx->files, fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		return fd_set_cloexec(ctx->files, fd, arg & FD_CLOEXEC);
	default:
		return -ENOIOCTLCMD;
	}
}

static long set_notify(int fd, struct file *file, uint32_t mask)
{
	struct fdtable *table = current->vfs.files;
	long ret = dnotify_set(file, fd, table, mask);
	struct fd again;

	/* Another thread may have closed the descriptor, and so missed the request that was only now made. */
	again = fd_get_raw(table, fd);
	if (again.file != file)
		dnotify_flush(file, table);
	fd_put(again);
	return ret;
}

static long fcntl_file(int fd, struct file *file, unsigned cmd, unsigned long arg)
{
	long ret;

	if (cmd == F_GETFL)
		return file->flags;
	if (cmd == F_CREATED_QUERY)
		return (file->mode & FMODE_CREATED) != 0;
	if (file->mode & FMODE_PATH)
		return -EBADF;
	ret = fcntl_owner(file, cmd, arg);
	if (ret != -ENOIOCTLCMD)
		return ret;
	switch (cmd) {
	case F_SETFL:
		return set_flags(fd, file, (unsigned)arg);
	case F_NOTIFY:
		return set_notify(fd, file, (uint32_t)arg);
	case F_GETLK: case F_SETLK: case F_SETLKW:
	case F_OFD_GETLK: case F_OFD_SETLK: case F_OFD_SETLKW:
		return fcntl_lock(fd, file, cmd, arg);
	case F_GETPIPE_SZ:
		return pipe_get_size(file);
	case F_SETPIPE_SZ:
		return pipe_set_size(file, (unsigned)arg, current->cred);
	default:
		return file->ops->fcntl ? file->ops->fcntl(file, cmd, arg) : -EINVAL;
	}
}

long sys_fcntl(int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fd_get_raw(current->vfs.files, fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = fcntl_descriptor(fd, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = fcntl_file(fd, f.file, cmd, arg);
	fd_put(f);
	return ret;
}

static long ioctl_async(int fd, struct file *file, int __user *uarg)
{
	unsigned flags = file->flags;
	int on;

	if (get_user(on, uarg))
		return -EFAULT;
	if (!on == !(flags & FASYNC))
		return 0;
	if (!file->ops->fasync)
		return -ENOTTY;
	return set_flags(fd, file, on ? flags | FASYNC : flags & ~(unsigned)FASYNC);
}

static long ioctl_nonblock(int fd, struct file *file, int __user *uarg)
{
	int on;

	if (get_user(on, uarg))
		return -EFAULT;
	return set_flags(fd, file, on ? file->flags | O_NONBLOCK : file->flags & ~(unsigned)O_NONBLOCK);
}

/* TIOCGPTPEER: the other end of a pty as a new descriptor. */
static long ioctl_pty_peer(struct file *file, unsigned flags)
{
	struct file *peer;
	int err;

	if (flags & ~(unsigned)(O_ACCMODE | O_NOCTTY | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = pty_open_peer(file, flags, current->cred, &peer);
	if (err)
		return err;
	return fd_install_new(current->vfs.files, peer, current_nofile(), flags & O_CLOEXEC);
}

/* FIOQSIZE: the bytes that its blocks have. */
static long ioctl_bytes(struct file *file, loff_t __user *usize)
{
	const struct inode *inode = file->inode;
	struct kstat st;
	int err;

	if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode) && !S_ISLNK(inode->mode))
		return -ENOTTY;
	err = vfs_fstat(file, &st);
	return err ? err : put_user((loff_t)(st.blocks * 512), usize);
}

/* Requests every file answers the same way. */
static long ioctl_common(struct file *file, int fd, unsigned cmd, unsigned long arg)
{
	loff_t left;

	switch (cmd) {
	case FIOCLEX:
		return fd_set_cloexec(current->vfs.files, fd, true);
	case FIONCLEX:
		return fd_set_cloexec(current->vfs.files, fd, false);
	case FIONBIO:
		return ioctl_nonblock(fd, file, (int __user *)arg);
	case FIONREAD:
		if (!S_ISREG(file->inode->mode))
			return -ENOIOCTLCMD;
		left = file->inode->size - file->pos;
		return put_user((int)(left > INT32_MAX ? INT32_MAX : left), (int __user *)arg);
	case FIOQSIZE:
		return ioctl_bytes(file, (loff_t __user *)arg);
	case TIOCGPTPEER:
		return ioctl_pty_peer(file, (unsigned)arg);
	case FIOASYNC:
		return ioctl_async(fd, file, (int __user *)arg);
	default:
		return ioctl_owner(file, cmd, arg);
	}
}

long sys_ioctl(int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = ioctl_common(f.file, fd, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = f.file->ops->ioctl ? f.file->ops->ioctl(f.file, cmd, arg) : -ENOTTY;
	fd_put(f);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

static long sync_fd(int fd, bool data)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = f.file->ops->fsync ? f.file->ops->fsync(f.file, 0, INT64_MAX, data) : -EINVAL;
	fd_put(f);
	return ret;
}

long sys_fsync(int fd)
{
	return sync_fd(fd, false);
}

long sys_fdatasync(int fd)
{
	return sync_fd(fd, true);
}

enum { SYNC_WAIT_BEFORE = 1, SYNC_WRITE = 2, SYNC_WAIT_AFTER = 4, SYNC_ALL = 7 };	/* linux/fs.h */

/* Pages first to last: no metadata, and no flush of the disk's cache. */
static int sync_pages(struct file *file, uint64_t first, uint64_t last, unsigned flags)
{
	loff_t end = last < INT64_MAX >> PAGE_SHIFT ? (loff_t)((last + 1) << PAGE_SHIFT) : INT64_MAX;
	struct address_space *as = file_mapping(file);
	int err = 0, told = 0;

	if (flags & SYNC_WAIT_BEFORE)
		pagecache_wait(as, first, last);
	if (flags & SYNC_WRITE)
		err = pagecache_sync(as, (loff_t)(first << PAGE_SHIFT), end, /*wait=*/false);
	if (flags & SYNC_WAIT_AFTER)
		pagecache_wait(as, first, last);
	if (flags & (SYNC_WAIT_BEFORE | SYNC_WAIT_AFTER))
		told = file_check_error(file);
	return err ? err : told;
}

long sys_sync_file_range(int fd, loff_t offset, loff_t count, unsigned int flags)
{
	struct fd f = fd_get(current->vfs.files, fd);
	loff_t end = count ? offset + count - 1 : INT64_MAX;
	long ret = 0;

	if (!f.file)
		return -EBADF;
	if ((flags & ~(unsigned)SYNC_ALL) || offset < 0 || count < 0 || end < offset)
		ret = -EINVAL;
	else if (!S_ISREG(f.file->inode->mode) && !S_ISBLK(f.file->inode->mode) && !S_ISDIR(f.file->inode->mode))
		ret = -ESPIPE;
	else
		ret = sync_pages(f.file, (uint64_t)offset >> PAGE_SHIFT, (uint64_t)end >> PAGE_SHIFT, flags);
	fd_put(f);
	return ret;
}

long sys_sync(void)
{
	super_sync_all();
	return 0;
}

long sys_syncfs(int fd)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = file_syncfs(f.file);
	fd_put(f);
	return ret;
}

long sys_ftruncate(int fd, long length)
{
	struct fd f;
	long ret;

	if (length < 0)
		return -EINVAL;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	if (!(f.file->mode & FMODE_WRITE) || !S_ISREG(f.file->inode->mode))
		ret = -EINVAL;
	else
		ret = vfs_set_size(current_vfs(), &f.file->path, length);
	if (ret == -EFBIG && over_size_limit(f.file))
		signal_kernel(current, SIGXFSZ, SIGNAL_THREAD);
	fd_put(f);
	return ret;
}

long sys_truncate(const char __user *path, long length)
{
	struct user_path p;
	struct path target;
	long ret;

	if (length < 0)
		return -EINVAL;
	ret = user_path_get(&p, path, false);
	if (ret)
		return ret;
	ret = path_lookup(current_vfs(), AT_FDCWD, p.name, LOOKUP_FOLLOW, &target);
	user_path_put(&p);
	if (ret)
		return ret;
	ret = vfs_truncate(current_vfs(), &target, length);
	path_put(&target);
	return ret;
}

/* Would the file become longer than RLIMIT_FSIZE allows? Blocks past the end that leave it as long are no matter. */
static bool grows_over_limit(const struct file *file, int mode, loff_t end)
{
	return (mode == 0 || mode == FALLOC_FL_ZERO_RANGE) && end > READ_ONCE(file->inode->size) &&
	       (uint64_t)end > current_vfs()->fsize_limit;
}

long sys_fallocate(int fd, int mode, loff_t offset, loff_t len)
{
	struct fd f;
	long ret;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	if (!(f.file->mode & FMODE_WRITE))
		ret = -EBADF;
	else if (S_ISFIFO(f.file->inode->mode))
		ret = -ESPIPE;
	else if (S_ISDIR(f.file->inode->mode))
		ret = -EISDIR;
	else if (!S_ISREG(f.file->inode->mode) && !S_ISBLK(f.file->inode->mode))
		ret = -ENODEV;
	else if (len > f.file->inode->sb->max_bytes - offset)
		ret = -EFBIG;
	else if (f.file->ops->fallocate && grows_over_limit(f.file, mode, offset + len))
		ret = -EFBIG;
	else
		ret = vfs_fallocate(f.file, mode, offset, len);
	if (ret == -EFBIG && len <= f.file->inode->sb->max_bytes - offset && over_size_limit(f.file))
		signal_kernel(current, SIGXFSZ, SIGNAL_THREAD);
	fd_put(f);
	return ret;
}

/* Write what is dirty, without waiting, and drop the whole pages of the range that are clean. */
static void drop_cached(struct address_space *as, loff_t offset, size_t len)
{
	loff_t end = len && (loff_t)len <= INT64_MAX - offset ? offset + (loff_t)len : INT64_MAX;
	uint64_t first = DIV_ROUND_UP((uint64_t)offset, PAGE_SIZE);
	uint64_t behind = (uint64_t)end >> PAGE_SHIFT;

	if (!as->ops->fill || offset < 0 || end <= offset)
		return;
	ignore_result(pagecache_sync(as, offset, end, /*wait=*/false));	/* fsync tells */
	if (end >= as->size(as))
		behind = ULONG_MAX;			/* the last page, too */
	if (first < behind)
		pagecache_drop_clean(as, first, behind - 1);
}

/* As much as makes sense at once: 1 MiB. */
static void read_ahead(struct address_space *as, loff_t offset, size_t len)
{
	if (as->ops->fill)
		pagecache_readahead(as, (uint64_t)offset >> PAGE_SHIFT,
				    (unsigned)min(DIV_ROUND_UP(len, PAGE_SIZE), 256UL));
}

long sys_fadvise64(int fd, loff_t offset, size_t len, int advice)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret = 0;

	if (!f.file)
		return -EBADF;
	if (S_ISFIFO(f.file->inode->mode))
		ret = -ESPIPE;
	else if (advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE || (loff_t)len < 0)
		ret = -EINVAL;
	else if (advice == POSIX_FADV_RANDOM)
		f.file->ra.max_pages = 0;
	else if (advice == POSIX_FADV_NORMAL || advice == POSIX_FADV_SEQUENTIAL)
		f.file->ra.max_pages = advice == POSIX_FADV_SEQUENTIAL ? 64 : 32;
	else if (advice == POSIX_FADV_WILLNEED)
		read_ahead(file_mapping(f.file), offset, len ? len : 1UL << 20);
	else if (advice == POSIX_FADV_DONTNEED)
		drop_cached(file_mapping(f.file), offset, len);
	fd_put(f);
	return ret;
}

long sys_readahead(int fd, loff_t offset, size_t count)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret = -EBADF;

	if (f.file && (f.file->mode & FMODE_READ)) {
		ret = S_ISREG(f.file->inode->mode) || S_ISBLK(f.file->inode->mode) ? 0 : -EINVAL;
		if ((ssize_t)count < 0)
			ret = -EINVAL;
		if (!ret)
			read_ahead(file_mapping(f.file), offset, count);
	}
	fd_put(f);
	return ret;
}

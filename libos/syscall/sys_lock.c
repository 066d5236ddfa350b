/* SPDX-License-Identifier: MIT */
/* System calls of file locks. Sources: flock(2), fcntl(2) "Advisory record locking", "Open file description locks". */
#include "syscall/sys_lock.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/flock.h"
#include "vfs/inode.h"

long sys_flock(int fd, unsigned int cmd)
{
	struct fd f = fd_get(current->vfs.files, fd);
	unsigned what = cmd & ~(unsigned)LOCK_NB;
	long ret;

	if (!f.file)
		return -EBADF;
	if (what == LOCK_UN)
		ret = file_flock(f.file, FILE_LOCK_NONE, /*wait=*/false, /*pid=*/0);
	else if (what == LOCK_SH || what == LOCK_EX)
		ret = file_flock(f.file, what == LOCK_SH ? FILE_LOCK_READ : FILE_LOCK_WRITE, !(cmd & LOCK_NB),
				process_tgid_in(current->process, &pid_ns_init));
	else
		ret = -EINVAL;
	fd_put(f);
	return ret;
}

/* l_whence, l_start, l_len to first and last byte. 0, -EINVAL, -EOVERFLOW. */
static int decode_range(struct file *file, const struct flock *user, struct file_lock *lock)
{
	loff_t base;

	switch (user->l_whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = READ_ONCE(file->pos);
		break;
	case SEEK_END:
		base = READ_ONCE(file->inode->size);
		break;
	default:
		return -EINVAL;
	}
	if (user->l_start > 0 && base > INT64_MAX - user->l_start)
		return -EOVERFLOW;
	base += user->l_start;
	if (base < 0)
		return -EINVAL;
	lock->start = base;
	lock->end = FILE_LOCK_EOF;
	if (user->l_len > 0) {
		if (base > INT64_MAX - (user->l_len - 1))
			return -EOVERFLOW;
		lock->end = base + (user->l_len - 1);
	} else if (user->l_len < 0) {
		/* A negative length is the bytes before the start. */
		if (base + user->l_len < 0)
			return -EINVAL;
		lock->start = base + user->l_len;
		lock->end = base - 1;
	}
	return 0;
}

static int decode(struct file *file, unsigned cmd, const struct flock *user, struct file_lock *lock)
{
	bool ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;

	memset(lock, 0, sizeof(*lock));
	switch (user->l_type) {
	case F_RDLCK:
		lock->type = FILE_LOCK_READ;
		break;
	case F_WRLCK:
		lock->type = FILE_LOCK_WRITE;
		break;
	case F_UNLCK:
		lock->type = FILE_LOCK_NONE;
		break;
	default:
		return -EINVAL;
	}
	if (ofd && user->l_pid)
		return -EINVAL;
	lock->kind = ofd ? FILE_LOCK_OFD : FILE_LOCK_POSIX;
	lock->owner = ofd ? (const void *)file : current->vfs.files;
	lock->pid = ofd ? -1 : process_tgid_in(current->process, &pid_ns_init);
	return decode_range(file, user, lock);
}

static void encode(const struct file_lock *lock, struct flock *user)
{
	user->l_type = lock->type == FILE_LOCK_WRITE ? F_WRLCK : F_RDLCK;
	user->l_whence = SEEK_SET;
	user->l_start = lock->start;
	user->l_len = lock->end == FILE_LOCK_EOF ? 0 : lock->end - lock->start + 1;
	user->l_pid = lock->pid < 0 ? lock->pid : pid_nr_seen_from(lock->pid, current->pid_ns);
}

static long get_lock(struct file *file, struct file_lock *lock, struct flock *user, struct flock __user *uflock)
{
	if (lock->type == FILE_LOCK_NONE)
		return -EINVAL;
	if (record_lock_test(file->inode, lock))
		encode(lock, user);
	else
		user->l_type = F_UNLCK;
	return copy_to_user(uflock, user, sizeof(*user)) ? -EFAULT : 0;
}

static long set_lock(int fd, struct file *file, const struct file_lock *lock, bool wait)
{
	struct file_lock unlock = *lock;
	struct fd again;
	long ret;

	if (lock->type == FILE_LOCK_READ && !(file->mode & FMODE_READ))
		return -EBADF;
	if (lock->type == FILE_LOCK_WRITE && !(file->mode & FMODE_WRITE))
		return -EBADF;
	ret = record_lock_set(file->inode, lock, wait);
	if (ret || lock->type == FILE_LOCK_NONE)
		return ret;
	/* Another thread may have closed the descriptor, and so missed the lock that was only now taken. */
	again = fd_get_raw(current->vfs.files, fd);
	if (again.file != file) {
		unlock.type = FILE_LOCK_NONE;
		ret = record_lock_set(file->inode, &unlock, /*wait=*/false);
		ret = ret ? ret : -EBADF;
	}
	if (again.file)
		fd_put(again);
	return ret;
}

long fcntl_lock(int fd, struct file *file, unsigned cmd, unsigned long arg)
{
	struct flock __user *uflock = (struct flock __user *)arg;
	struct file_lock lock;
	struct flock user;
	int err;

	if (copy_from_user(&user, uflock, sizeof(user)))
		return -EFAULT;
	err = decode(file, cmd, &user, &lock);
	if (err)
		return err;
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		return get_lock(file, &lock, &user, uflock);
	return set_lock(fd, file, &lock, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}

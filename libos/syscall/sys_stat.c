/* SPDX-License-Identifier: MIT */
/*
 * System calls of attributes. Sources: stat(2), statx(2), access(2), chmod(2), chown(2), utimensat(2), utime(2),
 * statfs(2).
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "abi/time.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/stat.h"
#include "vfs/super.h"

static unsigned long encode_dev(uint64_t dev)
{
	unsigned major = (unsigned)(dev >> 8 & 0xfff), minor = (unsigned)((dev & 0xff) | (dev >> 12 & 0xfff00));

	return (minor & 0xff) | major << 8 | (unsigned long)(minor & ~0xffu) << 12;
}

static int put_stat(const struct kstat *k, struct stat __user *ust)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	st.st_dev = encode_dev(k->dev);
	st.st_ino = k->ino;
	st.st_nlink = k->nlink;
	st.st_mode = k->mode;
	st.st_uid = k->uid;
	st.st_gid = k->gid;
	st.st_rdev = encode_dev(k->rdev);
	st.st_size = k->size;
	st.st_blksize = k->blksize;
	st.st_blocks = (long)k->blocks;
	st.st_atime = (unsigned long)k->atime.tv_sec;
	st.st_atime_nsec = (unsigned long)k->atime.tv_nsec;
	st.st_mtime = (unsigned long)k->mtime.tv_sec;
	st.st_mtime_nsec = (unsigned long)k->mtime.tv_nsec;
	st.st_ctime = (unsigned long)k->ctime.tv_sec;
	st.st_ctime_nsec = (unsigned long)k->ctime.tv_nsec;
	return copy_to_user(ust, &st, sizeof(st)) ? -EFAULT : 0;
}

static int stat_fd(int fd, struct kstat *k)
{
	struct fd f = fd_get_raw(current->vfs.files, fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = vfs_fstat(f.file, k);
	fd_put(f);
	return err;
}

static int stat_at(int dirfd, const char __user *path, unsigned lookup, struct kstat *k)
{
	struct user_path p;
	int err = user_path_get(&p, path, lookup & LOOKUP_EMPTY);

	if (err)
		return err;
	if ((lookup & LOOKUP_EMPTY) && !*p.name && dirfd >= 0)
		err = stat_fd(dirfd, k);
	else
		err = vfs_stat(&current->vfs, dirfd, p.name, lookup, k);
	user_path_put(&p);
	return err;
}

static long stat_name(int dirfd, const char __user *path, unsigned lookup, struct stat __user *st)
{
	struct kstat k;
	int err = stat_at(dirfd, path, lookup, &k);

	return err ? err : put_stat(&k, st);
}

long sys_stat(const char __user *path, struct stat __user *st)
{
	return stat_name(AT_FDCWD, path, LOOKUP_FOLLOW, st);
}

long sys_lstat(const char __user *path, struct stat __user *st)
{
	return stat_name(AT_FDCWD, path, 0, st);
}

long sys_fstat(int fd, struct stat __user *st)
{
	struct kstat k;
	int err = stat_fd(fd, &k);

	return err ? err : put_stat(&k, st);
}

static unsigned lookup_of(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

long sys_newfstatat(int dirfd, const char __user *path, struct stat __user *st, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	return stat_name(dirfd, path, lookup_of(flags), st);
}

static struct statx_timestamp statx_time(const struct timespec64 *t)
{
	return (struct statx_timestamp){ .tv_sec = t->tv_sec, .tv_nsec = (uint32_t)t->tv_nsec };
}

long sys_statx(int dirfd, const char __user *path, unsigned int flags, unsigned int mask, struct statx __user *ubuf)
{
	struct statx s;
	struct kstat k;
	int err;

	if ((flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (mask & STATX__RESERVED))
		return -EINVAL;
	err = stat_at(dirfd, path, lookup_of((int)flags), &k);
	if (err)
		return err;
	memset(&s, 0, sizeof(s));
	s.stx_mask = (k.result_mask ? k.result_mask : STATX_BASIC_STATS) | STATX_MNT_ID |
		     (k.btime.tv_sec || k.btime.tv_nsec ? STATX_BTIME : 0);
	s.stx_blksize = k.blksize;
	s.stx_attributes = k.attributes;
	s.stx_attributes_mask = k.attributes_mask;
	s.stx_nlink = k.nlink;
	s.stx_uid = k.uid;
	s.stx_gid = k.gid;
	s.stx_mode = (uint16_t)k.mode;
	s.stx_ino = k.ino;
	s.stx_size = (uint64_t)k.size;
	s.stx_blocks = k.blocks;
	s.stx_atime = statx_time(&k.atime);
	s.stx_btime = statx_time(&k.btime);
	s.stx_ctime = statx_time(&k.ctime);
	s.stx_mtime = statx_time(&k.mtime);
	s.stx_rdev_major = (uint32_t)(k.rdev >> 8 & 0xfff);
	s.stx_rdev_minor = (uint32_t)((k.rdev & 0xff) | (k.rdev >> 12 & 0xfff00));
	s.stx_dev_major = (uint32_t)(k.dev >> 8 & 0xfff);
	s.stx_dev_minor = (uint32_t)((k.dev & 0xff) | (k.dev >> 12 & 0xfff00));
	s.stx_mnt_id = k.mnt_id;
	return copy_to_user(ubuf, &s, sizeof(s)) ? -EFAULT : 0;
}

/* access(2) judges by the real ids: a context with them for this one look-up. */
static void real_ids(struct vfs_ctx *ctx, struct cred *c)
{
	*c = *current->cred;
	c->fsuid = c->uid;
	c->fsgid = c->gid;
	if (!(c->securebits & SECBIT_NO_SETUID_FIXUP))
		c->cap_effective = c->uid ? 0 : c->cap_permitted;
	*ctx = current->vfs;
	ctx->cred = c;
}

static long access_at(int dirfd, const char __user *path, int mode, int flags)
{
	struct vfs_ctx ctx = current->vfs;
	struct user_path p;
	struct cred c;
	long ret;

	if (mode & ~7)
		return -EINVAL;
	if (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	ret = user_path_get(&p, path, flags & AT_EMPTY_PATH);
	if (ret)
		return ret;
	if (!(flags & AT_EACCESS))
		real_ids(&ctx, &c);
	ret = vfs_access(&ctx, dirfd, p.name, mode, lookup_of(flags));
	user_path_put(&p);
	return ret;
}

long sys_access(const char __user *path, int mode)
{
	return access_at(AT_FDCWD, path, mode, 0);
}

long sys_faccessat(int dirfd, const char __user *path, int mode)
{
	return access_at(dirfd, path, mode, 0);
}

long sys_faccessat2(int dirfd, const char __user *path, int mode, unsigned int flags)
{
	return access_at(dirfd, path, mode, (int)flags);
}

/* Change attributes of what a name or, when `path` is NULL, a descriptor refers to. */
static long setattr_at(int dirfd, const char __user *path, unsigned lookup, struct iattr *a)
{
	struct user_path p;
	struct path target;
	struct fd f;
	long ret;

	if (!path) {
		f = fd_get(current->vfs.files, dirfd);
		if (!f.file)
			return -EBADF;
		ret = vfs_setattr(current_vfs(), &f.file->path, a);
		fd_put(f);
		return ret;
	}
	ret = user_path_get(&p, path, lookup & LOOKUP_EMPTY);
	if (ret)
		return ret;
	ret = path_lookup(&current->vfs, dirfd, p.name, lookup, &target);
	user_path_put(&p);
	if (ret)
		return ret;
	ret = vfs_setattr(current_vfs(), &target, a);
	path_put(&target);
	return ret;
}

static long chmod_at(int dirfd, const char __user *path, uint32_t mode, int flags)
{
	struct iattr a = { .valid = ATTR_MODE, .mode = mode & 07777 };

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return setattr_at(dirfd, path, lookup_of(flags), &a);
}

long sys_chmod(const char __user *path, uint32_t mode)
{
	return path ? chmod_at(AT_FDCWD, path, mode, 0) : -EFAULT;
}

long sys_fchmod(int fd, uint32_t mode)
{
	return chmod_at(fd, NULL, mode, 0);
}

long sys_fchmodat(int dirfd, const char __user *path, uint32_t mode)
{
	return path ? chmod_at(dirfd, path, mode, 0) : -EFAULT;
}

long sys_fchmodat2(int dirfd, const char __user *path, uint32_t mode, unsigned int flags)
{
	return path ? chmod_at(dirfd, path, mode, (int)flags) : -EFAULT;
}

static long chown_at(int dirfd, const char __user *path, unsigned uid, unsigned gid, int flags)
{
	struct iattr a = { .valid = (uid != UINT32_MAX ? ATTR_UID : 0) | (gid != UINT32_MAX ? ATTR_GID : 0) |
				    ATTR_CHOWN,
			   .uid = uid, .gid = gid };

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return setattr_at(dirfd, path, lookup_of(flags), &a);
}

long sys_chown(const char __user *path, unsigned int uid, unsigned int gid)
{
	return path ? chown_at(AT_FDCWD, path, uid, gid, 0) : -EFAULT;
}

long sys_lchown(const char __user *path, unsigned int uid, unsigned int gid)
{
	return path ? chown_at(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW) : -EFAULT;
}

long sys_fchown(int fd, unsigned int uid, unsigned int gid)
{
	return chown_at(fd, NULL, uid, gid, 0);
}

long sys_fchownat(int dirfd, const char __user *path, unsigned int uid, unsigned int gid, int flags)
{
	return path ? chown_at(dirfd, path, uid, gid, flags) : -EFAULT;
}

/* times NULL: now, which a writer may set too. */
static long set_times(int dirfd, const char __user *path, const struct timespec64 *times, int flags)
{
	struct iattr a = { .valid = ATTR_ATIME | ATTR_MTIME };

	if (times) {
		for (int i = 0; i < 2; i++) {
			long ns = times[i].tv_nsec;

			if (ns != UTIME_NOW && ns != UTIME_OMIT && (ns < 0 || ns >= (long)NSEC_PER_SEC))
				return -EINVAL;
		}
		if (times[0].tv_nsec == UTIME_OMIT)
			a.valid &= ~(unsigned)ATTR_ATIME;
		else if (times[0].tv_nsec != UTIME_NOW)
			a.valid |= ATTR_ATIME_SET, a.atime = times[0];
		if (times[1].tv_nsec == UTIME_OMIT)
			a.valid &= ~(unsigned)ATTR_MTIME;
		else if (times[1].tv_nsec != UTIME_NOW)
			a.valid |= ATTR_MTIME_SET, a.mtime = times[1];
		if (!a.valid)
			return 0;
	}
	if ((a.valid & (ATTR_ATIME | ATTR_MTIME)) == (ATTR_ATIME | ATTR_MTIME) &&
	    !(a.valid & (ATTR_ATIME_SET | ATTR_MTIME_SET)))
		a.valid |= ATTR_TOUCH;
	else
		a.valid |= ATTR_TIMES_SET;
	return setattr_at(dirfd, path, lookup_of(flags), &a);
}

long sys_utimensat(int dirfd, const char __user *path, struct __kernel_timespec __user *utimes, int flags)
{
	struct __kernel_timespec k[2];
	struct timespec64 t[2];

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (utimes) {
		if (copy_from_user(k, utimes, sizeof(k)))
			return -EFAULT;
		for (int i = 0; i < 2; i++)
			t[i] = (struct timespec64){ k[i].tv_sec, (long)k[i].tv_nsec };
	}
	if (!path && dirfd == AT_FDCWD)
		return -EFAULT;
	if (!path && flags)
		return -EINVAL;
	return set_times(dirfd, path, utimes ? t : NULL, flags);
}

static long set_times_usec(int dirfd, const char __user *path, struct __kernel_old_timeval __user *utimes)
{
	struct __kernel_old_timeval k[2];
	struct timespec64 t[2];

	if (!path && dirfd == AT_FDCWD)
		return -EFAULT;
	if (!utimes)
		return set_times(dirfd, path, NULL, 0);
	if (copy_from_user(k, utimes, sizeof(k)))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (k[i].tv_usec < 0 || k[i].tv_usec >= (long)USEC_PER_SEC)
			return -EINVAL;
		t[i] = (struct timespec64){ k[i].tv_sec, k[i].tv_usec * 1000 };
	}
	return set_times(dirfd, path, t, 0);
}

long sys_utimes(const char __user *path, struct __kernel_old_timeval __user *times)
{
	return set_times_usec(AT_FDCWD, path, times);
}

long sys_utime(const char __user *path, struct utimbuf __user *times)
{
	struct timespec64 t[2] = { { 0 } };
	struct utimbuf k;

	if (!path)
		return -EFAULT;
	if (!times)
		return set_times(AT_FDCWD, path, NULL, 0);
	if (copy_from_user(&k, times, sizeof(k)))
		return -EFAULT;
	t[0].tv_sec = k.actime;
	t[1].tv_sec = k.modtime;
	return set_times(AT_FDCWD, path, t, 0);
}

long sys_futimesat(int dirfd, const char __user *path, struct __kernel_old_timeval __user *times)
{
	return set_times_usec(dirfd, path, times);
}

static long put_statfs(const struct path *path, struct statfs __user *ubuf)
{
	struct kstatfs k;
	struct statfs s;
	int err = vfs_statfs(path, &k);

	if (err)
		return err;
	memset(&s, 0, sizeof(s));
	s.f_type = k.type;
	s.f_bsize = k.block_size;
	s.f_blocks = k.blocks;
	s.f_bfree = k.blocks_free;
	s.f_bavail = k.blocks_avail;
	s.f_files = k.files;
	s.f_ffree = k.files_free;
	s.f_fsid.val[0] = (int)k.fsid;
	s.f_fsid.val[1] = (int)(k.fsid >> 32);
	s.f_namelen = k.name_max;
	s.f_frsize = k.fragment_size;
	s.f_flags = (long)k.flags;
	return copy_to_user(ubuf, &s, sizeof(s)) ? -EFAULT : 0;
}

long sys_statfs(const char __user *path, struct statfs __user *buf)
{
	struct user_path p;
	struct path target;
	long ret = user_path_get(&p, path, false);

	if (ret)
		return ret;
	ret = path_lookup(&current->vfs, AT_FDCWD, p.name, LOOKUP_FOLLOW, &target);
	user_path_put(&p);
	if (ret)
		return ret;
	ret = put_statfs(&target, buf);
	path_put(&target);
	return ret;
}

long sys_fstatfs(int fd, struct statfs __user *buf)
{
	struct fd f = fd_get_raw(current->vfs.files, fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = put_statfs(&f.file->path, buf);
	fd_put(f);
	return ret;
}

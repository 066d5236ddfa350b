/* SPDX-License-Identifier: MIT */
/*
 * names to objects: path walk, open, and the calls that change names.
 *
 * vfs_ctx is who asks: root, working directory, umask, descriptors, credentials. Nothing in vfs/ or fs/ knows the
 * current task; the system calls pass its context, the library API its own.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/rcu.h"
#include "sync/seqlock.h"
#include "sync/spinlock.h"
#include "vfs/mount.h"

struct cred;
struct fdtable;
struct iov_iter;
struct file;
struct kstat;
struct iov_iter;
struct kstatfs;

/* Shared by CLONE_FS. Field legend: [l] lock inside seq */
struct fs_state {
	struct refcount refs;		/* [a] tasks, and borrowers like /proc */
	int tasks;			/* [a] that have it as theirs */
	struct spinlock lock;
	struct seqcount seq;
	struct path root;		/* [l] */
	struct path pwd;		/* [l] */
	uint32_t umask;			/* [l] */
	struct rcu_head rcu;		/* /proc looks at other tasks' */
};

struct vfs_ctx {
	struct fs_state *fs;
	struct fdtable *files;
	const struct cred *cred;	/* for checks: fsuid, fsgid, capabilities */
	struct mount_ns *ns;
	uint64_t fsize_limit;		/* RLIMIT_FSIZE */
	unsigned nofile_limit;		/* RLIMIT_NOFILE */
};

struct fs_state *fs_state_create(void);
struct fs_state *fs_state_copy(struct fs_state *from);
struct fs_state *fs_state_get(struct fs_state *fs);
void fs_state_put(struct fs_state *fs);
/* The same for a task whose it becomes (CLONE_FS), or does not remain. NULL may leave. */
struct fs_state *fs_state_join(struct fs_state *fs);
void fs_state_leave(struct fs_state *fs);
static inline int fs_state_tasks(const struct fs_state *fs) { return __atomic_load_n(&fs->tasks, __ATOMIC_RELAXED); }
void fs_state_get_root(struct fs_state *fs, struct path *out);
void fs_state_get_pwd(struct fs_state *fs, struct path *out);
void fs_state_set_root(struct fs_state *fs, const struct path *path);
void fs_state_set_pwd(struct fs_state *fs, const struct path *path);
/* Whichever of the two is `from` becomes `to`, in one step; the caller holds references of both paths. */
void fs_state_follow(struct fs_state *fs, const struct path *from, const struct path *to);

enum lookup_flags { LOOKUP_FOLLOW = 1, LOOKUP_DIRECTORY = 2, LOOKUP_EMPTY = 4, LOOKUP_NO_AUTOMOUNT = 8,
		    LOOKUP_NO_SYMLINKS = 16, LOOKUP_NO_MAGICLINKS = 32, LOOKUP_NO_XDEV = 64, LOOKUP_BENEATH = 128,
		    LOOKUP_IN_ROOT = 256, LOOKUP_CACHED = 512 };

/* `name` is a kernel string (PATH_MAX incl. NUL). *out holds references. May sleep. */
int __must_check path_lookup(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, struct path *out);

/* The calls, decoded; each is what its man page says, 0 or -errno unless said. All may sleep. */
int __must_check vfs_open(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, uint32_t mode,
			  unsigned lookup, struct file **out);
int __must_check vfs_stat(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned lookup, struct kstat *out);
int __must_check vfs_fstat(struct file *file, struct kstat *out);
int __must_check vfs_access(struct vfs_ctx *ctx, int dirfd, const char *name, int mode, unsigned lookup);
int __must_check vfs_mkdir(struct vfs_ctx *ctx, int dirfd, const char *name, uint32_t mode);
int __must_check vfs_mknod(struct vfs_ctx *ctx, int dirfd, const char *name, uint32_t mode, uint64_t dev);
int __must_check vfs_symlink(struct vfs_ctx *ctx, const char *text, int dirfd, const char *name);
int __must_check vfs_link(struct vfs_ctx *ctx, int olddir, const char *old, int newdir, const char *name,
			  unsigned lookup);
int __must_check vfs_unlink(struct vfs_ctx *ctx, int dirfd, const char *name);
int __must_check vfs_rmdir(struct vfs_ctx *ctx, int dirfd, const char *name);
int __must_check vfs_rename(struct vfs_ctx *ctx, int olddir, const char *old, int newdir, const char *name,
			    unsigned flags);
ssize_t __must_check vfs_readlink(struct vfs_ctx *ctx, int dirfd, const char *name, char *buf, size_t size);
int __must_check vfs_chdir(struct vfs_ctx *ctx, const char *name);
int __must_check vfs_chroot(struct vfs_ctx *ctx, const char *name);
int __must_check vfs_statfs(const struct path *path, struct kstatfs *out);

struct iattr;
/* chmod, chown, truncate, utimensat on a path or file: checks rights, notifies. */
int __must_check vfs_setattr(struct vfs_ctx *ctx, const struct path *path, struct iattr *attr);
/* ftruncate(2), fallocate: no permission check but limits. */
int __must_check vfs_set_size(struct vfs_ctx *ctx, const struct path *path, loff_t size);
int __must_check vfs_truncate(struct vfs_ctx *ctx, const struct path *path, loff_t size);

/* Read and write through a file, updating *pos; limits and modes checked. Bytes or -errno. */
ssize_t __must_check vfs_read(struct file *file, struct iov_iter *to, loff_t *pos, unsigned iocb_flags);
ssize_t __must_check vfs_write(struct vfs_ctx *ctx, struct file *file, struct iov_iter *from, loff_t *pos,
			       unsigned iocb_flags);

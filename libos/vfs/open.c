/* SPDX-License-Identifier: MIT */
/*
 * open: open(2) decoded, exec's opening, and what an open file is made of.
 *
 * An existing name is opened through a plain walk. With O_CREAT, a name that is missing is made in its locked
 * directory after looking again; a dangling link is followed to where it points.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/mman.h"
#include "lib/errseq.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/slab.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/exec.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/notify.h"
#include "vfs/super.h"

#define CREATE_LINKS	40

static int acc_mode(unsigned flags)
{
	static const int mode[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE };

	return mode[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static int check_open(const struct path *path, unsigned flags, const struct cred *cred)
{
	struct inode *inode = path->dentry->inode;
	int mask = acc_mode(flags), err;

	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (S_ISDIR(inode->mode) && ((mask & MAY_WRITE) || (flags & O_CREAT)))
		return -EISDIR;
	if ((flags & O_DIRECTORY) && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if ((flags & O_DIRECT) && (S_ISDIR(inode->mode) || S_ISCHR(inode->mode)))
		return -EINVAL;
	if ((S_ISBLK(inode->mode) || S_ISCHR(inode->mode)) && (path->mnt->flags & MS_NODEV))
		return -EACCES;
	if ((mask & MAY_WRITE) && (S_ISREG(inode->mode) || S_ISDIR(inode->mode))) {
		err = mount_want_write(path->mnt);
		if (err)
			return err;
	}
	err = inode_permission(inode, cred, mask);
	if (err)
		return err;
	if ((inode->flags & FS_APPEND_FL) && ((mask & MAY_WRITE) && !(flags & O_APPEND)))
		return -EPERM;
	if ((flags & O_NOATIME) && cred->fsuid != inode->uid && !cred_capable(cred, CAP_FOWNER))
		return -EPERM;
	return 0;
}

static unsigned mode_of(unsigned flags, const struct inode *inode, const struct file_ops *ops)
{
	unsigned mode = ((flags & O_ACCMODE) + 1) & O_ACCMODE;

	if ((flags & O_ACCMODE) == O_ACCMODE)
		mode = 0;
	if (ops->llseek)
		mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	if (S_ISREG(inode->mode) || S_ISDIR(inode->mode))
		mode |= FMODE_ATOMIC_POS;
	return mode;
}

static void put_write(struct mount *mnt, struct inode *inode)
{
	__atomic_sub_fetch(&mnt->writers, 1, __ATOMIC_RELEASE);
	inode_put_write(inode);
}

/* Count as a writer of the file and of the mount, first; then look whether the mount still is for writing. */
static int get_write(struct mount *mnt, struct inode *inode)
{
	int err = inode_get_write(inode);

	if (err)
		return err;
	__atomic_add_fetch(&mnt->writers, 1, __ATOMIC_SEQ_CST);
	err = mount_want_write(mnt);
	if (err)
		put_write(mnt, inode);
	return err;
}

void file_uncount_writer(struct file *file)
{
	if (file->mode & FMODE_WRITER)
		put_write(file->path.mnt, file->inode);
	file->mode &= ~(unsigned)FMODE_WRITER;
}

int file_open_path(const struct path *path, unsigned flags, const struct cred *cred, struct file **out)
{
	struct inode *inode = path->dentry->inode;
	struct file *file;
	int err = file_alloc(flags & ~(unsigned)(O_CREAT | O_TRUNC), cred, &file);

	if (err)
		return err;
	file->path = *path;
	path_get(path);
	file->inode = inode;
	file->ops = inode->fops;
	if (flags & O_PATH) {
		file->mode = FMODE_PATH;
		file->flags = flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
		*out = file;
		return 0;
	}
	file->mode = mode_of(flags, inode, file->ops);
	file->ra.max_pages = 32;
	file->ra.prev_index = UINT64_MAX - 1;
	file->wb_err = errseq_sample(&inode->mapping.wb_err);
	file->sb_err = errseq_sample(&inode->sb->wb_err);
	if ((file->mode & FMODE_WRITE) && S_ISREG(inode->mode)) {
		err = get_write(path->mnt, inode);
		file->mode |= err ? 0 : FMODE_WRITER;
	}
	if (err) {
		path_put(&file->path);
		file_free(file);
		return err;
	}
	if (file->ops->open)
		err = file->ops->open(inode, file);
	file->flags &= ~(unsigned)(O_NOCTTY | O_EXCL);	/* the open() of terminals and disks has heeded them */
	if (err) {
		file_uncount_writer(file);
		path_put(&file->path);
		file_free(file);
		return err;
	}
	*out = file;
	return 0;
}

/* Open what was found. */
static int open_found(struct vfs_ctx *ctx, const struct path *path, unsigned flags, struct file **out)
{
	int err;

	if (!(flags & O_PATH)) {
		err = check_open(path, flags, ctx->cred);
		if (err)
			return err;
	}
	err = file_open_path(path, flags, ctx->cred, out);
	if (!err && (flags & O_TRUNC) && !(flags & O_PATH) && S_ISREG(path->dentry->inode->mode)) {
		err = vfs_truncate(ctx, path, 0);
		if (err)
			fput(*out);
	}
	return err;
}

/* The name is not there: make it. dir locked for writing. */
static int create_locked(struct vfs_ctx *ctx, const struct path *dir, struct dentry *child, uint32_t mode)
{
	struct inode *inode = dir->dentry->inode;
	int err = mount_want_write(dir->mnt);

	assert_held(&inode->lock);
	mode = S_IFREG | posix_acl_umask(inode, mode & 07777, ctx->fs->umask);
	if (!err)
		err = may_create(ctx, inode);
	if (!err)
		err = inode->ops->create ? inode->ops->create(inode, child, mode, ctx->cred) : -EACCES;
	if (!err)
		notify_name(child, IN_CREATE, 0);
	return err;
}

/* Path of `child` in dir, mounts on it crossed. References are new. */
static void child_path(const struct path *dir, struct dentry *child, struct path *out)
{
	struct mount *m;

	*out = (struct path){ mount_get(dir->mnt), dget(child) };
	while ((m = mount_lookup(out)) != NULL) {
		struct path up = { m, dget(m->root) };

		path_put(out);
		*out = up;
	}
}

/* One try in one directory. 1: the name is a link, whose text is in *link: go on from dir. */
static int open_in(struct vfs_ctx *ctx, const struct path *dir, const struct qstr *last, unsigned flags,
		   uint32_t mode, struct file **out, struct link_text *link)
{
	struct inode *inode = dir->dentry->inode;
	struct dentry *child;
	bool created = false;
	struct path path;
	int err;

	down_write(&inode->lock);
	err = dir_lookup(ctx, dir->dentry, last, &child);
	if (!err && !child->inode) {
		err = create_locked(ctx, dir, child, mode);
		created = !err;
		if (err)
			dput(child);
	} else if (!err && (flags & O_EXCL)) {
		dput(child);
		err = -EEXIST;
	}
	up_write(&inode->lock);
	if (err)
		return err;
	if (S_ISLNK(child->inode->mode)) {
		err = flags & O_NOFOLLOW ? -ELOOP : child->inode->ops->get_link(child, child->inode, link);
		dput(child);
		return err ? err : 1;
	}
	child_path(dir, child, &path);
	dput(child);
	/* Who makes a file may open it as asked, whatever its mode says. */
	err = created ? file_open_path(&path, flags, ctx->cred, out) : open_found(ctx, &path, flags, out);
	path_put(&path);
	if (!err && created)
		(*out)->mode |= FMODE_CREATED;
	return err;
}

static int open_create(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, uint32_t mode,
		       unsigned lookup, struct file **out)
{
	struct path start = { NULL, NULL }, dir;
	char *text = NULL;
	enum last_type type;
	struct qstr last;
	int err = 1;

	for (unsigned links = 0; err == 1; links++) {
		struct link_text link = { NULL, NULL, NULL };

		err = links > CREATE_LINKS ? -ELOOP : start.mnt && name[0] != '/' ?
			path_parent_from(ctx, dirfd, &start, name, lookup, &dir, &last, &type) :
			path_parent(ctx, dirfd, name, lookup, &dir, &last, &type);
		if (err)
			break;
		if (type == LAST_NORM && last.name[last.len] == '/')
			err = -EISDIR;
		else if (type != LAST_NORM)
			err = flags & O_EXCL ? -EEXIST : -EISDIR;
		else
			err = open_in(ctx, &dir, &last, flags, mode, out, &link);
		if (err == 1) {
			kfree(text);
			text = kstrdup(link.text, GFP_KERNEL);
			name = text;
			if (!text)
				err = -ENOMEM;
			if (link.put)
				link.put(link.arg);
		}
		if (start.mnt)
			path_put(&start);
		start = dir;
	}
	if (start.mnt)
		path_put(&start);
	kfree(text);
	return err;
}

/* A file without a name may be given one: O_TMPFILE without O_EXCL. */
static void allow_link(struct inode *inode)
{
	spin_lock(&inode->spin);
	inode->state |= I_TMPFILE;
	spin_unlock(&inode->spin);
}

static int open_tmpfile(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, uint32_t mode,
			unsigned lookup, struct file **out)
{
	static const struct qstr none = { "#tmpfile", 8, 0 };
	struct path dir, path;
	struct inode *inode;
	int err = path_lookup(ctx, dirfd, name, lookup | LOOKUP_DIRECTORY, &dir);

	if (err)
		return err;
	inode = dir.dentry->inode;
	mode = posix_acl_umask(inode, mode & 07777, ctx->fs->umask);
	err = mount_want_write(dir.mnt);
	if (!err)
		err = inode_permission(inode, ctx->cred, MAY_WRITE | MAY_EXEC);
	if (!err)
		err = inode->ops->tmpfile ? inode->ops->tmpfile(inode, S_IFREG | mode, ctx->cred, &inode) :
					    -EOPNOTSUPP;
	if (!err) {
		path.mnt = mount_get(dir.mnt);
		path.dentry = d_alloc(dir.dentry, &none);
		if (path.dentry) {
			d_attach_unhashed(path.dentry, inode);
			if (!(flags & O_EXCL))
				allow_link(inode);
			err = file_open_path(&path, flags & ~(unsigned)O_TMPFILE, ctx->cred, out);
			if (!err)
				(*out)->flags |= O_TMPFILE;
			path_put(&path);
		} else {
			inode_put(inode);
			mount_put(path.mnt);
			err = -ENOMEM;
		}
	}
	path_put(&dir);
	return err;
}

static int open_any(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, uint32_t mode, unsigned lookup,
		    struct file **out)
{
	struct path path;
	int err;

	if (!(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		lookup |= LOOKUP_FOLLOW;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return open_tmpfile(ctx, dirfd, name, flags, mode, lookup, out);
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIRECTORY;
	if (!(flags & O_CREAT) || !(flags & O_EXCL)) {
		err = path_lookup(ctx, dirfd, name, lookup, &path);
		if (!err) {
			err = open_found(ctx, &path, flags, out);
			path_put(&path);
			return err;
		}
		/* A name that ends in a slash is refused below, whatever is there. */
		if (!(flags & O_CREAT) || (err != -ENOENT && err != -ENOTDIR))
			return err;
	}
	return open_create(ctx, dirfd, name, flags, mode, lookup, out);
}

int vfs_open(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, uint32_t mode, unsigned lookup,
	     struct file **out)
{
	int err = open_any(ctx, dirfd, name, flags, mode, lookup, out);

	if (!err && !(flags & O_PATH))
		notify_dentry((*out)->path.dentry, IN_OPEN);
	return err;
}

/* --- exec --- */

int vfs_open_exec(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned lookup, struct file **out)
{
	struct path path;
	struct inode *inode;
	int err = path_lookup(ctx, dirfd, name, lookup, &path);

	if (err)
		return err;
	inode = path.dentry->inode;
	err = S_ISLNK(inode->mode) ? -ELOOP : 0;
	if (!err && (!S_ISREG(inode->mode) || (path.mnt->flags & MS_NOEXEC)))
		err = -EACCES;
	if (!err)
		err = inode_permission(inode, ctx->cred, MAY_EXEC);
	if (!err)
		err = inode_deny_write(inode);
	if (!err) {
		err = file_open_path(&path, O_RDONLY, ctx->cred, out);
		if (err)
			inode_allow_write(inode);
		else
			notify_dentry(path.dentry, IN_OPEN);
	}
	path_put(&path);
	return err;
}

void vfs_close_exec(struct file *file)
{
	inode_allow_write(file->inode);
	fput(file);
}

long vfs_map_exec(struct mm *mm, struct file *file, unsigned long addr, size_t size, unsigned prot, loff_t offset)
{
	struct map_request req = { .addr = addr, .size = size, .prot = prot, .flags = MAP_PRIVATE | MAP_FIXED,
				   .pgoff = (uint64_t)offset >> PAGE_SHIFT };
	int err = file->ops->mmap ? file->ops->mmap(file, &req) : -ENOEXEC;

	return err ? err : mm_map(mm, &req);
}

static struct file *exe_get(struct file *file)
{
	/* The count was positive: the parent holds one. */
	__atomic_sub_fetch(&file->inode->writers, 1, __ATOMIC_ACQ_REL);
	return get_file(file);
}

void vfs_set_exe(struct mm *mm, struct file *file)
{
	mm->exe_put = vfs_close_exec;
	mm->exe_get = exe_get;
	mm->exe = exe_get(file);
}

bool vfs_path_nosuid(const struct path *path)
{
	return path->mnt->flags & MS_NOSUID;
}

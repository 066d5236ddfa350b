/* SPDX-License-Identifier: MIT */
/*
 * memfd: nameless files and their seals. Source: memfd_create(2), fcntl(2) "File sealing".
 *
 * All live in one tmpfs instance of the kernel's own, without limits. A seal, once set, stays; what it forbids is
 * checked in file.c where it would happen.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/init.h"
#include "fs/tmpfs/internal.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/pagecache.h"
#include "mm/vma.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/mount.h"

#define SEALS_ALL	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | \
			 F_SEAL_EXEC)
#define SEALS_ACCESS	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

static struct {
	struct mount *mnt;		/* [I] */
} memfd;

static int memfd_dname(struct dentry *dentry, char *buf, size_t size)
{
	return kscnprintf(buf, size, "/memfd:%.*s (deleted)", (int)dentry->name.len, dentry->name.name);
}

static int nameless_dname(struct dentry *dentry, char *buf, size_t size)
{
	return kscnprintf(buf, size, "/%.*s (deleted)", (int)dentry->name.len, dentry->name.name);
}

static const struct dentry_ops memfd_dentry_ops = { .dname = memfd_dname };
static const struct dentry_ops nameless_dentry_ops = { .dname = nameless_dname };

static int open_nameless(const char *name, const struct dentry_ops *ops, unsigned flags, const struct cred *cred,
			 struct file **out)
{
	struct path path = { memfd.mnt, NULL };
	struct inode *inode;
	int err;

	if (!memfd.mnt)
		return -ENOMEM;
	inode = tmpfs_new_inode(memfd.mnt->sb, NULL, S_IFREG | (flags & MFD_NOEXEC_SEAL ? 0666 : 0777), cred);
	if (!inode)
		return -ENOMEM;
	inode_set_nlink(inode, 0);
	if (flags & MFD_NOEXEC_SEAL)
		tmpfs_i(inode)->seals = F_SEAL_EXEC;
	else if (flags & MFD_ALLOW_SEALING)
		tmpfs_i(inode)->seals = 0;
	path.dentry = d_alloc_pseudo(memfd.mnt->sb, name, ops);
	if (!path.dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	d_instantiate(path.dentry, inode);
	err = file_open_path(&path, O_RDWR | O_LARGEFILE, cred, out);
	dput(path.dentry);
	/* As on Linux: who made it does not stand against its execution. Whoever opens it anew for writing does. */
	if (!err)
		file_uncount_writer(*out);
	return err;
}

int tmpfs_memfd(const char *name, unsigned flags, const struct cred *cred, struct file **out)
{
	return open_nameless(name, &memfd_dentry_ops, flags, cred, out);
}

int tmpfs_nameless(const char *name, loff_t size, const struct cred *cred, struct file **out)
{
	int err = open_nameless(name, &nameless_dentry_ops, /*flags=*/0, cred, out);

	if (!err)
		WRITE_ONCE((*out)->inode->size, size);
	return err;
}

int tmpfs_get_seals(const struct file *file)
{
	return file->ops == &tmpfs_file_ops ? (int)READ_ONCE(tmpfs_i(file->inode)->seals) : -EINVAL;
}

/*
 * A shared mapping that writes, or that mprotect may let write, stands against F_SEAL_WRITE. One that is being made at
 * this moment, past its own look at the seals, is refused when it is entered.
 */
static bool deny_writers(struct address_space *as)
{
	struct interval_tree_node *node;
	bool found = false;

	down_write(&as->i_mmap_lock);
	interval_tree_for_each(node, &as->i_mmap, 0, ULONG_MAX)
		found |= vma_is_writer(container_of(node, struct vma, i_mmap));
	if (!found)
		as->no_writers = true;
	up_write(&as->i_mmap_lock);
	return !found;
}

int tmpfs_add_seals(struct file *file, unsigned seals)
{
	struct inode *inode = file->inode;
	int err = 0;

	if (file->ops != &tmpfs_file_ops || (seals & ~(unsigned)SEALS_ALL))
		return -EINVAL;
	if (!(file->mode & FMODE_WRITE))
		return -EPERM;
	down_write(&inode->lock);
	/* A program that must stay one must stay the one it is. */
	if ((seals & F_SEAL_EXEC) && (inode->mode & 0111))
		seals |= SEALS_ACCESS;
	if (tmpfs_i(inode)->seals & F_SEAL_SEAL)
		err = -EPERM;
	else if ((seals & F_SEAL_WRITE) && !deny_writers(&inode->mapping))
		err = -EBUSY;
	if (!err)
		WRITE_ONCE(tmpfs_i(inode)->seals, tmpfs_i(inode)->seals | seals);
	up_write(&inode->lock);
	return err;
}

long tmpfs_fcntl(struct file *file, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_GET_SEALS:
		return tmpfs_get_seals(file);
	case F_ADD_SEALS:
		return tmpfs_add_seals(file, (unsigned)arg);
	default:
		return -EINVAL;
	}
}

static int memfd_init(void)
{
	memfd.mnt = vfs_kern_mount("tmpfs");
	if (!memfd.mnt)
		return -ENOMEM;
	tmpfs_sb(memfd.mnt->sb)->max_pages = 0;
	tmpfs_sb(memfd.mnt->sb)->max_inodes = 0;
	return 0;
}
INIT_HOOK(INIT_DEVICE, memfd_init);

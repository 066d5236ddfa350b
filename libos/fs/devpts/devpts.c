/* SPDX-License-Identifier: MIT */
/*
 * devpts: /dev/pts, a tmpfs in which only the pty code makes and removes names.
 * Source: Documentation/filesystems/devpts.rst.
 *
 * One instance serves all mounts, newinstance or not; its options (uid, gid, mode, ptmxmode, max) are those of the
 * latest mount or remount that gives any.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/init.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "tty/pty.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/super.h"

#define DEVPTS_MAGIC	0x1cd1U		/* <linux/magic.h> DEVPTS_SUPER_MAGIC */
#define PTMX_DEV	(5 << 8 | 2)
#define UNSET		UINT32_MAX
#define PTYS_MAX	(1u << 20)

static struct {
	struct mount *mnt;		/* [I] the kernel's own */
	struct super_ops ops;		/* [I] tmpfs's, with our options */
	struct inode_ops root_ops;	/* [I] tmpfs's, without making names */
	uint32_t uid, gid;		/* [a] of new slaves; UNSET: the opener's */
	uint32_t mode, ptmx_mode;	/* [a] */
	uint32_t max, used;		/* [a] slaves allowed, slaves there are */
} devpts = { .uid = UNSET, .gid = UNSET, .mode = 0600, .ptmx_mode = 0666, .max = PTYS_MAX };

static int parse_option(const char *key, const char *value)
{
	if (!strcmp(key, "newinstance"))
		return 0;
	if (!value)
		return -EINVAL;
	if (!strcmp(key, "uid"))
		return kstrtou32(value, 10, &devpts.uid);
	if (!strcmp(key, "gid"))
		return kstrtou32(value, 10, &devpts.gid);
	if (!strcmp(key, "mode"))
		return kstrtou32(value, 8, &devpts.mode);
	if (!strcmp(key, "ptmxmode"))
		return kstrtou32(value, 8, &devpts.ptmx_mode);
	return strcmp(key, "max") ? -EINVAL : kstrtou32(value, 10, &devpts.max);
}

/* /dev/pts/ptmx has the mode asked for. */
static void update_ptmx(struct super_block *sb)
{
	struct inode *ptmx;

	if (tmpfs_make_node(d_inode(sb->root), "ptmx", S_IFCHR | devpts.ptmx_mode, PTMX_DEV, &ptmx))
		return;
	write_seqlock(&ptmx->meta);
	ptmx->mode = S_IFCHR | (devpts.ptmx_mode & 07777);
	write_sequnlock(&ptmx->meta);
	inode_put(ptmx);
}

static int devpts_remount(struct super_block *sb, unsigned flags, const char *options)
{
	char *copy, *cursor, *key, *value;
	int err = 0;

	(void)flags;
	if (!options || !*options)
		return 0;
	cursor = copy = kstrdup(options, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	while (!err && option_next(&cursor, &key, &value))
		err = parse_option(key, value);
	kfree(copy);
	if (!err)
		update_ptmx(sb);
	return err;
}

static void devpts_show_options(struct super_block *sb, struct strbuf *out)
{
	(void)sb;
	if (devpts.uid != UNSET)
		strbuf_printf(out, ",uid=%u", devpts.uid);
	if (devpts.gid != UNSET)
		strbuf_printf(out, ",gid=%u", devpts.gid);
	strbuf_printf(out, ",mode=%03o,ptmxmode=%03o", devpts.mode, devpts.ptmx_mode);
	if (devpts.max != PTYS_MAX)
		strbuf_printf(out, ",max=%u", devpts.max);
}

static int devpts_fill_super(struct super_block *sb, const char *source, const char *options)
{
	int err = tmpfs_fill_super(sb, source, "mode=0755");
	struct inode *root;

	if (err)
		return err;
	sb->magic = DEVPTS_MAGIC;
	devpts.ops = *sb->ops;
	devpts.ops.remount = devpts_remount;
	devpts.ops.show_options = devpts_show_options;
	sb->ops = &devpts.ops;
	root = d_inode(sb->root);
	devpts.root_ops = (struct inode_ops){ .lookup = root->ops->lookup };
	root->ops = &devpts.root_ops;
	update_ptmx(sb);
	return devpts_remount(sb, 0, options);
}

static struct fs_type devpts_type = { .name = "devpts", .flags = FS_SINGLE, .fill_super = devpts_fill_super };

static void name_of(unsigned index, char name[12])
{
	ksnprintf(name, 12, "%u", index);
}

static int names_add(unsigned index, uint64_t rdev, const struct cred *cred)
{
	struct inode *inode;
	char name[12];
	int err;

	if (__atomic_add_fetch(&devpts.used, 1, __ATOMIC_RELAXED) > devpts.max) {
		__atomic_fetch_sub(&devpts.used, 1, __ATOMIC_RELAXED);
		return -ENOSPC;
	}
	name_of(index, name);
	err = tmpfs_make_node(d_inode(devpts.mnt->root), name, S_IFCHR | (devpts.mode & 0777), rdev, &inode);
	if (err) {
		__atomic_fetch_sub(&devpts.used, 1, __ATOMIC_RELAXED);
		return err;
	}
	write_seqlock(&inode->meta);
	inode->uid = devpts.uid != UNSET ? devpts.uid : cred->fsuid;
	inode->gid = devpts.gid != UNSET ? devpts.gid : cred->fsgid;
	write_sequnlock(&inode->meta);
	inode_put(inode);
	return 0;
}

static void names_remove(unsigned index)
{
	char name[12];

	name_of(index, name);
	tmpfs_remove_node(d_inode(devpts.mnt->root), name);
	__atomic_fetch_sub(&devpts.used, 1, __ATOMIC_RELAXED);
}

/* The cached name, or one entered now. A reference, or NULL. */
static struct dentry *find_name(const char *text)
{
	struct dentry *root = devpts.mnt->root, *dentry;
	struct qstr q = { text, (uint32_t)strlen(text), d_name_hash(root, text, strlen(text)) };

	down_write(&d_inode(root)->lock);
	dentry = d_lookup(root, &q);
	if (!dentry) {
		dentry = d_alloc(root, &q);
		if (dentry && d_inode(root)->ops->lookup(d_inode(root), dentry)) {
			dput(dentry);
			dentry = NULL;
		}
	}
	up_write(&d_inode(root)->lock);
	return dentry;
}

static int names_open(unsigned index, unsigned flags, const struct cred *cred, struct file **out)
{
	struct path path = { devpts.mnt, NULL };
	char name[12];
	int err = -EIO;

	name_of(index, name);
	path.dentry = find_name(name);
	if (!path.dentry)
		return -ENOMEM;
	if (d_inode(path.dentry))
		err = file_open_path(&path, flags, cred, out);
	dput(path.dentry);
	return err;
}

static const struct pty_names names = { names_add, names_remove, names_open };

static int devpts_init(void)
{
	int err = fs_register(&devpts_type);

	if (err)
		return err;
	devpts.mnt = vfs_kern_mount("devpts");
	if (!devpts.mnt)
		return -ENOMEM;
	pty_set_names(&names);
	return 0;
}
INIT_HOOK(INIT_DEVICE, devpts_init);

/* SPDX-License-Identifier: MIT */
/*
 * devtmpfs: the one tmpfs in which the kernel itself makes a node for each device (dev/devnode.h). Programs may add,
 * remove and change names in it as in any tmpfs; the kernel touches only its own.
 *
 * All mounts show the same instance, which lives from the first mount on and is never torn down: the kernel holds a
 * mount of its own.
 */
#include "abi/errno.h"
#include "core/init.h"
#include "core/log.h"
#include "dev/devnode.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/string.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/super.h"

static struct {
	struct mount *mnt;		/* [I] the kernel's own */
} devfs;

/* Find or make the directories of a name; *leaf is its last part. A referenced directory, or NULL. */
static struct inode *make_dirs(const char *name, const char **leaf)
{
	struct inode *dir = inode_get(d_inode(devfs.mnt->root)), *next;
	char part[DEVNODE_NAME_MAX];
	const char *slash;
	int err;

	while ((slash = strchr(name, '/'))) {
		strscpy(part, name, (size_t)(slash - name) + 1);
		err = tmpfs_make_node(dir, part, S_IFDIR | 0755, 0, &next);
		inode_put(dir);
		if (err)
			return NULL;
		dir = next;
		name = slash + 1;
	}
	*leaf = name;
	return dir;
}

static void devnode_changed(const char *name, uint32_t mode, uint64_t rdev, bool added)
{
	struct inode *dir, *node;
	const char *leaf;
	int err = -ENOMEM;

	dir = make_dirs(name, &leaf);
	if (dir && !added) {
		tmpfs_remove_node(dir, leaf);
		err = 0;
	} else if (dir) {
		err = tmpfs_make_node(dir, leaf, mode, rdev, &node);
		if (!err)
			inode_put(node);
	}
	inode_put(dir);
	if (err)
		klog(KLOG_WARN, "devtmpfs: no node for %s: error %d", name, -err);
}

static int devfs_fill_super(struct super_block *sb, const char *source, const char *options)
{
	return tmpfs_fill_super(sb, source, options && *options ? options : "mode=0755");
}

static struct fs_type devtmpfs = { .name = "devtmpfs", .flags = FS_SINGLE, .fill_super = devfs_fill_super };

static int devfs_init(void)
{
	int err = fs_register(&devtmpfs);

	if (err)
		return err;
	devfs.mnt = vfs_kern_mount("devtmpfs");
	if (!devfs.mnt)
		return -ENOMEM;
	devnode_set_listener(devnode_changed);
	return 0;
}
INIT_HOOK(INIT_DEVICE, devfs_init);

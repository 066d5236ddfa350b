/* SPDX-License-Identifier: MIT */
/*
 * pseudo/super: instances, inodes, and when a cached name is still good.
 *
 * Invariant: an inode's target holds one reference on its object, from pseudo_inode_make() to eviction.
 * Inodes are not in the inode cache: each look-up that the dentry cache cannot answer makes one.
 */
#include "fs/pseudo/instance.h"

#include "abi/errno.h"
#include "abi/statfs.h"
#include "core/init.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/stat.h"

static struct {
	struct kmem_cache *inodes;
} pseudo;

const struct pseudo_target *pseudo_target_of(const struct inode *inode)
{
	return &pseudo_inode_of(inode)->target;
}

static struct inode *pseudo_alloc_inode(struct super_block *sb)
{
	struct pseudo_inode *pi = kmem_cache_alloc(pseudo.inodes, GFP_KERNEL);

	if (!pi)
		return NULL;
	memset(pi, 0, sizeof(*pi));
	pi->fs = sb->private;
	return &pi->inode;
}

static void pseudo_free_inode(struct inode *inode)
{
	kmem_cache_free(pseudo.inodes, pseudo_inode_of(inode));
}

static void pseudo_evict_inode(struct inode *inode)
{
	struct pseudo_inode *pi = pseudo_inode_of(inode);

	if (pi->target.object)
		pi->fs->objects->put(pi->target.object);
	pi->target.object = NULL;
}

static int pseudo_statfs(struct super_block *sb, struct kstatfs *out)
{
	out->type = sb->magic;
	out->block_size = out->fragment_size = sb->block_size;
	out->name_max = 255;
	return 0;
}

/* What a file system has no options for is refused: none is taken without effect. */
static int take_options(const struct pseudo_fs *fs, const char *options)
{
	if (fs->options)
		return fs->options(options);
	return options && *options ? -EINVAL : 0;
}

static int pseudo_remount(struct super_block *sb, unsigned flags, const char *options)
{
	const struct pseudo_fs *fs = sb->private;

	(void)flags;
	return take_options(fs, options);
}

static void pseudo_show_options(struct super_block *sb, struct strbuf *out)
{
	const struct pseudo_fs *fs = sb->private;

	if (fs->show_options)
		fs->show_options(sb, out);
}

static const struct super_ops pseudo_super_ops = {
	.remount = pseudo_remount,
	.show_options = pseudo_show_options,
	.alloc_inode = pseudo_alloc_inode,
	.free_inode = pseudo_free_inode,
	.evict_inode = pseudo_evict_inode,
	.statfs = pseudo_statfs,
};

/* 1: still good. A negative name is always asked for again: what it would name may have come to be. */
static int pseudo_revalidate(struct dentry *dentry, bool rcu)
{
	const struct inode *inode = READ_ONCE(dentry->inode);
	const struct pseudo_inode *pi;

	if (!inode)
		return 0;
	pi = pseudo_inode_of(inode);
	if (pi->target.object && !pi->fs->objects->alive(pi->target.object))
		return 0;
	return !pi->target.entry->valid || pi->target.entry->valid(&pi->target);
}

static bool pseudo_drop(const struct dentry *dentry)
{
	const struct pseudo_target *t = dentry->inode ? &pseudo_inode_of(dentry->inode)->target : NULL;

	return !t || t->object || t->entry->valid;
}

static const struct dentry_ops pseudo_dentry_ops = {
	.revalidate = pseudo_revalidate,
	.drop = pseudo_drop,
};

static void pseudo_set_operations(struct inode *inode, const struct pseudo_entry *entry)
{
	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		inode->ops = entry->dir->make ? &pseudo_grown_inode_ops : &pseudo_dir_inode_ops;
		inode->fops = &pseudo_dir_ops;
		inode->nlink = 2;
		break;
	case S_IFLNK:
		inode->ops = entry->jump ? &pseudo_magic_inode_ops : &pseudo_link_inode_ops;
		inode->fops = &pseudo_text_ops;
		break;
	default:
		inode->ops = &pseudo_file_inode_ops;
		inode->fops = entry->fops ? entry->fops : entry->changes ? &pseudo_watched_ops : &pseudo_text_ops;
		break;
	}
}

/* A new inode, or the one there is of a target with a number. */
static struct inode *pseudo_inode_take(struct super_block *sb, const struct pseudo_target *target)
{
	struct pseudo_fs *fs = sb->private;
	struct inode *inode;

	if (target->object && fs->objects->number)
		return inode_get_locked(sb, fs->objects->number(target));
	inode = inode_alloc(sb);
	if (inode)
		inode->ino = __atomic_add_fetch(&fs->last_ino, 1, __ATOMIC_RELAXED);
	return inode;
}

static void pseudo_set_attributes(struct inode *inode, const struct pseudo_target *target)
{
	const struct pseudo_objects *objects = ((struct pseudo_fs *)inode->sb->private)->objects;
	struct pseudo_attr attr;

	inode->mode = target->entry->mode;
	inode->nlink = 1;
	inode->atime = inode->mtime = inode->ctime = inode->btime = inode_now(inode);
	if (target->object && objects->attributes) {
		objects->attributes(target, &attr);
		inode->mode = (inode->mode & S_IFMT) | (attr.mode & ~(uint32_t)S_IFMT);
		inode->uid = attr.uid;
		inode->gid = attr.gid;
	} else if (target->object) {
		objects->owner(target->object, &inode->uid, &inode->gid);
	}
}

struct inode *pseudo_inode_make(struct super_block *sb, const struct pseudo_target *target)
{
	struct pseudo_fs *fs = sb->private;
	struct inode *inode = pseudo_inode_take(sb, target);

	if (!inode || !(inode->state & I_NEW)) {
		if (target->object)
			fs->objects->put(target->object);
		return inode;
	}
	pseudo_inode_of(inode)->target = *target;
	pseudo_set_attributes(inode, target);
	pseudo_set_operations(inode, target->entry);
	inode_unlock_new(inode);
	return inode;
}

static int pseudo_fill_super(struct super_block *sb, const char *source, const char *options)
{
	struct pseudo_fs *fs = container_of((struct fs_type *)sb->type, struct pseudo_fs, type);
	struct pseudo_target root = { .entry = &fs->root.entry };
	struct inode *inode;
	int err;

	err = take_options(fs, options);
	if (err)
		return err;
	if (fs->start)
		fs->start(&root);
	sb->private = fs;
	sb->ops = &pseudo_super_ops;
	sb->magic = fs->magic;
	sb->block_size = 4096;
	sb->block_bits = 12;
	sb->max_bytes = INT64_MAX;
	sb->time_gran_ns = 1;
	inode = pseudo_inode_make(sb, &root);
	if (!inode)
		return -ENOMEM;
	sb->root = d_make_root(inode);
	if (!sb->root)
		return -ENOMEM;
	sb->root->ops = &pseudo_dentry_ops;
	return 0;
}

int pseudo_fs_register(struct pseudo_fs *fs, const char *name, uint32_t magic)
{
	if (!pseudo.inodes)
		pseudo.inodes = kmem_cache_create("pseudo_inode", sizeof(struct pseudo_inode), 0);
	if (!pseudo.inodes)
		return -ENOMEM;
	fs->type.name = name;
	fs->type.flags = fs->type.serves ? 0 : FS_SINGLE;
	fs->type.fill_super = pseudo_fill_super;
	fs->magic = magic;
	return fs_register(&fs->type);
}

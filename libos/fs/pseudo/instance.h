/* SPDX-License-Identifier: MIT */
/*
 * A file system made with fs/pseudo, as procfs.c and sysfs.c make theirs; and what the engine's own files share.
 */
#pragma once

#include "fs/pseudo/pseudo.h"
#include "lib/list.h"
#include "vfs/inode.h"
#include "vfs/super.h"

/* A table somebody registered in a folder. Field legend: [I] */
struct pseudo_table {
	struct list_head link;
	const struct pseudo_entry *entries;
	unsigned count;
};

/* A folder of fixed place. Field legend: [I] immutable, [p] pseudo_tree to write, append only */
struct pseudo_node {
	struct pseudo_entry entry;	/* [I] of this folder in its parent; entry.arg is the node */
	struct list_head link;		/* [p] in parent's children */
	struct list_head children;	/* [p] */
	struct list_head tables;	/* [p] */
	const struct pseudo_dir *computed;	/* [p] NULL: none */
	char name[32];			/* [I] */
};

/* One file system made of such folders. Field legend: [I] immutable after its start-up hook, [a] atomic */
struct pseudo_fs {
	struct fs_type type;		/* [I] */
	uint32_t magic;			/* [I] */
	struct pseudo_node root;	/* [I] its lists have their own rule */
	const struct pseudo_objects *objects;	/* [I] NULL: none */
	uint64_t last_ino;		/* [a] */
	/* [I] A folder of the root below which rights are asked for at each use, of users only (sysctl). NULL: none */
	const char *strict;
	bool refuses;			/* [I] making a name gives ENOENT, as procfs does, not EPERM */
	/* [I] Where a new instance starts, its object referenced; NULL: at root. */
	void (*start)(struct pseudo_target *out);
	/* [I] Mount options, NULL: none are known and all are passed over. 0 or -EINVAL */
	int (*options)(const char *options);
	void (*show_options)(struct super_block *sb, struct strbuf *out);	/* [I] may be NULL */
};

/* Field legend: [I] */
struct pseudo_inode {
	struct inode inode;
	struct pseudo_target target;
	struct pseudo_fs *fs;
	bool strict;			/* below fs->strict */
};

/* Of a strict file: does its mode let the user do that, capabilities aside? mask: MAY_READ or MAY_WRITE. */
bool pseudo_strict_allows(const struct inode *inode, const struct cred *cred, int mask);

extern const struct inode_ops pseudo_dir_inode_ops, pseudo_grown_inode_ops, pseudo_file_inode_ops,
	pseudo_link_inode_ops, pseudo_magic_inode_ops;
extern const struct file_ops pseudo_dir_ops, pseudo_text_ops, pseudo_watched_ops;
extern const struct pseudo_dir pseudo_node_dir;

/* The registered folders: every one of them is a list that only grows. */
void pseudo_node_init(struct pseudo_node *node, const char *name);
int __must_check pseudo_register(struct pseudo_fs *fs, const char *folder, const struct pseudo_entry *entries,
				 unsigned count);
/* Make fs a file system that can be mounted; one instance, unless fs->type.serves says otherwise. */
int __must_check pseudo_fs_register(struct pseudo_fs *fs, const char *name, uint32_t magic);
/* Inode for a target, whose object reference is taken over; NULL: no memory (reference dropped). May sleep. */
struct inode *pseudo_inode_make(struct super_block *sb, const struct pseudo_target *target);

static inline struct pseudo_inode *pseudo_inode_of(const struct inode *inode)
{
	return container_of((struct inode *)inode, struct pseudo_inode, inode);
}

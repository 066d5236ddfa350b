/* SPDX-License-Identifier: MIT */
/* super_internal.h: instances of file systems, for mount.c. */
#pragma once

#include "lib/compiler.h"
#include "vfs/super.h"

/* An instance for a mount: a new one, or the one that serves this source already. One reference. May sleep. */
int __must_check super_get(struct fs_type *type, const char *source, uint32_t flags, const char *options,
			   struct super_block **out);
/* Remount: flags SB_SETTABLE. -EBUSY: files are open for writing, or removed and still open. Sleeps. */
int __must_check super_reconfigure(struct super_block *sb, uint32_t flags, const char *options);
/* A mount is gone; the last one ends the instance. May sleep. */
void super_put(struct super_block *sb);
struct fs_type *fs_find_locked(const char *name);

struct inode;
struct super_block;

/* writeback.c: write one inode's pages and attributes; all of sb that became dirty up to before_ns. The first error. */
int __must_check inode_write(struct inode *inode, bool wait);
int __must_check inodes_write(struct super_block *sb, uint64_t before_ns, bool wait);

/* SPDX-License-Identifier: MIT */
/*
 * xattr: extended attributes: reading is xattr.c, changing xattr_set.c.
 *
 * Locks. xattr_sem of the inode, for reading or writing, inside of the journal's handle and outside of blocks. The
 * functions below take it; inline data (ext4_xattr_inline*) is attributes too.
 */
#pragma once

#include "fs/ext4/ext4.h"

struct ext4_handle;

/* Blocks one change may touch: inode, old and new attribute block, and what allocating and freeing them takes. */
#define EXT4_XATTR_CREDITS	16

#define EXT4_XATTR_INLINE_NAME	"data"

/* An area being walked. base: what value offsets count from; everything lies in [base, end). */
struct ext4_xattr_area {
	const char *base, *first, *end;
};

/* --- xattr.c --- */

/* The entry at p, or NULL at the end of the list. 0, or -EFSCORRUPTED. */
int __must_check ext4_xattr_entry_at(const struct ext4_fs *fs, const struct ext4_xattr_area *area, const char *p,
				     const struct ext4_disk_xattr_entry **out);
/* Where the entry behind this one begins. */
const char *ext4_xattr_entry_end(const struct ext4_disk_xattr_entry *entry);
/*
 * The inode's own area. 1: held by buf; 0: there is none; or -errno. has_magic: it holds attributes; else it is
 * not initialised, and area->first only says where they would begin.
 */
int __must_check ext4_xattr_inode_area(struct ext4_inode *inode, struct ext4_buf *buf,
				       struct ext4_xattr_area *area, bool *has_magic);
/* The attribute block, checked. 1: held by buf; 0: none; or -errno. */
int __must_check ext4_xattr_block_area(struct ext4_inode *inode, struct ext4_buf *buf,
				       struct ext4_xattr_area *area);
/* An attribute's value by index and rest of the name. Bytes, -ENODATA, -ERANGE, -errno; size 0 asks for the length. */
ssize_t ext4_xattr_get(struct ext4_inode *inode, uint8_t index, const char *name, void *value, size_t size);
/* "user.x" to index and "x". False: this file system has no such attributes. */
bool ext4_xattr_split_name(const char *name, uint8_t *index, const char **rest);

/* --- xattr_set.c --- */

/* One attribute: its new value, or NULL to remove it. flags: XATTR_CREATE, XATTR_REPLACE. */
struct ext4_xattr_change {
	uint8_t index;
	const char *name;
	const void *value;
	size_t size;
	int flags;
};

/*
 * Change an attribute in a handle with EXT4_XATTR_CREDITS. 0, -EEXIST, -ENODATA, -ENOSPC (no room: the whole of a
 * file's attributes fits into inode and one block), -EFSCORRUPTED, -EIO, -ENOMEM. On failure nothing is changed.
 */
int __must_check ext4_xattr_change(struct ext4_handle *h, struct ext4_inode *inode,
				   const struct ext4_xattr_change *change);
int ext4_setxattr(struct inode *inode, const char *name, const void *value, size_t size, int flags);
int ext4_removexattr(struct inode *inode, const char *name);
/* The inode is being freed: let go of its attribute block. */
int __must_check ext4_xattr_evict(struct ext4_handle *h, struct ext4_inode *inode);

/* --- xattr_set.c: inline data --- */

/* An inode without blocks holds its data itself from now on: flags, empty i_block, empty attribute. -ENOSPC: no room */
int __must_check ext4_inline_enter(struct ext4_handle *h, struct ext4_inode *inode);
/* In memory: the inode has a map of blocks, an empty one, instead of data. */
void ext4_inline_leave(struct ext4_inode *inode);
/* How many bytes of data the attribute could hold. 0 also when that cannot be found out. */
uint32_t ext4_xattr_inline_room(struct ext4_inode *inode);
/* Set the attribute's value (what follows the 60 bytes in i_block). -ENOSPC beyond the room. Writes the inode. */
int __must_check ext4_xattr_inline_set(struct ext4_handle *h, struct ext4_inode *inode, const void *value,
				       size_t size);
/* The attribute is no longer needed. Writes the inode. */
int __must_check ext4_xattr_inline_remove(struct ext4_handle *h, struct ext4_inode *inode);

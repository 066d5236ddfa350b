/* SPDX-License-Identifier: MIT */
/*
 * pending: refusals in the place of what is being written: the allocation of blocks and inodes. Volumes are mounted
 * read-only until it is there, so nobody gets here; who does is refused.
 */
#include "fs/ext4/alloc.h"

int ext4_inode_new(struct ext4_handle *h, struct inode *dir, uint32_t mode, const struct cred *cred,
		   struct inode **out)
{
	return -EROFS;
}

int ext4_inode_dirty(struct ext4_handle *h, struct inode *inode)
{
	return -EROFS;
}

int ext4_orphan_add(struct ext4_handle *h, struct inode *inode)
{
	return -EROFS;
}

int ext4_orphan_del(struct ext4_handle *h, struct inode *inode)
{
	return -EROFS;
}

int ext4_map_create(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t max, unsigned flags,
		    struct ext4_run *run)
{
	return -EROFS;
}

int ext4_blocks_alloc(struct ext4_handle *h, struct ext4_inode *inode, uint64_t goal, uint32_t *count,
		      uint64_t *block)
{
	return -EROFS;
}

int ext4_blocks_free(struct ext4_handle *h, struct ext4_inode *inode, uint64_t block, uint64_t count, bool meta)
{
	return -EROFS;
}

int ext4_setsize(struct inode *inode, loff_t size)
{
	return -EROFS;
}

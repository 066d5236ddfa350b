/* SPDX-License-Identifier: MIT */
/*
 * symlink: link text lies in the inode when it is short (under 60 bytes), else in one block, or in the inode and
 * an attribute (inline data). Text from the disk is bounded by the inode's size, which ext4_iget() checked, and
 * ended by us.
 */
#include "fs/ext4/namei.h"

#include "fs/ext4/alloc.h"
#include "fs/ext4/xattr.h"
#include "lib/string.h"
#include "mm/slab.h"

static void free_text(void *text)
{
	kfree(text);
}

/* In the inode itself: no block of its own is in use. */
static bool is_fast(const struct ext4_inode *inode)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint64_t xattr_sectors = inode->xattr_block ? fs->block_size >> 9 : 0;

	return !(inode->flags & EXT4_INLINE_DATA_FL) && inode->vfs.blocks <= xattr_sectors &&
	       inode->vfs.size < (loff_t)sizeof(inode->data);
}

static int read_block(struct ext4_inode *inode, char *text, size_t size)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_buf buf;
	struct ext4_run run;
	int err;

	if (size > fs->block_size)
		return -EFSCORRUPTED;
	err = ext4_map(inode, 0, 1, &run);
	if (!err && !run.block)
		err = ext4_corrupt(fs, "inode %llu: symbolic link without text", (unsigned long long)inode->vfs.ino);
	if (!err)
		err = ext4_buf_get(fs, run.block, &buf);
	if (err)
		return err;
	memcpy(text, buf.data, size);
	ext4_buf_put(&buf);
	return 0;
}

static int get_link(struct dentry *dentry, struct inode *vfs, struct link_text *out)
{
	struct ext4_inode *inode = ext4_i(vfs);
	size_t size = (size_t)vfs->size;
	char *text;
	int err = 0;

	if (!dentry)
		return -ECHILD;
	text = kmalloc(size + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (inode->flags & EXT4_INLINE_DATA_FL)
		err = ext4_inline_read(inode, 0, text, size);
	else if (is_fast(inode))
		memcpy(text, inode->data, size);
	else
		err = read_block(inode, text, size);
	text[size] = '\0';
	if (!err && strlen(text) != size)
		err = ext4_corrupt(ext4_fs(vfs->sb), "inode %llu: NUL in a symbolic link",
				   (unsigned long long)vfs->ino);
	if (err) {
		kfree(text);
		return err;
	}
	*out = (struct link_text){ .text = text, .put = free_text, .arg = text };
	return 0;
}

/* --- Writing -------------------------------------------------------------------------------------- */

/* Into the inode, behind i_block's 60 bytes into an attribute. 0, -ENOSPC: too long, or -errno. */
static int write_inline(struct ext4_handle *h, struct ext4_inode *inode, const char *text, size_t size)
{
	size_t rest = size - sizeof(inode->data);
	int err;

	if (size <= sizeof(inode->data) || rest > ext4_xattr_inline_room(inode))
		return -ENOSPC;
	err = ext4_inline_enter(h, inode);
	if (err)
		return err;
	memcpy(inode->data, text, sizeof(inode->data));
	return ext4_xattr_inline_set(h, inode, text + sizeof(inode->data), rest);
}

static int write_block(struct ext4_handle *h, struct ext4_inode *inode, const char *text, size_t size)
{
	struct ext4_buf buf;
	struct ext4_run run;
	int err = ext4_map_create(h, inode, 0, 1, EXT4_MAP_META, &run);

	if (!err)
		err = ext4_journal_get_new(h, run.block, &buf);
	if (err)
		return err;
	memcpy(buf.data, text, size);
	err = ext4_journal_dirty(h, &buf);
	ext4_buf_put(&buf);
	return err;
}

int ext4_symlink_write(struct ext4_handle *h, struct ext4_inode *inode, const char *text)
{
	size_t size = strlen(text);
	int err = -ENOSPC;

	WRITE_ONCE(inode->vfs.size, (loff_t)size);
	if (size < sizeof(inode->data)) {
		inode->flags &= ~(uint32_t)EXT4_EXTENTS_FL;
		memset(inode->data, 0, sizeof(inode->data));
		memcpy(inode->data, text, size);
		return 0;
	}
	if (ext4_fs(inode->vfs.sb)->incompat & EXT4_INCOMPAT_INLINE_DATA)
		err = write_inline(h, inode, text, size);
	return err == -ENOSPC ? write_block(h, inode, text, size) : err;
}

const struct inode_ops ext4_symlink_ops = {
	.get_link = get_link,
	.setattr = ext4_setattr,
	.getxattr = ext4_getxattr,
	.setxattr = ext4_setxattr,
	.listxattr = ext4_listxattr,
	.removexattr = ext4_removexattr,
};

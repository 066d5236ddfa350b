/* SPDX-License-Identifier: MIT */
/*
 * dir: folders: looking a name up, and listing.
 *
 * A folder is a file of blocks full of records; a record never crosses a block, and the records of a block fill it
 * exactly. An indexed folder looks the same to who ignores the index: index blocks are one unused record each. So
 * listing without an index goes through all blocks in order, and positions are byte offsets in the folder; with one
 * it is dir_list.c's.
 *
 * Changes of folders are dir_change.c, folders in their inode dir_inline.c, the hash index htree.c.
 */
#include "fs/ext4/dir.h"

#include "abi/dirent.h"
#include "fs/ext4/acl.h"
#include "fs/ext4/namei.h"
#include "fs/ext4/write.h"
#include "fs/ext4/xattr.h"
#include "lib/string.h"
#include "vfs/dentry.h"
#include "vfs/file.h"

bool ext4_dirent_ok(const struct ext4_fs *fs, const void *block, uint32_t offset, uint32_t size)
{
	const struct ext4_disk_dirent *entry = (const void *)((const char *)block + offset);
	uint32_t length, name;

	if (size - offset < EXT4_DIRENT_HEADER)
		return false;
	length = le16_to_cpu(entry->rec_len);
	name = entry->name_len;
	return length >= EXT4_DIRENT_HEADER && length % 4 == 0 && length <= size - offset &&
	       name <= EXT4_NAME_LEN && EXT4_DIRENT_HEADER + name <= length && (name || !entry->inode) &&
	       le32_to_cpu(entry->inode) <= fs->inodes_count;
}

int ext4_dir_block(struct ext4_inode *dir, uint32_t first, struct ext4_buf *buf)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	struct ext4_run run;
	int err = ext4_map(dir, first, 1, &run);

	if (!err && !run.block)
		err = ext4_corrupt(fs, "folder %llu: hole at block %u", (unsigned long long)dir->vfs.ino, first);
	return err ? err : ext4_buf_get(fs, run.block, buf);
}

/* Index blocks have another checksum, checked when they are used as such. */
static bool looks_like_index(const struct ext4_fs *fs, const struct ext4_inode *dir, const void *block, uint32_t first)
{
	const struct ext4_disk_dirent *entry = block;

	if (!(dir->flags & EXT4_INDEX_FL))
		return false;
	return !first || (!entry->inode && le16_to_cpu(entry->rec_len) == fs->block_size);
}

int ext4_dir_plain_block(struct ext4_inode *dir, uint32_t first, struct ext4_buf *buf)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	int err = ext4_dir_block(dir, first, buf);

	if (err || looks_like_index(fs, dir, buf->data, first) || ext4_dir_csum_ok(fs, dir, buf))
		return err;
	ext4_buf_put(buf);
	return ext4_bad_csum(fs, "folder", dir->vfs.ino);
}

/* --- Looking up ----------------------------------------------------------------------------------- */

int ext4_area_search(struct ext4_inode *dir, const void *area, uint32_t size, struct ext4_search *search)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const struct ext4_disk_dirent *entry;
	uint32_t prev = 0;

	for (uint32_t offset = 0; offset < size; offset += le16_to_cpu(entry->rec_len)) {
		entry = (const void *)((const char *)area + offset);
		if (!ext4_dirent_ok(fs, area, offset, size))
			return ext4_corrupt(fs, "folder %llu: broken record", (unsigned long long)dir->vfs.ino);
		if (entry->inode && entry->name_len == search->len &&
		    !memcmp(entry->name, search->name, search->len)) {
			search->ino = le32_to_cpu(entry->inode);
			search->offset = offset;
			search->prev = prev;
			return 0;
		}
		prev = offset;
	}
	return 0;
}

uint32_t ext4_dir_area_size(const struct ext4_inode *dir, const void *block, uint32_t first)
{
	const struct ext4_fs *fs = ext4_fs(dir->vfs.sb);

	return looks_like_index(fs, dir, block, first) ? fs->block_size : ext4_dir_room(fs);
}

/* All blocks one after another. */
static int search_plain(struct ext4_inode *dir, struct ext4_search *search)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint32_t nr_blocks = (uint32_t)(dir->vfs.size >> fs->block_bits);
	int err = 0;

	for (uint32_t i = 0; !err && !search->ino && i < nr_blocks; i++) {
		struct ext4_buf buf;

		err = ext4_dir_plain_block(dir, i, &buf);
		if (err)
			break;
		search->block = i;
		err = ext4_area_search(dir, buf.data, ext4_dir_area_size(dir, buf.data, i), search);
		ext4_buf_put(&buf);
	}
	return err;
}

int ext4_dir_search(struct ext4_inode *dir, struct ext4_search *search)
{
	int err = -EOPNOTSUPP;

	if (dir->flags & EXT4_INLINE_DATA_FL)
		return ext4_inline_dir_search(dir, search);
	if ((dir->flags & EXT4_INDEX_FL) && (ext4_fs(dir->vfs.sb)->compat & EXT4_COMPAT_DIR_INDEX))
		err = ext4_htree_search(dir, search);
	return err == -EOPNOTSUPP ? search_plain(dir, search) : err;
}

/* A folder that names itself, or one above it, would be locked twice by whoever removes or moves that name. */
static int check_loop(const struct inode *dir, const struct dentry *dentry, const struct inode *found)
{
	int err;

	if (!S_ISDIR(found->mode) || !d_inode_is_above(dentry, found))
		return 0;
	err = ext4_corrupt(ext4_fs(dir->sb), "folder %llu names inode %llu, which lies above it",
			   (unsigned long long)dir->ino, (unsigned long long)found->ino);
	return found == dir ? err : -ELOOP;
}

static int lookup(struct inode *vfs, struct dentry *dentry)
{
	struct ext4_search name = { .name = dentry->name.name, .len = dentry->name.len };
	struct inode *inode = NULL;
	int err;

	if (name.len > EXT4_NAME_LEN)
		return -ENAMETOOLONG;
	err = ext4_dir_search(ext4_i(vfs), &name);
	if (!err && name.ino) {
		err = ext4_iget(vfs->sb, name.ino, &inode);
		if (err == -ESTALE)
			err = ext4_corrupt(ext4_fs(vfs->sb), "folder %llu names inode %u, which is free",
					   (unsigned long long)vfs->ino, name.ino);
	}
	if (!err && inode)
		err = check_loop(vfs, dentry, inode);
	if (!err)
		d_add(dentry, inode);
	else if (inode)
		inode_put(inode);
	return err;
}

/* --- Listing -------------------------------------------------------------------------------------- */

unsigned ext4_dirent_dtype(const struct ext4_fs *fs, const struct ext4_disk_dirent *entry)
{
	static const uint8_t types[] = { DT_UNKNOWN, DT_REG, DT_DIR, DT_CHR, DT_BLK, DT_FIFO, DT_SOCK, DT_LNK };

	if (!(fs->incompat & EXT4_INCOMPAT_FILETYPE) || entry->file_type >= ARRAY_SIZE(types))
		return DT_UNKNOWN;
	return types[entry->file_type];
}

bool ext4_dirent_name_ok(const struct ext4_disk_dirent *entry)
{
	if (!entry->inode)
		return true;
	for (unsigned i = 0; i < entry->name_len; i++) {
		if (!entry->name[i] || entry->name[i] == '/')
			return false;
	}
	return true;
}

int ext4_area_emit(struct ext4_inode *dir, const char *area, uint32_t size, loff_t base, struct dir_context *ctx)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const struct ext4_disk_dirent *entry;
	uint32_t offset, next;

	for (offset = 0; offset < size; offset = next) {
		entry = (const void *)(area + offset);
		if (!ext4_dirent_ok(fs, area, offset, size) || !ext4_dirent_name_ok(entry))
			return ext4_corrupt(fs, "folder %llu: broken record", (unsigned long long)dir->vfs.ino);
		next = offset + le16_to_cpu(entry->rec_len);
		if (base + (loff_t)offset < ctx->pos)
			continue;
		if (entry->inode &&
		    !ctx->emit(ctx, entry->name, entry->name_len, le32_to_cpu(entry->inode),
			       ext4_dirent_dtype(fs, entry), base + (loff_t)next))
			return 1;
		ctx->pos = base + (loff_t)next;
	}
	return 0;
}

static int iterate_blocks(struct ext4_inode *dir, struct dir_context *ctx)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint32_t size;
	int err = 0;

	while (!err && ctx->pos < dir->vfs.size) {
		uint32_t block = (uint32_t)(ctx->pos >> fs->block_bits);
		struct ext4_buf buf;

		err = ext4_dir_plain_block(dir, block, &buf);
		if (err)
			break;
		size = ext4_dir_area_size(dir, buf.data, block);
		err = ext4_area_emit(dir, buf.data, size, (loff_t)block << fs->block_bits, ctx);
		if (!err)	/* over the tail */
			ctx->pos = (loff_t)(block + 1) << fs->block_bits;
		ext4_buf_put(&buf);
	}
	return err;
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	struct ext4_inode *dir = ext4_i(file->inode);
	int err = ext4_dir_list(dir, ctx);

	if (err == -EOPNOTSUPP && (dir->flags & EXT4_INLINE_DATA_FL))
		err = ext4_inline_dir_iterate(dir, ctx);
	else if (err == -EOPNOTSUPP)
		err = iterate_blocks(dir, ctx);
	return err < 0 ? err : 0;
}

/* Positions are hashes, or bytes: any that is not negative. */
static loff_t llseek(struct file *file, loff_t offset, int whence)
{
	loff_t pos = offset;

	if (whence == SEEK_CUR && check_add_overflow(file->pos, offset, &pos))
		return -EINVAL;
	if (whence == SEEK_END)
		pos = offset ? -1 : INT64_MAX;
	if (whence > SEEK_END || pos < 0)
		return -EINVAL;
	file->pos = pos;
	return pos;
}

const struct inode_ops ext4_dir_ops = {
	.lookup = lookup,
	.getattr = ext4_getattr,
	.create = ext4_create,
	.mkdir = ext4_mkdir,
	.mknod = ext4_mknod,
	.symlink = ext4_symlink,
	.link = ext4_link,
	.unlink = ext4_unlink,
	.rmdir = ext4_rmdir,
	.rename = ext4_rename,
	.tmpfile = ext4_tmpfile,
	.setattr = ext4_setattr,
	.getxattr = ext4_getxattr,
	.setxattr = ext4_setxattr,
	.listxattr = ext4_listxattr,
	.removexattr = ext4_removexattr,
	.get_acl = ext4_get_acl,
	.set_acl = ext4_set_acl,
};

const struct file_ops ext4_dir_fops = {
	.iterate = iterate,
	.llseek = llseek,
	.ioctl = ext4_ioctl,
	.fsync = ext4_fsync,
};

/* SPDX-License-Identifier: MIT */
/*
 * dir: folders: looking a name up, and listing.
 *
 * A folder is a file of blocks full of records; a record never crosses a block, and the records of a block fill it
 * exactly. An indexed folder looks the same to who ignores the index: index blocks are one unused record each. So
 * listing goes through all blocks in order, and positions are byte offsets in the folder.
 *
 * A small folder may lie in its inode (inline data): 4 bytes with the parent's number, then records in 56 bytes,
 * then records in an attribute. "." and ".." are not stored there; positions count the parent's 4 bytes.
 */
#include "fs/ext4/ext4.h"

#include "abi/dirent.h"
#include "lib/align.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/file.h"

#define INLINE_PARENT	4u		/* bytes before the records in i_block */
#define INLINE_MAX	4096u		/* an inode is not larger */

bool ext4_dirent_ok(const struct ext4_fs *fs, const void *block, uint32_t offset, uint32_t size)
{
	const struct ext4_disk_dirent *entry = (const void *)((const char *)block + offset);
	uint32_t length, name;

	if (size - offset < EXT4_DIRENT_HEADER)
		return false;
	length = le16_to_cpu(entry->rec_len);
	name = entry->name_len;
	return length >= EXT4_DIRENT_HEADER && length % 4 == 0 && length <= size - offset &&
	       name <= EXT4_NAME_LEN && EXT4_DIRENT_HEADER + name <= length &&
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

/* A block of records, verified. */
static int plain_block(struct ext4_inode *dir, uint32_t first, struct ext4_buf *buf)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	int err = ext4_dir_block(dir, first, buf);

	if (err || looks_like_index(fs, dir, buf->data, first) || ext4_dir_csum_ok(fs, dir, buf->data))
		return err;
	ext4_buf_put(buf);
	return ext4_bad_csum(fs, "folder", dir->vfs.ino);
}

/* --- Looking up ----------------------------------------------------------------------------------- */

static int search_records(struct ext4_inode *dir, const void *block, uint32_t size, struct ext4_search *search)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const struct ext4_disk_dirent *entry;

	for (uint32_t offset = 0; offset < size; offset += le16_to_cpu(entry->rec_len)) {
		entry = (const void *)((const char *)block + offset);
		if (!ext4_dirent_ok(fs, block, offset, size))
			return ext4_corrupt(fs, "folder %llu: broken record", (unsigned long long)dir->vfs.ino);
		if (entry->inode && entry->name_len == search->len &&
		    !memcmp(entry->name, search->name, search->len)) {
			search->ino = le32_to_cpu(entry->inode);
			return 0;
		}
	}
	return 0;
}

int ext4_dir_search_block(struct ext4_inode *dir, const void *block, struct ext4_search *search)
{
	return search_records(dir, block, ext4_fs(dir->vfs.sb)->block_size, search);
}

/* All blocks one after another. */
static int search_plain(struct ext4_inode *dir, struct ext4_search *search)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint32_t nr_blocks = (uint32_t)(dir->vfs.size >> fs->block_bits);
	int err = 0;

	for (uint32_t i = 0; !err && !search->ino && i < nr_blocks; i++) {
		struct ext4_buf buf;

		err = plain_block(dir, i, &buf);
		if (err)
			break;
		err = ext4_dir_search_block(dir, buf.data, search);
		ext4_buf_put(&buf);
	}
	return err;
}

/* The records of an inline folder in one piece of memory, without the parent's number: *size bytes; free with kfree. */
static int inline_records(struct ext4_inode *dir, char **records, uint32_t *size)
{
	int err;

	if (dir->vfs.size < (loff_t)INLINE_PARENT || dir->vfs.size > (loff_t)INLINE_MAX)
		return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: inline size", (unsigned long long)dir->vfs.ino);
	*size = (uint32_t)dir->vfs.size - INLINE_PARENT;
	*records = kmalloc(*size + 1, GFP_KERNEL);
	if (!*records)
		return -ENOMEM;
	err = ext4_inline_read(dir, INLINE_PARENT, *records, *size);
	if (err)
		kfree(*records);
	return err;
}

/* Records lie in two areas that are each filled exactly; a record does not cross from one to the other. */
static uint32_t inline_split(const struct ext4_inode *dir, uint32_t size)
{
	return min(size, (uint32_t)sizeof(dir->data) - INLINE_PARENT);
}

static int search_inline(struct ext4_inode *dir, struct ext4_search *search)
{
	uint32_t size, split;
	char *records;
	int err = inline_records(dir, &records, &size);

	if (err)
		return err;
	split = inline_split(dir, size);
	err = search_records(dir, records, split, search);
	if (!err && !search->ino)
		err = search_records(dir, records + split, size - split, search);
	kfree(records);
	return err;
}

static int search(struct ext4_inode *dir, struct ext4_search *search)
{
	int err = -EOPNOTSUPP;

	if (dir->flags & EXT4_INLINE_DATA_FL)
		return search_inline(dir, search);
	if ((dir->flags & EXT4_INDEX_FL) && (ext4_fs(dir->vfs.sb)->compat & EXT4_COMPAT_DIR_INDEX))
		err = ext4_htree_search(dir, search);
	return err == -EOPNOTSUPP ? search_plain(dir, search) : err;
}

static int lookup(struct inode *vfs, struct dentry *dentry)
{
	struct ext4_search name = { .name = dentry->name.name, .len = dentry->name.len };
	struct inode *inode = NULL;
	int err;

	if (name.len > EXT4_NAME_LEN)
		return -ENAMETOOLONG;
	err = search(ext4_i(vfs), &name);
	if (!err && name.ino) {
		err = ext4_iget(vfs->sb, name.ino, &inode);
		if (err == -ESTALE)
			err = ext4_corrupt(ext4_fs(vfs->sb), "folder %llu names inode %u, which is free",
					   (unsigned long long)vfs->ino, name.ino);
	}
	if (!err)
		d_add(dentry, inode);
	return err;
}

/* --- Listing -------------------------------------------------------------------------------------- */

static unsigned record_type(const struct ext4_fs *fs, const struct ext4_disk_dirent *entry)
{
	static const uint8_t types[] = { DT_UNKNOWN, DT_REG, DT_DIR, DT_CHR, DT_BLK, DT_FIFO, DT_SOCK, DT_LNK };

	if (!(fs->incompat & EXT4_INCOMPAT_FILETYPE) || entry->file_type >= ARRAY_SIZE(types))
		return DT_UNKNOWN;
	return types[entry->file_type];
}

/*
 * Emit records of an area from ctx->pos on; base: position of its first byte. 1: the receiver is full, 0, or
 * -errno. A position inside a record (a folder that changed, or lseek) moves on to the next one.
 */
static int emit_records(struct ext4_inode *dir, const char *area, uint32_t size, loff_t base, struct dir_context *ctx)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const struct ext4_disk_dirent *entry;
	uint32_t offset, next;

	for (offset = 0; offset < size; offset = next) {
		entry = (const void *)(area + offset);
		if (!ext4_dirent_ok(fs, area, offset, size))
			return ext4_corrupt(fs, "folder %llu: broken record", (unsigned long long)dir->vfs.ino);
		next = offset + le16_to_cpu(entry->rec_len);
		if (base + (loff_t)offset < ctx->pos)
			continue;
		if (entry->inode &&
		    !ctx->emit(ctx, entry->name, entry->name_len, le32_to_cpu(entry->inode), record_type(fs, entry),
			       base + (loff_t)next))
			return 1;
		ctx->pos = base + (loff_t)next;
	}
	return 0;
}

static int iterate_blocks(struct ext4_inode *dir, struct dir_context *ctx)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	int err = 0;

	while (!err && ctx->pos < dir->vfs.size) {
		uint32_t block = (uint32_t)(ctx->pos >> fs->block_bits);
		struct ext4_buf buf;

		err = plain_block(dir, block, &buf);
		if (err)
			break;
		err = emit_records(dir, buf.data, fs->block_size, (loff_t)block << fs->block_bits, ctx);
		ext4_buf_put(&buf);
	}
	return err;
}

/* Positions 0 and 1 are "." and "..", which are not stored; records begin at INLINE_PARENT. */
static int iterate_inline(struct ext4_inode *dir, struct dir_context *ctx)
{
	uint32_t size, split;
	char *records;
	int err;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, dir->vfs.ino, DT_DIR, 1))
			return 1;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, le32_to_cpu(dir->data[0]), DT_DIR, INLINE_PARENT))
			return 1;
		ctx->pos = INLINE_PARENT;
	}
	err = inline_records(dir, &records, &size);
	if (err)
		return err;
	split = inline_split(dir, size);
	err = emit_records(dir, records, split, INLINE_PARENT, ctx);
	if (!err)
		err = emit_records(dir, records + split, size - split, (loff_t)(INLINE_PARENT + split), ctx);
	kfree(records);
	return err;
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	struct ext4_inode *dir = ext4_i(file->inode);
	int err;

	if (dir->flags & EXT4_INLINE_DATA_FL)
		err = iterate_inline(dir, ctx);
	else
		err = iterate_blocks(dir, ctx);
	return err < 0 ? err : 0;
}

const struct inode_ops ext4_dir_ops = {
	.lookup = lookup,
	.getxattr = ext4_getxattr,
	.listxattr = ext4_listxattr,
};

const struct file_ops ext4_dir_fops = {
	.iterate = iterate,
	.llseek = generic_llseek,
};

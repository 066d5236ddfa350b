/* SPDX-License-Identifier: MIT */
/*
 * dir_inline: small folders that lie in their inode (inline data).
 *
 *	i_block:  4 bytes with the parent's number | records in 56 bytes
 *	attribute "system.data": more records
 *
 * "." and ".." are not stored; positions count the parent's 4 bytes. A change is made on a copy of all records,
 * which is then stored: inode first in memory, then the attribute, then the inode's block. The attribute grows to
 * what the inode has room for; a folder that needs more gets a block, and never comes back.
 */
#include "fs/ext4/dir.h"

#include "abi/dirent.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/xattr.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"

#define INLINE_PARENT	4u		/* bytes before the records in i_block */
#define INLINE_MAX	4096u		/* an inode is not larger */

static uint32_t split_of(uint32_t size)
{
	return min(size, (uint32_t)(EXT4_N_BLOCKS * sizeof(uint32_t)) - INLINE_PARENT);
}

int ext4_inline_dir_load(struct ext4_inode *dir, struct ext4_inline_records *records)
{
	int err;

	if (dir->vfs.size < (loff_t)INLINE_PARENT || dir->vfs.size > (loff_t)INLINE_MAX)
		return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: inline size", (unsigned long long)dir->vfs.ino);
	records->size = (uint32_t)dir->vfs.size - INLINE_PARENT;
	records->split = split_of(records->size);
	records->bytes = kzalloc(INLINE_MAX, GFP_KERNEL);
	if (!records->bytes)
		return -ENOMEM;
	err = ext4_inline_read(dir, INLINE_PARENT, records->bytes, records->size);
	if (err)
		kfree(records->bytes);
	return err;
}

/* Put changed records back. */
static int store(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_inline_records *records)
{
	int err = ext4_xattr_inline_set(h, dir, records->bytes + records->split, records->size - records->split);

	if (err)
		return err;
	memcpy((char *)dir->data + INLINE_PARENT, records->bytes, records->split);
	WRITE_ONCE(dir->vfs.size, (loff_t)(records->size + INLINE_PARENT));
	return 0;
}

int ext4_inline_dir_search(struct ext4_inode *dir, struct ext4_search *search)
{
	struct ext4_inline_records records;
	int err = ext4_inline_dir_load(dir, &records);

	if (err)
		return err;
	err = ext4_area_search(dir, records.bytes, records.split, search);
	if (!err && !search->ino) {
		err = ext4_area_search(dir, records.bytes + records.split, records.size - records.split, search);
		search->offset += records.split;
		search->prev += records.split;
	}
	kfree(records.bytes);
	return err;
}

/* Positions 0 and 1 are "." and "..", which are not stored; records begin at INLINE_PARENT. */
int ext4_inline_dir_iterate(struct ext4_inode *dir, struct dir_context *ctx)
{
	struct ext4_inline_records records;
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
	err = ext4_inline_dir_load(dir, &records);
	if (err)
		return err;
	err = ext4_area_emit(dir, records.bytes, records.split, INLINE_PARENT, ctx);
	if (!err)
		err = ext4_area_emit(dir, records.bytes + records.split, records.size - records.split,
				     (loff_t)(INLINE_PARENT + records.split), ctx);
	kfree(records.bytes);
	return err;
}

int ext4_inline_dir_in_use(struct ext4_inode *dir)
{
	struct ext4_inline_records records;
	int result = ext4_inline_dir_load(dir, &records);

	if (result)
		return result;
	result = ext4_area_in_use(dir, records.bytes, records.split);
	if (!result)
		result = ext4_area_in_use(dir, records.bytes + records.split, records.size - records.split);
	kfree(records.bytes);
	return result;
}

/* --- Changing ------------------------------------------------------------------------------------- */

/* Let the attribute hold all the inode has room for. 1: there is a new record without a name; 0: no room. */
static int grow(struct ext4_inode *dir, struct ext4_inline_records *records)
{
	uint32_t room = ext4_xattr_inline_room(dir) & ~3u, had = records->size - records->split;
	char *rest = records->bytes + records->split;
	struct ext4_disk_dirent *last = NULL;

	if (records->split < split_of(UINT32_MAX) || room < had + EXT4_DIRENT_HEADER + 4)
		return 0;
	for (uint32_t at = 0; at < had; at += le16_to_cpu(last->rec_len))
		last = (void *)(rest + at);
	if (last)
		last->rec_len = cpu_to_le16((uint16_t)(le16_to_cpu(last->rec_len) + room - had));
	else
		ext4_area_init(rest, room);
	records->size = records->split + room;
	return 1;
}

/* 1: entered, 0: no room, or -errno. */
static int insert(struct ext4_inode *dir, struct ext4_inline_records *records, const struct ext4_entry *entry)
{
	struct ext4_dir_edit edit;	/* the inode's checksum is of all of it */
	int done = ext4_area_insert(dir, records->bytes, records->split, entry, &edit);

	if (done)
		return done;
	return ext4_area_insert(dir, records->bytes + records->split, records->size - records->split, entry, &edit);
}

/* Copy the records that are in use behind "." and ".." of a block. */
static void fill_block(struct ext4_inode *dir, const struct ext4_inline_records *records, char *block)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint32_t used = 24, room = ext4_dir_room(fs);
	const struct ext4_disk_dirent *entry;
	struct ext4_disk_dirent *last;

	ext4_area_dots(fs, block, used, dir->vfs.ino, le32_to_cpu(dir->data[0]));
	last = (void *)(block + 12);
	for (uint32_t at = 0; at < records->size; at += le16_to_cpu(entry->rec_len)) {
		struct ext4_entry copy;

		entry = (const void *)(records->bytes + at);
		if (!entry->inode)
			continue;
		copy = (struct ext4_entry){ .name = entry->name, .len = entry->name_len,
					    .ino = le32_to_cpu(entry->inode), .type = entry->file_type };
		last = (void *)(block + used);
		ext4_dirent_write(last, ext4_dirent_size(copy.len), &copy);
		used += ext4_dirent_size(copy.len);
	}
	last->rec_len = cpu_to_le16((uint16_t)(le16_to_cpu(last->rec_len) + room - used));
	ext4_dir_tail_init(fs, block);
}

/* Give the folder its first block. 0 or -errno; -ENOSPC leaves it as it was. */
static int to_block(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_inline_records *records)
{
	uint32_t flags = dir->flags, data[EXT4_N_BLOCKS], first;
	loff_t size = dir->vfs.size;
	struct ext4_buf buf;
	char *block;
	int err;

	block = kzalloc(ext4_fs(dir->vfs.sb)->block_size, GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	fill_block(dir, records, block);
	memcpy(data, dir->data, sizeof(data));
	ext4_inline_leave(dir);
	WRITE_ONCE(dir->vfs.size, 0);
	err = ext4_dir_append(h, dir, &first, &buf);
	if (err) {
		memcpy(dir->data, data, sizeof(data));
		dir->flags = flags;
		WRITE_ONCE(dir->vfs.size, size);
	} else {
		memcpy(buf.data, block, ext4_fs(dir->vfs.sb)->block_size);
		err = ext4_dir_block_dirty(h, dir, &buf);
		ext4_buf_put(&buf);
		if (!err)
			err = ext4_xattr_inline_remove(h, dir);
	}
	kfree(block);
	return err;
}

int ext4_inline_dir_add(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_entry *entry)
{
	struct ext4_inline_records records;
	int done, err = ext4_inline_dir_load(dir, &records);

	if (err)
		return err;
	done = insert(dir, &records, entry);
	if (!done && grow(dir, &records))
		done = insert(dir, &records, entry);
	if (done > 0)
		err = store(h, dir, &records);
	else if (!done)
		err = to_block(h, dir, &records);
	else
		err = done;
	kfree(records.bytes);
	return err ? err : !done;
}

int ext4_inline_dir_remove(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_search *search)
{
	struct ext4_inline_records records;
	struct ext4_dir_edit edit;
	int err = ext4_inline_dir_load(dir, &records);

	if (err)
		return err;
	ext4_area_remove(records.bytes, search->offset, search->prev, &edit);
	err = store(h, dir, &records);
	kfree(records.bytes);
	return err;
}

int ext4_inline_dir_replace(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_search *search,
			    const struct ext4_entry *entry)
{
	struct ext4_disk_dirent *record;
	struct ext4_inline_records records;
	int err = ext4_inline_dir_load(dir, &records);

	if (err)
		return err;
	record = (void *)(records.bytes + search->offset);
	record->inode = cpu_to_le32(entry->ino);
	record->file_type = entry->type;
	err = store(h, dir, &records);
	kfree(records.bytes);
	return err;
}

int ext4_inline_dir_make(struct ext4_handle *h, struct ext4_inode *dir, uint64_t parent)
{
	int err = ext4_inline_enter(h, dir);

	if (err)
		return err;
	dir->data[0] = cpu_to_le32((uint32_t)parent);
	ext4_area_init((char *)dir->data + INLINE_PARENT, split_of(UINT32_MAX));
	WRITE_ONCE(dir->vfs.size, (loff_t)sizeof(dir->data));
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * dir_block: records in memory, and the blocks they lie in.
 *
 * Records of an area follow each other without gaps; room is what a record is longer than its name needs. A record
 * taken out gives its bytes to the one before it, or stays as one without inode when it is the first. So a name
 * never moves but when its block is split.
 */
#include "fs/ext4/dir.h"

#include "core/assert.h"
#include "fs/ext4/alloc.h"
#include "lib/string.h"

#define DOT_SIZE	12u		/* of the record of ".", and the least of ".." */

uint32_t ext4_dir_room(const struct ext4_fs *fs)
{
	return fs->block_size - (ext4_has_csum(fs) ? (uint32_t)sizeof(struct ext4_disk_dir_tail) : 0);
}

uint8_t ext4_dirent_type(const struct ext4_fs *fs, uint32_t mode)
{
	/* By the type bits of a mode: FIFO 5, character 3, folder 2, block 4, file 1, link 7, socket 6. */
	static const uint8_t types[16] = { 0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6, 0, 0, 0 };

	return fs->incompat & EXT4_INCOMPAT_FILETYPE ? types[(mode & S_IFMT) >> 12] : 0;
}

void ext4_dirent_write(void *record, uint32_t rec_len, const struct ext4_entry *entry)
{
	struct ext4_disk_dirent *to = record;

	to->inode = cpu_to_le32(entry->ino);
	to->rec_len = cpu_to_le16((uint16_t)rec_len);
	to->name_len = (uint8_t)entry->len;
	to->file_type = entry->type;
	memcpy(to->name, entry->name, entry->len);
}

void ext4_area_init(void *area, uint32_t size)
{
	static const struct ext4_entry none = { .name = "" };

	memset(area, 0, size);
	ext4_dirent_write(area, size, &none);
}

static int broken(struct ext4_inode *dir)
{
	return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: broken record", (unsigned long long)dir->vfs.ino);
}

void ext4_edit_note(struct ext4_dir_edit *edit, const void *area, uint32_t offset, uint32_t len)
{
	VERIFY(edit->count < ARRAY_SIZE(edit->piece) && len <= sizeof(edit->piece[0].was));
	edit->piece[edit->count].offset = offset;
	edit->piece[edit->count].len = len;
	memcpy(edit->piece[edit->count].was, (const char *)area + offset, len);
	edit->count++;
}

int ext4_area_insert(struct ext4_inode *dir, void *area, uint32_t size, const struct ext4_entry *entry,
		     struct ext4_dir_edit *edit)
{
	uint32_t need = ext4_dirent_size(entry->len), length, used;
	const struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	struct ext4_disk_dirent *at;

	for (uint32_t offset = 0; offset < size; offset += length) {
		if (!ext4_dirent_ok(fs, area, offset, size))
			return broken(dir);
		at = (void *)((char *)area + offset);
		length = le16_to_cpu(at->rec_len);
		used = at->inode ? ext4_dirent_size(at->name_len) : 0;
		if (used > length || length - used < need)
			continue;
		edit->count = 0;
		if (used) {
			ext4_edit_note(edit, area, offset, EXT4_DIRENT_HEADER);
			at->rec_len = cpu_to_le16((uint16_t)used);
		}
		ext4_edit_note(edit, area, offset + used, need);
		ext4_dirent_write((char *)at + used, length - used, entry);
		return 1;
	}
	return 0;
}

void ext4_area_remove(void *area, uint32_t offset, uint32_t prev, struct ext4_dir_edit *edit)
{
	struct ext4_disk_dirent *gone = (void *)((char *)area + offset);
	struct ext4_disk_dirent *before = (void *)((char *)area + prev);
	uint32_t length = le16_to_cpu(gone->rec_len), size = ext4_dirent_size(gone->name_len);

	edit->count = 0;
	ext4_edit_note(edit, area, offset, min(size, length));
	if (gone != before)
		ext4_edit_note(edit, area, prev, EXT4_DIRENT_HEADER);
	/* The name is wiped, as Linux does: what was deleted is not to be found on the disk. */
	memset(gone, 0, min(size, length));
	if (gone == before)
		gone->rec_len = cpu_to_le16((uint16_t)length);
	else
		before->rec_len = cpu_to_le16((uint16_t)(le16_to_cpu(before->rec_len) + length));
}

bool ext4_dirent_is_dots(const struct ext4_disk_dirent *entry)
{
	return entry->name[0] == '.' && (entry->name_len == 1 || (entry->name_len == 2 && entry->name[1] == '.'));
}

int ext4_area_in_use(struct ext4_inode *dir, const void *area, uint32_t size)
{
	const struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const struct ext4_disk_dirent *entry;

	for (uint32_t offset = 0; offset < size; offset += le16_to_cpu(entry->rec_len)) {
		entry = (const void *)((const char *)area + offset);
		if (!ext4_dirent_ok(fs, area, offset, size))
			return broken(dir);
		if (entry->inode && !ext4_dirent_is_dots(entry))
			return 1;
	}
	return 0;
}

void ext4_area_dots(const struct ext4_fs *fs, void *area, uint32_t size, uint64_t ino, uint64_t parent)
{
	uint8_t type = ext4_dirent_type(fs, S_IFDIR);
	struct ext4_entry dot = { .name = ".", .len = 1, .ino = (uint32_t)ino, .type = type };
	struct ext4_entry dotdot = { .name = "..", .len = 2, .ino = (uint32_t)parent, .type = type };

	ext4_dirent_write(area, DOT_SIZE, &dot);
	ext4_dirent_write((char *)area + DOT_SIZE, size - DOT_SIZE, &dotdot);
}

/* --- Blocks --------------------------------------------------------------------------------------- */

void ext4_dir_tail_init(const struct ext4_fs *fs, void *block)
{
	struct ext4_disk_dir_tail *tail = (void *)((char *)block + ext4_dir_room(fs));

	if (!ext4_has_csum(fs))
		return;
	memset(tail, 0, sizeof(*tail));
	tail->rec_len = cpu_to_le16(sizeof(*tail));
	tail->reserved_ft = EXT4_DIR_TAIL_FT;
}

int ext4_dir_block_dirty(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_buf *buf)
{
	ext4_dir_csum_set(ext4_fs(dir->vfs.sb), dir, buf->data);
	return ext4_journal_dirty(h, buf);
}

int ext4_dir_block_edited(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_buf *buf,
			  const struct ext4_dir_edit *edit)
{
	uint8_t diff[sizeof(edit->piece[0].was)];

	for (unsigned i = 0; i < edit->count; i++) {
		const uint8_t *now = (const uint8_t *)buf->data + edit->piece[i].offset;
		uint32_t len = edit->piece[i].len;

		for (uint32_t k = 0; k < len; k++)
			diff[k] = edit->piece[i].was[k] ^ now[k];
		ext4_dir_csum_patch(ext4_fs(dir->vfs.sb), buf->data, edit->piece[i].offset, diff, len);
	}
	return ext4_journal_dirty(h, buf);
}

/* Largest folder: its block numbers in the index have 28 bits, its size 31 without large_dir. */
static bool may_grow(const struct ext4_fs *fs, uint64_t first)
{
	if (fs->incompat & EXT4_INCOMPAT_LARGEDIR)
		return first < EXT4_DX_BLOCK_MASK;
	return (first + 1) << fs->block_bits <= INT32_MAX;
}

int ext4_dir_append(struct ext4_handle *h, struct ext4_inode *dir, uint32_t *first, struct ext4_buf *buf)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint64_t number = (uint64_t)dir->vfs.size >> fs->block_bits;
	struct ext4_run run;
	int err;

	if (!may_grow(fs, number))
		return -ENOSPC;
	*first = (uint32_t)number;
	err = ext4_map_create(h, dir, *first, 1, EXT4_MAP_META, &run);
	if (err)
		return err;
	/* After a failure the block lies behind the folder's end, where the next one to grow it finds it. */
	err = ext4_journal_get_new(h, run.block, buf);
	if (!err)
		WRITE_ONCE(dir->vfs.size, dir->vfs.size + (loff_t)fs->block_size);
	return err;
}

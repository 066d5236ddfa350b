/* SPDX-License-Identifier: MIT */
/*
 * dir: what the files about folders share: dir.c dir_block.c dir_change.c dir_inline.c htree.c htree_insert.c namei.c.
 *
 * An *area* is memory that records fill exactly: a block without its checksum tail, or one of the two parts of an
 * inline folder. All that changes a folder is called with its inode->lock held for writing, in a handle with at least
 * EXT4_DIR_CREDITS for each name entered or taken out, and may sleep.
 */
#pragma once

#include "fs/ext4/ext4.h"

struct dir_context;
struct ext4_handle;
struct qstr;

/*
 * Blocks one change of a folder may touch. Entering a name: a leaf and its new half, index blocks and their new
 * halves, a new root level; each new block costs bitmap, descriptor, superblock and a way through the extent tree.
 * The inode itself, and a new attribute value of an inline folder.
 */
#define EXT4_DIR_CREDITS	56

/* A record to be entered. */
struct ext4_entry {
	const char *name;
	uint32_t len;
	uint32_t ino;
	uint8_t type;			/* as on disk: ext4_dirent_type() */
};

/* --- dir.c: finding --- */

/* Find search->name. 0 (search->ino 0: not there), or -errno. */
int __must_check ext4_dir_search(struct ext4_inode *dir, struct ext4_search *search);
/* Block `first` of a folder: records, verified. */
int __must_check ext4_dir_plain_block(struct ext4_inode *dir, uint32_t first, struct ext4_buf *buf);
/* Bytes of block `first` that are records: all of an index block, which is one record that nobody uses. */
uint32_t ext4_dir_area_size(const struct ext4_inode *dir, const void *block, uint32_t first);
/* Look through the records of an area; adds base to the offsets it reports. 0 or -EFSCORRUPTED. */
int __must_check ext4_area_search(struct ext4_inode *dir, const void *area, uint32_t size,
				  struct ext4_search *search);

/*
 * Emit records of an area from ctx->pos on; base: position of its first byte. 1: the receiver is full, 0, or
 * -errno. A position inside a record (a folder that changed, or lseek) moves on to the next one.
 */
int ext4_area_emit(struct ext4_inode *dir, const char *area, uint32_t size, loff_t base, struct dir_context *ctx);

/* May a sound record be listed? Not with a slash in its name, or an end before its end. */
bool ext4_dirent_name_ok(const struct ext4_disk_dirent *entry);

/* d_type of a record. */
unsigned ext4_dirent_dtype(const struct ext4_fs *fs, const struct ext4_disk_dirent *entry);

/* --- dir_list.c --- */

/* List by hash. 0, 1: the receiver is full, -errno; -EOPNOTSUPP: a folder that is listed by its blocks. */
int ext4_dir_list(struct ext4_inode *dir, struct dir_context *ctx);

/* --- dir_block.c: records in memory, and blocks --- */

/* Bytes a record with a name of this length needs. */
static inline uint32_t ext4_dirent_size(uint32_t len)
{
	return (EXT4_DIRENT_HEADER + len + 3) & ~3u;
}

/* Bytes of a block that records fill. */
uint32_t ext4_dir_room(const struct ext4_fs *fs);
uint8_t ext4_dirent_type(const struct ext4_fs *fs, uint32_t mode);
/* Is it "." or ".."? */
bool ext4_dirent_is_dots(const struct ext4_disk_dirent *entry);
/* One record without a name. */
void ext4_area_init(void *area, uint32_t size);

/* What a change of one record overwrites, kept so that the checksum need not be computed from the whole block. */
struct ext4_dir_edit {
	unsigned count;
	struct {
		uint32_t offset, len;
		uint8_t was[EXT4_DIRENT_HEADER + EXT4_NAME_LEN + 1];	/* a record without its room, rounded up */
	} piece[2];
};

/* Bytes [offset, offset + len) of area are about to change. At most two calls, of at most a record each. */
void ext4_edit_note(struct ext4_dir_edit *edit, const void *area, uint32_t offset, uint32_t len);
/* 1: entered, and edit says what changed; 0: no room; -EFSCORRUPTED. */
int __must_check ext4_area_insert(struct ext4_inode *dir, void *area, uint32_t size, const struct ext4_entry *entry,
				  struct ext4_dir_edit *edit);
/* Take out the record at offset; prev: the one before it, or offset itself for the first. Fills edit. */
void ext4_area_remove(void *area, uint32_t offset, uint32_t prev, struct ext4_dir_edit *edit);
/* Write a record of this length. */
void ext4_dirent_write(void *record, uint32_t rec_len, const struct ext4_entry *entry);
/* Any name but "." and ".."? 1, 0, or -EFSCORRUPTED. */
int __must_check ext4_area_in_use(struct ext4_inode *dir, const void *area, uint32_t size);
/* A folder's block 0 in memory: "." and "..", which takes the rest of the area. */
void ext4_area_dots(const struct ext4_fs *fs, void *area, uint32_t size, uint64_t ino, uint64_t parent);
/* The tail with a checksum, where the volume has them. */
void ext4_dir_tail_init(const struct ext4_fs *fs, void *block);
/* After a change of records: checksum, and into the journal. */
int __must_check ext4_dir_block_dirty(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_buf *buf);
/* The same when nothing but what edit says changed, and the checksum was right before. */
int __must_check ext4_dir_block_edited(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_buf *buf,
				       const struct ext4_dir_edit *edit);
/* A block more at the end, zeroed: its number within the folder at *first. The inode is not yet marked dirty. */
int __must_check ext4_dir_append(struct ext4_handle *h, struct ext4_inode *dir, uint32_t *first,
				 struct ext4_buf *buf);

/* --- dir_change.c --- */

/* Enter a name that is not there. 0, -ENOSPC, -EIO, -EFSCORRUPTED, -ENOMEM; on failure the folder is as it was. */
int __must_check ext4_dir_add(struct ext4_handle *h, struct inode *dir, const struct qstr *name,
			      const struct inode *inode);
/* Take a name out that stands for ino: -ENOENT when it does not. */
int __must_check ext4_dir_remove(struct ext4_handle *h, struct inode *dir, const struct qstr *name, uint64_t ino);
/* Let a name that stands for ino stand for inode. */
int __must_check ext4_dir_replace(struct ext4_handle *h, struct inode *dir, const struct qstr *name, uint64_t ino,
				  const struct inode *inode);
/* Make a new folder's first records. */
int __must_check ext4_dir_make(struct ext4_handle *h, struct inode *dir, const struct inode *parent);
/* Where ".." leads: change it. */
int __must_check ext4_dir_set_parent(struct ext4_handle *h, struct inode *dir, const struct inode *parent);
/* No names but "." and ".."? 0, -ENOTEMPTY, or another error. May sleep. */
int __must_check ext4_dir_check_empty(struct inode *dir);

/* --- dir_inline.c: folders in their inode --- */

/* All records in one piece of memory, without the parent's number. */
struct ext4_inline_records {
	char *bytes;			/* size of them, and room for as many as an inode can hold */
	uint32_t size;
	uint32_t split;			/* bytes that lie in i_block: no record crosses this border */
};

/* Read them. 0 or -errno; then records->bytes is to be freed. */
int __must_check ext4_inline_dir_load(struct ext4_inode *dir, struct ext4_inline_records *records);
int __must_check ext4_inline_dir_search(struct ext4_inode *dir, struct ext4_search *search);
int ext4_inline_dir_iterate(struct ext4_inode *dir, struct dir_context *ctx);
/* 0; 1: it does not fit, and the folder now has a block; or -errno. */
int __must_check ext4_inline_dir_add(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_entry *entry);
int __must_check ext4_inline_dir_remove(struct ext4_handle *h, struct ext4_inode *dir,
					const struct ext4_search *search);
int __must_check ext4_inline_dir_replace(struct ext4_handle *h, struct ext4_inode *dir,
					 const struct ext4_search *search, const struct ext4_entry *entry);
int __must_check ext4_inline_dir_make(struct ext4_handle *h, struct ext4_inode *dir, uint64_t parent);
int __must_check ext4_inline_dir_in_use(struct ext4_inode *dir);

/* --- htree_insert.c --- */

/*
 * Enter a name by the index, which grows as it must. 0 or -errno; -EOPNOTSUPP: the index cannot be used.
 */
int __must_check ext4_htree_add(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_entry *entry);
/* Turn a folder of one full block into an indexed one. 0 or -errno. */
int __must_check ext4_htree_make(struct ext4_handle *h, struct ext4_inode *dir);

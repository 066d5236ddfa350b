/* SPDX-License-Identifier: MIT */
/*
 * dir_change: names entered into a folder, taken out, and made to stand for something else.
 *
 * A folder goes through three forms, and never back: in its inode (dir_inline.c), blocks that are looked through one
 * after another, and with more than one block an index by hash (htree_insert.c), when the volume has the feature.
 * Blocks that became empty stay: the folder shrinks when it is removed.
 *
 * The folder's inode is written here with its new size; times and link counts are namei.c's.
 */
#include "fs/ext4/dir.h"

#include "fs/ext4/alloc.h"
#include "fs/ext4/xattr.h"
#include "lib/string.h"
#include "vfs/dentry.h"

static struct ext4_entry entry_for(const struct inode *dir, const struct qstr *name, const struct inode *inode)
{
	return (struct ext4_entry){ .name = name->name, .len = name->len, .ino = (uint32_t)inode->ino,
				    .type = ext4_dirent_type(ext4_fs(dir->sb), inode->mode) };
}

/* --- Entering ------------------------------------------------------------------------------------- */

/* 1: entered into block `first`, 0: no room in it, or -errno. */
static int add_to_block(struct ext4_handle *h, struct ext4_inode *dir, uint32_t first,
			const struct ext4_entry *entry)
{
	struct ext4_dir_edit edit;
	struct ext4_buf buf;
	int done, err = ext4_dir_plain_block(dir, first, &buf);

	if (err)
		return err;
	err = ext4_journal_get_write(h, &buf);
	done = err ? err : ext4_area_insert(dir, buf.data, ext4_dir_room(ext4_fs(dir->vfs.sb)), entry, &edit);
	if (done > 0)
		err = ext4_dir_block_edited(h, dir, &buf, &edit);
	ext4_buf_put(&buf);
	return err ? err : done;
}

static int add_new_block(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_entry *entry)
{
	uint32_t first, room = ext4_dir_room(ext4_fs(dir->vfs.sb));
	struct ext4_buf buf;
	int err = ext4_dir_append(h, dir, &first, &buf);

	if (err)
		return err;
	ext4_area_init(buf.data, room);
	ext4_dirent_write(buf.data, room, entry);
	ext4_dir_tail_init(ext4_fs(dir->vfs.sb), buf.data);
	err = ext4_dir_block_dirty(h, dir, &buf);
	ext4_buf_put(&buf);
	return err;
}

static int add_plain(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_entry *entry)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint32_t nr_blocks = (uint32_t)(dir->vfs.size >> fs->block_bits);
	int done = 0, err;

	for (uint32_t i = 0; !done && i < nr_blocks; i++)
		done = add_to_block(h, dir, i, entry);
	if (done)
		return done < 0 ? done : 0;
	if (nr_blocks != 1 || !(fs->compat & EXT4_COMPAT_DIR_INDEX))
		return add_new_block(h, dir, entry);
	err = ext4_htree_make(h, dir);
	return err ? err : ext4_htree_add(h, dir, entry);
}

/* An index that nobody can use is dropped; its blocks are then records that nobody uses. */
static int drop_index(struct ext4_inode *dir)
{
	if (ext4_has_csum(ext4_fs(dir->vfs.sb)))
		return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: index cannot be used",
				    (unsigned long long)dir->vfs.ino);
	dir->flags &= ~(uint32_t)EXT4_INDEX_FL;
	return 0;
}

static int add_entry(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_entry *entry)
{
	int err;

	if (dir->flags & EXT4_INLINE_DATA_FL) {
		err = ext4_inline_dir_add(h, dir, entry);
		return err > 0 ? add_plain(h, dir, entry) : err;
	}
	if (!(dir->flags & EXT4_INDEX_FL))
		return add_plain(h, dir, entry);
	err = -EOPNOTSUPP;
	if (ext4_fs(dir->vfs.sb)->compat & EXT4_COMPAT_DIR_INDEX)
		err = ext4_htree_add(h, dir, entry);
	if (err != -EOPNOTSUPP)
		return err;
	err = drop_index(dir);
	return err ? err : add_plain(h, dir, entry);
}

int ext4_dir_add(struct ext4_handle *h, struct inode *dir, const struct qstr *name, const struct inode *inode)
{
	struct ext4_entry entry = entry_for(dir, name, inode);
	int err, dirty;

	if (name->len > EXT4_NAME_LEN)
		return -ENAMETOOLONG;
	err = ext4_inode_get_write(h, dir);
	if (err)
		return err;
	err = add_entry(h, ext4_i(dir), &entry);
	/* Also after a failure: it may have grown, or have an index now, and is sound. */
	dirty = ext4_inode_dirty(h, dir);
	return err ? err : dirty;
}

/* --- Changing one record -------------------------------------------------------------------------- */

/* Find the record of a name that stands for ino. 0 or -errno. */
static int find_record(struct inode *dir, const struct qstr *name, uint64_t ino, struct ext4_search *search)
{
	int err;

	*search = (struct ext4_search){ .name = name->name, .len = name->len };
	err = ext4_dir_search(ext4_i(dir), search);
	if (!err && (!search->ino || search->ino != ino))
		err = -ENOENT;
	return err;
}

/* The block of the record, for writing. */
static int open_record(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_search *search,
		       struct ext4_buf *buf)
{
	int err = ext4_dir_plain_block(dir, search->block, buf);

	if (err)
		return err;
	err = ext4_journal_get_write(h, buf);
	if (err)
		ext4_buf_put(buf);
	return err;
}

int ext4_dir_remove(struct ext4_handle *h, struct inode *dir, const struct qstr *name, uint64_t ino)
{
	struct ext4_search search;
	struct ext4_dir_edit edit;
	struct ext4_buf buf;
	int err = find_record(dir, name, ino, &search);

	if (err)
		return err;
	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL)
		return ext4_inline_dir_remove(h, ext4_i(dir), &search);
	err = open_record(h, ext4_i(dir), &search, &buf);
	if (err)
		return err;
	ext4_area_remove(buf.data, search.offset, search.prev, &edit);
	err = ext4_dir_block_edited(h, ext4_i(dir), &buf, &edit);
	ext4_buf_put(&buf);
	return err;
}

int ext4_dir_replace(struct ext4_handle *h, struct inode *dir, const struct qstr *name, uint64_t ino,
		     const struct inode *inode)
{
	struct ext4_entry entry = entry_for(dir, name, inode);
	struct ext4_disk_dirent *record;
	struct ext4_search search;
	struct ext4_buf buf;
	int err = find_record(dir, name, ino, &search);

	if (err)
		return err;
	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL)
		return ext4_inline_dir_replace(h, ext4_i(dir), &search, &entry);
	err = open_record(h, ext4_i(dir), &search, &buf);
	if (err)
		return err;
	record = (void *)((char *)buf.data + search.offset);
	record->inode = cpu_to_le32(entry.ino);
	record->file_type = entry.type;
	err = ext4_dir_block_dirty(h, ext4_i(dir), &buf);
	ext4_buf_put(&buf);
	return err;
}

/* --- Whole folders -------------------------------------------------------------------------------- */

int ext4_dir_make(struct ext4_handle *h, struct inode *vfs, const struct inode *parent)
{
	struct ext4_inode *dir = ext4_i(vfs);
	struct ext4_fs *fs = ext4_fs(vfs->sb);
	struct ext4_buf buf;
	uint32_t first;
	int err;

	if (fs->incompat & EXT4_INCOMPAT_INLINE_DATA) {
		err = ext4_inline_dir_make(h, dir, parent->ino);
		if (err != -ENOSPC)
			return err;
	}
	err = ext4_dir_append(h, dir, &first, &buf);
	if (err)
		return err;
	ext4_area_dots(fs, buf.data, ext4_dir_room(fs), vfs->ino, parent->ino);
	ext4_dir_tail_init(fs, buf.data);
	err = ext4_dir_block_dirty(h, dir, &buf);
	ext4_buf_put(&buf);
	return err;
}

int ext4_dir_set_parent(struct ext4_handle *h, struct inode *vfs, const struct inode *parent)
{
	static const struct qstr name = { "..", 2, 0 };
	struct ext4_inode *dir = ext4_i(vfs);
	struct ext4_search search = { .name = name.name, .len = name.len };
	struct ext4_disk_dirent *record;
	struct ext4_buf buf;
	int err;

	if (dir->flags & EXT4_INLINE_DATA_FL) {
		dir->data[0] = cpu_to_le32((uint32_t)parent->ino);
		return 0;
	}
	err = ext4_dir_search(dir, &search);
	if (!err && (!search.ino || search.block))
		err = ext4_corrupt(ext4_fs(vfs->sb), "folder %llu: no '..'", (unsigned long long)vfs->ino);
	if (!err)
		err = open_record(h, dir, &search, &buf);
	if (err)
		return err;
	record = (void *)((char *)buf.data + search.offset);
	record->inode = cpu_to_le32((uint32_t)parent->ino);
	if (dir->flags & EXT4_INDEX_FL) {
		ext4_dx_csum_set(ext4_fs(vfs->sb), dir, buf.data, EXT4_DX_ROOT_TABLE);
		err = ext4_journal_dirty(h, &buf);
	} else {
		err = ext4_dir_block_dirty(h, dir, &buf);
	}
	ext4_buf_put(&buf);
	return err;
}

int ext4_dir_check_empty(struct inode *vfs)
{
	struct ext4_inode *dir = ext4_i(vfs);
	struct ext4_fs *fs = ext4_fs(vfs->sb);
	uint32_t nr_blocks = (uint32_t)(vfs->size >> fs->block_bits);
	int used = 0;

	if (dir->flags & EXT4_INLINE_DATA_FL) {
		used = ext4_inline_dir_in_use(dir);
		return used > 0 ? -ENOTEMPTY : used;
	}
	for (uint32_t i = 0; !used && i < nr_blocks; i++) {
		struct ext4_buf buf;

		used = ext4_dir_plain_block(dir, i, &buf);
		if (used)
			break;
		used = ext4_area_in_use(dir, buf.data, ext4_dir_area_size(dir, buf.data, i));
		ext4_buf_put(&buf);
	}
	return used > 0 ? -ENOTEMPTY : used;
}

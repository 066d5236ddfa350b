/* SPDX-License-Identifier: MIT */
/*
 * xattr_set: extended attributes set, replaced and removed.
 *
 * An area is never edited in place: the new one is put together in memory from the old one and the change, entries
 * from the front, values from the back, and copied over when it is complete. So a change that does not fit changes
 * nothing. New values go into the inode when there is room, else into the block; an attribute that moved is taken
 * out where it was.
 *
 * The block keeps its entries sorted by index, length and bytes of the name, as Linux searches it. It may be shared
 * by files with equal attributes (Linux makes such): h_refcount says by how many. A shared block is not changed; the
 * file gets its own. This code makes no block shared, so only counts above 1 can change under another file:
 * ext4_xattr_shared is held where one falls.
 */
#include "fs/ext4/xattr.h"

#include "abi/xattr.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/namei.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"

#define WORD		((uint32_t)sizeof(uint32_t))
#define EXTENT_ROOT_MAX	4		/* entries of the extent header in i_block */

/* Held where a reference count above 1 falls. */
static DEFINE_MUTEX(ext4_xattr_shared);

/* --- Putting an area together --------------------------------------------------------------------- */

struct writer {
	char *base;			/* what value offsets count from */
	char *entry;			/* next entry goes here */
	char *value;			/* values begin here */
	bool is_block;
};

static uint32_t entry_size(size_t name_len)
{
	return (uint32_t)(sizeof(struct ext4_disk_xattr_entry) + name_len + 3) & ~3u;
}

static uint32_t value_size(size_t size)
{
	return (uint32_t)(size + 3) & ~3u;
}

/* The hash of an entry in a block. value: padded with zeroes to whole words. */
static uint32_t entry_hash(const struct ext4_disk_xattr_entry *entry, const char *value, uint32_t size)
{
	const uint8_t *name = (const uint8_t *)entry->e_name;
	uint32_t hash = 0;

	for (unsigned i = 0; i < entry->e_name_len; i++)
		hash = (hash << 5) ^ (hash >> 27) ^ name[i];
	for (uint32_t at = 0; at < size; at += WORD)
		hash = (hash << 16) ^ (hash >> 16) ^ get_unaligned_le32(value + at);
	return hash;
}

/* 0 or -ENOSPC. */
static int put_entry(struct writer *to, const struct ext4_xattr_change *item, size_t name_len)
{
	struct ext4_disk_xattr_entry *entry = (void *)to->entry;
	uint32_t padded = value_size(item->size);

	if ((size_t)(to->value - to->entry) < (size_t)entry_size(name_len) + padded + WORD)
		return -ENOSPC;
	to->value -= padded;
	to->entry += entry_size(name_len);
	entry->e_name_len = (uint8_t)name_len;
	entry->e_name_index = item->index;
	entry->e_value_size = cpu_to_le32((uint32_t)item->size);
	entry->e_value_offs = cpu_to_le16(padded ? (uint16_t)(to->value - to->base) : 0);
	memcpy(entry->e_name, item->name, name_len);
	memcpy(to->value, item->value, item->size);
	if (to->is_block)
		entry->e_hash = cpu_to_le32(entry_hash(entry, to->value, padded));
	return 0;
}

static int compare(const struct ext4_xattr_change *change, const struct ext4_disk_xattr_entry *entry)
{
	size_t length = strlen(change->name);

	if (change->index != entry->e_name_index)
		return change->index < entry->e_name_index ? -1 : 1;
	if (length != entry->e_name_len)
		return length < entry->e_name_len ? -1 : 1;
	return memcmp(change->name, entry->e_name, length);
}

/*
 * Write the entries of an area with a change applied. from->base NULL: there are none. 0, -ENOSPC or -EFSCORRUPTED;
 * *left: how many entries there are now.
 */
static int rebuild(const struct ext4_fs *fs, const struct ext4_xattr_area *from, struct writer *to,
		   const struct ext4_xattr_change *change, unsigned *left)
{
	bool pending = change->value != NULL;
	const struct ext4_disk_xattr_entry *entry = NULL;
	const char *p = from->first;
	int err = 0;

	*left = 0;
	while (!err && from->base) {
		struct ext4_xattr_change copy;
		int order;

		err = ext4_xattr_entry_at(fs, from, p, &entry);
		if (err || !entry)
			break;
		p = ext4_xattr_entry_end(entry);
		order = compare(change, entry);
		if (pending && order <= 0 && (order == 0 || to->is_block)) {
			err = put_entry(to, change, strlen(change->name));
			pending = false;
			(*left)++;
		}
		if (err || order == 0)
			continue;
		copy = (struct ext4_xattr_change){ .index = entry->e_name_index, .name = entry->e_name,
						   .value = from->base + le16_to_cpu(entry->e_value_offs),
						   .size = le32_to_cpu(entry->e_value_size) };
		err = put_entry(to, &copy, entry->e_name_len);
		(*left)++;
	}
	if (!err && pending) {
		err = put_entry(to, change, strlen(change->name));
		(*left)++;
	}
	return err;
}

/* Is the attribute in this area? 1, 0, -EFSCORRUPTED. */
static int area_has(const struct ext4_fs *fs, const struct ext4_xattr_area *area,
		    const struct ext4_xattr_change *change)
{
	const struct ext4_disk_xattr_entry *entry;
	const char *p = area->first;
	int err;

	for (;;) {
		err = ext4_xattr_entry_at(fs, area, p, &entry);
		if (err || !entry)
			return err;
		if (!compare(change, entry))
			return 1;
		p = ext4_xattr_entry_end(entry);
	}
}

/* --- The inode ------------------------------------------------------------------------------------ */

static int inode_has(struct ext4_inode *inode, const struct ext4_xattr_change *change)
{
	struct ext4_xattr_area area;
	struct ext4_buf buf;
	bool has_magic;
	int result = ext4_xattr_inode_area(inode, &buf, &area, &has_magic);

	if (result <= 0)
		return result;
	result = has_magic ? area_has(ext4_fs(inode->vfs.sb), &area, change) : 0;
	ext4_buf_put(&buf);
	return result;
}

/* Copy a new area over the inode's, and write the inode. */
static int inode_store(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_buf *buf,
		       const struct ext4_xattr_area *area, const char *bytes)
{
	char *to = (char *)buf->data + (area->base - (const char *)buf->data);
	int err = ext4_journal_get_write(h, buf);

	if (err)
		return err;
	put_unaligned_le32(EXT4_XATTR_MAGIC, to - WORD);
	memcpy(to, bytes, (size_t)(area->end - area->base));
	return ext4_inode_dirty(h, &inode->vfs);
}

/* Apply a change to the inode's area. 0, -ENOSPC, -errno. */
static int inode_change(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_xattr_change *change)
{
	struct ext4_xattr_area area, none = { .base = NULL };
	struct writer to = { .is_block = false };
	struct ext4_buf buf;
	bool has_magic;
	unsigned left;
	char *bytes;
	int err = ext4_xattr_inode_area(inode, &buf, &area, &has_magic);

	if (err <= 0)
		return err ? err : -ENOSPC;
	bytes = kzalloc((size_t)(area.end - area.base), GFP_KERNEL);
	err = bytes ? 0 : -ENOMEM;
	if (!err) {
		to.base = to.entry = bytes;
		to.value = bytes + (area.end - area.base);
		err = rebuild(ext4_fs(inode->vfs.sb), has_magic ? &area : &none, &to, change, &left);
	}
	if (!err)
		err = inode_store(h, inode, &buf, &area, bytes);
	ext4_buf_put(&buf);
	kfree(bytes);
	return err;
}

/* --- The block ------------------------------------------------------------------------------------ */

static int block_has(struct ext4_inode *inode, const struct ext4_xattr_change *change)
{
	struct ext4_xattr_area area;
	struct ext4_buf buf;
	int result = ext4_xattr_block_area(inode, &buf, &area);

	if (result <= 0)
		return result;
	result = area_has(ext4_fs(inode->vfs.sb), &area, change);
	ext4_buf_put(&buf);
	return result;
}

/* The hash of a block is made of those of its entries. */
static uint32_t block_hash(const char *block)
{
	const struct ext4_disk_xattr_entry *entry;
	const char *p = block + sizeof(struct ext4_disk_xattr_header);
	uint32_t hash = 0;

	while (get_unaligned_le32(p)) {
		entry = (const void *)p;
		if (!entry->e_hash)
			return 0;
		hash = (hash << 16) ^ (hash >> 16) ^ le32_to_cpu(entry->e_hash);
		p = ext4_xattr_entry_end(entry);
	}
	return hash;
}

static uint32_t refcount_of(const struct ext4_buf *buf)
{
	return le32_to_cpu(((const struct ext4_disk_xattr_header *)buf->data)->h_refcount);
}

/* st_blocks of a file that shares a block counts it too. */
static void count_block(struct ext4_inode *inode, int sign)
{
	spin_lock(&inode->vfs.spin);
	inode->vfs.blocks += (uint64_t)(int64_t)(sign * (int)(ext4_fs(inode->vfs.sb)->block_size >> 9));
	spin_unlock(&inode->vfs.spin);
}

/* Where an inode's block would best lie: in its group. */
static uint64_t goal(const struct ext4_inode *inode)
{
	const struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint64_t group = (inode->vfs.ino - 1) / le32_to_cpu(fs->disk.s_inodes_per_group);

	return fs->first_block + group * le32_to_cpu(fs->disk.s_blocks_per_group);
}

/* This file no longer uses a block: its count falls, or it is freed. */
static int drop_block(struct ext4_handle *h, struct ext4_inode *inode, uint64_t block, struct ext4_buf *buf)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_disk_xattr_header *header = buf->data;
	int err = ext4_journal_get_write(h, buf);

	if (err)
		return err;
	mutex_lock(&ext4_xattr_shared);
	if (refcount_of(buf) > 1) {
		header->h_refcount = cpu_to_le32(refcount_of(buf) - 1);
		ext4_xattr_csum_set(fs, block, header);
		err = ext4_journal_dirty(h, buf);
		mutex_unlock(&ext4_xattr_shared);
		if (!err)
			count_block(inode, -1);
		return err;
	}
	mutex_unlock(&ext4_xattr_shared);
	return ext4_blocks_free(h, inode, block, 1, /*meta=*/true);
}

/* Write a complete block over the one the file has to itself. */
static int block_overwrite(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_buf *buf, const char *bytes)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	int err = ext4_journal_get_write(h, buf);

	if (err)
		return err;
	memcpy(buf->data, bytes, fs->block_size);
	ext4_xattr_csum_set(fs, inode->xattr_block, buf->data);
	return ext4_journal_dirty(h, buf);
}

/* Write it to a block of its own; old (NULL: none) is let go. */
static int block_replace(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_buf *old, const char *bytes)
{
	struct ext4_buf buf;
	uint32_t count = 1;
	uint64_t block;
	int err = ext4_blocks_alloc(h, inode, goal(inode), &count, &block);

	if (err)
		return err;
	err = ext4_journal_get_new(h, block, &buf);
	if (!err) {
		memcpy(buf.data, bytes, ext4_fs(inode->vfs.sb)->block_size);
		ext4_xattr_csum_set(ext4_fs(inode->vfs.sb), block, buf.data);
		err = ext4_journal_dirty(h, &buf);
		ext4_buf_put(&buf);
	}
	if (!err && old)
		err = drop_block(h, inode, inode->xattr_block, old);
	if (!err) {
		inode->xattr_block = block;
		return 0;
	}
	ignore_result(ext4_blocks_free(h, inode, block, 1, /*meta=*/true));	/* the first error counts */
	return err;
}

/* The new content of the block, in fresh memory at *out; *left: entries in it. */
static int block_build(struct ext4_inode *inode, const struct ext4_xattr_area *area,
		       const struct ext4_xattr_change *change, char **out, unsigned *left)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_disk_xattr_header *header = kzalloc(fs->block_size, GFP_KERNEL);
	struct writer to = { .base = (char *)header, .is_block = true };
	int err;

	*out = (char *)header;
	if (!header)
		return -ENOMEM;
	to.entry = (char *)(header + 1);
	to.value = (char *)header + fs->block_size;
	err = rebuild(fs, area, &to, change, left);
	header->h_magic = cpu_to_le32(EXT4_XATTR_MAGIC);
	header->h_refcount = cpu_to_le32(1);
	header->h_blocks = cpu_to_le32(1);
	if (!err)
		header->h_hash = cpu_to_le32(block_hash(*out));
	return err;
}

/* Apply a change to the block: made when there is none, freed when nothing is left. Writes the inode. */
static int block_change(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_xattr_change *change)
{
	struct ext4_xattr_area area = { .base = NULL };
	struct ext4_buf buf;
	unsigned left;
	char *bytes;
	int has = ext4_xattr_block_area(inode, &buf, &area), err;

	if (has < 0)
		return has;
	err = block_build(inode, &area, change, &bytes, &left);
	if (!err && !left && has) {
		err = drop_block(h, inode, inode->xattr_block, &buf);
		if (!err)
			inode->xattr_block = 0;
	} else if (!err && has && refcount_of(&buf) == 1) {
		err = block_overwrite(h, inode, &buf, bytes);
	} else if (!err && left) {
		err = block_replace(h, inode, has ? &buf : NULL, bytes);
	}
	if (has)
		ext4_buf_put(&buf);
	kfree(bytes);
	return err ? err : ext4_inode_dirty(h, &inode->vfs);
}

/* --- Both ----------------------------------------------------------------------------------------- */

static const struct ext4_xattr_change *removal(const struct ext4_xattr_change *change,
					       struct ext4_xattr_change *storage)
{
	*storage = *change;
	storage->value = NULL;
	storage->size = 0;
	return storage;
}

/* Store a value: in the inode if it fits there, else in the block. */
static int store_value(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_xattr_change *change,
		       bool in_inode, bool in_block)
{
	struct ext4_xattr_change remove;
	int err = inode_change(h, inode, change);

	if (!err)
		return in_block ? block_change(h, inode, removal(change, &remove)) : 0;
	if (err != -ENOSPC)
		return err;
	err = block_change(h, inode, change);
	if (!err && in_inode)
		err = inode_change(h, inode, removal(change, &remove));
	return err;
}

static int change_locked(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_xattr_change *change)
{
	int in_inode, in_block = 0, err = 0;

	assert_held(&inode->xattr_sem);
	in_inode = inode_has(inode, change);
	if (!in_inode)
		in_block = block_has(inode, change);
	if (in_inode < 0 || in_block < 0)
		return min(in_inode, in_block);
	if ((change->flags & XATTR_CREATE) && (in_inode || in_block))
		return -EEXIST;
	if (((change->flags & XATTR_REPLACE) || !change->value) && !in_inode && !in_block)
		return -ENODATA;
	if (change->size > ext4_fs(inode->vfs.sb)->block_size)
		return -ENOSPC;
	if (change->value)
		return store_value(h, inode, change, in_inode, in_block);
	err = in_inode ? inode_change(h, inode, change) : block_change(h, inode, change);
	return err;
}

int ext4_xattr_change(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_xattr_change *change)
{
	int err;

	if (!(ext4_fs(inode->vfs.sb)->compat & EXT4_COMPAT_EXT_ATTR))
		return -EOPNOTSUPP;
	if (strlen(change->name) > UINT8_MAX)
		return -ERANGE;
	down_write(&inode->xattr_sem);
	err = change_locked(h, inode, change);
	up_write(&inode->xattr_sem);
	return err;
}

static int change_alone(struct inode *inode, const struct ext4_xattr_change *change)
{
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(inode->sb), EXT4_XATTR_CREDITS, &h), stop;

	if (err)
		return err;
	err = ext4_xattr_change(h, ext4_i(inode), change);
	if (!err) {
		ext4_inode_touch(inode, EXT4_TOUCH_CTIME);
		err = ext4_inode_dirty(h, inode);
	}
	stop = ext4_journal_stop(h);
	return err ? err : stop;
}

int ext4_setxattr(struct inode *inode, const char *name, const void *value, size_t size, int flags)
{
	struct ext4_xattr_change change = { .value = size ? value : "", .size = size, .flags = flags };

	if (!ext4_xattr_split_name(name, &change.index, &change.name))
		return -EOPNOTSUPP;
	return *change.name ? change_alone(inode, &change) : -EINVAL;
}

int ext4_removexattr(struct inode *inode, const char *name)
{
	struct ext4_xattr_change change = { .flags = XATTR_REPLACE };

	if (!ext4_xattr_split_name(name, &change.index, &change.name))
		return -EOPNOTSUPP;
	return *change.name ? change_alone(inode, &change) : -EINVAL;
}

int ext4_xattr_evict(struct ext4_handle *h, struct ext4_inode *inode)
{
	struct ext4_xattr_area area;
	struct ext4_buf buf;
	int err = ext4_xattr_block_area(inode, &buf, &area);

	if (err <= 0)
		return err;
	err = drop_block(h, inode, inode->xattr_block, &buf);
	ext4_buf_put(&buf);
	if (!err)
		inode->xattr_block = 0;
	return err;
}

/* --- Inline data ---------------------------------------------------------------------------------- */

static const struct ext4_xattr_change inline_name = { .index = EXT4_XATTR_SYSTEM, .name = EXT4_XATTR_INLINE_NAME };

int ext4_xattr_inline_set(struct ext4_handle *h, struct ext4_inode *inode, const void *value, size_t size)
{
	struct ext4_xattr_change change = inline_name;
	int err;

	change.value = size ? value : "";
	change.size = size;
	down_write(&inode->xattr_sem);
	err = inode_change(h, inode, &change);
	up_write(&inode->xattr_sem);
	return err;
}

int ext4_xattr_inline_remove(struct ext4_handle *h, struct ext4_inode *inode)
{
	int err;

	down_write(&inode->xattr_sem);
	err = inode_change(h, inode, &inline_name);
	up_write(&inode->xattr_sem);
	return err;
}

uint32_t ext4_xattr_inline_room(struct ext4_inode *inode)
{
	uint32_t used = entry_size(strlen(EXT4_XATTR_INLINE_NAME)) + WORD, total;
	const struct ext4_disk_xattr_entry *entry = NULL;
	struct ext4_xattr_area area;
	struct ext4_buf buf;
	bool has_magic;
	const char *p;
	int err;

	down_read(&inode->xattr_sem);
	err = ext4_xattr_inode_area(inode, &buf, &area, &has_magic);
	if (err <= 0) {
		up_read(&inode->xattr_sem);
		return 0;
	}
	total = (uint32_t)(area.end - area.base);
	for (p = area.first, err = 0; has_magic && !err; p = ext4_xattr_entry_end(entry)) {
		err = ext4_xattr_entry_at(ext4_fs(inode->vfs.sb), &area, p, &entry);
		if (err || !entry)
			break;
		if (compare(&inline_name, entry))
			used += entry_size(entry->e_name_len) + value_size(le32_to_cpu(entry->e_value_size));
	}
	ext4_buf_put(&buf);
	up_read(&inode->xattr_sem);
	return err || used > total ? 0 : total - used;
}

int ext4_inline_enter(struct ext4_handle *h, struct ext4_inode *inode)
{
	uint32_t flags = inode->flags, data[EXT4_N_BLOCKS];
	int err;

	memcpy(data, inode->data, sizeof(data));
	inode->flags = (flags & ~(uint32_t)EXT4_EXTENTS_FL) | EXT4_INLINE_DATA_FL;
	memset(inode->data, 0, sizeof(inode->data));
	err = ext4_xattr_inline_set(h, inode, NULL, 0);
	if (err) {
		inode->flags = flags;
		memcpy(inode->data, data, sizeof(data));
	}
	return err;
}

void ext4_inline_leave(struct ext4_inode *inode)
{
	struct ext4_disk_extent_header *header = (void *)inode->data;

	inode->flags &= ~(uint32_t)EXT4_INLINE_DATA_FL;
	memset(inode->data, 0, sizeof(inode->data));
	if (!(ext4_fs(inode->vfs.sb)->incompat & EXT4_INCOMPAT_EXTENTS))
		return;
	inode->flags |= EXT4_EXTENTS_FL;
	header->eh_magic = cpu_to_le16(EXT4_EXTENT_MAGIC);
	header->eh_max = cpu_to_le16(EXTENT_ROOT_MAX);
}

/* SPDX-License-Identifier: MIT */
/*
 * xattr: extended attributes read, in what is left of the inode behind its fields, and in one block.
 *
 * Both areas hold a list of entries that a zero word ends; values lie at offsets from the start of the area
 * (inode: from the first entry; block: from the block). Access lists are acl.c's. "system.data" is not an attribute but
 * the tail of inline data: it is never listed.
 */
#include "fs/ext4/xattr.h"

#include "abi/xattr.h"
#include "fs/ext4/acl.h"
#include "lib/string.h"
#include "mm/slab.h"

#define WORD		sizeof(uint32_t)

struct prefix {
	uint8_t index;
	const char *text;
};

static const struct prefix prefixes[] = {
	{ EXT4_XATTR_USER, "user." },
	{ EXT4_XATTR_ACL_ACCESS, "system.posix_acl_access" },
	{ EXT4_XATTR_ACL_DEFAULT, "system.posix_acl_default" },
	{ EXT4_XATTR_TRUSTED, "trusted." },
	{ EXT4_XATTR_SECURITY, "security." },
};

static const char *prefix_text(uint8_t index)
{
	for (unsigned i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (prefixes[i].index == index)
			return prefixes[i].text;
	}
	return NULL;
}

bool ext4_xattr_split_name(const char *name, uint8_t *index, const char **rest)
{
	for (unsigned i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t length = strlen(prefixes[i].text);

		if (strncmp(name, prefixes[i].text, length))
			continue;
		/* Access lists come through get_acl and set_acl. */
		if (ext4_is_acl(prefixes[i].index))
			return false;
		*index = prefixes[i].index;
		*rest = name + length;
		return true;
	}
	return false;
}

/* --- Areas ---------------------------------------------------------------------------------------- */

int ext4_xattr_entry_at(const struct ext4_fs *fs, const struct ext4_xattr_area *area, const char *p,
			const struct ext4_disk_xattr_entry **out)
{
	const struct ext4_disk_xattr_entry *entry = (const void *)p;
	uint32_t offset, size;

	*out = NULL;
	if ((size_t)(area->end - p) < WORD)
		return ext4_corrupt(fs, "attributes without an end");
	if (!get_unaligned_le32(p))
		return 0;
	if ((size_t)(area->end - p) < sizeof(*entry) + entry->e_name_len)
		return ext4_corrupt(fs, "attribute name beyond its area");
	offset = le16_to_cpu(entry->e_value_offs);
	size = le32_to_cpu(entry->e_value_size);
	if (entry->e_value_inum)
		return ext4_corrupt(fs, "attribute value in an inode, which the volume does not announce");
	if (size && (offset > (size_t)(area->end - area->base) || size > (size_t)(area->end - area->base) - offset))
		return ext4_corrupt(fs, "attribute value beyond its area");
	*out = entry;
	return 0;
}

const char *ext4_xattr_entry_end(const struct ext4_disk_xattr_entry *entry)
{
	return (const char *)entry + ((sizeof(*entry) + entry->e_name_len + 3) & ~(size_t)3);
}

/* What is done for each attribute: 0 to go on, else the walk ends with this. */
typedef ssize_t visit_fn(const struct ext4_xattr_area *area, const struct ext4_disk_xattr_entry *entry, void *arg);

static ssize_t walk_area(const struct ext4_fs *fs, const struct ext4_xattr_area *area, visit_fn *visit, void *arg)
{
	const struct ext4_disk_xattr_entry *entry;
	const char *p = area->first;
	ssize_t result = 0;

	while (!result) {
		result = ext4_xattr_entry_at(fs, area, p, &entry);
		if (result || !entry)
			break;
		result = visit(area, entry, arg);
		p = ext4_xattr_entry_end(entry);
	}
	return result;
}

int ext4_xattr_inode_area(struct ext4_inode *inode, struct ext4_buf *buf, struct ext4_xattr_area *area,
			  bool *has_magic)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	size_t start = EXT4_INODE_SIZE_OLD + inode->extra_isize;
	struct ext4_disk_inode *disk;
	int err;

	if (!inode->extra_isize || start + 2 * WORD > fs->inode_size)
		return 0;
	err = ext4_inode_raw(fs, inode->vfs.ino, buf, &disk);
	if (err)
		return err;
	area->base = area->first = (const char *)disk + start + WORD;
	area->end = (const char *)disk + fs->inode_size;
	*has_magic = get_unaligned_le32((const char *)disk + start) == EXT4_XATTR_MAGIC;
	return 1;
}

int ext4_xattr_block_area(struct ext4_inode *inode, struct ext4_buf *buf, struct ext4_xattr_area *area)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	const struct ext4_disk_xattr_header *header;
	int err;

	if (!inode->xattr_block)
		return 0;
	err = ext4_buf_get(fs, inode->xattr_block, buf);
	if (err)
		return err;
	header = buf->data;
	area->base = buf->data;
	area->first = (const char *)(header + 1);
	area->end = area->base + fs->block_size;
	if (le32_to_cpu(header->h_magic) != EXT4_XATTR_MAGIC || le32_to_cpu(header->h_blocks) != 1)
		err = ext4_corrupt(fs, "inode %llu: broken attribute block", (unsigned long long)inode->vfs.ino);
	else if (!ext4_xattr_csum_ok(fs, inode->xattr_block, buf->data))
		err = ext4_bad_csum(fs, "attribute block", inode->xattr_block);
	if (err)
		ext4_buf_put(buf);
	return err ? err : 1;
}

/* All attributes, those in the inode first. The inode's xattr_sem is held. */
static ssize_t walk_locked(struct ext4_inode *inode, visit_fn *visit, void *arg)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_xattr_area area;
	bool has_magic = false;
	struct ext4_buf buf;
	ssize_t result;

	assert_held(&inode->xattr_sem);
	result = ext4_xattr_inode_area(inode, &buf, &area, &has_magic);
	if (result > 0) {
		result = has_magic ? walk_area(fs, &area, visit, arg) : 0;
		ext4_buf_put(&buf);
	}
	if (result)
		return result;
	result = ext4_xattr_block_area(inode, &buf, &area);
	if (result > 0) {
		result = walk_area(fs, &area, visit, arg);
		ext4_buf_put(&buf);
	}
	return result;
}

static ssize_t walk(struct ext4_inode *inode, visit_fn *visit, void *arg)
{
	ssize_t result;

	down_read(&inode->xattr_sem);
	result = walk_locked(inode, visit, arg);
	up_read(&inode->xattr_sem);
	return result;
}

/* --- Reading one ---------------------------------------------------------------------------------- */

struct get {
	uint8_t index;
	const char *name;
	char *value;
	size_t size;
};

/* Results count from 1 (attributes may be empty), errors as they are. */
static ssize_t get_visit(const struct ext4_xattr_area *area, const struct ext4_disk_xattr_entry *entry, void *arg)
{
	const struct get *get = arg;
	size_t length = strlen(get->name), size = le32_to_cpu(entry->e_value_size);
	const char *value = area->base + le16_to_cpu(entry->e_value_offs);
	ssize_t result = (ssize_t)size;

	if (entry->e_name_index != get->index || entry->e_name_len != length ||
	    memcmp(entry->e_name, get->name, length))
		return 0;
	if (get->size && get->size < size)
		result = -ERANGE;
	else if (get->size)
		memcpy(get->value, value, size);
	return result < 0 ? result : result + 1;
}

static ssize_t get(struct ext4_inode *inode, struct get *get)
{
	ssize_t result = walk(inode, get_visit, get);

	if (!result)
		return -ENODATA;
	return result < 0 ? result : result - 1;
}

ssize_t ext4_getxattr(struct inode *inode, const char *name, void *value, size_t size)
{
	struct get what = { .value = value, .size = size };

	if (!ext4_xattr_split_name(name, &what.index, &what.name))
		return -EOPNOTSUPP;
	return get(ext4_i(inode), &what);
}

ssize_t ext4_xattr_get(struct ext4_inode *inode, uint8_t index, const char *name, void *value, size_t size)
{
	struct get what = { .index = index, .name = name, .value = value, .size = size };

	return get(inode, &what);
}

ssize_t ext4_xattr_inline(struct ext4_inode *inode, void *buf, size_t room, size_t *size)
{
	struct get what = { .index = EXT4_XATTR_SYSTEM, .name = EXT4_XATTR_INLINE_NAME, .value = buf, .size = room };
	ssize_t got = get(inode, &what);

	/* A file that fits into i_block may lack the attribute. */
	if (got == -ENODATA)
		got = 0;
	*size = got < 0 ? 0 : (size_t)got;
	return got;
}

/* --- Listing -------------------------------------------------------------------------------------- */

struct list {
	char *list;
	size_t size, used;
};

static ssize_t list_visit(const struct ext4_xattr_area *area, const struct ext4_disk_xattr_entry *entry, void *arg)
{
	const char *prefix = prefix_text(entry->e_name_index);
	struct list *list = arg;
	size_t prefix_length, length;

	ignore_result(area);	/* names need no values */
	if (!prefix)
		return 0;
	prefix_length = strlen(prefix);
	length = prefix_length + entry->e_name_len + 1;
	if (list->size) {
		if (list->size - list->used < length)
			return -ERANGE;
		memcpy(list->list + list->used, prefix, prefix_length);
		memcpy(list->list + list->used + prefix_length, entry->e_name, entry->e_name_len);
		list->list[list->used + length - 1] = '\0';
	}
	list->used += length;
	return 0;
}

ssize_t ext4_listxattr(struct inode *inode, char *text, size_t size)
{
	struct list list = { .list = text, .size = size };
	ssize_t result = walk(ext4_i(inode), list_visit, &list);

	return result < 0 ? result : (ssize_t)list.used;
}

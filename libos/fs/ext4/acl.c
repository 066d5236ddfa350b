/* SPDX-License-Identifier: MIT */
/*
 * acl: POSIX access lists between memory (vfs/acl.h) and the disk, where each is the value of an attribute without a
 * name of its own.
 *
 * On disk: a version word, then entries of 8 bytes; those that name nobody (owner, group, mask, others) have no id
 * and 4 bytes. What lists mean, and when they are asked for, is the VFS's.
 */
#include "fs/ext4/acl.h"

#include "abi/xattr.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/namei.h"
#include "fs/ext4/xattr.h"
#include "mm/slab.h"
#include "vfs/acl.h"

#define WORD	sizeof(uint32_t)

static uint8_t index_of(int type)
{
	return type == POSIX_ACL_ACCESS ? EXT4_XATTR_ACL_ACCESS : EXT4_XATTR_ACL_DEFAULT;
}

static bool has_id(uint16_t tag)
{
	return tag == ACL_USER || tag == ACL_GROUP;
}

static size_t entry_size(uint16_t tag)
{
	return has_id(tag) ? sizeof(struct ext4_disk_acl_entry) : EXT4_ACL_SHORT_SIZE;
}

/* How many entries; -EINVAL: not whole. */
static int count_entries(const char *from, size_t size)
{
	size_t at = WORD;
	int count = 0;

	if (size < WORD || get_unaligned_le32(from) != EXT4_ACL_VERSION)
		return -EINVAL;
	for (; at + EXT4_ACL_SHORT_SIZE <= size; count++)
		at += entry_size(get_unaligned_le16(from + at));
	return at == size ? count : -EINVAL;
}

/* *out with a reference. 0, -EINVAL, -ENOMEM. */
static int from_disk(const char *from, size_t size, struct posix_acl **out)
{
	int count = count_entries(from, size), err;
	struct posix_acl *acl;

	if (count < 0)
		return count;
	acl = posix_acl_alloc((unsigned)count);
	if (!acl)
		return -ENOMEM;
	from += WORD;
	for (int i = 0; i < count; i++) {
		struct posix_acl_entry *entry = &acl->entries[i];

		entry->tag = get_unaligned_le16(from);
		entry->perm = get_unaligned_le16(from + 2);
		entry->id = has_id(entry->tag) ? get_unaligned_le32(from + 4) : (uint32_t)ACL_UNDEFINED_ID;
		from += entry_size(entry->tag);
	}
	err = posix_acl_valid(acl);
	if (err)
		posix_acl_put(acl);
	else
		*out = acl;
	return err;
}

static size_t disk_size(const struct posix_acl *acl)
{
	size_t size = WORD;

	for (unsigned i = 0; i < acl->count; i++)
		size += entry_size(acl->entries[i].tag);
	return size;
}

static void to_disk(const struct posix_acl *acl, char *to)
{
	put_unaligned_le32(EXT4_ACL_VERSION, to);
	to += WORD;
	for (unsigned i = 0; i < acl->count; i++) {
		const struct posix_acl_entry *entry = &acl->entries[i];

		put_unaligned_le16(entry->tag, to);
		put_unaligned_le16(entry->perm, to + 2);
		if (has_id(entry->tag))
			put_unaligned_le32(entry->id, to + 4);
		to += entry_size(entry->tag);
	}
}

int ext4_get_acl(struct inode *vfs, int type, struct posix_acl **out)
{
	struct ext4_inode *inode = ext4_i(vfs);
	size_t room = ext4_fs(vfs->sb)->block_size;
	char *value = kmalloc(room, GFP_KERNEL);
	ssize_t size;
	int err = 0;

	*out = NULL;
	if (!value)
		return -ENOMEM;
	size = ext4_xattr_get(inode, index_of(type), "", value, room);
	if (size >= 0)
		err = from_disk(value, (size_t)size, out);
	else if (size != -ENODATA)
		err = (int)size;
	if (err == -EINVAL)
		err = ext4_corrupt(ext4_fs(vfs->sb), "inode %llu: broken access list", (unsigned long long)vfs->ino);
	kfree(value);
	return err;
}

/* Store a list (NULL: none). 0, -ENOSPC, -errno. */
static int store(struct ext4_handle *h, struct ext4_inode *inode, int type, const struct posix_acl *acl)
{
	struct ext4_xattr_change change = { .index = index_of(type), .name = "" };
	char *value = NULL;
	int err;

	if (acl) {
		change.size = disk_size(acl);
		value = kmalloc(change.size, GFP_KERNEL);
		if (!value)
			return -ENOMEM;
		to_disk(acl, value);
		change.value = value;
	}
	err = ext4_xattr_change(h, inode, &change);
	kfree(value);
	return !acl && (err == -ENODATA || err == -EOPNOTSUPP) ? 0 : err;
}

int ext4_set_acl(struct inode *inode, int type, const struct posix_acl *acl, uint32_t mode)
{
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(inode->sb), EXT4_XATTR_CREDITS, &h), stop;

	if (err)
		return err;
	err = store(h, ext4_i(inode), type, acl);
	if (!err && type == POSIX_ACL_ACCESS) {
		write_seqlock(&inode->meta);
		inode->mode = mode;
		write_sequnlock(&inode->meta);
	}
	if (!err) {
		ext4_inode_touch(inode, EXT4_TOUCH_CTIME);
		err = ext4_inode_dirty(h, inode);
	}
	stop = ext4_journal_stop(h);
	return err ? err : stop;
}

int ext4_acl_init(struct ext4_handle *h, struct inode *inode, struct posix_acl *deflt, struct posix_acl *access)
{
	int err = 0;

	if (deflt)
		err = store(h, ext4_i(inode), POSIX_ACL_DEFAULT, deflt);
	if (!err && access)
		err = store(h, ext4_i(inode), POSIX_ACL_ACCESS, access);
	posix_acl_set_cached(inode, POSIX_ACL_DEFAULT, deflt);
	posix_acl_set_cached(inode, POSIX_ACL_ACCESS, access);
	return err;
}

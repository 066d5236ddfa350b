/* SPDX-License-Identifier: MIT */
/*
 * block: meta data blocks, through the page cache of the block device.
 *
 * A block is part of a page, never more than one: block sizes above a page are refused at mount. The journal's
 * version of a block, if there is one, comes before the disk's.
 */
#include "fs/ext4/ext4.h"

#include "core/log.h"
#include "lib/format.h"
#include "lib/string.h"

int ext4_corrupt(const struct ext4_fs *fs, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	klog(KLOG_ERR, "ext4 (%s): %s", fs->sb->id, text);
	ext4_handle_error(ext4_fs(fs->sb));
	return -EFSCORRUPTED;
}

int ext4_bad_csum(const struct ext4_fs *fs, const char *what, uint64_t number)
{
	klog(KLOG_ERR, "ext4 (%s): %s %llu: wrong checksum", fs->sb->id, what, (unsigned long long)number);
	ext4_handle_error(ext4_fs(fs->sb));
	return -EFSBADCRC;
}

bool ext4_block_valid(const struct ext4_fs *fs, uint64_t block, uint64_t count)
{
	return block > fs->first_block && block < fs->blocks_count && count <= fs->blocks_count - block;
}

int ext4_buf_get(struct ext4_fs *fs, uint64_t block, struct ext4_buf *buf)
{
	uint64_t byte = block << fs->block_bits;
	int err;

	buf->page = NULL;
	buf->data = NULL;
	buf->block = block;
	if (block >= fs->blocks_count)
		return ext4_corrupt(fs, "block %llu lies outside of the volume", (unsigned long long)block);
	if (!xa_empty(&fs->replay)) {
		buf->data = xa_load(&fs->replay, block);
		if (buf->data)
			return 0;
	}
	err = pagecache_get(&fs->bdev->mapping, byte >> PAGE_SHIFT, NULL, &buf->page);
	if (err)
		return err;
	buf->data = (char *)page_address(buf->page) + (byte & (PAGE_SIZE - 1));
	return 0;
}

int ext4_buf_get_unread(struct ext4_fs *fs, uint64_t block, struct ext4_buf *buf)
{
	struct address_space *as = &fs->bdev->mapping;
	uint64_t index = block << fs->block_bits >> PAGE_SHIFT;
	int err;

	*buf = (struct ext4_buf){ .block = block };
	if (!ext4_block_valid(fs, block, 1))
		return ext4_corrupt(fs, "block %llu cannot be meta data", (unsigned long long)block);
	buf->page = fs->block_size == PAGE_SIZE ? pagecache_find(as, index) : NULL;
	if (fs->block_size != PAGE_SIZE || (buf->page && page_test(buf->page, PG_UPTODATE))) {
		ext4_buf_put(buf);
		return ext4_buf_get(fs, block, buf);
	}
	ext4_buf_put(buf);
	err = pagecache_get_for_write(as, index, 0, PAGE_SIZE, &buf->page);
	if (err)
		return err;
	buf->data = page_address(buf->page);
	if (!page_test(buf->page, PG_UPTODATE)) {	/* else another inode of the block was faster */
		memset(buf->data, 0, PAGE_SIZE);
		page_set(buf->page, PG_UPTODATE);
	}
	unlock_page(buf->page);
	return 0;
}

void ext4_buf_put(struct ext4_buf *buf)
{
	if (buf->page)
		put_page(buf->page);
	buf->page = NULL;
	buf->data = NULL;
}

/* SPDX-License-Identifier: MIT */
/* write: what the files of the write path share: delayed.c, writeback.c, file_write.c, fallocate.c, truncate.c. */
#pragma once

#include "fs/ext4/map.h"

struct file;
struct kiocb;
struct iov_iter;
struct kstat;

/* Most blocks of a page: of 1 KiB. */
#define EXT4_PAGE_BLOCKS_MAX	4u

/* Blocks that `size` bytes take. */
static inline uint32_t ext4_blocks_of(const struct ext4_fs *fs, loff_t size)
{
	return (uint32_t)(((uint64_t)size + fs->block_size - 1) >> fs->block_bits);
}

/*
 * Is a hole being made there? What write-back puts into a block of a page that stays would arrive when it is another
 * file's. Page locked: who makes holes says so before it locks the page.
 */
static inline bool ext4_in_hole(const struct ext4_inode *inode, uint32_t block)
{
	return block >= READ_ONCE(inode->hole_first) && block < READ_ONCE(inode->hole_end);
}

/* --- delayed.c: pages that wait for blocks --- */

/*
 * Part of a locked page is about to be changed: promise blocks to those that have none, remember those that do not
 * count as written. 0, -ENOSPC, -EIO... May sleep.
 */
int __must_check ext4_delayed_add(struct ext4_inode *inode, struct page *page, unsigned offset, unsigned len);
/* Does any block of this page wait? */
bool ext4_delayed_page(struct ext4_inode *inode, uint64_t index);
/*
 * The first run of waiting blocks in dirty pages [first, last]. Returns how many, 0 for none; *block where it begins.
 */
uint32_t ext4_delayed_run(struct ext4_inode *inode, uint64_t first, uint64_t last, uint32_t *block);
/* These have blocks now, or are dropped. */
void ext4_delayed_done(struct ext4_inode *inode, uint32_t block, uint32_t count);
void ext4_delayed_forget(struct ext4_inode *inode);
/* The first waiting block at or behind `block`; UINT32_MAX: none. */
uint32_t ext4_delayed_next(struct ext4_inode *inode, uint32_t block);

/* --- writeback.c --- */

int __must_check ext4_write_pages(struct address_space *as, uint64_t first, uint64_t last);
/* Give what waits in dirty pages [first, last] a place. No page is locked. 0 or -errno. May sleep. */
int __must_check ext4_allocate_pages(struct ext4_inode *inode, uint64_t first, uint64_t last);

/* One run of waiting blocks in dirty pages [first, last]. 1: there may be more; 0: there was none; -errno. */
int __must_check ext4_allocate_run(struct ext4_handle *h, struct ext4_inode *inode, uint64_t first, uint64_t last);

/* --- data_journal.c --- */

/* Enter dirty pages [first, last] into transactions. No page is locked, no handle open. 0 or -errno. May sleep. */
int __must_check ext4_journal_pages(struct ext4_inode *inode, uint64_t first, uint64_t last);
/* One page that the caller has a reference to, if it is dirty. 0 or -errno. May sleep. */
int __must_check ext4_journal_page(struct ext4_handle *h, struct ext4_inode *inode, struct page *page);

/*
 * Whether the contents of a file go through the log is about to change: all of them are on the disk, and nothing of
 * them is in the log; until _end(), which is to be called in any case, nothing is written back. inode->lock is held for
 * writing. 0 or -errno. May sleep.
 */
int __must_check ext4_journal_switch_begin(struct inode *inode);
void ext4_journal_switch_end(struct inode *inode);

/* --- file_write.c --- */

ssize_t ext4_file_write_iter(struct kiocb *iocb, struct iov_iter *from);
ssize_t ext4_file_read_iter(struct kiocb *iocb, struct iov_iter *to);
loff_t ext4_file_llseek(struct file *file, loff_t offset, int whence);
int ext4_fsync(struct file *file, loff_t start, loff_t end, bool datasync);
/* close(2): starts the writing of a file that was cut to nothing before (ext4(5): auto_da_alloc). May sleep. */
void ext4_file_release(struct inode *vfs, struct file *file);
int ext4_getattr(struct inode *inode, struct kstat *out, bool rcu);
int ext4_file_open(struct inode *inode, struct file *file);
int ext4_write_begin(struct address_space *as, struct page *page, unsigned offset, unsigned len);
int ext4_page_mkwrite(struct address_space *as, struct page *page);
void ext4_invalidate(struct address_space *as, struct page *page);
/* An inode with inline data gets blocks. inode->lock is held. 0 or -errno. May sleep. */
int __must_check ext4_inline_spill(struct ext4_inode *inode);

/* --- truncate.c --- */

/* Have the page with byte pos in the cache, with a reference: it stays there. Not under invalidate_lock. */
int __must_check ext4_page_read(struct inode *inode, loff_t pos, struct page **out);
/*
 * The same of the last block of a file that ends, or is to end, at `end` inside of it, so that there is something to
 * zero when pages behind `end` are dropped; else *out is NULL.
 */
int __must_check ext4_tail_read(struct inode *inode, loff_t end, struct page **out);
/* What lies behind the end in its last block is zeroes, in memory, and will be on the disk. 0 or -errno. May sleep. */
int __must_check ext4_tail_zero(struct inode *inode);

/* --- fallocate.c --- */

long ext4_fallocate(struct file *file, int mode, loff_t offset, loff_t len);

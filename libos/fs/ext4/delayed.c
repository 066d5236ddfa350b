/* SPDX-License-Identifier: MIT */
/*
 * delayed: blocks of dirty pages that wait for a place on disk, until write-back gives whole runs of them one
 * (writeback.c). A block in a hole has been promised one when it was written to, so that a full disk is told to the
 * writer and not found out later; a block allocated but unwritten (fallocate) only waits to be marked written.
 *
 * In inode->delayed, by page number, a small number: bits 0-3 which blocks of the page wait, bits 4-7 which of them
 * hold a promise.
 *
 * Locking. delayed_lock (spin, leaf but for count_lock). A page's bits are set with the page locked; they are cleared
 * with it locked, too (it leaves the cache), or under map_sem held for writing (it has blocks now).
 */
#include "fs/ext4/write.h"

#include "lib/bits.h"

#define WAIT_MASK	0xfu
#define PROMISE_SHIFT	4

static uint32_t load_bits(const struct ext4_inode *inode, uint64_t index)
{
	void *entry = xa_load(&inode->delayed, index);

	return entry ? (uint32_t)xa_to_value(entry) : 0;
}

/* bits 0: no entry. delayed_lock held. */
static int store_bits_locked(struct ext4_inode *inode, uint64_t index, uint32_t bits)
{
	assert_held(&inode->delayed_lock);
	if (bits)
		return xa_store(&inode->delayed, index, xa_mk_value(bits));
	xa_erase(&inode->delayed, index);
	return 0;
}

bool ext4_delayed_page(struct ext4_inode *inode, uint64_t index)
{
	uint32_t bits;

	if (xa_empty(&inode->delayed))
		return false;
	spin_lock(&inode->delayed_lock);
	bits = load_bits(inode, index);
	spin_unlock(&inode->delayed_lock);
	return bits != 0;
}

/* Which of the `wanted` blocks of a page wait, and which need a promise. */
static int classify(struct ext4_inode *inode, uint64_t first, uint32_t wanted, uint32_t *bits)
{
	struct ext4_run run = { .count = 0 };
	uint32_t per_page = PAGE_SIZE >> inode->vfs.sb->block_bits;
	int err = 0;

	for (uint32_t i = 0; !err && i < per_page; i += run.count) {
		run.count = 1;
		if (!(wanted >> i & 1))
			continue;
		err = ext4_map(inode, (uint32_t)first + i, 1, &run);
		if (err || run.block)
			continue;
		*bits |= 1u << i;
		if (!run.unwritten)
			*bits |= 1u << (i + PROMISE_SHIFT);
	}
	return err;
}

int ext4_delayed_add(struct ext4_inode *inode, struct page *page, unsigned offset, unsigned len)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint32_t low = offset >> fs->block_bits, high = (offset + len - 1) >> fs->block_bits;
	uint32_t wanted = ((2u << high) - 1) & ~((1u << low) - 1), bits = 0, promised;
	uint64_t first = page->index << (PAGE_SHIFT - fs->block_bits);
	int err;

	spin_lock(&inode->delayed_lock);
	wanted &= ~load_bits(inode, page->index);
	spin_unlock(&inode->delayed_lock);
	if (!wanted)
		return 0;
	err = classify(inode, first, wanted, &bits);
	if (err || !bits)
		return err;
	promised = hweight64(bits >> PROMISE_SHIFT);
	if (promised)
		err = ext4_delayed_reserve(fs, promised, READ_ONCE(inode->use_root));
	if (err)
		return err;
	spin_lock(&inode->delayed_lock);
	err = store_bits_locked(inode, page->index, load_bits(inode, page->index) | bits);
	if (!err)
		inode->promised += promised;
	spin_unlock(&inode->delayed_lock);
	if (err)
		ext4_delayed_release(fs, promised);
	return err;
}

/* Clear these blocks of a page, give their promises back. delayed_lock held; returns the promises. */
static uint32_t clear_locked(struct ext4_inode *inode, uint64_t index, uint32_t blocks)
{
	uint32_t old = load_bits(inode, index), gone = old & (blocks | blocks << PROMISE_SHIFT);

	assert_held(&inode->delayed_lock);
	if (!gone)
		return 0;
	ignore_result(store_bits_locked(inode, index, old & ~gone));	/* replacing and erasing take no memory */
	return hweight64(gone >> PROMISE_SHIFT);
}

void ext4_delayed_done(struct ext4_inode *inode, uint32_t block, uint32_t count)
{
	unsigned shift = PAGE_SHIFT - inode->vfs.sb->block_bits;
	uint32_t per_page = 1u << shift, promises = 0, n;

	spin_lock(&inode->delayed_lock);
	for (; count; block += n, count -= n) {
		uint32_t at = block & (per_page - 1);

		n = min(count, per_page - at);
		promises += clear_locked(inode, block >> shift, ((1u << n) - 1) << at);
	}
	inode->promised -= promises;
	spin_unlock(&inode->delayed_lock);
	ext4_delayed_release(ext4_fs(inode->vfs.sb), promises);
}

void ext4_delayed_forget(struct ext4_inode *inode)
{
	if (inode->promised)
		ext4_delayed_release(ext4_fs(inode->vfs.sb), inode->promised);
	inode->promised = 0;
	xa_destroy(&inode->delayed);
}

static bool page_dirty(struct ext4_inode *inode, uint64_t index)
{
	struct page *page = pagecache_find(&inode->vfs.mapping, index);
	bool dirty = page && page_test(page, PG_DIRTY);

	if (page)
		put_page(page);
	return dirty;
}

uint32_t ext4_delayed_run(struct ext4_inode *inode, uint64_t first, uint64_t last, uint32_t *block)
{
	unsigned shift = PAGE_SHIFT - inode->vfs.sb->block_bits;
	uint32_t per_page = 1u << shift, count = 0, bits;
	unsigned long index = first;

	spin_lock(&inode->delayed_lock);
	while (count < EXT4_EXTENT_UNWRITTEN_MAX && xa_find(&inode->delayed, &index, last, XA_PRESENT)) {
		if (count && (uint64_t)*block + count < (uint64_t)index << shift)
			break;
		bits = load_bits(inode, index) & WAIT_MASK;
		if (!page_dirty(inode, index)) {	/* being written to: the next time */
			if (count)
				break;
			bits = 0;
		}
		for (uint32_t i = 0; i < per_page; i++) {
			if (!(bits >> i & 1)) {
				if (count)
					goto out;
				continue;
			}
			if (!count++)
				*block = (uint32_t)(index << shift) + i;
		}
		index++;
	}
out:
	spin_unlock(&inode->delayed_lock);
	return count;
}

uint32_t ext4_delayed_next(struct ext4_inode *inode, uint32_t block)
{
	unsigned shift = PAGE_SHIFT - inode->vfs.sb->block_bits;
	unsigned long index = block >> shift;
	uint32_t before = (1u << (block & ((1u << shift) - 1))) - 1, bits, found = UINT32_MAX;

	spin_lock(&inode->delayed_lock);
	while (found == UINT32_MAX && xa_find(&inode->delayed, &index, ULONG_MAX, XA_PRESENT)) {
		bits = load_bits(inode, index) & WAIT_MASK;
		if (index == block >> shift)
			bits &= ~before;
		if (bits)
			found = (uint32_t)(index << shift) + (uint32_t)__builtin_ctz(bits);
		index++;
	}
	spin_unlock(&inode->delayed_lock);
	return found;
}

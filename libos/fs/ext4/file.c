/* SPDX-License-Identifier: MIT */
/*
 * file: pages of regular files.
 *
 * fill() is asked for neighbouring pages. It walks their blocks in order, asks where they lie a whole run at a
 * time, and gathers what is contiguous on disk into one request; holes and what lies past the end are zeroed. A
 * page is done when all requests that carry a part of it are: with blocks smaller than a page there may be
 * several.
 *
 *	fill ---------------> pieces[i].pending = 1 (the walk itself) + requests that carry a part of page i
 *	request completes --> pending of its pages falls; at 0 page_fill_done()
 *	walk ends ----------> the same for its own share
 */
#include "fs/ext4/acl.h"

#include "block/bio.h"
#include "fs/ext4/namei.h"
#include "fs/ext4/write.h"
#include "fs/ext4/xattr.h"
#include "lib/align.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"

#define BIO_PAGES	32		/* of one request; what the page cache hands over at once */

/* Field legend: [I] immutable, [a] atomic */
struct piece {
	struct page *page;		/* [I] */
	int32_t pending;		/* [a] */
	int32_t err;			/* [a] first error */
};

/* Pages being filled. Freed by whoever finishes the last one. Field legend: [I] immutable, [a] atomic */
struct fill {
	uint32_t nr;			/* [I] */
	uint32_t block_size;		/* [I] */
	int32_t unfinished;		/* [a] pages */
	uint64_t first;			/* [I] index of pieces[0] */
	struct piece pieces[];		/* [a] */
};

/* What lies past the end of the file in its last block may be anything on disk, but nobody may see it. */
static void clear_tail(struct page *page)
{
	loff_t start = (loff_t)(page->index << PAGE_SHIFT), size = page->mapping->size(page->mapping);

	if (size > start && size - start < PAGE_SIZE)
		memset((char *)page_address(page) + (size - start), 0, (size_t)(PAGE_SIZE - (size - start)));
}

static void drop_piece(struct fill *fill, struct piece *piece, int err)
{
	if (err)
		__atomic_store_n(&piece->err, err, __ATOMIC_RELAXED);
	if (__atomic_sub_fetch(&piece->pending, 1, __ATOMIC_ACQ_REL))
		return;
	clear_tail(piece->page);
	page_fill_done(piece->page, __atomic_load_n(&piece->err, __ATOMIC_RELAXED));
	if (!__atomic_sub_fetch(&fill->unfinished, 1, __ATOMIC_ACQ_REL))
		kfree(fill);
}

/*
 * A request is over. It was put together block by block, each of which holds its page (add_block); the parts of a
 * request may be joined, even across pages.
 */
static void read_done(struct bio *bio)
{
	struct fill *fill = bio->private;
	uint32_t step = fill->block_size, at = 0;

	for (unsigned i = 0; i < bio->nr_vecs; i++) {
		const struct bio_vec *vec = &bio->vecs[i];

		for (uint32_t done = 0; done < vec->len; done += step) {
			const struct page *page = vec->page + ((vec->offset + done) >> PAGE_SHIFT);

			while (fill->pieces[at].page != page)
				at++;
			drop_piece(fill, &fill->pieces[at], bio->err);
		}
	}
	bio_free(bio);
}

/* The walk. A value on the stack of fill_pages(). */
struct walk {
	struct ext4_inode *inode;
	struct ext4_fs *fs;
	struct fill *fill;
	struct bio *bio;		/* being gathered, or NULL */
	uint64_t bio_end;		/* block behind it on disk */
	struct ext4_run run;		/* what is known of the blocks from the current one on */
	uint64_t end;			/* first block past the end of the file */
};

static void submit(struct walk *walk)
{
	if (walk->bio)
		bio_submit(walk->bio);
	walk->bio = NULL;
}

/* Read one block from disk into the page at offset. 0 or -errno. */
static int add_block(struct walk *walk, struct piece *piece, uint64_t block, uint32_t offset)
{
	uint32_t size = walk->fs->block_size;

	if (walk->bio && walk->bio_end != block)
		submit(walk);
	for (int again = 0; again < 2; again++) {
		if (!walk->bio) {
			walk->bio = bio_alloc(walk->fs->bdev, BIO_READ, BIO_PAGES, GFP_KERNEL);
			if (!walk->bio)
				return -ENOMEM;
			walk->bio->offset = block << walk->fs->block_bits;
			walk->bio->done = read_done;
			walk->bio->private = walk->fill;
		}
		if (bio_add(walk->bio, piece->page, offset, size)) {
			__atomic_fetch_add(&piece->pending, 1, __ATOMIC_RELAXED);
			walk->bio_end = block + 1;
			return 0;
		}
		submit(walk);
	}
	return -EIO;
}

/* One block of the file into its place in the page. */
static int fill_block(struct walk *walk, struct piece *piece, uint64_t number, uint32_t offset)
{
	char *to = (char *)page_address(piece->page) + offset;
	const void *replayed = NULL;
	int err = 0;

	if (!walk->run.count) {
		if (number >= walk->end)
			walk->run = (struct ext4_run){ .block = 0, .count = UINT32_MAX };
		else
			err = ext4_map(walk->inode, (uint32_t)number,
				       (uint32_t)min(walk->end - number, (uint64_t)UINT32_MAX), &walk->run);
	}
	if (err) {
		walk->run.count = 0;
		return err;
	}
	if (walk->run.block && !xa_empty(&walk->fs->replay))
		replayed = xa_load(&walk->fs->replay, walk->run.block);
	if (replayed)
		memcpy(to, replayed, walk->fs->block_size);
	else if (walk->run.block && ext4_journals_data(walk->inode) &&
		 ext4_journal_read(walk->fs, walk->run.block, to))
		;					/* it is on its way to the disk */
	else if (walk->run.block)
		err = add_block(walk, piece, walk->run.block, offset);
	else
		memset(to, 0, walk->fs->block_size);
	if (walk->run.block)
		walk->run.block++;
	walk->run.count--;
	return err;
}

static void fill_blocks(struct walk *walk)
{
	uint32_t per_page = PAGE_SIZE >> walk->fs->block_bits, nr = walk->fill->nr;
	uint64_t number = walk->fill->first * per_page;
	struct fill *fill = walk->fill;

	for (uint32_t i = 0; i < nr; i++) {
		int err = 0;

		for (uint32_t j = 0; !err && j < per_page; j++)
			err = fill_block(walk, &fill->pieces[i], number + j, j << walk->fs->block_bits);
		if (err)
			walk->run.count = 0;
		number += per_page;
		/* Errors of the walk; its share of `pending` is given back below, after all is under way. */
		if (err)
			__atomic_store_n(&fill->pieces[i].err, err, __ATOMIC_RELAXED);
	}
	submit(walk);
	for (uint32_t i = 0; i < nr; i++)
		drop_piece(fill, &fill->pieces[i], 0);
}

static void fill_pages(struct address_space *as, struct page **pages, unsigned nr)
{
	struct ext4_inode *inode = ext4_i(as->host);
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct walk walk = { .inode = inode, .fs = fs };

	walk.end = DIV_ROUND_UP((uint64_t)as->size(as), fs->block_size);
	walk.fill = kmalloc(sizeof(*walk.fill) + nr * sizeof(struct piece), GFP_KERNEL);
	if (!walk.fill) {
		for (unsigned i = 0; i < nr; i++)
			page_fill_done(pages[i], -ENOMEM);
		return;
	}
	walk.fill->nr = nr;
	walk.fill->block_size = fs->block_size;
	walk.fill->unfinished = (int32_t)nr;
	walk.fill->first = pages[0]->index;
	for (unsigned i = 0; i < nr; i++)
		walk.fill->pieces[i] = (struct piece){ .page = pages[i], .pending = 1 };
	fill_blocks(&walk);
}

/* --- Inline data ---------------------------------------------------------------------------------- */

int ext4_inline_read(struct ext4_inode *inode, uint64_t offset, void *buf, size_t size)
{
	uint64_t room = sizeof(inode->data);
	size_t part = 0, rest_size;
	ssize_t got;
	char *rest;

	memset(buf, 0, size);
	if (offset < room) {
		part = (size_t)min(room - offset, (uint64_t)size);
		memcpy(buf, (const char *)inode->data + offset, part);
	}
	if (part == size)
		return 0;
	rest = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!rest)
		return -ENOMEM;
	got = ext4_xattr_inline(inode, rest, PAGE_SIZE, &rest_size);
	if (got > 0 && offset + part - room < (uint64_t)got)
		memcpy((char *)buf + part, rest + (offset + part - room),
		       min((size_t)got - (size_t)(offset + part - room), size - part));
	kfree(rest);
	return got < 0 ? (int)got : 0;
}

static void fill_inline(struct ext4_inode *inode, struct page **pages, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		loff_t left = inode->vfs.size - (loff_t)(pages[i]->index << PAGE_SHIFT);
		size_t size = left <= 0 ? 0 : (size_t)min(left, (loff_t)PAGE_SIZE);
		char *to = page_address(pages[i]);
		int err = ext4_inline_read(inode, pages[i]->index << PAGE_SHIFT, to, size);

		memset(to + size, 0, PAGE_SIZE - size);
		page_fill_done(pages[i], err);
	}
}

static void fill(struct address_space *as, struct page **pages, unsigned nr)
{
	if (ext4_i(as->host)->flags & EXT4_INLINE_DATA_FL)
		fill_inline(ext4_i(as->host), pages, nr);
	else
		fill_pages(as, pages, nr);
}

const struct address_space_ops ext4_aops = {
	.fill = fill,
	.write_begin = ext4_write_begin,
	.page_mkwrite = ext4_page_mkwrite,
	.write_pages = ext4_write_pages,
	.invalidate = ext4_invalidate,
};

const struct inode_ops ext4_file_ops = {
	.setattr = ext4_setattr,
	.getattr = ext4_getattr,
	.getxattr = ext4_getxattr,
	.setxattr = ext4_setxattr,
	.listxattr = ext4_listxattr,
	.removexattr = ext4_removexattr,
	.get_acl = ext4_get_acl,
	.set_acl = ext4_set_acl,
};

const struct file_ops ext4_file_fops = {
	.open = ext4_file_open,
	.release = ext4_file_release,
	.read_iter = ext4_file_read_iter,
	.write_iter = ext4_file_write_iter,
	.llseek = ext4_file_llseek,
	.ioctl = ext4_ioctl,
	.mmap = generic_file_mmap,
	.fsync = ext4_fsync,
	.fallocate = ext4_fallocate,
	.nowait = FMODE_READ,
};

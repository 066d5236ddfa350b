/* SPDX-License-Identifier: MIT */
/*
 * pagecache: file pages, one cache for read, write, mmap and exec.
 *
 * An address_space holds the pages of one file by page number. A file system fills pages and writes them back; it
 * keeps no data of its own.
 *
 * Page life in a cache:
 *   added LOCKED, not UPTODATE -> fill -> UPTODATE, unlocked -> [DIRTY -> WRITEBACK -> clean]* ->
 *   removed: mapping = NULL
 *
 * Invariants
 *  (1) A page is in at most one address_space, at one index; the cache holds one reference.
 *  (2) page->mapping changes only under tree_lock with the page locked. A page in the tree has references, except while
 *      reclaim, holding tree_lock, freezes them at 0 to see that nobody else does.
 *  (3) A page is mapped into user memory only while page->mapping is set, checked under the page-table
 *  lock: truncation first
 *      clears mapping, then unmaps (see mm/fault.c).
 *  (4) PAGECACHE_DIRTY and _WRITEBACK marks of the tree equal the pages' flags.
 *
 * Locking. invalidate_lock (class "invalidate", rwsem) is inside mm->lock and the inode's, outside of page locks and of
 * a journal's handles. Who brings a page into the cache from the file system, or lets one be stored to through a
 * mapping, holds it for reading; who changes what blocks a file has (holes, ranges that move, truncation) holds it for
 * writing, from before the pages are dropped until the blocks are as they shall be: no page with the old content comes
 * back between, and no store goes to a page whose blocks are about to go. What is cached is read without it. write(2)
 * is kept out by the inode's lock.
 *
 * The page lock is a sleeping bit lock; then i_mmap_lock (class "i_mmap", rwsem), under which nobody allocates memory;
 * then page-table locks, then tree_lock (class "pagecache", irq-safe).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/interval_tree.h"
#include "lib/types.h"
#include "lib/xarray.h"
#include "mm/iov.h"
#include "mm/page.h"
#include "sync/rwsem.h"
#include "sync/spinlock.h"

struct address_space;
struct file;
struct inode;

#define PAGECACHE_DIRTY		XA_MARK_0
#define PAGECACHE_WRITEBACK	XA_MARK_1

/* What a file system does for its pages. All may sleep; pages come locked. */
struct address_space_ops {
	/*
	 * Fill `nr` locked pages with consecutive indexes and call page_fill_done() for each, at once or when the I/O
	 * completes. Bytes past the end of the file read as zero. NULL: pages start as zeroes (tmpfs).
	 */
	void (*fill)(struct address_space *as, struct page **pages, unsigned nr);
	/*
	 * A page is about to be written at [offset, offset + len): reserve what it needs. 0 or
	 * -errno. NULL: nothing.
	 */
	int (*write_begin)(struct address_space *as, struct page *page, unsigned offset, unsigned len);
	/* It was written; mark dirty. NULL: page_mark_dirty(). */
	void (*write_end)(struct address_space *as, struct page *page, unsigned offset, unsigned len);
	/*
	 * First write through a shared mapping; invalidate_lock is held for reading. The page is locked, but may be
	 * unlocked meanwhile: it is perhaps no page of the file afterwards. 0 or -errno (SIGBUS). NULL: write_begin
	 * of the whole page.
	 */
	int (*page_mkwrite)(struct address_space *as, struct page *page);
	/*
	 * Write dirty pages of [start, end] back, starting I/O; page_writeback_done() at
	 * completion. NULL: memory only.
	 */
	int (*write_pages)(struct address_space *as, uint64_t start, uint64_t end);
	/* A page leaves the cache (truncate, reclaim): drop what the file system attached. NULL: nothing. */
	void (*invalidate)(struct address_space *as, struct page *page);
};

/* Field legend: [I] immutable after set-up, [t] tree_lock, [i] i_mmap_lock, [a] atomic, [r] RCU */
struct address_space {
	struct inode *host;		/* [I] opaque here */
	const struct address_space_ops *ops;	/* [I] */
	struct spinlock tree_lock;
	struct xarray pages;		/* [t], read under [r] */
	uint64_t nr_pages;		/* [t] */
	struct rwsem invalidate_lock;	/* see above */
	struct rwsem i_mmap_lock;
	struct rb_root_cached i_mmap;	/* [i] struct vma by file range */
	bool no_writers;		/* [i] no shared area that may write comes any more: sealed memfd */
	uint64_t wb_err;		/* [a] write-back errors: lib/errseq.h */
	uint64_t *volume_err;		/* [I] the same of its volume; NULL: of none */
	int entering;			/* [a] threads that made it dirty and have not told yet: page_mark_dirty() */
	loff_t (*size)(struct address_space *as);	/* [I] current size of the file in bytes */
	bool shmem;			/* [I] pages are the only copy: never reclaimed */
};

/* Per open file. Field legend: [p] the file's position lock */
struct readahead {
	uint64_t start;			/* [p] window last read ahead: [start, start + size) */
	uint32_t size;			/* [p] pages */
	uint32_t async_size;		/* [p] reaching the last async_size pages starts the next window */
	uint64_t prev_index;		/* [p] last page read */
	uint32_t max_pages;		/* [p] 0: off (random) */
};

void address_space_init(struct address_space *as, struct inode *host, const struct address_space_ops *ops,
			loff_t (*size)(struct address_space *as));
/* No pages and no mappings are left; debug check. */
void address_space_fini(struct address_space *as);

/* Cached page with a reference, or NULL. Any content state. Lock-free; any context. */
struct page *pagecache_find(struct address_space *as, uint64_t index);
/*
 * Page `index`, filled, with a reference. 0 with *out, -EIO, -ENOMEM, -EINTR (fatal signal). ra NULL: for the kernel's
 * own use, one page, and no signal ends the wait: in the midst of a change, or of somebody else's write-back, there is
 * no way back. Past the end of the file: a page is made anyway; callers check the size first. Takes invalidate_lock
 * when the page is not there. May sleep.
 */
int __must_check pagecache_get(struct address_space *as, uint64_t index, struct readahead *ra, struct page **out);
/* Page `index`, locked, filled unless [offset, offset + len) covers all of it: for writing into it. May sleep. */
int __must_check pagecache_get_for_write(struct address_space *as, uint64_t index, unsigned offset, unsigned len,
					 struct page **out);
/* Start reading [index, index + nr) if not cached. Takes invalidate_lock. May sleep. */
void pagecache_readahead(struct address_space *as, uint64_t index, unsigned nr);

void lock_page(struct page *page);		/* sleeps, uninterruptible */
int __must_check lock_page_killable(struct page *page);
bool trylock_page(struct page *page);
void unlock_page(struct page *page);		/* any context */
void wait_on_page_writeback(struct page *page);

/* From fill: content is there (err 0) or not; unlocks. Any context. */
void page_fill_done(struct page *page, int err);
/* Page is locked or otherwise pinned to its mapping. True when it was clean before. */
bool page_mark_dirty(struct page *page);
/* The next store through a mapping faults. True: one could have come without, and the page is dirty. Locked page. */
bool page_protect(struct page *page);
/*
 * Before writing a page: clean it and its mappings, set WRITEBACK. stays_dirty: what is written now is not all that it
 * needs; fsync must never find it clean meanwhile, and take it for written. Locked page. False: it was clean.
 */
bool page_start_writeback(struct page *page, bool stays_dirty);
/* I/O is over. Any context. */
void page_writeback_done(struct page *page, int err);

/* Read from the cache into *to, from *pos, up to the file's size. Bytes, or -errno when none. May sleep. */
ssize_t pagecache_read(struct address_space *as, struct readahead *ra, loff_t *pos, struct iov_iter *to);
/*
 * Only what is in the cache now, whole pages up to the first that is not (preadv2(2), RWF_NOWAIT). -EAGAIN when that is
 * nothing: then its pages are asked for.
 */
ssize_t pagecache_read_cached(struct address_space *as, loff_t *pos, struct iov_iter *to);
/* Write into the cache; the caller holds the inode's lock, has checked limits, and updates the size by size_written. */
ssize_t pagecache_write(struct address_space *as, loff_t pos, struct iov_iter *from,
			void (*grew)(struct address_space *as, loff_t new_size));

/*
 * Drop pages from byte `start` on; a partial first page is zeroed from there. Mappings lose them, private ones their
 * copies too: behind the file's end is SIGBUS, and zeroes when it grows again. May sleep.
 */
void pagecache_truncate(struct address_space *as, loff_t start);
/*
 * Drop whole pages in [start, end) bytes and zero the partial ones (punch hole). Here, and in a page that truncation
 * cuts, the next store through a mapping faults: of such a page some blocks may be about to go.
 */
void pagecache_punch(struct address_space *as, loff_t start, loff_t end);
/* Drop clean unmapped pages first to last (drop_caches, O_DIRECT, advice). Returns how many. May sleep. */
uint64_t pagecache_drop_clean(struct address_space *as, uint64_t first, uint64_t last);
/* Some page is dirty or under write-back: what the disk has not got yet. Never sleeps. */
static inline bool pagecache_unwritten(const struct address_space *as)
{
	return xa_marked(&as->pages, PAGECACHE_DIRTY) || xa_marked(&as->pages, PAGECACHE_WRITEBACK);
}

/* Until none of pages first to last that are under write-back now is. Errors: wb_err. May sleep. */
void pagecache_wait(struct address_space *as, uint64_t first, uint64_t last);
/* Write back bytes [start, end), wait when asked. 0 or -errno; of writes: wb_err. May sleep. */
int __must_check pagecache_sync(struct address_space *as, loff_t start, loff_t end, bool wait);
/* Record a write error for fsync and syncfs. Any context. */
void pagecache_set_error(struct address_space *as, int err);

/*
 * Remove user mappings of pages [index, index + nr) in every address space; with copies, those that private mappings
 * made of them as well. May sleep.
 */
void unmap_mapping_pages(struct address_space *as, uint64_t index, uint64_t nr, bool copies);

/* System-wide counts for meminfo. */
struct pagecache_stats {
	uint64_t cached, dirty, writeback, mapped, shmem;
};
void pagecache_stats(struct pagecache_stats *out);
/* Give back all file pages that are clean and not in use. How many. Sleeps. */
unsigned long reclaim_clean(void);

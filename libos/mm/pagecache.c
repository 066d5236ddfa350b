/* SPDX-License-Identifier: MIT */
/*
 * pagecache: finding, filling, reading and writing file pages. Write-back and truncation: pagecache_wb.c;
 * reclaim: reclaim.c; read-ahead: readahead.c. See pagecache.h for the invariants.
 */
#include "mm/pagecache.h"

#include "abi/errno.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/align.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/pagecache_internal.h"
#include "mm/uaccess.h"
#include "mm/writeback.h"
#include "sched/sched.h"
#include "sync/waitq.h"

#define PAGE_WAIT_BITS	6
#define NOWAIT_AHEAD	32		/* pages asked for when RWF_NOWAIT finds none */

/* Sleepers for PG_LOCKED and PG_WRITEBACK, hashed by page. */
static struct {
	struct waitq wait[1 << PAGE_WAIT_BITS];
} page_waiters;

struct pagecache_counters pagecache_counters;

static int pagecache_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(page_waiters.wait); i++)
		waitq_init(&page_waiters.wait[i], "page_wait");
	return 0;
}
INIT_HOOK(INIT_IRQ, pagecache_init);

static struct waitq *wait_queue(const struct page *page)
{
	return &page_waiters.wait[hash_64((uintptr_t)page, PAGE_WAIT_BITS)];
}

bool trylock_page(struct page *page)
{
	return !page_test_and_set(page, PG_LOCKED);
}

/* Announce a sleeper before the bit is tried again: the releaser clears the bit, then reads PG_WAITERS. */
static bool trylock_as_waiter(struct page *page)
{
	page_set(page, PG_WAITERS);
	return trylock_page(page);
}

void lock_page(struct page *page)
{
	if (!trylock_page(page))
		wait_event(wait_queue(page), trylock_as_waiter(page));
}

int lock_page_killable(struct page *page)
{
	return trylock_page(page) ? 0 : wait_event_killable(wait_queue(page), trylock_as_waiter(page));
}

static void wake_page(struct page *page)
{
	if (page_test_and_clear(page, PG_WAITERS))
		wake_up_all(wait_queue(page));
}

void unlock_page(struct page *page)
{
	if (unlikely(!page_test_and_clear(page, PG_LOCKED)))
		panic("pagecache: unlock of a page that is not locked: pfn %lx", (unsigned long)page_to_pfn(page));
	wake_page(page);
}

static bool writeback_over(struct page *page)
{
	page_set(page, PG_WAITERS);
	return !page_test(page, PG_WRITEBACK);
}

void wait_on_page_writeback(struct page *page)
{
	if (page_test(page, PG_WRITEBACK))
		wait_event(wait_queue(page), writeback_over(page));
}

void pagecache_wake_writeback(struct page *page)
{
	wake_page(page);
}

void address_space_init(struct address_space *as, struct inode *host, const struct address_space_ops *ops,
			loff_t (*size)(struct address_space *as))
{
	memset(as, 0, sizeof(*as));
	as->host = host;
	as->ops = ops;
	as->size = size;
	spin_lock_init(&as->tree_lock, "pagecache");
	xa_init(&as->pages);
	rwsem_init(&as->invalidate_lock, "invalidate");
	rwsem_init(&as->i_mmap_lock, "i_mmap");
	as->i_mmap = RB_ROOT_CACHED;
}

void address_space_fini(struct address_space *as)
{
	VERIFY(as->nr_pages == 0);
	ASSERT(as->i_mmap.rb_root.rb_node == NULL);
}

struct page *pagecache_find(struct address_space *as, uint64_t index)
{
	struct page *page;

	rcu_read_lock();
	for (;;) {
		page = xa_load(&as->pages, index);
		if (!page || !try_get_page(page)) {
			if (!page)
				break;
			continue;
		}
		/* The frame may have been freed and reused between load and reference. */
		if (likely(page->mapping == as && page->index == index))
			break;
		put_page(page);
		if (xa_load(&as->pages, index) != page)
			continue;
		page = NULL;
		break;
	}
	rcu_read_unlock();
	return page;
}

/*
 * Enter a new locked page. 0: *out is it, with the caller's reference beside the cache's. -EEXIST: somebody else did.
 */
static int add_page(struct address_space *as, uint64_t index, struct page **out)
{
	struct page *page = alloc_page(as->ops->fill ? GFP_USER : GFP_USER | GFP_ZERO);
	unsigned long flags;
	int err;

	if (!page)
		return -ENOMEM;
	page->flags = PG_LOCKED | (as->shmem ? PG_SHMEM : 0);
	page->index = index;
	page->mapping = as;
	get_page(page);
	flags = spin_lock_irqsave(&as->tree_lock);
	err = xa_insert(&as->pages, index, page);
	if (!err)
		as->nr_pages++;
	spin_unlock_irqrestore(&as->tree_lock, flags);
	if (err) {
		page->mapping = NULL;
		page->flags = 0;
		put_page(page);
		put_page(page);
		return err == -EBUSY ? -EEXIST : err;
	}
	__atomic_fetch_add(as->shmem ? &pagecache_counters.shmem : &pagecache_counters.cached, 1, __ATOMIC_RELAXED);
	reclaim_add(page);
	*out = page;
	return 0;
}

/* Out of the tree; its mark of dirt goes with it. tree_lock held. */
static void erase_locked(struct address_space *as, struct page *page)
{
	assert_held(&as->tree_lock);
	if (page_test_and_clear(page, PG_DIRTY) && !as->shmem)
		__atomic_fetch_sub(&pagecache_counters.unclean, UNCLEAN_DIRTY, __ATOMIC_RELAXED);
	xa_erase(&as->pages, page->index);
	WRITE_ONCE(page->mapping, NULL);
	as->nr_pages--;
	__atomic_fetch_sub(as->shmem ? &pagecache_counters.shmem : &pagecache_counters.cached, 1, __ATOMIC_RELAXED);
}

void pagecache_remove_page(struct address_space *as, struct page *page)
{
	unsigned long flags;

	if (as->ops->invalidate)
		as->ops->invalidate(as, page);
	flags = spin_lock_irqsave(&as->tree_lock);
	erase_locked(as, page);
	spin_unlock_irqrestore(&as->tree_lock, flags);
	reclaim_remove(page);
	put_page(page);			/* the cache's reference; the caller has its own */
}

/*
 * The same for a clean page that nobody else uses: the count is frozen at 0 while it is looked at, so
 * that a look-up that has
 * the pointer already fails, or came first and keeps the page here. False: it stays.
 */
bool pagecache_try_remove_page(struct address_space *as, struct page *page)
{
	unsigned long flags;
	int32_t two = 2;		/* the cache's reference and the caller's */
	bool gone = false;

	if (page_refs(page) != 2 || page_test(page, PG_DIRTY | PG_WRITEBACK))
		return false;
	if (as->ops->invalidate)
		as->ops->invalidate(as, page);
	flags = spin_lock_irqsave(&as->tree_lock);
	if (__atomic_compare_exchange_n(&page->refs, &two, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		gone = !page_test(page, PG_DIRTY | PG_WRITEBACK);
		if (gone)
			erase_locked(as, page);
		__atomic_store_n(&page->refs, gone ? 1 : 2, __ATOMIC_RELEASE);
	}
	spin_unlock_irqrestore(&as->tree_lock, flags);
	if (gone)
		reclaim_remove(page);
	return gone;
}

void page_fill_done(struct page *page, int err)
{
	page_set(page, !err ? PG_UPTODATE : err == -ENOMEM ? PG_NOMEM : PG_ERROR);
	unlock_page(page);
}

/* Have the file system fill locked pages, or take zeroed ones as they are. */
static void fill_pages(struct address_space *as, struct page **pages, unsigned nr)
{
	if (as->ops->fill) {
		as->ops->fill(as, pages, nr);
		return;
	}
	for (unsigned i = 0; i < nr; i++)
		page_fill_done(pages[i], 0);
}

void pagecache_readahead_locked(struct address_space *as, uint64_t index, unsigned nr)
{
	struct page *batch[READAHEAD_BATCH], *page;
	unsigned n = 0;

	assert_held(&as->invalidate_lock);
	for (; nr; nr--, index++) {
		page = n < READAHEAD_BATCH ? xa_load_present(as, index) : NULL;
		if (!page && n < READAHEAD_BATCH && !add_page(as, index, &page)) {
			batch[n++] = page;
			if (n < READAHEAD_BATCH && nr > 1)
				continue;
		}
		if (!n)
			continue;
		fill_pages(as, batch, n);
		for (unsigned i = 0; i < n; i++)
			put_page(batch[i]);
		n = 0;
	}
	if (n) {
		fill_pages(as, batch, n);
		for (unsigned i = 0; i < n; i++)
			put_page(batch[i]);
	}
}

void pagecache_readahead(struct address_space *as, uint64_t index, unsigned nr)
{
	down_read(&as->invalidate_lock);
	pagecache_readahead_locked(as, index, nr);
	up_read(&as->invalidate_lock);
}

/*
 * Wait for a page's content. invalidate_lock is held. 0, -EIO, -ENOMEM, -EINTR if killable, or -EAGAIN when it left the
 * cache meanwhile.
 */
static int wait_uptodate(struct address_space *as, struct page *page, bool killable)
{
	int err;

	if (likely(page_test(page, PG_UPTODATE)))
		return 0;
	if (!killable)
		lock_page(page);
	else if (lock_page_killable(page))
		return -EINTR;
	if (page->mapping != as)
		err = -EAGAIN;
	else if (page_test(page, PG_UPTODATE))
		err = 0;
	else if (page_test_and_clear(page, PG_NOMEM))
		err = -ENOMEM;
	else if (page_test_and_clear(page, PG_ERROR))
		err = -EIO;
	else
		err = 1;		/* nobody filled it: locked for us to do */
	if (err == 1) {
		get_page(page);
		fill_pages(as, &page, 1);
		err = wait_uptodate(as, page, killable);
		put_page(page);
		return err;
	}
	unlock_page(page);
	return err;
}

/* The page, brought in if need be. invalidate_lock is held. */
static int get_page_locked(struct address_space *as, uint64_t index, struct readahead *ra, struct page **out)
{
	struct page *page;
	int err;

	assert_held(&as->invalidate_lock);
	for (;;) {
		page = pagecache_find(as, index);
		if (!page) {
			if (as->ops->fill && ra && ra->max_pages)
				readahead_missing(as, ra, index);
			page = pagecache_find(as, index);
		} else if (page_test(page, PG_READAHEAD) && ra) {
			readahead_reached(as, ra, page);
		}
		if (!page) {
			err = add_page(as, index, &page);
			if (err == -EEXIST)
				continue;
			if (err)
				return err;
			fill_pages(as, &page, 1);
		}
		err = wait_uptodate(as, page, /*killable=*/ra != NULL);
		if (!err) {
			*out = page;
			return 0;
		}
		put_page(page);
		if (err != -EAGAIN)
			return err;
	}
}

int pagecache_get(struct address_space *as, uint64_t index, struct readahead *ra, struct page **out)
{
	struct page *page = pagecache_find(as, index);
	int err;

	if (likely(page && page_test(page, PG_UPTODATE) && !(ra && page_test(page, PG_READAHEAD)))) {
		*out = page;
		return 0;
	}
	if (page)
		put_page(page);
	down_read(&as->invalidate_lock);
	err = get_page_locked(as, index, ra, out);
	up_read(&as->invalidate_lock);
	return err;
}

int pagecache_get_for_write(struct address_space *as, uint64_t index, unsigned offset, unsigned len,
			    struct page **out)
{
	bool whole = offset == 0 && len == PAGE_SIZE;
	struct page *page;
	int err;

	for (;;) {
		page = pagecache_find(as, index);
		if (!page && (whole || !as->ops->fill)) {
			err = add_page(as, index, &page);	/* stays locked; content comes from the caller */
			if (err == -EEXIST)
				continue;
			if (err)
				return err;
			if (!as->ops->fill)
				page_set(page, PG_UPTODATE);
			break;
		}
		if (!page || (!whole && !page_test(page, PG_UPTODATE))) {
			if (page)
				put_page(page);
			err = pagecache_get(as, index, NULL, &page);
			if (err)
				return err;
		}
		lock_page(page);
		if (page->mapping == as && (whole || page_test(page, PG_UPTODATE)))
			break;
		unlock_page(page);
		put_page(page);
	}
	wait_on_page_writeback(page);
	*out = page;
	return 0;
}

static ssize_t read_page_part(struct address_space *as, struct readahead *ra, loff_t pos, loff_t size,
			      struct iov_iter *to)
{
	uint64_t index = (uint64_t)pos >> PAGE_SHIFT;
	size_t offset = pos & ~PAGE_MASK, n = min((size_t)PAGE_SIZE - offset, iov_count(to)), done;
	struct page *page;
	int err;

	n = min(n, (size_t)(size - pos));
	err = pagecache_get(as, index, ra, &page);
	if (err)
		return err;
	done = copy_to_iter((char *)page_address(page) + offset, n, to);
	if (ra)
		ra->prev_index = index;
	page_mark_used(page);
	put_page(page);
	return done ? (ssize_t)done : -EFAULT;
}

ssize_t pagecache_read(struct address_space *as, struct readahead *ra, loff_t *pos, struct iov_iter *to)
{
	ssize_t total = 0, n;

	while (iov_count(to)) {
		loff_t size = as->size(as);

		if (*pos >= size)
			break;
		n = read_page_part(as, ra, *pos, size, to);
		if (n < 0)
			return total ? total : n;
		*pos += n;
		total += n;
		if (fatal_signal_pending())
			return total ? total : -EINTR;
		cond_resched();
	}
	return total;
}

/* How many of n bytes from pos lie in pages that are there, without a gap. */
static size_t cached_bytes(struct address_space *as, loff_t pos, size_t n)
{
	loff_t at = pos;
	struct page *page;
	bool there = true;

	while (there && at < pos + (loff_t)n) {
		page = pagecache_find(as, (uint64_t)at >> PAGE_SHIFT);
		there = page && page_test(page, PG_UPTODATE);
		if (page)
			put_page(page);
		if (there)
			at = (at & (loff_t)PAGE_MASK) + PAGE_SIZE;
	}
	return min((size_t)(at - pos), n);
}

ssize_t pagecache_read_cached(struct address_space *as, loff_t *pos, struct iov_iter *to)
{
	loff_t left = as->size(as) - *pos;
	size_t want = left > 0 ? min((size_t)left, iov_count(to)) : 0, there = cached_bytes(as, *pos, want);

	if (want && !there) {
		pagecache_readahead(as, (uint64_t)*pos >> PAGE_SHIFT, NOWAIT_AHEAD);
		return -EAGAIN;
	}
	iov_truncate(to, there);
	return pagecache_read(as, NULL, pos, to);
}

/*
 * Copy into one page. User pages are faulted in first, as the page lock must not be held over a
 * fault on the same page.
 */
static ssize_t write_page_part(struct address_space *as, loff_t pos, struct iov_iter *from,
			       void (*grew)(struct address_space *as, loff_t new_size))
{
	size_t offset = pos & ~PAGE_MASK, n = min((size_t)PAGE_SIZE - offset, iov_count(from)), done = 0;
	struct page *page;
	int err;

	n = iov_fault_in_read(from, n);
	if (!n)
		return -EFAULT;
	err = pagecache_get_for_write(as, (uint64_t)pos >> PAGE_SHIFT, offset, n, &page);
	if (err)
		return err;
	if (as->ops->write_begin)
		err = as->ops->write_begin(as, page, offset, n);
	if (!err) {
		pagefault_disable();
		done = copy_from_iter((char *)page_address(page) + offset, n, from);
		pagefault_enable();
		if (done < n && !page_test(page, PG_UPTODATE)) {
			iov_revert(from, done);
			done = 0;	/* the rest of the page has no content yet: all or nothing */
		}
		if (done) {
			page_set(page, PG_UPTODATE);
			if (as->ops->write_end)
				as->ops->write_end(as, page, offset, done);
			else
				page_mark_dirty(page);
			if (grew && pos + (loff_t)done > as->size(as))
				grew(as, pos + (loff_t)done);
		}
	}
	if (!done && !page_test(page, PG_UPTODATE))
		pagecache_remove_page(as, page);
	unlock_page(page);
	put_page(page);
	return err ? err : (ssize_t)done;
}

ssize_t pagecache_write(struct address_space *as, loff_t pos, struct iov_iter *from,
			void (*grew)(struct address_space *as, loff_t new_size))
{
	ssize_t total = 0, n;

	while (iov_count(from)) {
		n = write_page_part(as, pos, from, grew);
		if (n < 0)
			return total ? total : n;
		pos += n;
		total += n;
		if (fatal_signal_pending())
			return total ? total : -EINTR;
		writeback_throttle(as);
		cond_resched();
	}
	return total;
}

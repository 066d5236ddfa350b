/* SPDX-License-Identifier: MIT */
/*
 * aio: the rings of Linux asynchronous I/O.
 *
 * Model. A context is a ring of completions in pages that the program maps and the kernel keeps: the kernel moves tail,
 * whoever takes an event moves head, and libaio does so without a system call. What the program writes into the ring
 * is only believed as far as it can do no harm: tail, size and place are the kernel's own, head is taken modulo nr.
 *
 * Invariant. reserved + (tail - head) < nr - 1 before a reservation, so a completion always finds room; a program that
 * moves head wrongly loses its own events.
 *
 * Locking. ctx->lock protects tail and reserved; ctx->take_lock, a mutex, is held over copies to user memory and makes
 * one taker at a time; table->lock the contexts of an address space. None of them nests in another.
 */
#include "ipc/aio.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "core/init.h"
#include "fs/pseudo/pseudo.h"
#include "lib/align.h"
#include "lib/list.h"
#include "lib/parse.h"
#include "lib/refcount.h"
#include "lib/strbuf.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/page.h"
#include "mm/shmem.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "sync/mutex.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"
#include "time/clock.h"

#define EVENTS_PER_PAGE	(PAGE_SIZE / sizeof(struct io_event))
_Static_assert(sizeof(struct aio_ring) == sizeof(struct io_event), "the header takes the place of one event");

/* Field legend: [I] immutable, [a] atomic, [l] lock, [t] take_lock, [s] the table's lock */
struct aio_ctx {
	struct list_head link;		/* [s] in its table */
	struct refcount refs;		/* [a] the table's, and callers' */
	unsigned long id;		/* [I] user address of the ring */
	unsigned size;			/* [I] requests it was made for */
	unsigned nr;			/* [I] events the ring holds */
	unsigned nr_pages;		/* [I] */
	struct page **pages;		/* [I] references */
	struct spinlock lock;
	struct mutex take_lock;
	unsigned tail;			/* [l] */
	unsigned reserved;		/* [l] */
	bool dead;			/* [a] */
	struct waitq wait;		/* takers */
};

/* The contexts of one address space. Field legend: [l] lock */
struct aio_table {
	struct spinlock lock;
	struct list_head contexts;	/* [l] */
};

/* Field legend: [a] atomic */
static struct {
	uint64_t used;			/* [a] sum of sizes */
	uint64_t max;			/* [a] /proc/sys/fs/aio-max-nr */
} aio = { .max = 65536 };

static struct aio_ring *ring_of(const struct aio_ctx *ctx)
{
	return page_address(ctx->pages[0]);
}

/* The header stands where event -1 would. */
static struct io_event *event_at(const struct aio_ctx *ctx, unsigned i)
{
	struct io_event *page = page_address(ctx->pages[(i + 1) / EVENTS_PER_PAGE]);

	return page + (i + 1) % EVENTS_PER_PAGE;
}

static unsigned ring_head(const struct aio_ctx *ctx)
{
	return READ_ONCE(ring_of(ctx)->head) % ctx->nr;
}

/* --- Life -------------------------------------------------------------------------------------- */

void aio_put(struct aio_ctx *ctx)
{
	if (!refcount_dec_and_test(&ctx->refs))
		return;
	for (unsigned i = 0; i < ctx->nr_pages; i++)
		put_page(ctx->pages[i]);
	__atomic_fetch_sub(&aio.used, ctx->size, __ATOMIC_RELAXED);
	kvfree(ctx->pages);
	kfree(ctx);
}

/* Nobody finds it any more; who waits for events gives up. Drops the table's reference. */
static void kill_context(struct aio_ctx *ctx)
{
	WRITE_ONCE(ctx->dead, true);
	wake_up_all(&ctx->wait);
	aio_put(ctx);
}

static void table_free(struct mm *mm)
{
	struct aio_table *table = mm->aio;
	struct aio_ctx *ctx, *next;

	list_for_each_entry_safe(ctx, next, &table->contexts, link) {
		list_del(&ctx->link);
		kill_context(ctx);
	}
	kfree(table);
}

/* The address space's table, made at its first context; NULL: no memory. */
static struct aio_table *table_of(struct mm *mm)
{
	struct aio_table *table = __atomic_load_n(&mm->aio, __ATOMIC_ACQUIRE), *none = NULL;

	if (table)
		return table;
	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;
	spin_lock_init(&table->lock, "aio_table");
	INIT_LIST_HEAD(&table->contexts);
	WRITE_ONCE(mm->aio_free, table_free);
	if (__atomic_compare_exchange_n(&mm->aio, &none, table, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return table;
	kfree(table);
	return none;
}

/* Map the pages and keep them. 0 or -errno; what was taken is the context's either way. */
static int make_ring(struct aio_ctx *ctx, struct mm *mm)
{
	struct map_request req = {
		.size = ctx->nr_pages * PAGE_SIZE, .prot = PROT_READ | PROT_WRITE, .flags = MAP_SHARED,
	};
	struct shmem *shm = shmem_map_anon(&req, req.size);
	unsigned i, nr_pages = ctx->nr_pages;
	int err = shm ? 0 : -ENOMEM;
	long addr;

	ctx->nr_pages = 0;
	for (i = 0; !err && i < nr_pages; i++) {
		err = pagecache_get(&shm->as, i, NULL, &ctx->pages[i]);
		if (!err)
			ctx->nr_pages++;
	}
	if (!err) {
		*ring_of(ctx) = (struct aio_ring){
			.nr = ctx->nr, .magic = AIO_RING_MAGIC, .compat_features = AIO_RING_COMPAT_FEATURES,
			.incompat_features = AIO_RING_INCOMPAT_FEATURES, .header_length = sizeof(struct aio_ring),
		};
		addr = mm_map(mm, &req);
		ctx->id = addr < 0 ? 0 : (unsigned long)addr;
		err = addr < 0 ? (int)addr : 0;
	}
	if (shm)
		shmem_put(shm);
	return err;
}

/* `size` more of what all contexts together may have. */
static bool charge(unsigned size)
{
	if (__atomic_add_fetch(&aio.used, size, __ATOMIC_RELAXED) <= READ_ONCE(aio.max))
		return true;
	__atomic_fetch_sub(&aio.used, size, __ATOMIC_RELAXED);
	return false;
}

static struct aio_ctx *context_alloc(unsigned size)
{
	struct aio_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);

	if (!ctx)
		return NULL;
	/* Twice what was asked for: events not taken yet must not keep new requests out. */
	ctx->nr_pages = (unsigned)DIV_ROUND_UP(2UL * size + 2, EVENTS_PER_PAGE);
	ctx->nr = (unsigned)(ctx->nr_pages * EVENTS_PER_PAGE - 1);
	ctx->pages = kvzalloc(ctx->nr_pages * sizeof(*ctx->pages), GFP_KERNEL);
	if (!ctx->pages) {
		kfree(ctx);
		return NULL;
	}
	ctx->size = size;
	refcount_set(&ctx->refs, 1);
	spin_lock_init(&ctx->lock, "aio");
	mutex_init(&ctx->take_lock, "aio_take");
	waitq_init(&ctx->wait, "aio");
	return ctx;
}

int aio_create(struct mm *mm, unsigned nr, unsigned long *id)
{
	struct aio_table *table;
	struct aio_ctx *ctx;
	int err;

	if (!nr || nr > 0x10000000U / sizeof(struct io_event))
		return -EINVAL;
	table = table_of(mm);
	if (!table)
		return -ENOMEM;
	if (!charge(nr))
		return -EAGAIN;
	ctx = context_alloc(nr);
	if (!ctx) {
		__atomic_fetch_sub(&aio.used, nr, __ATOMIC_RELAXED);
		return -ENOMEM;
	}
	err = make_ring(ctx, mm);
	if (err) {
		aio_put(ctx);
		return err;
	}
	*id = ctx->id;
	spin_lock(&table->lock);
	list_add(&ctx->link, &table->contexts);
	spin_unlock(&table->lock);
	return 0;
}

static struct aio_ctx *find_locked(struct aio_table *table, unsigned long id)
{
	struct aio_ctx *ctx;

	assert_held(&table->lock);
	list_for_each_entry(ctx, &table->contexts, link)
		if (ctx->id == id)
			return ctx;
	return NULL;
}

struct aio_ctx *aio_get(struct mm *mm, unsigned long id)
{
	struct aio_table *table = __atomic_load_n(&mm->aio, __ATOMIC_ACQUIRE);
	struct aio_ctx *ctx;

	if (!table)
		return NULL;
	spin_lock(&table->lock);
	ctx = find_locked(table, id);
	if (ctx)
		refcount_inc(&ctx->refs);
	spin_unlock(&table->lock);
	return ctx;
}

int aio_destroy(struct mm *mm, unsigned long id)
{
	struct aio_table *table = __atomic_load_n(&mm->aio, __ATOMIC_ACQUIRE);
	struct aio_ctx *ctx;

	if (!table)
		return -EINVAL;
	spin_lock(&table->lock);
	ctx = find_locked(table, id);
	if (ctx)
		list_del(&ctx->link);
	spin_unlock(&table->lock);
	if (!ctx)
		return -EINVAL;
	ignore_result(mm_unmap(mm, ctx->id, ctx->nr_pages * PAGE_SIZE));	/* the program may have done so */
	kill_context(ctx);
	return 0;
}

/* --- Events ------------------------------------------------------------------------------------ */

unsigned aio_size(const struct aio_ctx *ctx)
{
	return ctx->size;
}

static unsigned untaken_locked(const struct aio_ctx *ctx)
{
	assert_held(&ctx->lock);
	return (ctx->tail + ctx->nr - ring_head(ctx)) % ctx->nr;
}

bool aio_reserve(struct aio_ctx *ctx)
{
	bool room;

	spin_lock(&ctx->lock);
	room = untaken_locked(ctx) + ctx->reserved < ctx->nr - 1;
	if (room)
		ctx->reserved++;
	spin_unlock(&ctx->lock);
	return room;
}

void aio_unreserve(struct aio_ctx *ctx)
{
	spin_lock(&ctx->lock);
	ctx->reserved--;
	spin_unlock(&ctx->lock);
}

void aio_complete(struct aio_ctx *ctx, const struct io_event *event)
{
	spin_lock(&ctx->lock);
	*event_at(ctx, ctx->tail) = *event;
	ctx->tail = (ctx->tail + 1) % ctx->nr;
	ctx->reserved--;
	smp_store_release(&ring_of(ctx)->tail, ctx->tail);	/* the event is there; pairs with takers */
	spin_unlock(&ctx->lock);
	wake_up_all(&ctx->wait);
}

static bool has_events(struct aio_ctx *ctx)
{
	bool any;

	spin_lock(&ctx->lock);
	any = untaken_locked(ctx) != 0;
	spin_unlock(&ctx->lock);
	return any;
}

/* What is there now, up to n. The number or -EFAULT. */
static long take_some(struct aio_ctx *ctx, long n, struct io_event __user *out)
{
	struct io_event event;
	unsigned head, tail;
	long done = 0, err;

	err = mutex_lock_interruptible(&ctx->take_lock);
	if (err)
		return err;
	spin_lock(&ctx->lock);
	tail = ctx->tail;
	spin_unlock(&ctx->lock);
	for (head = ring_head(ctx); head != tail && done < n; done++) {
		event = *event_at(ctx, head);
		if (copy_to_user(out + done, &event, sizeof(event)))
			break;
		head = (head + 1) % ctx->nr;
	}
	WRITE_ONCE(ring_of(ctx)->head, head);
	mutex_unlock(&ctx->take_lock);
	return done || head == tail || !n ? done : -EFAULT;
}

long aio_take(struct aio_ctx *ctx, long min, long nr, struct io_event __user *out, uint64_t deadline)
{
	long done = 0, n;
	int err = 0;

	while (!err) {
		n = take_some(ctx, nr - done, out + done);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (done >= min || !deadline)
			break;
		if (READ_ONCE(ctx->dead))
			return done ? done : -EINVAL;
		err = wait_event_interruptible_timeout(&ctx->wait, has_events(ctx) || READ_ONCE(ctx->dead), deadline);
	}
	return done || !err || err == -ETIMEDOUT ? done : -EINTR;
}

/* --- /proc/sys/fs ------------------------------------------------------------------------------ */

static int show_used(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)__atomic_load_n(&aio.used, __ATOMIC_RELAXED));
	return 0;
}

static int show_max(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)READ_ONCE(aio.max));
	return 0;
}

static int store_max(char *text, size_t size, const struct pseudo_target *t)
{
	uint64_t value;
	int err = kstrtou64(text, 10, &value);

	if (!err)
		WRITE_ONCE(aio.max, value);
	return err;
}

static const struct pseudo_entry entries[] = {
	{ .name = "aio-nr", .mode = S_IFREG | 0444, .show = show_used },
	{ .name = "aio-max-nr", .mode = S_IFREG | 0644, .show = show_max, .store = store_max },
};

static int aio_init(void)
{
	return procfs_register("sys/fs", entries, ARRAY_SIZE(entries));
}
INIT_HOOK(INIT_VFS, aio_init);

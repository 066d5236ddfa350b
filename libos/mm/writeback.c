/* SPDX-License-Identifier: MIT */
/*
 * writeback: the clock and the limits. The model is in writeback.h.
 *
 * The work runs in the pool of the work queues: while nothing is dirty there is no thread and no timer. Two items,
 * one for the clock and one for who cannot wait; a mutex has one of them write at a time.
 */
#include "mm/writeback.h"

#include "core/init.h"
#include "mm/page_alloc.h"
#include "mm/pagecache_internal.h"
#include "sched/sched.h"
#include "sched/workqueue.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "time/clock.h"

#define BACKGROUND_PART	10		/* of memory: above it everything is written */
#define LIMIT_PART	5		/* above it writers wait */
#define THROTTLE_NS	200000000ULL	/* then they look again */
#define RECLAIM_NS	20000000ULL

static struct {
	struct mutex lock;		/* held by who writes */
	struct list_head clients;	/* [I] after start-up */
	struct delayed_work clock;	/* own lock */
	struct work urgent;		/* own lock */
	struct waitq wait;		/* fewer pages are dirty */
	bool ticking;			/* [a] the clock is set */
	bool ready;			/* [I] after INIT_THREADS */
} wb = { .clients = LIST_HEAD_INIT(wb.clients) };

static uint64_t dirty_pages(void)
{
	uint64_t dirty, writeback;

	pagecache_count_unclean(&dirty, &writeback);
	return dirty;
}

/* Dirty, and on their way to the disk. */
static uint64_t unclean_pages(void)
{
	uint64_t dirty, writeback;

	pagecache_count_unclean(&dirty, &writeback);
	return dirty + writeback;
}

void writeback_register(struct writeback_client *client)
{
	list_add_tail(&client->link, &wb.clients);
}

static bool write_before(uint64_t before_ns)
{
	struct writeback_client *client;
	bool left = false;

	mutex_lock(&wb.lock);
	list_for_each_entry(client, &wb.clients, link)
		left |= client->write_old(before_ns);
	mutex_unlock(&wb.lock);
	wake_up_all(&wb.wait);
	return left;
}

static void set_clock(void)
{
	if (wb.ready && !__atomic_exchange_n(&wb.ticking, true, __ATOMIC_ACQ_REL))
		delayed_work_queue(&wb.clock, WRITEBACK_INTERVAL_NS);
}

static void clock_work(struct work *work)
{
	uint64_t now = clock_ns(), before = now > WRITEBACK_AGE_NS ? now - WRITEBACK_AGE_NS : 0;

	ignore_result(work);
	if (dirty_pages() > pages_total() / BACKGROUND_PART)
		before = UINT64_MAX;
	/* What becomes dirty from here on sets it again. */
	__atomic_store_n(&wb.ticking, false, __ATOMIC_RELEASE);
	if (write_before(before))
		set_clock();
}

static void urgent_work(struct work *work)
{
	ignore_result(work);
	ignore_result((int)write_before(UINT64_MAX));	/* what is left the clock looks after */
}

void writeback_dirtied(struct inode *host)
{
	struct writeback_client *client;

	list_for_each_entry(client, &wb.clients, link) {
		if (host && client->dirtied)
			client->dirtied(host);
	}
	set_clock();
}

void writeback_kick(void)
{
	if (wb.ready)
		work_queue(&wb.urgent);
}

static bool below_limit(void)
{
	return unclean_pages() <= pages_total() / LIMIT_PART;
}

void writeback_throttle(struct address_space *as)
{
	uint64_t unclean = unclean_pages();

	/* What is on its way counts, too: the write-back may take pages faster than the disk. */
	if (likely(unclean <= pages_total() / BACKGROUND_PART))
		return;
	if (below_limit()) {
		if (unclean % 64 == 0)		/* now and then is enough */
			writeback_kick();
		return;
	}
	if (as->ops->write_pages)
		ignore_result(pagecache_sync(as, 0, INT64_MAX, /*wait=*/false));	/* kept for fsync in wb_err */
	while (!below_limit() && !fatal_signal_pending()) {
		writeback_kick();
		ignore_result(wait_event_timeout(&wb.wait, below_limit(), clock_ns() + THROTTLE_NS));
	}
}

bool writeback_for_reclaim(void)
{
	uint64_t before = unclean_pages();

	/* The kernel's own threads may be those that write. */
	if (!before || !wb.ready || current_thread()->kernel)
		return false;
	writeback_kick();
	ignore_result(wait_event_timeout(&wb.wait, unclean_pages() < before, clock_ns() + RECLAIM_NS));
	return unclean_pages() < before;
}

void writeback_page_done(void)
{
	if (waitq_active(&wb.wait))
		wake_up_all(&wb.wait);
}

static int writeback_init(void)
{
	mutex_init(&wb.lock, "writeback");
	waitq_init(&wb.wait, "writeback");
	delayed_work_init(&wb.clock, clock_work);
	work_init(&wb.urgent, urgent_work);
	wb.ready = true;
	return 0;
}
INIT_HOOK(INIT_THREADS, writeback_init);

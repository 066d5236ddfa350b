/* SPDX-License-Identifier: MIT */
/*
 * Work queues: one pool of workers that grows while work waits for work.
 *
 * Which item a worker runs is noted in the worker, not in the item: the item's function may free it. So
 * "running" is a search over the workers, of which there are few.
 *
 * States of an item (under pool.lock): idle; queued (on the list); running (some worker's `item`); running and
 * wanted again (worker's `again`): queued when its function returns.
 *
 * Locking: pool.lock, irq-safe; work is queued from interrupts.
 */
#include "sched/workqueue.h"

#include "core/assert.h"
#include "core/init.h"
#include "core/log.h"
#include "sched/kthread.h"
#include "sched/sched.h"
#include "sync/waitq.h"
#include "time/clock.h"

#define WORKERS_MAX	16

/* Field legend: [l] pool.lock */
struct worker {
	struct work *item;		/* [l] being run; NULL: idle */
	bool again;			/* [l] run it once more */
	bool exists;			/* [l] */
};

/* Field legend: [l] lock */
static struct {
	struct spinlock lock;
	struct list_head queue;		/* [l] */
	struct worker worker[WORKERS_MAX];	/* [l] */
	unsigned nr_idle;		/* [l] */
	struct waitq work_there;	/* workers wait here */
	struct waitq work_done;		/* flushers wait here */
} pool = {
	.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("workqueue") },
	.queue = LIST_HEAD_INIT(pool.queue),
	.work_there = {
		.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("workqueue idle") },
		.entries = LIST_HEAD_INIT(pool.work_there.entries),
	},
	.work_done = {
		.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("workqueue flush") },
		.entries = LIST_HEAD_INIT(pool.work_done.entries),
	},
};

static void worker_main(void *arg);

static struct worker *worker_running_locked(const struct work *w)
{
	assert_held(&pool.lock);
	for (unsigned i = 0; i < WORKERS_MAX; i++) {
		if (pool.worker[i].item == w)
			return &pool.worker[i];
	}
	return NULL;
}

/* Thread context: start another worker if all are busy. */
static void pool_grow(void)
{
	struct worker *new = NULL;

	spin_lock_irq(&pool.lock);
	for (unsigned i = 0; i < WORKERS_MAX && !pool.nr_idle && !new; i++) {
		if (!pool.worker[i].exists)
			new = &pool.worker[i];
	}
	if (new) {
		new->exists = true;
		pool.nr_idle++;
	}
	spin_unlock_irq(&pool.lock);
	if (!new || kthread_run(worker_main, new, "kworker") == 0)
		return;
	spin_lock_irq(&pool.lock);	/* no memory: those there are must do */
	new->exists = false;
	pool.nr_idle--;
	spin_unlock_irq(&pool.lock);
}

/* Take the next item; NULL: none. */
static struct work *worker_take(struct worker *me, bool *more)
{
	struct work *w;

	spin_lock_irq(&pool.lock);
	w = list_first_entry_or_null(&pool.queue, struct work, link);
	if (w) {
		list_del_init(&w->link);
		me->item = w;
		pool.nr_idle--;
	}
	*more = !list_empty(&pool.queue) && !pool.nr_idle;
	spin_unlock_irq(&pool.lock);
	return w;
}

static void worker_done(struct worker *me, struct work *w)
{
	spin_lock_irq(&pool.lock);
	me->item = NULL;
	pool.nr_idle++;
	if (me->again) {		/* then it was not freed */
		me->again = false;
		list_add_tail(&w->link, &pool.queue);
	}
	spin_unlock_irq(&pool.lock);
	wake_up_all(&pool.work_done);
}

static void worker_main(void *arg)
{
	struct worker *me = arg;
	struct work *w;
	bool more;

	for (;;) {
		w = worker_take(me, &more);
		if (!w) {
			ignore_result(wait_event_loop_(&pool.work_there, !list_empty(&pool.queue),
						       THREAD_INTERRUPTIBLE, WAIT_FOREVER, true, , ));
			continue;
		}
		if (more)
			pool_grow();
		w->fn(w);
		lockdep_assert_none_held("end of work");
		worker_done(me, w);
		cond_resched();
	}
}

void work_init(struct work *w, work_fn fn)
{
	INIT_LIST_HEAD(&w->link);
	w->fn = fn;
}

bool work_queue(struct work *w)
{
	unsigned long flags = spin_lock_irqsave(&pool.lock);
	struct worker *running = worker_running_locked(w);
	bool fresh = false;

	if (running) {
		fresh = !running->again;
		running->again = true;
	} else if (list_empty(&w->link)) {
		list_add_tail(&w->link, &pool.queue);
		fresh = true;
	}
	spin_unlock_irqrestore(&pool.lock, flags);
	if (fresh && !running)
		wake_up(&pool.work_there);
	return fresh;
}

static bool work_idle(struct work *w)
{
	unsigned long flags = spin_lock_irqsave(&pool.lock);
	bool idle = list_empty(&w->link) && !worker_running_locked(w);

	spin_unlock_irqrestore(&pool.lock, flags);
	return idle;
}

void work_flush(struct work *w)
{
	wait_event(&pool.work_done, work_idle(w));
}

bool work_cancel_sync(struct work *w)
{
	struct worker *running;
	bool was_queued;

	might_sleep();
	spin_lock_irq(&pool.lock);
	running = worker_running_locked(w);
	was_queued = !list_empty(&w->link) || (running && running->again);
	list_del_init(&w->link);
	if (running)
		running->again = false;
	spin_unlock_irq(&pool.lock);
	wait_event(&pool.work_done, work_idle(w));
	return was_queued;
}

static bool delayed_work_fire(struct hrtimer *timer)
{
	work_queue(&container_of(timer, struct delayed_work, timer)->work);
	return false;
}

void delayed_work_init(struct delayed_work *w, work_fn fn)
{
	work_init(&w->work, fn);
	hrtimer_init(&w->timer, HRTIMER_MONOTONIC, delayed_work_fire);
}

bool delayed_work_queue(struct delayed_work *w, uint64_t delay_ns)
{
	if (hrtimer_active(&w->timer))
		return false;
	hrtimer_start_rel(&w->timer, delay_ns);
	return true;
}

bool delayed_work_cancel_sync(struct delayed_work *w)
{
	bool was_armed = hrtimer_cancel(&w->timer);

	return work_cancel_sync(&w->work) || was_armed;
}

static int workqueue_init(void)
{
	pool_grow();
	return 0;
}
INIT_HOOK(INIT_THREADS, workqueue_init);

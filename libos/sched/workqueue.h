/* SPDX-License-Identifier: MIT */
/*
 * Work queues: run a function later, in thread context, where it may sleep.
 *
 * Model. A struct work embedded in an object is queued; a pool of worker threads runs it once. Queueing
 * what is already queued does nothing; queueing what is running makes it run again afterwards. Items
 * may run at the same time on several workers; one item never runs twice at once. The pool grows when all
 * workers sleep in work and more is queued, so work that waits for other work makes progress.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "time/hrtimer.h"

struct work;
typedef void (*work_fn)(struct work *work);

/* Field legend: [I] immutable while queued, [l] pool lock */
struct work {
	struct list_head link;		/* [l] */
	work_fn fn;			/* [I] */
};

struct delayed_work {
	struct work work;
	struct hrtimer timer;
};

void work_init(struct work *w, work_fn fn);
void delayed_work_init(struct delayed_work *w, work_fn fn);
/* False when it was queued already. Any context. */
bool work_queue(struct work *w);
bool delayed_work_queue(struct delayed_work *w, uint64_t delay_ns);
/* On return w is neither queued nor running. True when it was queued. May sleep; not from w's own function. */
bool work_cancel_sync(struct work *w);
bool delayed_work_cancel_sync(struct delayed_work *w);
/* Wait until w, if queued or running now, is done. May sleep. */
void work_flush(struct work *w);

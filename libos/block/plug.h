/* SPDX-License-Identifier: MIT */
/*
 * plug: a thread that is about to submit many bios keeps them back until it has them all, so that neighbours become one
 * request and the device's doorbell rings once.
 *
 *	struct blk_plug plug;
 *	blk_start_plug(&plug);
 *	... bio_submit() many times, may sleep ...
 *	blk_finish_plug(&plug);
 *
 * What is held back goes to the device at the latest when the thread sleeps, so a plugged thread may wait for its own
 * bios, and others wait for them no longer than it runs. Plugs nest: the outermost counts. Interrupts that
 * submit meanwhile are not held back.
 *
 * Locking. None: a plug belongs to its thread.
 */
#pragma once

#include "block/bio.h"
#include "lib/list.h"
#include "sched/thread.h"

/* Field legend: [c] own thread */
struct blk_plug {
	struct thread_plug base;	/* [c] */
	struct list_head bios;		/* [c] */
	unsigned nr;			/* [c] */
};

/* Thread context. The plug is on the caller's stack until blk_finish_plug(). */
void blk_start_plug(struct blk_plug *plug);
/* Hand over what is held back, unless an outer plug is to do it. */
void blk_finish_plug(struct blk_plug *plug);
/* For bio.c: keep bio back, which is checked. False: there is no plug here. Any context. */
bool blk_plug_add(struct bio *bio);

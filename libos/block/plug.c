/* SPDX-License-Identifier: MIT */
/* plug: bios held back by their thread. See plug.h. */
#include "block/plug.h"

#include "block/bdev.h"
#include "block/queue.h"
#include "sync/context.h"

#define PLUG_MAX	32	/* bios: more would only make the device wait */

static struct blk_plug *current_plug(void)
{
	struct thread_plug *base = in_irq() ? NULL : current_thread()->plug;

	return base ? container_of(base, struct blk_plug, base) : NULL;
}

/* Runs of bios of one queue go together, in the order they came. */
static void plug_flush(struct thread_plug *base)
{
	struct blk_plug *plug = container_of(base, struct blk_plug, base);
	LIST_HEAD(run);

	plug->nr = 0;
	while (!list_empty(&plug->bios)) {
		struct bio *bio = list_first_entry(&plug->bios, struct bio, link), *next;
		struct block_queue *q = bio->bdev->queue;

		list_for_each_entry_safe(bio, next, &plug->bios, link) {
			if (bio->bdev->queue == q)
				list_move_tail(&bio->link, &run);
		}
		block_queue_submit(q, &run);
	}
}

void blk_start_plug(struct blk_plug *plug)
{
	struct thread *t = current_thread();

	INIT_LIST_HEAD(&plug->bios);
	plug->nr = 0;
	plug->base.flush = plug_flush;
	if (!t->plug)
		t->plug = &plug->base;
}

void blk_finish_plug(struct blk_plug *plug)
{
	struct thread *t = current_thread();

	if (t->plug != &plug->base)
		return;
	t->plug = NULL;
	plug_flush(&plug->base);
}

bool blk_plug_add(struct bio *bio)
{
	struct blk_plug *plug = current_plug();

	if (!plug)
		return false;
	list_add_tail(&bio->link, &plug->bios);
	if (++plug->nr == PLUG_MAX)
		plug_flush(&plug->base);
	return true;
}

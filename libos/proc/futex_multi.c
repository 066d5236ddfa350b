/* SPDX-License-Identifier: MIT */
/*
 * futex_multi: wait for the first of several words: futex_waitv(2).
 *
 * The thread stands in several buckets at once, and state is set before the first is looked at. A wake-up of any
 * takes that entry off its bucket; the others are taken off by the waiter. If one was woken while a later one is
 * found changed, the wake-up must not be lost: the call succeeds with the woken one's index.
 */
#include "proc/futex_internal.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "lib/restart.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "sched/sched.h"

/* Take the first `count` off their buckets. The last one found woken, or -1. */
static int unqueue_all(struct futex_waiter *w, unsigned count)
{
	int woken = -1;

	for (unsigned i = 0; i < count; i++) {
		if (!futex_unqueue(&w[i]))
			woken = (int)i;
	}
	return woken;
}

static int get_keys(const struct futex_multi_args *a, struct futex_waiter *w)
{
	int err = 0;

	for (unsigned i = 0; i < a->count && !err; i++) {
		w[i] = (struct futex_waiter){ .thread = arch_current(), .bitset = FUTEX_ANY };
		err = futex_key_get(a->item[i].uaddr, a->item[i].private, &w[i].key);
	}
	return err;
}

/*
 * Stand in all buckets. 0: queued, state is INTERRUPTIBLE. 1: *woken says who already was. -EAGAIN: a word differs;
 * -EFAULT. Nothing is queued unless 0.
 */
static int queue_all(const struct futex_multi_args *a, struct futex_waiter *w, int *woken)
{
	struct futex_bucket *b;
	uint32_t val;
	int err;

retry:
	set_current_state(THREAD_INTERRUPTIBLE);
	for (unsigned i = 0; i < a->count; i++) {
		b = futex_bucket_of(&w[i].key);
		spin_lock(&b->lock);
		err = futex_load_nofault(&val, a->item[i].uaddr);
		if (!err && val == a->item[i].val) {
			w[i].bucket = b;
			list_add_tail(&w[i].link, &b->waiters);
			spin_unlock(&b->lock);
			continue;
		}
		spin_unlock(&b->lock);
		set_current_running();
		*woken = unqueue_all(w, i);
		if (*woken >= 0)
			return 1;
		if (!err)
			return -EAGAIN;
		if (get_user(val, a->item[i].uaddr))
			return -EFAULT;
		goto retry;
	}
	return 0;
}

static int wait_any(const struct futex_multi_args *a, struct futex_waiter *w)
{
	int woken, err = get_keys(a, w);

	while (!err) {
		err = queue_all(a, w, &woken);
		if (err)
			return err > 0 ? woken : err;
		err = thread_signal_pending() ? 0 : futex_sleep(a->deadline_ns, a->realtime);
		set_current_running();
		woken = unqueue_all(w, a->count);
		if (woken >= 0)
			return woken;
		if (!err && thread_signal_pending())
			err = -ERESTARTSYS;
	}
	return err;
}

int futex_wait_multi(const struct futex_multi_args *a)
{
	struct futex_waiter *w = kmalloc(a->count * sizeof(*w), GFP_KERNEL);
	int ret;

	if (!w)
		return -ENOMEM;
	ret = wait_any(a, w);
	kfree(w);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * completion: a counter of things done, and those who wait for it.
 *
 * The counter is taken under wq.lock in every case, so that complete() has left the structure when a waiter
 * returns and may throw it away.
 */
#include "sync/completion.h"

void complete(struct completion *c)
{
	unsigned long flags = spin_lock_irqsave(&c->wq.lock);

	if (c->done != COMPLETION_ALL)
		c->done++;
	waitq_wake_locked(&c->wq, THREAD_NORMAL, 1, 0);
	spin_unlock_irqrestore(&c->wq.lock, flags);
}

void complete_all(struct completion *c)
{
	unsigned long flags = spin_lock_irqsave(&c->wq.lock);

	c->done = COMPLETION_ALL;
	waitq_wake_locked(&c->wq, THREAD_NORMAL, 0, 0);
	spin_unlock_irqrestore(&c->wq.lock, flags);
}

bool try_wait_for_completion(struct completion *c)
{
	unsigned long flags = spin_lock_irqsave(&c->wq.lock);
	bool done = c->done != 0;

	if (done && c->done != COMPLETION_ALL)
		c->done--;
	spin_unlock_irqrestore(&c->wq.lock, flags);
	return done;
}

static int completion_wait(struct completion *c, unsigned state, uint64_t deadline_ns)
{
	struct wait_entry we;
	int err = 0;

	might_sleep();
	if (try_wait_for_completion(c))
		return 0;
	wait_entry_init(&we);
	we.exclusive = true;
	for (;;) {
		wait_prepare(&c->wq, &we, state);
		if (try_wait_for_completion(c)) {
			err = 0;
			break;
		}
		if (err)
			break;
		err = wait_sleep(state, deadline_ns);
	}
	wait_finish(&c->wq, &we);
	if (err)
		wake_up(&c->wq);	/* a wake-up that came since is another waiter's */
	return err;
}

void wait_for_completion(struct completion *c)
{
	ignore_result(completion_wait(c, THREAD_UNINTERRUPTIBLE, WAIT_FOREVER));	/* cannot fail */
}

int wait_for_completion_interruptible(struct completion *c)
{
	return completion_wait(c, THREAD_INTERRUPTIBLE, WAIT_FOREVER);
}

int wait_for_completion_killable(struct completion *c)
{
	return completion_wait(c, THREAD_KILLABLE, WAIT_FOREVER);
}

int wait_for_completion_timeout(struct completion *c, uint64_t deadline_ns)
{
	return completion_wait(c, THREAD_UNINTERRUPTIBLE, deadline_ns);
}

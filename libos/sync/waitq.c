/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: queueing, waking, and the sleep between.
 *
 * Non-exclusive entries are added at the head, exclusive ones at the tail, so a wake-up that ends after `nr`
 * exclusive ones has passed all others.
 *
 * An entry woken by wait_wake_thread() is taken off by the waker, under the lock. wait_finish() may look
 * without the lock whether that has happened: both links then point to the entry itself, and the waker does
 * not touch the entry after it wrote them.
 */
#include "sync/waitq.h"

#include "core/assert.h"

bool wait_wake_thread(struct wait_entry *we, unsigned states, unsigned long key)
{
	(void)key;
	if (!thread_wake(we->thread, states))
		return false;
	list_del_init(&we->link);
	return true;
}

static inline void waitq_add_locked(struct waitq *wq, struct wait_entry *we)
{
	assert_held(&wq->lock);
	if (we->exclusive)
		list_add_tail(&we->link, &wq->entries);
	else
		list_add(&we->link, &wq->entries);
}

void waitq_add(struct waitq *wq, struct wait_entry *we)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	ASSERT(list_empty(&we->link));
	waitq_add_locked(wq, we);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void waitq_remove(struct waitq *wq, struct wait_entry *we)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	if (!list_empty(&we->link))
		list_del_init(&we->link);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void wait_prepare(struct waitq *wq, struct wait_entry *we, unsigned state)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	if (list_empty(&we->link))
		waitq_add_locked(wq, we);
	set_current_state(state);	/* full barrier; pairs with waitq_active() */
	spin_unlock_irqrestore(&wq->lock, flags);
}

void wait_finish(struct waitq *wq, struct wait_entry *we)
{
	set_current_running();
	if (READ_ONCE(we->link.next) != &we->link || READ_ONCE(we->link.prev) != &we->link)
		waitq_remove(wq, we);
}

int wait_sleep(unsigned state, uint64_t deadline_ns)
{
	if (signal_pending_state(state))
		return -ERESTARTSYS;
	if (deadline_ns == WAIT_FOREVER) {
		schedule();
		return 0;
	}
	return schedule_until(deadline_ns) ? 0 : -ETIMEDOUT;
}

void waitq_wake_locked(struct waitq *wq, unsigned states, unsigned nr, unsigned long key)
{
	struct wait_entry *we, *next;

	assert_held(&wq->lock);
	list_for_each_entry_safe(we, next, &wq->entries, link) {
		bool exclusive = we->exclusive;

		if (we->wake(we, states, key) && exclusive && nr && --nr == 0)
			break;
	}
}

void waitq_wake(struct waitq *wq, unsigned states, unsigned nr, unsigned long key)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	waitq_wake_locked(wq, states, nr, key);
	spin_unlock_irqrestore(&wq->lock, flags);
}

/* SPDX-License-Identifier: MIT */
/*
 * Run queues: what is common to the fair and the real-time class. Invariants in internal.h.
 */
#include "sched/internal.h"

#include "arch/debug.h"
#include "core/assert.h"
#include "lib/string.h"

DEFINE_PER_CPU(struct runq, runq);

void runq_init(struct runq *rq, unsigned cpu, struct thread *idle)
{
	memset(rq, 0, sizeof(*rq));
	spin_lock_init(&rq->lock, "runq");
	rq->cpu = cpu;
	rq->curr = idle;
	rq->idle = idle;
	rq->fair = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&rq->dead);
	for (unsigned i = 0; i <= RT_PRIO_MAX; i++)
		INIT_LIST_HEAD(&rq->rt_queue[i]);
}

/* Put into the tree or list of its class: a thread that is counted already. */
void runq_put(struct runq *rq, struct thread *t)
{
	if (thread_is_rt(t))
		rt_enqueue(rq, t, ENQUEUE_PUT);
	else
		fair_enqueue(rq, t, ENQUEUE_PUT);
}

void runq_enqueue(struct runq *rq, struct thread *t, enum enqueue_why why)
{
	assert_held(&rq->lock);
	ASSERT(!t->on_rq && t->cpu == rq->cpu);
	if (thread_is_rt(t))
		rt_enqueue(rq, t, why);
	else
		fair_enqueue(rq, t, why);
	t->on_rq = 1;
	t->migrating = 0;
	WRITE_ONCE(rq->nr_running, rq->nr_running + 1);
}

/* Take off a queued thread, or account for curr leaving. */
void runq_dequeue(struct runq *rq, struct thread *t)
{
	assert_held(&rq->lock);
	if (t->se.queued) {
		if (thread_is_rt(t))
			rt_dequeue(rq, t);
		else
			fair_dequeue(rq, t);
	}
	t->on_rq = 0;
	WRITE_ONCE(rq->nr_running, rq->nr_running - 1);
}

/* Best queued thread, taken out of its tree or list; NULL: none. */
struct thread *runq_pick(struct runq *rq)
{
	struct thread *t;

	if (likely(!rq->nr_rt))
		return fair_pick(rq);
	t = rt_first(rq);
	if (rt_gives_way(rq, t))
		return fair_pick(rq);
	rt_dequeue(rq, t);
	return t;
}

/* Charge curr for the time since the last call. */
void runq_account(struct runq *rq, uint64_t now)
{
	struct thread *curr = rq->curr;
	uint64_t delta = now - curr->se.exec_start_ns;

	if ((int64_t)delta <= 0)
		return;
	curr->se.exec_start_ns = now;
	WRITE_ONCE(curr->se.sum_exec_ns, curr->se.sum_exec_ns + delta);
	if (curr == rq->idle) {
		WRITE_ONCE(rq->idle_ns, rq->idle_ns + delta);
		return;
	}
	WRITE_ONCE(rq->busy_ns, rq->busy_ns + delta);
	if (thread_is_rt(curr)) {
		rt_account(rq, delta, now);
		return;
	}
	fair_account(rq, curr, delta);
	if (unlikely(rq->rt_spent))
		rt_account(rq, 0, now);
}

/* Should `woken`, just queued, run instead of curr? */
bool runq_preempts(const struct runq *rq, const struct thread *woken)
{
	const struct thread *curr = rq->curr;

	if (curr == rq->idle)
		return true;
	if (thread_is_rt(woken))
		return woken->se.rt_prio > curr->se.rt_prio && (thread_is_rt(curr) || !rq->rt_spent || woken->se.boost);
	if (thread_is_rt(curr))
		return rt_gives_way(rq, curr);
	return fair_preempts(rq, curr, woken);
}

struct runq *runq_lock_thread(struct thread *t, unsigned long *flags)
{
	for (;;) {
		unsigned cpu = READ_ONCE(t->cpu);
		struct runq *rq = cpu_rq(cpu);

		*flags = spin_lock_irqsave(&rq->lock);
		if (likely(t->cpu == cpu))
			return rq;
		spin_unlock_irqrestore(&rq->lock, *flags);
	}
}

unsigned thread_sleeping_trace(struct thread *t, uintptr_t *pc, unsigned max)
{
	unsigned long flags;
	struct runq *rq = runq_lock_thread(t, &flags);
	unsigned n = 0;

	if (t->state != THREAD_RUNNING && t->state != THREAD_NEW && t->state != THREAD_DEAD && !t->on_rq && !t->on_cpu)
		n = arch_backtrace(pc, max, t, NULL);
	spin_unlock_irqrestore(&rq->lock, flags);
	return n;
}

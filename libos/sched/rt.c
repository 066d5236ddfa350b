/* SPDX-License-Identifier: MIT */
/*
 * The real-time class: SCHED_FIFO and SCHED_RR. A list per priority; the highest that is not empty runs, before any
 * fair thread. FIFO runs until it sleeps or yields; RR goes behind its equals after RR_SLICE_NS. Source: sched(7).
 */
#include "sched/internal.h"

#include "core/assert.h"

unsigned rt_top(const struct runq *rq)
{
	if (rq->rt_map[1])
		return 127 - (unsigned)__builtin_clzll(rq->rt_map[1]);
	return rq->rt_map[0] ? 63 - (unsigned)__builtin_clzll(rq->rt_map[0]) : 0;
}

/*
 * A thread that was preempted keeps its place at the head of its list; one that woke, or used up its RR slice,
 * goes to the tail.
 */
void rt_enqueue(struct runq *rq, struct thread *t, enum enqueue_why why)
{
	struct sched_entity *se = &t->se;
	bool slice_over = se->policy == POLICY_RR && se->sum_exec_ns - se->slice_start_ns >= RR_SLICE_NS;

	if (why == ENQUEUE_PUT && !slice_over && !t->yielded)
		list_add(&se->rt_link, &rq->rt_queue[se->rt_prio]);
	else
		list_add_tail(&se->rt_link, &rq->rt_queue[se->rt_prio]);
	t->yielded = false;
	rq->rt_map[se->rt_prio / 64] |= 1UL << (se->rt_prio % 64);
	rq->nr_rt++;
	se->queued = true;
}

void rt_dequeue(struct runq *rq, struct thread *t)
{
	struct sched_entity *se = &t->se;

	list_del_init(&se->rt_link);
	if (list_empty(&rq->rt_queue[se->rt_prio]))
		rq->rt_map[se->rt_prio / 64] &= ~(1UL << (se->rt_prio % 64));
	rq->nr_rt--;
	se->queued = false;
}

struct thread *rt_pick(struct runq *rq)
{
	struct list_head *queue = &rq->rt_queue[rt_top(rq)];
	struct thread *t = list_first_entry(queue, struct thread, se.rt_link);

	ASSERT(!list_empty(queue));
	rt_dequeue(rq, t);
	return t;
}

/* SPDX-License-Identifier: MIT */
/*
 * The real-time class: SCHED_FIFO and SCHED_RR. A list per priority; the highest that is not empty runs, before any
 * fair thread. FIFO runs until it sleeps or yields; RR goes behind its equals after RR_SLICE_NS.
 *
 * A thread that never sleeps would starve all fair ones, kernel threads among them. So the class may use
 * rt_runtime_ns of each rt_period_ns of a CPU; when that is spent, fair threads that wait there go first until the
 * period ends. Where none waits, real-time threads run on. One that runs with an inherited priority is not held up:
 * somebody waits for what it holds. Source: sched(7), "Limiting the CPU usage of real-time and deadline processes".
 */
#include "sched/internal.h"

#include "core/assert.h"
#include "lib/err.h"

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

	if (why == ENQUEUE_WAKE)
		WRITE_ONCE(se->rt_since_ns, se->sum_exec_ns);
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

struct thread *rt_first(const struct runq *rq)
{
	const struct list_head *queue = &rq->rt_queue[rt_top(rq)];

	ASSERT(!list_empty(queue));
	return list_first_entry(queue, struct thread, se.rt_link);
}

void rt_account(struct runq *rq, uint64_t delta, uint64_t now)
{
	if (now - rq->rt_period_ns >= READ_ONCE(sched_state.rt_period_ns)) {
		rq->rt_period_ns = now;
		rq->rt_ran_ns = 0;
	}
	rq->rt_ran_ns += delta;
	rq->rt_spent = rq->rt_ran_ns >= READ_ONCE(sched_state.rt_runtime_ns);
}

bool rt_gives_way(const struct runq *rq, const struct thread *t)
{
	return unlikely(rq->rt_spent) && !t->se.boost && fair_first(rq);
}

void sched_get_rt_limit(struct sched_rt_limit *out)
{
	uint64_t runtime = READ_ONCE(sched_state.rt_runtime_ns);

	out->period_us = READ_ONCE(sched_state.rt_period_ns) / 1000;
	out->runtime_us = runtime == UINT64_MAX ? -1 : (int64_t)(runtime / 1000);
}

int sched_set_rt_limit(const struct sched_rt_limit *limit)
{
	if (limit->period_us < 1 || limit->period_us > INT32_MAX || limit->runtime_us < -1 ||
	    limit->runtime_us > limit->period_us)
		return -EINVAL;
	WRITE_ONCE(sched_state.rt_period_ns, (uint64_t)limit->period_us * 1000);
	WRITE_ONCE(sched_state.rt_runtime_ns,
		   limit->runtime_us < 0 ? UINT64_MAX : (uint64_t)limit->runtime_us * 1000);
	return 0;
}

uint64_t sched_rt_ran_ns(const struct thread *t)
{
	return thread_is_rt(t) ? READ_ONCE(t->se.sum_exec_ns) - READ_ONCE(t->se.rt_since_ns) : 0;
}

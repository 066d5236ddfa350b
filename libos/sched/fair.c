/* SPDX-License-Identifier: MIT */
/*
 * The fair class: SCHED_OTHER, SCHED_BATCH, SCHED_IDLE.
 *
 * Model. Each thread has a virtual run time that grows with its real one divided by its weight; the thread with the
 * least runs next. Over time everybody gets CPU in proportion to weight. Weights fall by a factor of 1.25
 * per nice level; SCHED_IDLE has almost none. A thread that wakes starts at most SLEEP_CREDIT_NS behind the
 * others, so that sleepers are served promptly but cannot save up.
 */
#include "sched/internal.h"

#include "core/assert.h"

/* 1024 / 1.25^nice: the ratios sched(7) describes ("relative weight ... factor of 1.25"). */
static const uint32_t nice_weight[NICE_MAX - NICE_MIN + 1] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921,
	9537, 7629, 6104, 4883, 3906, 3125, 2500, 2000, 1600, 1280,
	1024, 819, 655, 524, 419, 336, 268, 215, 172, 137,
	110, 88, 70, 56, 45, 36, 29, 23, 18, 15,
};
#define IDLE_WEIGHT	3
#define YIELD_COST_NS	1000

void fair_set_weight(struct thread *t)
{
	struct sched_entity *se = &t->se;

	se->weight = se->policy == POLICY_IDLE ? IDLE_WEIGHT : nice_weight[se->nice - NICE_MIN];
	se->inv_weight = (uint32_t)(((uint64_t)1 << 32) / se->weight);
}

/* delta * 1024 / weight */
static inline uint64_t fair_scale(const struct sched_entity *se, uint64_t delta)
{
	if (likely(se->weight == NICE_0_WEIGHT))
		return delta;
	return (uint64_t)(((unsigned __int128)delta * NICE_0_WEIGHT * se->inv_weight) >> 32);
}

struct thread *fair_first(const struct runq *rq)
{
	if (rq->lone)
		return rq->lone;
	return rb_entry_safe(rb_first_cached(&rq->fair), struct thread, se.node);
}

struct thread *fair_next(const struct runq *rq, struct thread *t)
{
	if (t == rq->lone)
		return NULL;
	return rb_entry_safe(rb_next(&t->se.node), struct thread, se.node);
}

/* The least virtual time among curr and the queued, but never back. */
static void fair_update_min(struct runq *rq)
{
	const struct thread *curr = rq->curr, *first = fair_first(rq);
	uint64_t v = rq->min_vruntime;
	bool have = false;

	if (curr->on_rq && curr != rq->idle && !thread_is_rt(curr)) {
		v = curr->se.vruntime;
		have = true;
	}
	if (first && (!have || (int64_t)(first->se.vruntime - v) < 0)) {
		v = first->se.vruntime;
		have = true;
	}
	if (have && (int64_t)(v - rq->min_vruntime) > 0)
		rq->min_vruntime = v;
}

void fair_account(struct runq *rq, struct thread *t, uint64_t delta_ns)
{
	t->se.vruntime += fair_scale(&t->se, delta_ns);
	fair_update_min(rq);
}

static bool fair_less(const struct rb_node *a, const struct rb_node *b)
{
	const struct sched_entity *x = rb_entry(a, struct sched_entity, node);
	const struct sched_entity *y = rb_entry(b, struct sched_entity, node);

	return (int64_t)(x->vruntime - y->vruntime) < 0;
}

/* One thread needs no tree: the common case of two that talk to each other. */
static void fair_insert(struct runq *rq, struct thread *t)
{
	if (!rq->lone && !rb_first_cached(&rq->fair)) {
		rq->lone = t;
		return;
	}
	if (rq->lone) {
		rb_add_cached(&rq->lone->se.node, &rq->fair, fair_less);
		rq->lone = NULL;
	}
	rb_add_cached(&t->se.node, &rq->fair, fair_less);
}

/*
 * MOVE and NEW arrive with a virtual time relative to the queue they come from; WAKE on the CPU it slept on
 * has an absolute one that may be old.
 */
void fair_enqueue(struct runq *rq, struct thread *t, enum enqueue_why why)
{
	struct sched_entity *se = &t->se;
	uint64_t floor = rq->min_vruntime - SLEEP_CREDIT_NS;

	if (t->migrating)
		se->vruntime += rq->min_vruntime;
	if (why == ENQUEUE_NEW)
		se->vruntime = rq->min_vruntime;
	else if (why == ENQUEUE_WAKE && (int64_t)(se->vruntime - floor) < 0)
		se->vruntime = floor;
	fair_insert(rq, t);
	se->queued = true;
}

void fair_dequeue(struct runq *rq, struct thread *t)
{
	if (t == rq->lone)
		rq->lone = NULL;
	else
		rb_erase_cached(&t->se.node, &rq->fair);
	t->se.queued = false;
}

struct thread *fair_pick(struct runq *rq)
{
	struct thread *t = fair_first(rq);

	if (t)
		fair_dequeue(rq, t);
	return t;
}

/*
 * sched_yield(2): behind the first of the others, and a little further each time: two that yield to each
 * other reach the rest.
 */
void fair_yield(struct runq *rq, struct thread *t)
{
	struct thread *first = fair_first(rq);

	t->se.vruntime += fair_scale(&t->se, YIELD_COST_NS);
	if (first && (int64_t)(first->se.vruntime - t->se.vruntime) >= 0)
		t->se.vruntime = first->se.vruntime + 1;
}

bool fair_preempts(const struct runq *rq, const struct thread *curr, const struct thread *woken)
{
	(void)rq;
	if (curr->se.policy == POLICY_IDLE && woken->se.policy != POLICY_IDLE)
		return true;
	if (woken->se.policy != POLICY_NORMAL)
		return false;
	return (int64_t)(curr->se.vruntime - woken->se.vruntime) > (int64_t)fair_scale(&woken->se, WAKE_GRAN_NS);
}

/* Curr ran its slice and somebody with less virtual time waits. */
bool fair_slice_over(const struct runq *rq, const struct thread *curr)
{
	const struct thread *first = fair_first(rq);
	uint64_t ran = curr->se.sum_exec_ns - curr->se.slice_start_ns;

	if (!first)
		return false;
	return ran >= SLICE_NS && (int64_t)(first->se.vruntime - curr->se.vruntime) < 0;
}

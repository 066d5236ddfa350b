/* SPDX-License-Identifier: MIT */
/*
 * What others may change about a thread: policy, nice value, CPUs it may run on.
 *
 * A queued thread is taken off its tree or list, changed, and put back; the running one is charged first and told to
 * look again. Source: sched(7), sched_setscheduler(2), sched_setaffinity(2).
 */
#include "core/assert.h"
#include "lib/err.h"
#include "sched/internal.h"

static bool attrs_valid(const struct sched_attrs *a)
{
	switch (a->policy) {
	case POLICY_FIFO:
	case POLICY_RR:
		return a->rt_prio >= 1 && a->rt_prio <= RT_PRIO_MAX;
	case POLICY_NORMAL:
	case POLICY_BATCH:
	case POLICY_IDLE:
		return a->rt_prio == 0 && a->nice >= NICE_MIN && a->nice <= NICE_MAX;
	}
	return false;
}

/* Fair threads have a virtual time; one that was real-time gets the queue's. */
static void attrs_apply(struct runq *rq, struct thread *t, const struct sched_attrs *a)
{
	bool was_rt = thread_is_rt(t);

	t->se.own_policy = (uint8_t)a->policy;
	t->se.nice = (int8_t)a->nice;
	t->se.own_prio = (uint8_t)a->rt_prio;
	t->se.reset_on_fork = a->reset_on_fork;
	t->se.policy = t->se.own_policy;
	t->se.rt_prio = t->se.own_prio;
	if (t->se.boost > t->se.rt_prio) {
		t->se.rt_prio = t->se.boost;
		t->se.policy = t->se.own_prio ? t->se.own_policy : POLICY_FIFO;
	}
	fair_set_weight(t);
	if (!was_rt && thread_is_rt(t))
		WRITE_ONCE(t->se.rt_since_ns, t->se.sum_exec_ns);
	if (was_rt && !thread_is_rt(t))
		t->se.vruntime = t->migrating ? 0 : rq->min_vruntime;
}

/* Take t off its tree or list, change it, put it back. boost < 0: as it is; attrs NULL: as they are. */
static void attrs_change(struct thread *t, const struct sched_attrs *attrs, int boost)
{
	struct sched_attrs own;
	unsigned long flags;
	struct runq *rq;
	bool queued;

	rq = runq_lock_thread(t, &flags);
	if (boost >= 0)
		t->se.boost = (uint8_t)boost;
	if (!attrs) {
		sched_get_attrs(t, &own);
		attrs = &own;
	}
	queued = t->se.queued;
	if (rq->curr == t)
		runq_account(rq, arch_clock_ns());
	if (queued)
		runq_dequeue(rq, t);
	attrs_apply(rq, t, attrs);
	if (queued)
		runq_enqueue(rq, t, ENQUEUE_MOVE);
	if (t->on_rq && rq->nr_running > 1)
		sched_resched_cpu(rq);
	spin_unlock_irqrestore(&rq->lock, flags);
}

int sched_set_attrs(struct thread *t, const struct sched_attrs *attrs)
{
	if (!attrs_valid(attrs))
		return -EINVAL;
	attrs_change(t, attrs, -1);
	return 0;
}

void sched_set_boost(struct thread *t, int rt_prio)
{
	if (READ_ONCE(t->se.boost) != rt_prio)
		attrs_change(t, NULL, rt_prio);
}

void sched_get_attrs(const struct thread *t, struct sched_attrs *out)
{
	out->policy = READ_ONCE(t->se.own_policy);
	out->nice = READ_ONCE(t->se.nice);
	out->rt_prio = READ_ONCE(t->se.own_prio);
	out->reset_on_fork = READ_ONCE(t->se.reset_on_fork);
}

void sched_set_nice(struct thread *t, int nice)
{
	struct sched_attrs attrs;

	sched_get_attrs(t, &attrs);
	attrs.nice = nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
	ignore_result(sched_set_attrs(t, &attrs));	/* valid by construction */
}

uint64_t sched_slice_ns(const struct thread *t)
{
	switch (READ_ONCE(t->se.policy)) {
	case POLICY_FIFO:
		return 0;
	case POLICY_RR:
		return RR_SLICE_NS;
	default:
		return SLICE_NS;
	}
}

int sched_set_affinity(struct thread *t, cpumask_t mask)
{
	unsigned long flags;
	struct runq *rq;
	bool move;

	if (!(mask & cpus_online()))
		return -EINVAL;
	rq = runq_lock_thread(t, &flags);
	WRITE_ONCE(t->allowed, mask);
	move = t->on_rq && !(mask & cpumask_of(rq->cpu));
	if (move && t->se.queued) {
		runq_dequeue(rq, t);
		t->migrating = 1;
		t->se.vruntime -= rq->min_vruntime;
		WRITE_ONCE(t->cpu, balance_select(t, SELECT_MOVE));
		spin_unlock(&rq->lock);
		sched_place(t, ENQUEUE_MOVE);
		arch_irq_restore(flags);
		return 0;
	}
	if (move)
		sched_resched_cpu(rq);	/* sched_choose() sends it on */
	spin_unlock_irqrestore(&rq->lock, flags);
	if (move && t == current_thread())
		cond_resched();
	return 0;
}

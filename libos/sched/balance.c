/* SPDX-License-Identifier: MIT */
/*
 * Which CPU a thread runs on.
 *
 * Policy. A thread woken by one that is about to sleep (it says so, or has done so before), or just created,
 * starts on the same CPU: no interrupt to another CPU, warm caches; if its CPU stays busy longer than a tick
 * of SPREAD_NS, an idle CPU is told to take it. Other wake-ups go to the CPU the thread last ran on if that
 * is idle, else to any idle one, else back.
 *
 * An idle CPU that finds no thread of its own takes one from the fullest queue: only from queues whose
 * threads were seen to wait (rq->offered) or of three and more, so that two threads that talk to each other
 * are not torn apart.
 */
#include "sched/internal.h"

#include "arch/smp.h"
#include "core/assert.h"
#include "trace/trace.h"

/* Claim an idle CPU of `mask`, `first` if it can be; -1: none. */
static int claim_idle(cpumask_t mask, unsigned first)
{
	cpumask_t idle = READ_ONCE(sched_state.idle) & mask;

	while (idle) {
		unsigned cpu = idle & cpumask_of(first) ? first : cpumask_first(idle);

		if (atomic_word_fetch_clear(&sched_state.idle, cpumask_of(cpu)) & cpumask_of(cpu))
			return (int)cpu;
		idle &= ~cpumask_of(cpu);
	}
	return -1;
}

unsigned balance_select(const struct thread *t, enum select_why why)
{
	cpumask_t online = cpus_online(), mask = READ_ONCE(t->allowed) & online;
	unsigned here = arch_cpu_id(), prev = t->cpu;
	int idle;

	if (online == 1)
		return 0;
	if (unlikely(!mask))
		mask = online;		/* all CPUs it may use are gone */
	if ((why == SELECT_WAKE_SYNC || why == SELECT_NEW) && (mask & cpumask_of(here)) &&
	    READ_ONCE(this_rq()->nr_running) <= (why == SELECT_NEW ? 1 : 2) && !in_irq())
		return here;
	idle = claim_idle(mask, prev);
	if (idle >= 0)
		return (unsigned)idle;
	if (why != SELECT_NEW && (mask & cpumask_of(prev)))
		return prev;
	return mask & cpumask_of(here) ? here : cpumask_first(mask);
}

/* A queued thread of rq that may run on `cpu`; the one waiting longest for its turn first. */
static struct thread *steal_candidate(struct runq *rq, unsigned cpu)
{
	struct thread *t;

	for (t = fair_first(rq); t; t = fair_next(rq, t)) {
		if (t->allowed & cpumask_of(cpu))
			return t;
	}
	for (unsigned prio = rt_top(rq); rq->nr_rt && prio > 0; prio--) {
		list_for_each_entry(t, &rq->rt_queue[prio], se.rt_link) {
			if (t->allowed & cpumask_of(cpu))
				return t;
		}
	}
	return NULL;
}

static bool steal_worth(const struct runq *rq)
{
	unsigned nr = READ_ONCE(rq->nr_running);

	return nr > 2 || (nr == 2 && READ_ONCE(rq->offered));
}

static bool steal_from(struct runq *victim, struct runq *rq)
{
	unsigned long flags = spin_lock_irqsave(&victim->lock);
	struct thread *t = steal_worth(victim) ? steal_candidate(victim, rq->cpu) : NULL;

	if (t) {
		runq_dequeue(victim, t);
		t->migrating = 1;
		t->se.vruntime -= victim->min_vruntime;
		WRITE_ONCE(t->cpu, rq->cpu);
		TRACE(sched_steal, TRACE_SCHED, (uintptr_t)t, victim->cpu, rq->cpu, victim->nr_running);
	}
	spin_unlock(&victim->lock);
	if (t)
		sched_place(t, ENQUEUE_MOVE);
	arch_irq_restore(flags);
	return t;
}

bool balance_steal(struct runq *rq)
{
	struct runq *fullest = NULL;
	unsigned cpu, most = 1;

	for_each_online_cpu(cpu) {
		struct runq *other = cpu_rq(cpu);
		unsigned nr = READ_ONCE(other->nr_running);

		if (other != rq && nr > most && steal_worth(other)) {
			most = nr;
			fullest = other;
		}
	}
	return fullest && steal_from(fullest, rq);
}

void balance_offer(const struct runq *rq)
{
	int cpu = claim_idle(cpus_online() & ~cpumask_of(rq->cpu), rq->cpu);

	if (cpu >= 0)
		arch_ipi_send((unsigned)cpu, IPI_RESCHED);
}

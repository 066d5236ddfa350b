/* SPDX-License-Identifier: MIT */
/*
 * The tick: what a busy CPU does now and then.
 *
 * While one thread has the CPU for itself, every TICK_NS: charges the time, tells user from system time, lets
 * RCU pass, keeps the load averages. While others wait for the CPU, every SPREAD_NS: also ends slices and offers the
 * waiting to idle CPUs. An idle CPU has no tick.
 */
#include "time/tick.h"

#include "arch/regs.h"
#include "core/log.h"
#include "sched/internal.h"

/* Charge the stretch since the last tick to what the tick hit. */
static void tick_sample(struct runq *rq, struct thread *curr, uint64_t now, bool user)
{
	uint64_t stretch = now - rq->last_tick_ns;

	rq->last_tick_ns = now;
	if (stretch > 2 * TICK_NS)
		stretch = 2 * TICK_NS;
	if (!user) {
		WRITE_ONCE(curr->system_sampled_ns, curr->system_sampled_ns + stretch);
		WRITE_ONCE(rq->system_sampled_ns, rq->system_sampled_ns + stretch);
		return;
	}
	WRITE_ONCE(curr->user_sampled_ns, curr->user_sampled_ns + stretch);
	if (curr->se.nice > 0)
		WRITE_ONCE(rq->nice_sampled_ns, rq->nice_sampled_ns + stretch);
	else
		WRITE_ONCE(rq->user_sampled_ns, rq->user_sampled_ns + stretch);
}

static bool tick_slice_over(const struct runq *rq, const struct thread *curr)
{
	if (thread_is_rt(curr))
		return rt_gives_way(rq, curr) ||
		       (rt_top(rq) >= curr->se.rt_prio && curr->se.policy == POLICY_RR &&
			curr->se.sum_exec_ns - curr->se.slice_start_ns >= RR_SLICE_NS);
	return (rq->nr_rt && !rq->rt_spent) || fair_slice_over(rq, curr);
}

/* CPU-time limits: call back when passed; the next tick comes no later than the limit. */
static uint64_t tick_limit(struct thread *curr, uint64_t now, uint64_t next)
{
	uint64_t limit = READ_ONCE(curr->tick_limit_ns), ran = curr->se.sum_exec_ns;

	if (!limit)
		return next;
	if (ran < limit)
		return now + (limit - ran) < next ? now + (limit - ran) : next;
	curr->tick_expired(curr);
	return next;
}

uint64_t sched_tick(uint64_t now_ns)
{
	struct runq *rq = this_rq();
	struct thread *curr;
	bool user = arch_regs_user(irq_regs()), crowded;

	spin_lock(&rq->lock);
	curr = rq->curr;
	runq_account(rq, now_ns);
	if (curr == rq->idle) {
		spin_unlock(&rq->lock);
		return WAIT_FOREVER;
	}
	tick_sample(rq, curr, now_ns, user);
	if (tick_slice_over(rq, curr))
		sched_resched_cpu(rq);
	crowded = rq->nr_running > 1;
	if (crowded && curr->woke) {	/* it goes on, and others wait: no good guess */
		curr->woke = false;
		curr->sleeps_after_wake = 0;
	}
	rq->tick_slow = !crowded;
	WRITE_ONCE(rq->offered, crowded);
	spin_unlock(&rq->lock);
	if (user)
		rcu_quiescent();
	if (rcu_needs_cpu() || rcu_awaited())
		atomic_word_or(&curr->work, (uint32_t)WORK_RESCHED);
	if (crowded)
		balance_offer(rq);
	loadavg_update(now_ns);
	log_wake_pending();
	return tick_limit(curr, now_ns, now_ns + (crowded ? SPREAD_NS : TICK_NS));
}

/* SPDX-License-Identifier: MIT */
/*
 * schedule() and thread_wake(): the two sides of every sleep, and the switch between threads.
 *
 * The run-queue lock is held across the switch: the thread that comes in releases what the one that went out
 * took (sched_finish_switch()). So a waker that holds the lock and finds a thread off the queue knows that it has
 * left its CPU, stack and all.
 *
 *	sleeper						waker
 *	state = X; barrier				condition = true; barrier
 *	condition? no					state == X? yes
 *	schedule(): lock				lock of the thread's CPU
 *	  state still X: off the queue			  state = RUNNING
 *	  switch away; unlock				  off the queue? queue it: here or elsewhere
 *
 * If the waker gets the lock first, the sleeper finds RUNNING and stays.
 *
 * Preemption. The kernel is not preemptible: WORK_RESCHED is heeded on return to user mode, in cond_resched() and in
 * the idle loop.
 */
#include "sched/sched.h"

#include "arch/mmu.h"
#include "arch/smp.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "sched/internal.h"
#include "time/clock.h"
#include "time/tick.h"
#include "trace/trace.h"

/* Defaults of /proc/sys/kernel/sched_rt_runtime_us and sched_rt_period_us. */
struct sched_state sched_state = {
	.rt_runtime_ns = 950 * NSEC_PER_MSEC,
	.rt_period_ns = NSEC_PER_SEC,
};

/* -- Switching ------------------------------------------------------------------------------------------------- */

/* Prev leaves the queue to sleep, or to end. */
static void sched_deactivate(struct runq *rq, struct thread *prev)
{
	if (prev->state & THREAD_UNINTERRUPTIBLE)
		rq->nr_uninterruptible++;
	WRITE_ONCE(prev->nvcsw, prev->nvcsw + 1);
	if (prev->woke) {
		prev->woke = false;
		if (prev->sleeps_after_wake < 3)
			prev->sleeps_after_wake++;
	}
	runq_dequeue(rq, prev);
}

/* Prev may no longer run here: sched_finish_switch() sends it on. */
static void sched_push(struct runq *rq, struct thread *prev)
{
	runq_dequeue(rq, prev);
	prev->migrating = 1;
	prev->se.vruntime -= rq->min_vruntime;
}

/* Who runs next. `preempt`: prev's state does not matter, it stays runnable. */
static struct thread *sched_choose(struct runq *rq, struct thread *prev, bool preempt)
{
	struct thread *next;

	if (prev != rq->idle) {
		if (!preempt && prev->state != THREAD_RUNNING && !signal_pending_state(prev->state)) {
			sched_deactivate(rq, prev);
		} else {
			if (!preempt)
				WRITE_ONCE(prev->state, THREAD_RUNNING);
			if (unlikely(!(prev->allowed & cpumask_of(rq->cpu))))
				sched_push(rq, prev);
			else if (rq->nr_running == 1)
				return prev;
			else
				runq_put(rq, prev);
		}
	}
	next = runq_pick(rq);
	return next ? next : rq->idle;
}

/* Bookkeeping of a thread that gets the CPU. */
static void sched_switch_in(struct runq *rq, struct thread *prev, struct thread *next, uint64_t now)
{
	WRITE_ONCE(rq->switches, rq->switches + 1);
	WRITE_ONCE(rq->curr, next);
	WRITE_ONCE(next->on_cpu, 1);
	next->se.exec_start_ns = now;
	if (next == rq->idle) {
		tick_set(WAIT_FOREVER);
	} else if (prev == rq->idle) {
		rq->last_tick_ns = now;
		rq->tick_slow = rq->nr_running <= 1;
		tick_set(now + (rq->tick_slow ? TICK_NS : SPREAD_NS));
	}
	if (trace_enabled(TRACE_SCHED))
		trace_record_at(now, TP_sched_switch, (uintptr_t)prev, (uintptr_t)next, prev->state);
}

void sched_finish_switch(struct thread *last)
{
	struct runq *rq = this_rq();
	bool pushed = last->migrating;

	smp_store_release(&last->on_cpu, 0);	/* pairs with spinners' reads: mutex.c */
	if (unlikely(last->state == THREAD_DEAD))
		list_add(&last->se.rt_link, &rq->dead);
	if (unlikely(pushed))
		last->cpu = balance_select(last, SELECT_MOVE);
	spin_unlock(&rq->lock);
	if (unlikely(pushed))
		sched_place(last, ENQUEUE_MOVE);
}

/* Let the best thread run; returns when the caller's runs again. Interrupts off. */
void sched_switch(bool preempt)
{
	struct runq *rq = this_rq();
	struct thread *prev = arch_current(), *next;
	uint64_t now;

	spin_lock(&rq->lock);
	now = arch_clock_ns();
	runq_account(rq, now);
	if (READ_ONCE(prev->work) & WORK_RESCHED)
		atomic_word_clear(&prev->work, (uint32_t)WORK_RESCHED);
	next = sched_choose(rq, prev, preempt);
	next->se.slice_start_ns = next->se.sum_exec_ns;
	if (next == prev) {
		spin_unlock(&rq->lock);
		return;
	}
	if (preempt)
		WRITE_ONCE(prev->nivcsw, prev->nivcsw + 1);
	sched_switch_in(rq, prev, next, now);
	if (unlikely(prev->switched != NULL))
		prev->switched(prev, /*in=*/false);
	if (next->mm != prev->mm)
		arch_mm_activate(next->mm);
	prev = arch_thread_switch(prev, next);
	sched_finish_switch(prev);
	next = arch_current();
	if (unlikely(next->switched != NULL))
		next->switched(next, /*in=*/true);
}

void schedule(void)
{
	struct thread *t = arch_current();

	might_sleep();
	if (unlikely(t->plug != NULL))
		t->plug->flush(t->plug);
	arch_irq_disable();
	rcu_quiescent();
	sched_switch(/*preempt=*/false);
	arch_irq_enable();
	if (unlikely(!list_empty(&this_rq()->dead)))
		sched_reap();
}

/* The same for a thread that stays runnable. */
static void schedule_preempt(void)
{
	might_sleep();
	arch_irq_disable();
	rcu_quiescent();
	sched_switch(/*preempt=*/true);
	arch_irq_enable();
	if (unlikely(!list_empty(&this_rq()->dead)))
		sched_reap();
	if (unlikely(rcu_needs_cpu()))
		rcu_process();
}

void cond_resched_slow(void)
{
	schedule_preempt();
}

void sched_exit_work(void)
{
	schedule_preempt();
}

void sched_yield_cpu(void)
{
	struct runq *rq;
	struct thread *t = arch_current();

	might_sleep();
	arch_irq_disable();
	rcu_quiescent();
	rq = this_rq();
	if (READ_ONCE(rq->nr_running) > 1) {
		spin_lock(&rq->lock);
		runq_account(rq, arch_clock_ns());
		if (thread_is_rt(t))
			t->yielded = true;
		else
			fair_yield(rq, t);
		spin_unlock(&rq->lock);
		sched_switch(/*preempt=*/true);
	}
	arch_irq_enable();
}

/* First code of a new thread. */
void sched_thread_start(struct thread *prev)
{
	struct thread *t = arch_current();

	sched_finish_switch(prev);
	if (t->switched)
		t->switched(t, /*in=*/true);
	arch_irq_enable();
	if (unlikely(!list_empty(&this_rq()->dead)))
		sched_reap();
}

void thread_exit(void)
{
	struct thread *t = arch_current();

	lockdep_assert_none_held("thread_exit");
	VERIFY(!t->mm);
	TRACE(sched_exit, TRACE_SCHED, (uintptr_t)t, t->se.sum_exec_ns, t->nvcsw, t->nivcsw);
	atomic_dec(&sched_state.nr_threads);
	arch_irq_disable();
	rcu_quiescent();
	WRITE_ONCE(t->state, THREAD_DEAD);
	sched_switch(/*preempt=*/false);
	panic("thread %s (%p) ran after its end", t->name, (void *)t);
}

/* -- Waking ---------------------------------------------------------------------------------------------------- */

/* Make the CPU of rq look for a better thread soon. */
void sched_resched_cpu(struct runq *rq)
{
	uint32_t old = atomic_word_fetch_or(&READ_ONCE(rq->curr)->work, (uint32_t)WORK_RESCHED);

	if (rq->cpu != arch_cpu_id() && !(old & WORK_RESCHED))
		arch_ipi_send(rq->cpu, IPI_RESCHED);
}

/* A thread was queued on rq: arrange for it to run in time. */
static void sched_queued(struct runq *rq, struct thread *t)
{
	bool here = rq->cpu == arch_cpu_id();

	assert_held(&rq->lock);
	if (rq->curr != rq->idle && (!here || rq->tick_slow)) {
		uint64_t now = arch_clock_ns();

		runq_account(rq, now);
		if (here) {
			rq->tick_slow = false;
			tick_set(now + SPREAD_NS);
		}
	}
	if (runq_preempts(rq, t))
		sched_resched_cpu(rq);
}

void sched_place(struct thread *t, enum enqueue_why why)
{
	struct runq *rq = cpu_rq(t->cpu);

	spin_lock(&rq->lock);
	while (unlikely(!(t->allowed & cpumask_of(rq->cpu)))) {
		WRITE_ONCE(t->cpu, balance_select(t, SELECT_MOVE));
		spin_unlock(&rq->lock);
		rq = cpu_rq(t->cpu);
		spin_lock(&rq->lock);
	}
	runq_enqueue(rq, t, why);
	sched_queued(rq, t);
	spin_unlock(&rq->lock);
}

/* t is off its queue, state RUNNING now, its queue's lock held: queue it where it had best run. Releases the lock. */
static void sched_wake_queued_out(struct runq *rq, struct thread *t, bool sync)
{
	unsigned cpu = balance_select(t, sync ? SELECT_WAKE_SYNC : SELECT_WAKE);

	TRACE(sched_wake, TRACE_WAKE, (uintptr_t)t, cpu, 0, arch_cpu_id());
	if (likely(cpu == rq->cpu)) {
		runq_enqueue(rq, t, ENQUEUE_WAKE);
		sched_queued(rq, t);
		spin_unlock(&rq->lock);
		return;
	}
	t->migrating = 1;
	t->se.vruntime -= rq->min_vruntime;
	WRITE_ONCE(t->cpu, cpu);
	spin_unlock(&rq->lock);
	sched_place(t, ENQUEUE_WAKE);
}

/* Does the current thread usually sleep soon after it woke another? Then that is as good as WAKE_SYNC. */
static bool sched_expect_sleep(void)
{
	struct thread *me = arch_current();

	if (in_irq())
		return false;
	me->woke = true;
	return me->sleeps_after_wake >= SLEEPS_ASSUMED;
}

bool thread_wake(struct thread *t, unsigned states)
{
	unsigned long flags;
	struct runq *rq;
	uint32_t state;

	smp_mb();	/* the caller's condition, then the state; pairs with set_current_state() */
	if (!(READ_ONCE(t->state) & states & ~WAKE_SYNC))
		return false;
	rq = runq_lock_thread(t, &flags);
	state = t->state;
	if (!(state & states)) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return false;
	}
	WRITE_ONCE(t->state, THREAD_RUNNING);
	if (t->on_rq) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return true;
	}
	if (state & THREAD_UNINTERRUPTIBLE)
		rq->nr_uninterruptible--;
	sched_wake_queued_out(rq, t, (states & WAKE_SYNC) || sched_expect_sleep());
	arch_irq_restore(flags);
	return true;
}

/* Make a thread that executes in user mode on another CPU enter the kernel. */
static void thread_kick(const struct thread *t)
{
	unsigned cpu = READ_ONCE(t->cpu);

	if (READ_ONCE(t->on_cpu) && cpu != arch_cpu_id())
		arch_ipi_send(cpu, IPI_RESCHED);
}

void thread_set_work(struct thread *t, uint32_t bits)
{
	uint32_t old = atomic_word_fetch_or(&t->work, bits);

	if (~old & bits & WORK_EXIT_MASK)
		thread_kick(t);
}

void thread_signal(struct thread *t, bool fatal)
{
	unsigned states = THREAD_INTERRUPTIBLE;

	if (fatal)
		states |= THREAD_WAKEKILL | THREAD_STOPPED | THREAD_TRACED;
	atomic_word_or(&t->work, (uint32_t)(fatal ? WORK_SIGNAL | WORK_KILL : WORK_SIGNAL));
	if (!thread_wake(t, states))
		thread_kick(t);
}

/* Another CPU wants this one to look at its queue, or RCU wants it to pass by. */
void sched_ipi(void)
{
	struct thread *t = arch_current();

	if (t != this_rq()->idle)
		atomic_word_or(&t->work, (uint32_t)WORK_RESCHED);
}

struct thread *sched_cpu_current(unsigned cpu)
{
	return READ_ONCE(cpu_rq(cpu)->curr);
}

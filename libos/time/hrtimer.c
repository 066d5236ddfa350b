/* SPDX-License-Identifier: MIT */
/*
 * hrtimer: per-CPU ordered timers, the one-shot interrupt, and the scheduler's tick deadline.
 *
 * Invariants
 *  (1) A queued timer is in the tree of t->cpu, under that CPU's lock.
 *  (2) The hardware is armed for the earliest of: first timer of each clock, tick. It may be armed earlier
 *      (a cancelled timer's deadline): then the interrupt finds nothing due and arms anew.
 *  (3) `running` is the timer whose function executes on that CPU; a timer is freed only after
 *      hrtimer_cancel() saw that it is nobody's.
 *
 * Arming costs a device access or an exit to a hypervisor, so it is done only when something earlier comes.
 *
 * Locking. base->lock is irq-safe. Functions run without it, with interrupts off.
 */
#include "time/hrtimer.h"

#include "arch/clock.h"
#include "arch/irq.h"
#include "arch/smp.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "sched/smp.h"
#include "sync/block.h"
#include "sync/percpu.h"
#include "sync/spinlock.h"
#include "time/clock.h"
#include "time/internal.h"
#include "time/tick.h"
#include "trace/trace.h"

/* Field legend: [b] lock, [c] own CPU with interrupts off */
struct timer_base {
	struct spinlock lock;
	struct rb_root_cached tree[HRTIMER_CLOCKS];	/* [b] */
	struct hrtimer *running;	/* [b] */
	uint64_t tick_ns;		/* [c] scheduler's deadline; WAIT_FOREVER: none */
	uint64_t armed_ns;		/* [c] what the hardware is set to; WAIT_FOREVER: nothing */
	bool ready;			/* [c] the fields above are initialised */
};
static DEFINE_PER_CPU(struct timer_base, timer_base);

/* This CPU's base; set up on first use, as CPUs come up at any time. Interrupts off. */
static struct timer_base *this_base(void)
{
	struct timer_base *base = this_cpu_ptr(&timer_base);

	if (unlikely(!base->ready)) {
		spin_lock_init(&base->lock, "hrtimer");
		for (unsigned i = 0; i < HRTIMER_CLOCKS; i++)
			base->tree[i] = RB_ROOT_CACHED;
		base->tick_ns = WAIT_FOREVER;
		base->armed_ns = WAIT_FOREVER;
		base->ready = true;
	}
	return base;
}

static bool timer_less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct hrtimer, node)->expires_ns < rb_entry(b, struct hrtimer, node)->expires_ns;
}

/* Expiry on the monotonic scale; 0: long past. */
static uint64_t timer_mono_ns(const struct hrtimer *t)
{
	int64_t offset;

	if (t->clock == HRTIMER_MONOTONIC)
		return t->expires_ns;
	offset = clock_realtime_offset_ns();
	return (int64_t)t->expires_ns > offset ? t->expires_ns - (uint64_t)offset : 0;
}

static void base_arm(struct timer_base *base, uint64_t deadline_ns)
{
	if (deadline_ns >= base->armed_ns)
		return;
	base->armed_ns = deadline_ns;
	arch_timer_set(deadline_ns);
}

static struct hrtimer *base_first_locked(struct timer_base *base, enum hrtimer_clock clock)
{
	assert_held(&base->lock);
	return rb_entry_safe(rb_first_cached(&base->tree[clock]), struct hrtimer, node);
}

/* Earliest deadline of the base, tick included. */
static uint64_t base_next_locked(struct timer_base *base)
{
	uint64_t next = base->tick_ns;

	assert_held(&base->lock);
	for (unsigned clock = 0; clock < HRTIMER_CLOCKS; clock++) {
		struct hrtimer *t = base_first_locked(base, clock);

		if (t && timer_mono_ns(t) < next)
			next = timer_mono_ns(t);
	}
	return next;
}

static void base_remove_locked(struct timer_base *base, struct hrtimer *t)
{
	assert_held(&base->lock);
	rb_erase_cached(&t->node, &base->tree[t->clock]);
	WRITE_ONCE(t->state, HRTIMER_IDLE);
}

static void base_insert_locked(struct timer_base *base, struct hrtimer *t)
{
	assert_held(&base->lock);
	WRITE_ONCE(t->cpu, arch_cpu_id());
	WRITE_ONCE(t->state, HRTIMER_QUEUED);
	if (rb_add_cached(&t->node, &base->tree[t->clock], timer_less))
		base_arm(base, timer_mono_ns(t));
}

void hrtimer_init(struct hrtimer *t, enum hrtimer_clock clock, hrtimer_fn fn)
{
	t->fn = fn;
	t->clock = (uint8_t)clock;
	t->state = HRTIMER_IDLE;
	t->expires_ns = 0;
	if (unlikely(!this_cpu_ptr(&timer_base)->ready)) {
		unsigned long flags = arch_irq_save();

		this_base();	/* its lock will be asked for, from anywhere */
		arch_irq_restore(flags);
	}
	t->cpu = arch_cpu_id();
}

/* Lock the base a timer is on or was last on. Interrupts off. */
static struct timer_base *timer_lock_base(const struct hrtimer *t)
{
	for (;;) {
		unsigned cpu = READ_ONCE(t->cpu);
		struct timer_base *base = cpu == arch_cpu_id() ? this_base() : per_cpu_ptr(&timer_base, cpu);

		spin_lock(&base->lock);
		if (likely(READ_ONCE(t->cpu) == cpu))
			return base;
		spin_unlock(&base->lock);
	}
}

void hrtimer_start(struct hrtimer *t, uint64_t expires_ns)
{
	unsigned long flags = arch_irq_save();
	struct timer_base *mine = this_base(), *base = timer_lock_base(t);

	if (t->state == HRTIMER_QUEUED)
		base_remove_locked(base, t);
	/* A function that runs elsewhere finishes there: stay, so that one lock tells all about it. */
	if (base != mine && base->running != t) {
		WRITE_ONCE(t->cpu, arch_cpu_id());
		spin_unlock(&base->lock);
		base = mine;
		spin_lock(&base->lock);
	}
	t->expires_ns = expires_ns;
	if (base == mine) {
		base_insert_locked(base, t);
		spin_unlock_irqrestore(&base->lock, flags);
		return;
	}
	WRITE_ONCE(t->state, HRTIMER_QUEUED);
	rb_add_cached(&t->node, &base->tree[t->clock], timer_less);
	spin_unlock_irqrestore(&base->lock, flags);	/* that CPU is in timer_interrupt(): it arms on its way out */
}

void hrtimer_start_rel(struct hrtimer *t, uint64_t delay_ns)
{
	uint64_t now = t->clock == HRTIMER_REALTIME ? clock_realtime_ns() : clock_ns();

	hrtimer_start(t, clock_deadline(now, delay_ns));
}

int hrtimer_try_cancel(struct hrtimer *t)
{
	unsigned long flags;
	struct timer_base *base;
	int result;

	flags = arch_irq_save();
	base = timer_lock_base(t);
	if (t->state == HRTIMER_QUEUED) {
		base_remove_locked(base, t);
		result = base->running == t && base != this_base() ? -1 : 1;
	} else {
		result = base->running == t && base != this_base() ? -1 : 0;
	}
	spin_unlock_irqrestore(&base->lock, flags);
	return result;
}

bool hrtimer_cancel(struct hrtimer *t)
{
	bool was_queued = hrtimer_active(t);
	int result;

	while ((result = hrtimer_try_cancel(t)) < 0)
		arch_cpu_relax();
	return was_queued || result;
}

int64_t hrtimer_remaining(const struct hrtimer *t)
{
	uint64_t now = t->clock == HRTIMER_REALTIME ? clock_realtime_ns() : clock_ns();

	return (int64_t)(READ_ONCE(t->expires_ns) - now);
}

uint64_t hrtimer_forward(struct hrtimer *t, uint64_t interval_ns)
{
	uint64_t now = t->clock == HRTIMER_REALTIME ? clock_realtime_ns() : clock_ns();
	uint64_t steps;

	if (now < t->expires_ns)
		return 0;
	steps = (now - t->expires_ns) / interval_ns + 1;
	t->expires_ns += steps * interval_ns;
	return steps;
}

/* First timer that is due; NULL: none. */
static struct hrtimer *base_due_locked(struct timer_base *base, uint64_t now)
{
	assert_held(&base->lock);
	for (unsigned clock = 0; clock < HRTIMER_CLOCKS; clock++) {
		struct hrtimer *t = base_first_locked(base, clock);

		if (t && timer_mono_ns(t) <= now)
			return t;
	}
	return NULL;
}

static void base_run_locked(struct timer_base *base, struct hrtimer *t, uint64_t now)
{
	bool again;

	assert_held(&base->lock);
	base_remove_locked(base, t);
	base->running = t;
	spin_unlock(&base->lock);
	TRACE(timer_fire, TRACE_TIMER, (uintptr_t)t, (uintptr_t)t->fn, t->expires_ns, now - t->expires_ns);
	again = t->fn(t);
	spin_lock(&base->lock);
	/* `t` may be freed by now unless it wants to be queued again; who restarted it meanwhile has the say. */
	if (again && t->state == HRTIMER_IDLE)
		base_insert_locked(base, t);
	base->running = NULL;
}

void timer_interrupt(void)
{
	struct timer_base *base = this_base();
	uint64_t now = clock_ns();
	struct hrtimer *t;

	base->armed_ns = WAIT_FOREVER;
	spin_lock(&base->lock);
	while ((t = base_due_locked(base, now))) {
		base_run_locked(base, t, now);
		now = clock_ns();
	}
	spin_unlock(&base->lock);
	if (now >= base->tick_ns) {
		base->tick_ns = WAIT_FOREVER;
		base->tick_ns = sched_tick(now);
	}
	spin_lock(&base->lock);
	now = base_next_locked(base);
	spin_unlock(&base->lock);
	if (now != WAIT_FOREVER)
		base_arm(base, now);
}

void tick_set(uint64_t deadline_ns)
{
	struct timer_base *base = this_base();

	base->tick_ns = deadline_ns;
	base_arm(base, deadline_ns);
}

/* The realtime clock stepped: this CPU's realtime timers may be due earlier. Interrupts off. */
static void timer_rearm_here(void *arg)
{
	struct timer_base *base = this_base();
	uint64_t next;

	(void)arg;
	spin_lock(&base->lock);
	next = base_next_locked(base);
	spin_unlock(&base->lock);
	base_arm(base, next);
}

void timer_clock_was_set(void)
{
	smp_call_all(timer_rearm_here, NULL);
}

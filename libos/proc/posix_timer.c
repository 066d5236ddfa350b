/* SPDX-License-Identifier: MIT */
/*
 * POSIX timers: timer_create(2) and its family on high-resolution timers.
 *
 * A timer has at most one signal queued. Periods that pass until it is taken are counted then, and the timer goes on
 * from there: however short its period, it costs one interrupt a signal. The count goes out with the signal
 * (si_overrun) and to timer_getoverrun(2).
 *
 * Locking. The list and all state of timers: the process's sighand lock. The timer function takes it in
 * interrupt context, so a timer is cancelled without it: first off the list, then hrtimer_cancel(), then freed.
 */
#include "proc/posix_timer.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "time/clock.h"

#define TIMERS_MAX	4096	/* per process; Linux charges RLIMIT_SIGPENDING */
#define SLOW_NS		NSEC_PER_MSEC	/* between looks at a timer whose signal is ignored */

static struct posix_timer *timer_find_locked(struct process *p, int id)
{
	struct posix_timer *t;

	assert_held(&p->leader->sighand->lock);
	list_for_each_entry(t, &p->posix_timers, link) {
		if (t->id == id)
			return t;
	}
	return NULL;
}

/* Whom the signal goes to; NULL: that thread has ended. */
static struct task *timer_target(const struct posix_timer *t)
{
	struct task *task;

	if (!t->thread)
		return t->process->leader;
	list_for_each_entry(task, &t->process->tasks, group_link) {
		if (task->pid == t->thread)
			return task;
	}
	return NULL;
}

/* Queue the timer's signal: t->queued, unless it is ignored or there is no room. The sighand lock is held. */
static void timer_signal(struct posix_timer *t)
{
	struct task *target = timer_target(t);
	struct sigpending *pending;
	siginfo_t info;
	int err;

	if (!target)
		return;
	pending = t->thread ? &target->pending : &t->process->shared_pending;
	siginfo_init(&info, t->signo, SI_TIMER, NULL);
	info.si_tid = t->id;
	info.si_value = t->value;
	/* A signal of that number may be pending already. The timer's own is queued all the same: it is counted on. */
	if (t->signo < SIGRTMIN && (pending->set & SIGMASK(t->signo)))
		err = sigpending_add(pending, target, &info, /*force=*/true);
	else
		err = signal_send_locked(target, &info, t->thread ? SIGNAL_THREAD : SIGNAL_PROCESS);
	t->queued = !err && (pending->set & SIGMASK(t->signo));
}

/* Move on past now. How many times it expired. */
static uint64_t timer_forward(struct posix_timer *t, uint64_t now)
{
	uint64_t steps;

	if (t->expires_ns > now)
		return 0;
	steps = (now - t->expires_ns) / t->interval_ns + 1;
	t->expires_ns += steps * t->interval_ns;
	return steps;
}

/*
 * The time has come. A periodic timer whose signal is queued stands still until that is taken; on a clock of CPU time,
 * which is looked at now and then anyway, it goes on. Nobody waits for a signal that is ignored: it goes on slowly.
 */
static void timer_expire_locked(struct posix_timer *t, uint64_t now)
{
	uint64_t steps;

	assert_held(&t->process->leader->sighand->lock);
	if (t->queued)
		t->overrun++;
	else
		timer_signal(t);
	if (!t->interval_ns) {
		t->armed = false;
	} else if (t->queued && !t->cpu.pid) {
		t->waiting = true;
	} else {
		steps = timer_forward(t, now);
		if (t->queued)
			t->overrun += steps - 1;
		else
			timer_forward(t, now + SLOW_NS);
	}
}

static uint64_t timer_now(const struct posix_timer *t)
{
	uint64_t now = 0;

	if (!t->cpu.pid)
		return t->timer.clock == HRTIMER_REALTIME ? clock_realtime_ns() : clock_ns();
	ignore_result(cpu_clock_read(&t->cpu, &now));	/* gone: it never gets there */
	return now;
}

static bool timer_fired(struct hrtimer *timer)
{
	struct posix_timer *t = container_of(timer, struct posix_timer, timer);
	uint64_t now = timer_now(t), wait = 0;
	unsigned long flags;
	struct sighand *sh;
	bool again;

	if (t->cpu.pid)
		wait = cpu_clock_wait_ns(&t->cpu, t->expires_ns > now ? t->expires_ns - now : t->interval_ns);
	sh = sighand_lock(t->process->leader, &flags);
	if (!sh)
		return false;
	if (t->armed && now >= t->expires_ns)
		timer_expire_locked(t, now);
	again = t->armed && !t->waiting;
	timer->expires_ns = t->cpu.pid ? clock_ns() + wait : t->expires_ns;
	sighand_unlock(sh, flags);
	return again;
}

void posix_timer_taken(siginfo_t *info)
{
	struct posix_timer *t = timer_find_locked(current->process, info->si_tid);

	if (!t || !t->queued)
		return;
	t->queued = false;
	if (t->waiting) {
		t->waiting = false;
		t->overrun += timer_forward(t, timer_now(t)) - 1;
		hrtimer_start(&t->timer, t->expires_ns);
	}
	t->overrun_last = min(t->overrun, (uint64_t)INT_MAX);
	t->overrun = 0;
	info->si_overrun = (int)t->overrun_last;
}

void posix_timers_dropped_locked(struct process *p, uint64_t mask)
{
	struct posix_timer *t;

	assert_held(&p->leader->sighand->lock);
	list_for_each_entry(t, &p->posix_timers, link) {
		if (!t->queued || !(mask & SIGMASK(t->signo)))
			continue;
		t->queued = false;
		t->overrun = 0;
		if (t->waiting) {
			t->waiting = false;
			timer_forward(t, timer_now(t) + SLOW_NS);
			hrtimer_start(&t->timer, t->expires_ns);
		}
	}
}

static void timer_free(struct posix_timer *t)
{
	hrtimer_cancel(&t->timer);
	if (t->thread)
		pid_put(t->thread);
	cpu_clock_close(&t->cpu);
	kfree(t);
}

int posix_timer_create(const struct posix_timer *spec)
{
	struct process *p = current->process;
	struct posix_timer *t = kmalloc(sizeof(*t), GFP_KERNEL), *other;
	unsigned nr = 0;
	int id = 0;

	if (!t)
		return -ENOMEM;
	*t = *spec;
	t->process = p;
	hrtimer_init(&t->timer, HRTIMER_MONOTONIC, timer_fired);
	spin_lock_irq(&current->sighand->lock);
	list_for_each_entry(other, &p->posix_timers, link)
		nr++;
	if (nr < TIMERS_MAX) {
		do {
			id = p->next_timer_id;
			p->next_timer_id = id == INT_MAX ? 0 : id + 1;
		} while (timer_find_locked(p, id));
		t->id = id;
		if (t->default_value)
			t->value.sival_int = id;
		list_add_tail(&t->link, &p->posix_timers);
	}
	spin_unlock_irq(&current->sighand->lock);
	if (nr < TIMERS_MAX)
		return id;
	kfree(t);
	return -EAGAIN;
}

static int64_t clock_skew_ns(int clock)
{
	return clock == CLOCK_TAI ? clock_tai_offset() * (int64_t)NSEC_PER_SEC : 0;
}

static bool clock_is_realtime(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM || clock == CLOCK_TAI;
}

/* now: timer_now(). The sighand lock is held. */
static void timer_read(struct posix_timer *t, uint64_t now, struct posix_timer_value *out)
{
	out->interval_ns = t->interval_ns;
	out->value_ns = 0;
	if (!t->armed)
		return;
	/* One that stands still is where it would be. */
	if (t->interval_ns && t->notify == SIGEV_NONE)
		timer_forward(t, now);
	else if (t->waiting && t->expires_ns <= now)
		out->value_ns = t->interval_ns - (now - t->expires_ns) % t->interval_ns;
	if (!out->value_ns)
		out->value_ns = t->expires_ns > now ? t->expires_ns - now : t->notify != SIGEV_NONE;
}

/* Off the list while it is cancelled, so that nobody else finds it; other threads of the process get -EINVAL then. */
static struct posix_timer *timer_take(int id)
{
	struct posix_timer *t;

	spin_lock_irq(&current->sighand->lock);
	t = timer_find_locked(current->process, id);
	if (t)
		list_del_init(&t->link);
	spin_unlock_irq(&current->sighand->lock);
	return t;
}

/* now: by the clock it will run on. */
static void timer_arm(struct posix_timer *t, bool abstime, const struct posix_timer_value *new, uint64_t now)
{
	int64_t when = (int64_t)new->value_ns - clock_skew_ns(t->clock);

	t->expires_ns = abstime ? (uint64_t)max(when, (int64_t)0) : clock_deadline(now, new->value_ns);
	t->armed = true;
	if (t->notify == SIGEV_NONE)
		return;					/* nothing happens when it is due: it is only read */
	if (t->cpu.pid)
		hrtimer_start_rel(&t->timer, 0);	/* looks how long it takes */
	else
		hrtimer_start(&t->timer, t->expires_ns);
}

int posix_timer_set(int id, bool abstime, const struct posix_timer_value *new, struct posix_timer_value *old)
{
	struct posix_timer *t = timer_take(id);
	bool realtime;
	uint64_t now;

	if (!t)
		return -EINVAL;
	now = timer_now(t);
	hrtimer_cancel(&t->timer);
	spin_lock_irq(&current->sighand->lock);
	if (old)
		timer_read(t, now, old);
	t->interval_ns = new->value_ns ? new->interval_ns : 0;
	t->overrun = t->overrun_last = 0;
	t->armed = t->waiting = false;
	spin_unlock_irq(&current->sighand->lock);
	/* A relative time is not moved by steps of the realtime clock. */
	realtime = abstime && clock_is_realtime(t->clock);
	hrtimer_init(&t->timer, realtime ? HRTIMER_REALTIME : HRTIMER_MONOTONIC, timer_fired);
	now = timer_now(t);
	spin_lock_irq(&current->sighand->lock);
	if (new->value_ns)
		timer_arm(t, abstime, new, now);
	list_add_tail(&t->link, &current->process->posix_timers);
	spin_unlock_irq(&current->sighand->lock);
	return 0;
}

int posix_timer_get(int id, struct posix_timer_value *out)
{
	struct cpu_clock cpu = { .pid = NULL };
	struct posix_timer *t;
	uint64_t now = 0;

	spin_lock_irq(&current->sighand->lock);
	t = timer_find_locked(current->process, id);
	if (t && t->cpu.pid) {
		cpu = t->cpu;
		pid_get(cpu.pid);
	} else if (t) {
		timer_read(t, timer_now(t), out);
	}
	spin_unlock_irq(&current->sighand->lock);
	if (!cpu.pid)
		return t ? 0 : -EINVAL;
	ignore_result(cpu_clock_read(&cpu, &now));	/* without the sighand lock, which comes after the tree's */
	cpu_clock_close(&cpu);
	spin_lock_irq(&current->sighand->lock);
	t = timer_find_locked(current->process, id);
	if (t)
		timer_read(t, now, out);
	spin_unlock_irq(&current->sighand->lock);
	return t ? 0 : -EINVAL;
}

int posix_timer_overrun(int id)
{
	struct posix_timer *t;
	int overrun = -EINVAL;

	spin_lock_irq(&current->sighand->lock);
	t = timer_find_locked(current->process, id);
	if (t)
		overrun = (int)t->overrun_last;
	spin_unlock_irq(&current->sighand->lock);
	return overrun;
}

int posix_timer_delete(int id)
{
	struct posix_timer *t = timer_take(id);

	if (!t)
		return -EINVAL;
	timer_free(t);
	return 0;
}

void posix_timers_free(struct process *p)
{
	while (!list_empty(&p->posix_timers)) {
		struct posix_timer *t = list_first_entry(&p->posix_timers, struct posix_timer, link);

		list_del_init(&t->link);
		timer_free(t);
	}
}

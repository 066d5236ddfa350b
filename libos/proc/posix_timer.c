/* SPDX-License-Identifier: MIT */
/*
 * POSIX timers: timer_create(2) and its family on high-resolution timers.
 *
 * A timer has at most one signal queued. Expirations while it waits are counted; the count goes out with the signal
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

/* The sighand lock is held. */
static void timer_signal(struct posix_timer *t)
{
	struct task *target = timer_target(t);
	struct sigpending *pending;
	siginfo_t info;

	if (t->notify == SIGEV_NONE || !target)
		return;
	pending = t->thread ? &target->pending : &t->process->shared_pending;
	if (t->queued && (pending->set & SIGMASK(t->signo))) {
		t->overrun++;
		return;
	}
	siginfo_init(&info, t->signo, SI_TIMER, NULL);
	info.si_tid = t->id;
	info.si_overrun = 0;
	info.si_value = t->value;
	t->queued = true;
	ignore_result(signal_send_locked(target, &info, t->thread ? SIGNAL_THREAD : SIGNAL_PROCESS));
}

static bool timer_fired(struct hrtimer *timer)
{
	struct posix_timer *t = container_of(timer, struct posix_timer, timer);
	unsigned long flags;
	struct sighand *sh = sighand_lock(t->process->leader, &flags);
	bool again = false;

	if (!sh)
		return false;
	timer_signal(t);
	if (t->interval_ns) {
		uint64_t steps = hrtimer_forward(timer, t->interval_ns);

		if (t->queued && steps > 1)
			t->overrun += (unsigned)(steps - 1);
		again = true;
	}
	sighand_unlock(sh, flags);
	return again;
}

void posix_timer_taken(siginfo_t *info)
{
	struct posix_timer *t = timer_find_locked(current->process, info->si_tid);

	if (!t || !t->queued)
		return;
	t->queued = false;
	t->overrun_last = t->overrun;
	t->overrun = 0;
	info->si_overrun = (int)t->overrun_last;
}

static void timer_free(struct posix_timer *t)
{
	hrtimer_cancel(&t->timer);
	if (t->thread)
		pid_put(t->thread);
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

static void timer_read(const struct posix_timer *t, struct posix_timer_value *out)
{
	int64_t left = hrtimer_active(&t->timer) ? hrtimer_remaining(&t->timer) : 0;

	out->interval_ns = t->interval_ns;
	out->value_ns = !hrtimer_active(&t->timer) ? 0 : left > 0 ? (uint64_t)left : 1;
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

static void timer_arm(struct posix_timer *t, bool abstime, const struct posix_timer_value *new)
{
	bool realtime = abstime && clock_is_realtime(t->clock);
	int64_t when = (int64_t)new->value_ns - clock_skew_ns(t->clock);

	/* A relative time is not moved by steps of the realtime clock. */
	hrtimer_init(&t->timer, realtime ? HRTIMER_REALTIME : HRTIMER_MONOTONIC, timer_fired);
	if (abstime)
		hrtimer_start(&t->timer, when > 0 ? (uint64_t)when : 0);
	else
		hrtimer_start_rel(&t->timer, new->value_ns);
}

int posix_timer_set(int id, bool abstime, const struct posix_timer_value *new, struct posix_timer_value *old)
{
	struct posix_timer *t = timer_take(id);

	if (!t)
		return -EINVAL;
	if (old)
		timer_read(t, old);
	hrtimer_cancel(&t->timer);
	spin_lock_irq(&current->sighand->lock);
	t->interval_ns = new->value_ns ? new->interval_ns : 0;
	t->overrun = t->overrun_last = 0;
	list_add_tail(&t->link, &current->process->posix_timers);
	if (new->value_ns)
		timer_arm(t, abstime, new);
	spin_unlock_irq(&current->sighand->lock);
	return 0;
}

int posix_timer_get(int id, struct posix_timer_value *out)
{
	struct posix_timer *t;

	spin_lock_irq(&current->sighand->lock);
	t = timer_find_locked(current->process, id);
	if (t)
		timer_read(t, out);
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
		overrun = t->overrun_last > INT_MAX ? INT_MAX : (int)t->overrun_last;
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

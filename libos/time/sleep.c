/* SPDX-License-Identifier: MIT */
/*
 * Sleeping for a time: schedule_until() for every wait with a deadline, and nanosleep's core.
 *
 * The timer lives on the sleeper's stack; it is cancelled, and its function is known not to run, before the
 * frame goes.
 */
#include "time/sleep.h"

#include "arch/cpu.h"
#include "core/assert.h"
#include "lib/restart.h"
#include "sync/block.h"
#include "time/clock.h"

struct sleeper {
	struct hrtimer timer;
	struct thread *thread;		/* [I] NULL once fired */
};

static bool sleeper_fire(struct hrtimer *timer)
{
	struct sleeper *s = container_of(timer, struct sleeper, timer);
	struct thread *t = s->thread;

	WRITE_ONCE(s->thread, NULL);
	thread_wake(t, THREAD_NORMAL);
	return false;
}

static void sleeper_start(struct sleeper *s, enum hrtimer_clock clock, uint64_t deadline_ns)
{
	hrtimer_init(&s->timer, clock, sleeper_fire);
	s->thread = arch_current();
	hrtimer_start(&s->timer, deadline_ns);
}

bool schedule_until(uint64_t deadline_ns)
{
	struct sleeper s;
	bool fired;

	if (deadline_ns == WAIT_FOREVER) {
		schedule();
		return true;
	}
	if (deadline_ns <= clock_ns()) {
		set_current_running();
		return false;
	}
	sleeper_start(&s, HRTIMER_MONOTONIC, deadline_ns);
	schedule();
	fired = !READ_ONCE(s.thread);
	hrtimer_cancel(&s.timer);
	return !fired;
}

void sleep_ns(uint64_t ns)
{
	uint64_t deadline = clock_deadline(clock_ns(), ns);

	do {
		set_current_state(THREAD_UNINTERRUPTIBLE);
	} while (schedule_until(deadline));
}

int sleep_until(enum hrtimer_clock clock, uint64_t deadline_ns)
{
	struct sleeper s;
	int err = 0;

	sleeper_start(&s, clock, deadline_ns);
	for (;;) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (!READ_ONCE(s.thread))
			break;
		if (thread_signal_pending()) {
			err = -ERESTARTNOHAND;
			break;
		}
		schedule();
	}
	set_current_running();
	hrtimer_cancel(&s.timer);
	return err;
}

void delay_ns(uint64_t ns)
{
	uint64_t end = clock_ns() + ns;

	while (clock_ns() < end)
		arch_cpu_relax();
}

/* SPDX-License-Identifier: MIT */
/* Timers on simulated time: order, exact points, cancelling, steps of the realtime clock. */
#include "kernel.h"

#include "time/clock.h"
#include "time/hrtimer.h"
#include "time/sleep.h"

#define TIMERS	50

static struct {
	struct hrtimer timer[TIMERS];
	uint64_t fired_ns[TIMERS];
	unsigned fired;
} tt;

static bool note(struct hrtimer *t)
{
	tt.fired_ns[t - tt.timer] = clock_ns();
	tt.fired++;
	return false;
}

KTEST(hrtimer_fires_at_its_time)
{
	uint64_t base = clock_ns() + NSEC_PER_SEC;

	for (unsigned i = 0; i < TIMERS; i++) {
		hrtimer_init(&tt.timer[i], HRTIMER_MONOTONIC, note);
		hrtimer_start(&tt.timer[i], base + test_random_below(NSEC_PER_SEC));
	}
	CHECK(hrtimer_cancel(&tt.timer[7]));
	CHECK(!hrtimer_cancel(&tt.timer[7]));
	sleep_ns(3 * NSEC_PER_SEC);
	CHECK_EQ(tt.fired, TIMERS - 1);
	for (unsigned i = 0; i < TIMERS; i++) {
		if (i == 7)
			continue;
		CHECK_GE(tt.fired_ns[i], tt.timer[i].expires_ns);
		CHECK_LT(tt.fired_ns[i], tt.timer[i].expires_ns + NSEC_PER_MSEC);
	}
}

KTEST(hrtimer_forward_counts)
{
	struct hrtimer *t = &tt.timer[0];

	hrtimer_init(t, HRTIMER_MONOTONIC, note);
	t->expires_ns = clock_ns();
	sleep_ns(10 * NSEC_PER_MSEC);
	CHECK_EQ(hrtimer_forward(t, 3 * NSEC_PER_MSEC), 4);
	CHECK(t->expires_ns > clock_ns());
	CHECK_EQ(hrtimer_forward(t, 3 * NSEC_PER_MSEC), 0);
}

KTEST(realtime_step_fires_timers)
{
	struct hrtimer *t = &tt.timer[1];

	hrtimer_init(t, HRTIMER_REALTIME, note);
	hrtimer_start(t, clock_realtime_ns() + 3600 * NSEC_PER_SEC);
	sleep_ns(NSEC_PER_MSEC);
	CHECK_EQ(tt.fired, 0);
	CHECK_EQ(clock_step_realtime(7200 * (int64_t)NSEC_PER_SEC), 0);
	sleep_ns(NSEC_PER_MSEC);
	CHECK_EQ(tt.fired, 1);
}

/* SPDX-License-Identifier: MIT */
/* Timers and sleeping. */
#include "tests/ktest/ktest.h"

#include "sched/kthread.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "time/hrtimer.h"
#include "time/sleep.h"

#define TIMERS	16

static struct {
	struct hrtimer timer[TIMERS];
	unsigned order[TIMERS];
	unsigned fired;
	struct hrtimer periodic;
	struct atomic ticks;
} tt;

static bool order_fire(struct hrtimer *t)
{
	KT_CHECK(clock_ns() >= t->expires_ns);
	tt.order[tt.fired++] = (unsigned)(t - tt.timer);
	return false;
}

KERNEL_TEST(hrtimer_order)
{
	uint64_t base = clock_ns() + 20 * NSEC_PER_MSEC;
	cpumask_t allowed = current_thread()->allowed;

	/* All on one CPU, or two CPUs would count. */
	KT_CHECK(sched_set_affinity(current_thread(), cpumask_of(arch_cpu_id())) == 0);
	tt.fired = 0;
	for (unsigned i = 0; i < TIMERS; i++) {
		hrtimer_init(&tt.timer[i], HRTIMER_MONOTONIC, order_fire);
		hrtimer_start(&tt.timer[i], base + ((i * 7) % TIMERS) * 100000);
	}
	KT_CHECK(hrtimer_cancel(&tt.timer[3]));
	KT_CHECK(!hrtimer_cancel(&tt.timer[3]));
	sleep_ms(60);
	KT_CHECK(tt.fired == TIMERS - 1);
	for (unsigned i = 1; i < tt.fired; i++)
		KT_CHECK(tt.order[i - 1] * 7 % TIMERS < tt.order[i] * 7 % TIMERS);
	KT_CHECK(sched_set_affinity(current_thread(), allowed) == 0);
}

static bool periodic_fire(struct hrtimer *t)
{
	atomic_inc(&tt.ticks);
	hrtimer_forward(t, NSEC_PER_MSEC);
	return true;
}

KERNEL_TEST(hrtimer_periodic)
{
	int ticks;

	atomic_set(&tt.ticks, 0);
	hrtimer_init(&tt.periodic, HRTIMER_MONOTONIC, periodic_fire);
	hrtimer_start_rel(&tt.periodic, NSEC_PER_MSEC);
	sleep_ms(100);
	hrtimer_cancel(&tt.periodic);
	ticks = atomic_read(&tt.ticks);
	KT_CHECK(ticks > 5 && ticks <= 110);
	sleep_ms(10);
	KT_CHECK(atomic_read(&tt.ticks) == ticks);
}

/* Timers on the stack, cancelled while they fire, on all CPUs. */
static void cancel_body(void *arg, unsigned index)
{
	(void)arg;
	for (unsigned i = 0; i < 300; i++) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		ignore_result(schedule_until(clock_ns() + 1000 * ((i + index) % 50)));
	}
}

KERNEL_TEST(hrtimer_stack_race)
{
	ktest_parallel(8, cancel_body, NULL);
}

KERNEL_TEST(sleep_not_early)
{
	for (unsigned i = 0; i < 10; i++) {
		uint64_t start = clock_ns();

		sleep_ns(i * 300000);
		KT_CHECK(clock_ns() - start >= i * 300000);
	}
}

KERNEL_TEST(clock_realtime_steps)
{
	struct timespec64 before = ns_to_timespec64((int64_t)clock_realtime_ns()), set = { 1000000000, 5 };
	uint64_t mono = clock_ns();

	KT_CHECK(clock_set_realtime(&set) == 0);
	KT_CHECK(clock_realtime_ns() - 1000000000UL * NSEC_PER_SEC < NSEC_PER_SEC);
	KT_CHECK(clock_ns() >= mono);
	KT_CHECK(clock_set_realtime(&before) == 0);
}

static void realtime_sleeper(void *arg)
{
	KT_CHECK(sleep_until(HRTIMER_REALTIME, clock_realtime_ns() + 3600 * NSEC_PER_SEC) == 0);
	atomic_inc(arg);
}

/* A step of the clock past a sleeper's deadline wakes it. */
KERNEL_TEST(clock_step_wakes)
{
	struct atomic woken = ATOMIC_INIT(0);

	VERIFY(kthread_run(realtime_sleeper, &woken, "kt realtime") == 0);
	sleep_ms(10);
	KT_CHECK(atomic_read(&woken) == 0);
	KT_CHECK(clock_step_realtime(7200 * (int64_t)NSEC_PER_SEC) == 0);
	for (unsigned i = 0; i < 100 && !atomic_read(&woken); i++)
		sleep_ms(2);
	KT_CHECK(atomic_read(&woken) == 1);
	KT_CHECK(clock_step_realtime(-7200 * (int64_t)NSEC_PER_SEC) == 0);
}

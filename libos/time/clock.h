/* SPDX-License-Identifier: MIT */
/*
 * Clocks: what time it is, by every count the ABI knows.
 *
 * Model. One hardware count (arch/clock.h): ns since boot, monotonic over all CPUs. CLOCK_MONOTONIC, _RAW and
 * _BOOTTIME are that count (the machine is never suspended). CLOCK_REALTIME is the count plus an offset that
 * settimeofday() changes under a seqlock; CLOCK_TAI adds whole seconds. The offset and the clock's parameters
 * are published in the page the vDSO reads (time/vdso_data.h).
 */
#pragma once

#include "arch/clock.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

#define NSEC_PER_SEC	1000000000UL
#define NSEC_PER_MSEC	1000000UL
#define NSEC_PER_USEC	1000UL
#define USEC_PER_SEC	1000000UL

/* Times in the kernel and in stat results; abi/time.h has the user's layouts. */
struct timespec64 {
	int64_t tv_sec;
	long tv_nsec;			/* 0..999999999 */
};

/* ns since boot. Any context, from core_start() on. */
static inline uint64_t clock_ns(void)
{
	return arch_clock_ns();
}

/* ns since 1970. Any context. */
uint64_t clock_realtime_ns(void);
/* The realtime clock minus the monotonic one. */
int64_t clock_realtime_offset_ns(void);
/* Finer than the coarse clocks promise to be (CLOCK_COARSE_NS). */
uint64_t clock_coarse_ns(void);

/*
 * Time stamps of files. Coarse ones move in steps, so that a file that is written all the time changes its inode
 * seldom; a fine one says when it is now, and no stamp given after it is earlier.
 */
#define CLOCK_COARSE_NS		4000000
void clock_realtime_coarse(struct timespec64 *out);
void clock_realtime_fine(struct timespec64 *out);
/* TAI - UTC in seconds (adjtimex). */
int clock_tai_offset(void);
void clock_set_tai_offset(int seconds);

/* settimeofday(2), clock_settime(2): -EINVAL outside 0 .. year 2262. Wakes those who wait on the realtime clock. */
int __must_check clock_set_realtime(const struct timespec64 *ts);
/* Step the realtime clock by delta ns (adjtimex ADJ_SETOFFSET). */
int __must_check clock_step_realtime(int64_t delta_ns);

/*
 * Told, in thread context, after each step of the realtime clock (timerfd TFD_TIMER_CANCEL_ON_SET). The
 * node is the caller's.
 */
struct clock_notifier {
	struct list_head link;
	void (*changed)(struct clock_notifier *n);
};
void clock_notifier_add(struct clock_notifier *n);
void clock_notifier_remove(struct clock_notifier *n);

static inline struct timespec64 ns_to_timespec64(int64_t ns)
{
	struct timespec64 ts = { ns / (int64_t)NSEC_PER_SEC, ns % (int64_t)NSEC_PER_SEC };

	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += (long)NSEC_PER_SEC;
	}
	return ts;
}

/* Saturates at INT64_MAX for far futures; negative seconds become negative ns. */
static inline int64_t timespec64_to_ns(const struct timespec64 *ts)
{
	if (ts->tv_sec >= INT64_MAX / (int64_t)NSEC_PER_SEC)
		return INT64_MAX;
	if (ts->tv_sec <= INT64_MIN / (int64_t)NSEC_PER_SEC)
		return INT64_MIN;
	return ts->tv_sec * (int64_t)NSEC_PER_SEC + ts->tv_nsec;
}

/* tv_nsec in range and tv_sec not negative: what nanosleep and the timers accept. */
static inline bool timespec64_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && (unsigned long)ts->tv_nsec < NSEC_PER_SEC;
}

/* a + b for a deadline: saturates below WAIT_FOREVER. */
static inline uint64_t clock_deadline(uint64_t now_ns, uint64_t delay_ns)
{
	return delay_ns > (uint64_t)INT64_MAX - now_ns ? (uint64_t)INT64_MAX : now_ns + delay_ns;
}

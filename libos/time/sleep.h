/* SPDX-License-Identifier: MIT */
/*
 * Sleeping for a time. schedule_until() is declared in sync/block.h.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "time/hrtimer.h"

/* Not interruptible. May sleep. */
void sleep_ns(uint64_t ns);
static inline void sleep_ms(uint64_t ms)
{
	sleep_ns(ms * 1000000UL);
}

/*
 * nanosleep(2), clock_nanosleep(2): sleep until `deadline_ns` on `clock`. Returns 0, or -ERESTARTNOHAND on a
 * signal; the caller works out what remains from the deadline and picks its restart rule. A step of the
 * realtime clock is heeded.
 */
int __must_check sleep_until(enum hrtimer_clock clock, uint64_t deadline_ns);

/* Busy-wait, for devices that need microseconds. Any context. */
void delay_ns(uint64_t ns);

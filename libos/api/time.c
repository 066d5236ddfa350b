/* SPDX-License-Identifier: MIT */
/*
 * time: clocks and sleeping.
 */
#include "time/clock.h"
#include "libos/time.h"
#include "time/sleep.h"

uint64_t libos_clock_ns(void)
{
	return clock_ns();
}

uint64_t libos_realtime_ns(void)
{
	return clock_realtime_ns();
}

void libos_sleep_ns(uint64_t ns)
{
	sleep_ns(ns);
}

/* SPDX-License-Identifier: MIT */
/*
 * time/internal.h: between the files of time/ only.
 */
#pragma once

/* hrtimer.c: the realtime offset changed; every CPU looks at its timers again. Thread context, interrupts on. */
void timer_clock_was_set(void);

/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's tick: one deadline per CPU beside the timers' trees, so that it costs no tree operation.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/*
 * time/hrtimer.c: next tick of this CPU; WAIT_FOREVER: none. Arms the hardware if it is earlier than what
 * is armed. Interrupts off.
 */
void tick_set(uint64_t deadline_ns);
/* sched/tick.c: the tick's time has come; returns the next deadline. Interrupt context, no lock held. */
uint64_t sched_tick(uint64_t now_ns);

/* SPDX-License-Identifier: MIT */
/*
 * Run a function on other CPUs, in interrupt context there.
 *
 * Caller: thread context, interrupts on, no spin lock held: everybody can answer everybody, so nobody waits
 * in a circle.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/percpu.h"

/* fn(arg) on `cpu` (this one: called directly with interrupts off); returns when it is done. Offline: nothing. */
void smp_call_function(unsigned cpu, void (*fn)(void *arg), void *arg);
/* On all CPUs of `mask` that are online, this one included if in it; returns when all are done. */
void smp_call_mask(cpumask_t mask, void (*fn)(void *arg), void *arg);
/* Every online CPU. */
void smp_call_all(void (*fn)(void *arg), void *arg);

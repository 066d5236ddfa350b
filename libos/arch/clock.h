/* SPDX-License-Identifier: MIT */
/*
 * arch/clock.h: one time source for all CPUs and one one-shot timer per CPU.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* Nanoseconds since boot, monotonic on and across CPUs. Any context, from early boot on. */
uint64_t arch_clock_ns(void);

/* Arm this CPU's timer to interrupt at or just after `deadline_ns` (arch_clock_ns scale), replacing what was
 * armed; a past deadline fires at once. Fires as upcall timer_interrupt(). Interrupts off. */
void arch_timer_set(uint64_t deadline_ns);
void arch_timer_stop(void);

/* Seconds since 1970-01-01 UTC from the machine's real-time clock; 0 if there is none. May take milliseconds
 * of polling: asked once, when wall time is first needed or from the clock's start-up hook. */
uint64_t arch_wall_seconds(void);

/* How user code computes arch_clock_ns() itself: ns = base_ns + ((cycles - base_cycles) * mult >> shift). */
struct arch_vdso_clock {
	bool usable;			/* false: the vDSO must make the system call */
	uint64_t base_cycles;
	uint64_t base_ns;
	uint32_t mult;
	uint32_t shift;
};
void arch_vdso_clock(struct arch_vdso_clock *out);

/*
 * dev/acpi found an HPET: the arch takes it as time source if it has no better one. Once, in INIT_BUS at the latest,
 * on CPU 0, before other CPUs run.
 */
void arch_clock_add_hpet(paddr_t base);

/* Name for /sys and messages: "tsc", "kvm-clock", "hpet", ... */
const char *arch_clock_name(void);

/* SPDX-License-Identifier: MIT */
/* machine/time.h: clock and timer start-up, inside arch-x86_64. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* time/clock.c: choose and calibrate the time source. Boot CPU, after lapic_init(). */
void clock_init(void);
/* time/timer.c: this CPU's timer. */
void timer_init_cpu(void);
/* The timer vector. Interrupt context. */
void timer_irq(void);
/* Cycles of the TSC for `ns`, and the LAPIC's bus ticks for `ns`, both rounded up; after clock_init(). */
uint64_t clock_ns_to_cycles(uint64_t ns);
uint64_t clock_deadline_cycles(uint64_t deadline_ns);
uint32_t clock_bus_khz(void);
/* For /proc/cpuinfo. */
uint64_t clock_tsc_khz(void);

/* time/pvclock.c: TSC frequency in kHz as KVM says, or 0; true in *stable if the TSC may be used directly. */
uint64_t pvclock_tsc_khz(bool *stable);
/* time/hpet.c: enable the HPET at `base`; femtoseconds per tick, or 0 if it will not do. Then its counter. */
uint64_t hpet_start(paddr_t base);
uint64_t hpet_counter(void);
/* time/pit.c: kHz of TSC and APIC timer by the PIT's channel 2; 0 if there is none. Busy-waits `ns` (< 50 ms). */
uint64_t pit_measure_tsc(uint32_t ns, uint32_t *bus_khz);

/* SPDX-License-Identifier: MIT */
/*
 * arch/cpu.h: the running CPU.
 *
 * machine/cpu.h provides as inlines, callable in any context:
 *   unsigned arch_cpu_id(void)              index 0..nr_cpus-1 of this CPU; stable while not preemptible
 *   uintptr_t arch_percpu_offset(void)      what to add to the address of a per-CPU variable's template
 *   uintptr_t arch_percpu_offset_of(unsigned cpu)   the same for another CPU, online or not yet
 *   struct thread *arch_current(void)       the running thread; not NULL from INIT_SCHED on
 *   void arch_set_current(struct thread *)  for the context a CPU was started in: its idle thread; interrupts off
 *   void arch_cpu_relax(void)               a pause in a busy-wait loop
 *   void arch_cpu_halt(void)                enable interrupts and wait for one, atomically; returns after it
 *   uint64_t arch_cycles(void)              the cycle counter, not serialising
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define ARCH_NR_CPUS	64		/* most CPUs the build supports */
#define ARCH_CACHE_LINE	64

struct thread;

#include <machine/cpu.h>

/* True when the CPU offers a random instruction and it delivered; stores 64 bits. Any context. */
bool arch_random64(uint64_t *out);

/* Text for /proc/cpuinfo of one CPU, in Linux's layout. Returns bytes written (< size). May not sleep. */
size_t arch_cpuinfo(unsigned cpu, char *buf, size_t size);

/* Values of AT_HWCAP, AT_HWCAP2, AT_PLATFORM and AT_MINSIGSTKSZ for new programs. Any context. */
unsigned long arch_hwcap(void);
unsigned long arch_hwcap2(void);
const char *arch_platform(void);
unsigned long arch_minsigstksz(void);

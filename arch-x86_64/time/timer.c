/* SPDX-License-Identifier: MIT */
/*
 * One one-shot timer per CPU: the local APIC's, by TSC deadline where the CPU has it (QEMU's emulation does not).
 *
 * A count of bus ticks is 32 bits wide: a deadline beyond its reach is approached in steps, without an upcall.
 */
#include "arch/clock.h"

#include "arch/cpu.h"
#include "arch/upcall.h"
#include "machine/apic.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "machine/time.h"
#include "sync/percpu.h"

#define NO_DEADLINE	UINT64_MAX

static DEFINE_PER_CPU(uint64_t, timer_deadline);	/* ns, or NO_DEADLINE. [c] */

static void timer_program(uint64_t deadline_ns)
{
	uint64_t now, ticks;

	if (x86.tsc_deadline) {
		wrmsr(MSR_TSC_DEADLINE, clock_deadline_cycles(deadline_ns));
		return;
	}
	now = arch_clock_ns();
	ticks = deadline_ns > now ? deadline_ns - now : 0;
	if (ticks > UINT32_MAX)		/* at least 4 s: no need for exactness */
		ticks = UINT32_MAX;
	ticks = ticks * clock_bus_khz() / 1000000 + 1;
	lapic_timer_start((uint32_t)min_t(uint64_t, ticks, UINT32_MAX));
}

void arch_timer_set(uint64_t deadline_ns)
{
	this_cpu_write(timer_deadline, deadline_ns);
	if (deadline_ns == NO_DEADLINE)
		arch_timer_stop();
	else
		timer_program(deadline_ns);
}

void arch_timer_stop(void)
{
	this_cpu_write(timer_deadline, NO_DEADLINE);
	if (x86.tsc_deadline)
		wrmsr(MSR_TSC_DEADLINE, 0);
	else
		lapic_timer_start(0);
}

void timer_irq(void)
{
	uint64_t deadline = this_cpu_read(timer_deadline);

	if (deadline == NO_DEADLINE)	/* stopped while the interrupt was on its way */
		return;
	if (arch_clock_ns() < deadline) {
		timer_program(deadline);
		return;
	}
	this_cpu_write(timer_deadline, NO_DEADLINE);
	timer_interrupt();
}

void timer_init_cpu(void)
{
	this_cpu_write(timer_deadline, NO_DEADLINE);
	lapic_timer_mode(x86.tsc_deadline);
}

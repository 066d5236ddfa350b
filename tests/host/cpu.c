/* SPDX-License-Identifier: MIT */
/*
 * Simulated CPUs: the interrupt flag, the clock and its timers, device events, inter-processor interrupts.
 *
 * Model. All CPUs share one host thread; exactly one runs. It hands over when it waits (arch_cpu_relax in a spin
 * loop, arch_cpu_halt) and, when a seed was given, at random changes of the interrupt flag: that is how races
 * between CPUs are found, repeatably. Time is simulated: each look at the clock costs a little, and when all CPUs
 * are halted it jumps to the next timer or device event. With none left, everybody sleeps for ever: a test
 * failure, reported as such.
 */
#include "host.h"

#include "abi/errno.h"
#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/smp.h"
#include "arch/upcall.h"
#include "sync/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_READ_NS	50
#define TURN_MAX	1000		/* changes of the interrupt flag one CPU makes before another gets its turn */

struct event {
	uint64_t when_ns;
	void (*fn)(void *arg);
	void *arg;
	struct event *next;
};

static struct {
	struct host_cpu cpu[ARCH_NR_CPUS];
	unsigned nr;
	uint64_t now_ns;
	uint64_t seed;			/* 0: no random interleaving */
	unsigned since_switch;		/* chances to switch that were not taken in a row */
	struct event *events;		/* by time */
} machine = { .nr = 1, .cpu[0] = { .online = true, .timer_ns = UINT64_MAX } };

struct host_cpu *host_cpu = &machine.cpu[0];

/* Linked only when the kernel's scheduler and timers are. */
__weak void timer_interrupt(void);
__weak void sched_ipi(void);
__weak void smp_call_ipi(void);
__weak void cpu_online(unsigned cpu);
extern char __start_percpu[] __weak, __stop_percpu[] __weak;

/* --- Interrupts -------------------------------------------------------------------------------- */

static bool event_due(void)
{
	return host_cpu->id == 0 && machine.events && machine.events->when_ns <= machine.now_ns;
}

static bool irq_pending(void)
{
	return host_cpu->ipis || host_cpu->timer_ns <= machine.now_ns || event_due();
}

static void deliver_ipis(unsigned ipis)
{
	if (ipis & 1U << IPI_STOP)
		host_die("CPU stopped by panic");
	if (ipis & 1U << IPI_CALL)
		smp_call_ipi();
	if (ipis & 1U << IPI_RESCHED)
		sched_ipi();
}

static void deliver_one(void)
{
	struct event *e;
	unsigned ipis;

	if (host_cpu->ipis) {
		ipis = host_cpu->ipis;
		host_cpu->ipis = 0;
		deliver_ipis(ipis);
	} else if (host_cpu->timer_ns <= machine.now_ns) {
		host_cpu->timer_ns = UINT64_MAX;
		timer_interrupt();
	} else if (event_due()) {
		e = machine.events;
		machine.events = e->next;
		e->fn(e->arg);
		free(e);
	}
}

void host_irq_poll(void)
{
	static const struct arch_regs kernel_regs;
	const struct arch_regs *outer;

	while (host_cpu->irqs_on && !host_cpu->in_irq && irq_pending()) {
		host_cpu->halted = false;	/* a handler that is left in the middle must be returned to */
		host_cpu->irqs_on = false;
		host_cpu->in_irq = true;
		outer = irq_enter(&kernel_regs);
		deliver_one();
		irq_exit(outer);
		host_cpu->in_irq = false;
		host_cpu->irqs_on = true;
	}
}

void host_irq_enable(void)
{
	host_cpu->irqs_on = true;
	host_irq_poll();
}

void host_event_after(uint64_t delay_ns, void (*fn)(void *arg), void *arg)
{
	struct event *e = malloc(sizeof(*e)), **link = &machine.events;

	if (!e)
		host_die("no memory for an event");
	*e = (struct event){ .when_ns = machine.now_ns + delay_ns, .fn = fn, .arg = arg };
	while (*link && (*link)->when_ns <= e->when_ns)
		link = &(*link)->next;
	e->next = *link;
	*link = e;
}

int arch_irq_alloc_msi(unsigned cpu, irq_handler_fn fn, void *arg, struct arch_msi *msi)
{
	(void)cpu, (void)fn, (void)arg, (void)msi;
	return -ENOSPC;
}

int arch_irq_request_gsi(unsigned gsi, bool isa, enum irq_trigger trigger, irq_handler_fn fn, void *arg)
{
	(void)gsi, (void)isa, (void)trigger, (void)fn, (void)arg;
	return -ENODEV;
}

void arch_irq_free(int irq)
{
	(void)irq;
}

int arch_irq_stat(int irq, unsigned cpu, uint64_t *count, const char **name)
{
	(void)irq, (void)cpu, (void)count, (void)name;
	return -ENOENT;
}

void arch_irq_add_ioapic(uint32_t id, paddr_t base, unsigned gsi_base)
{
	(void)id, (void)base, (void)gsi_base;
}

void arch_irq_add_isa_override(unsigned isa_irq, unsigned gsi, enum irq_trigger trigger)
{
	(void)isa_irq, (void)gsi, (void)trigger;
}

/* --- Taking turns ------------------------------------------------------------------------------ */

static void cpu_switch(struct host_cpu *next)
{
	struct host_cpu *self = host_cpu;

	machine.since_switch = 0;
	machine.now_ns += CLOCK_READ_NS;
	host_cpu = next;
	host_fiber_switch(self->fiber, next->fiber);
	host_irq_poll();
}

/* The next online CPU after this one that is not halted (or has been woken), or NULL. */
static struct host_cpu *next_runnable(void)
{
	unsigned i;

	for (i = 1; i < machine.nr; i++) {
		struct host_cpu *cpu = &machine.cpu[(host_cpu->id + i) % machine.nr];

		if (!cpu->online)
			continue;
		if (!cpu->halted || cpu->ipis || cpu->timer_ns <= machine.now_ns)
			return cpu;
		if (cpu->id == 0 && machine.events && machine.events->when_ns <= machine.now_ns)
			return cpu;
	}
	return NULL;
}

void host_interleave(void)
{
	struct host_cpu *next;

	if (machine.nr == 1)
		return;
	if (machine.seed)
		machine.seed = machine.seed * 6364136223846793005ULL + 1442695040888963407ULL;
	/* By chance, one time in 16; and for certain when somebody loops without waiting for another CPU's progress. */
	if (++machine.since_switch < TURN_MAX && (!machine.seed || machine.seed >> 60))
		return;
	next = next_runnable();
	if (next)
		cpu_switch(next);
}

void host_cpu_relax(void)
{
	struct host_cpu *next;

	machine.now_ns += CLOCK_READ_NS;
	host_irq_poll();
	next = next_runnable();
	if (next)
		cpu_switch(next);
}

/* All CPUs are halted: the time of the next thing that happens. */
static uint64_t next_deadline(void)
{
	uint64_t when = machine.events ? machine.events->when_ns : UINT64_MAX;
	unsigned i;

	for (i = 0; i < machine.nr; i++) {
		if (machine.cpu[i].online && machine.cpu[i].timer_ns < when)
			when = machine.cpu[i].timer_ns;
	}
	return when;
}

void host_cpu_halt(void)
{
	struct host_cpu *next;
	uint64_t when;

	host_cpu->halted = true;
	host_cpu->irqs_on = true;
	while (!irq_pending()) {
		next = next_runnable();
		if (next) {
			cpu_switch(next);
			break;
		}
		when = next_deadline();
		if (when == UINT64_MAX)
			host_die("deadlock: every thread sleeps, no timer is set, no device is at work");
		machine.now_ns = when;
	}
	host_cpu->halted = false;
	host_irq_poll();
}

/* --- Clock ------------------------------------------------------------------------------------- */

uint64_t arch_clock_ns(void)
{
	return machine.now_ns += CLOCK_READ_NS;
}

uint64_t host_cycles(void)
{
	return machine.now_ns;
}

void host_clock_advance(uint64_t ns)
{
	machine.now_ns += ns;
	host_irq_poll();
}

void host_clock_reset(void)
{
	struct event *e;
	unsigned i;

	while ((e = machine.events)) {
		machine.events = e->next;
		free(e);
	}
	for (i = 0; i < machine.nr; i++)
		machine.cpu[i].timer_ns = UINT64_MAX;
	machine.now_ns = 0;
}

void arch_timer_set(uint64_t deadline_ns)
{
	host_cpu->timer_ns = deadline_ns;
}

void arch_timer_stop(void)
{
	host_cpu->timer_ns = UINT64_MAX;
}

/* Fixed, so that runs repeat. */
uint64_t arch_wall_seconds(void)
{
	return 1700000000;
}

void arch_vdso_clock(struct arch_vdso_clock *out)
{
	*out = (struct arch_vdso_clock){ .usable = false };
}

void arch_clock_add_hpet(paddr_t base)
{
	(void)base;
}

const char *arch_clock_name(void)
{
	return "simulated";
}

/* --- CPUs -------------------------------------------------------------------------------------- */

static void *percpu_copy(void)
{
	size_t size = (size_t)(__stop_percpu - __start_percpu);
	void *copy = NULL;

	if (size && posix_memalign(&copy, ARCH_CACHE_LINE, size))
		host_die("no memory for per-CPU variables");
	if (size)
		memcpy(copy, __start_percpu, size);
	return copy;
}

void host_cpus_init(unsigned nr, uint64_t interleave_seed)
{
	unsigned i;

	if (nr > ARCH_NR_CPUS)
		host_die("too many CPUs");
	machine.nr = nr;
	machine.seed = nr > 1 ? interleave_seed : 0;
	machine.cpu[0].fiber = host_fiber_adopt();
	for (i = 1; i < nr; i++) {
		machine.cpu[i] = (struct host_cpu){ .id = i, .timer_ns = UINT64_MAX };
		machine.cpu[i].percpu_offset = (uintptr_t)percpu_copy() - (uintptr_t)__start_percpu;
	}
}

uintptr_t host_percpu_offset_of(unsigned cpu)
{
	return machine.cpu[cpu].percpu_offset;
}

static void cpu_main(void *arg)
{
	cpu_online((unsigned)(uintptr_t)arg);
}

int arch_smp_add_cpu(uint32_t apic_id)
{
	return apic_id < machine.nr ? 0 : -ENOSPC;
}

void arch_smp_start(void)
{
	unsigned i;

	for (i = 1; i < machine.nr; i++) {
		machine.cpu[i].fiber = host_fiber_new(cpu_main, (void *)(uintptr_t)i);
		machine.cpu[i].online = true;
	}
}

unsigned arch_smp_nr_cpus(void)
{
	return machine.nr;
}

void arch_ipi_send(unsigned cpu, enum arch_ipi ipi)
{
	machine.cpu[cpu].ipis |= 1U << ipi;
	if (cpu == host_cpu->id)
		host_irq_poll();
}

void arch_ipi_others(enum arch_ipi ipi)
{
	unsigned i;

	for (i = 0; i < machine.nr; i++) {
		if (i != host_cpu->id && machine.cpu[i].online)
			arch_ipi_send(i, ipi);
	}
}

/* A fixed sequence: tests repeat. */
bool arch_random64(uint64_t *out)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	*out = state ^ state >> 29;
	return true;
}

size_t arch_cpuinfo(unsigned cpu, char *buf, size_t size)
{
	int n = snprintf(buf, size, "processor\t: %u\nmodel name\t: simulated\n\n", cpu);

	return (size_t)n < size ? (size_t)n : size - 1;
}

unsigned long arch_hwcap(void)
{
	return 0;
}

unsigned long arch_hwcap2(void)
{
	return 0;
}

const char *arch_platform(void)
{
	return "hosted";
}

unsigned long arch_minsigstksz(void)
{
	return 2048;
}

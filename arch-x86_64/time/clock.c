/* SPDX-License-Identifier: MIT */
/*
 * The time source: the TSC, scaled, or the HPET where the TSC cannot be trusted. Zero is the kernel's first
 * instruction.
 *
 * Where its frequency comes from, first that applies: KVM's clock page; the hypervisor's frequency leaf; CPUID
 * 0x15/0x16; under QEMU's emulation, the local APIC's timer, whose 1 GHz is QEMU's constant; else the PIT.
 * The measured ways busy-wait for a fraction of a millisecond, or a few, and take the quickest of several reads at
 * each end: fifty millionths off at most, as tried under emulation.
 *
 * The parameters are set before any other CPU runs. The TSC is trusted when KVM says that its TSCs agree, under QEMU's
 * emulation, and where CPUID promises an invariant one. Otherwise it serves only until ACPI shows an HPET.
 */
#include "arch/clock.h"

#include "arch/boot.h"
#include "arch/cpu.h"
#include "lib/compiler.h"
#include "machine/apic.h"
#include "machine/boot.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "machine/time.h"

#define NS_PER_S	1000000000ULL
#define QEMU_BUS_KHZ	1000000u	/* QEMU and KVM count the APIC timer in nanoseconds */
#define MEASURE_NS	250000u
#define PIT_MEASURE_NS	5000000u
#define SAMPLES		5

/* Field legend: all [I] after clock_init() */
static struct {
	uint64_t base_cycles;
	uint32_t mult, shift;		/* ns = cycles * mult >> shift */
	uint64_t cycles_per_ns32;	/* cycles per ns, 32 fraction bits */
	uint64_t tsc_khz;
	uint32_t bus_khz;
	bool trusted;			/* the TSC keeps its rate and is the same on all CPUs */
	const char *name;
} clk;

/* In place of the TSC if mult32 is not 0. */
static struct {
	uint64_t base_ticks, base_ns;	/* [I] */
	uint64_t mult32;		/* [I] ns per tick, 32 fraction bits */
} hpet_clk;

static uint64_t hpet_ns(void)
{
	uint64_t ticks = hpet_counter() - hpet_clk.base_ticks;

	return hpet_clk.base_ns + (uint64_t)((unsigned __int128)ticks * hpet_clk.mult32 >> 32);
}

uint64_t arch_clock_ns(void)
{
	uint64_t cycles;

	if (unlikely(hpet_clk.mult32))
		return hpet_ns();
	cycles = arch_cycles() - clk.base_cycles;
	return (uint64_t)((unsigned __int128)cycles * clk.mult >> clk.shift);
}

int64_t arch_boot_entry_ns(void)
{
	return 0;
}

const char *arch_clock_name(void)
{
	return clk.name;
}

void arch_vdso_clock(struct arch_vdso_clock *out)
{
	*out = (struct arch_vdso_clock){
		.usable = !hpet_clk.mult32, .base_cycles = clk.base_cycles, .base_ns = 0,
		.mult = clk.mult, .shift = clk.shift,
	};
}

uint64_t clock_ns_to_cycles(uint64_t ns)
{
	return (uint64_t)(((unsigned __int128)ns * clk.cycles_per_ns32 >> 32) + 1);
}

uint64_t clock_deadline_cycles(uint64_t deadline_ns)
{
	return clk.base_cycles + clock_ns_to_cycles(deadline_ns);
}

uint32_t clock_bus_khz(void)
{
	return clk.bus_khz;
}

/* A TSC value and an APIC timer count taken as nearly at once as this machine allows. */
struct pair {
	uint64_t tsc;
	uint32_t count;
};

static struct pair sample(void)
{
	struct pair best = { 0, 0 };
	uint64_t best_width = ~0ULL;

	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t before = arch_cycles();
		uint32_t count = lapic_timer_count();
		uint64_t after = arch_cycles();

		if (after - before < best_width) {
			best_width = after - before;
			best = (struct pair){ before + best_width / 2, count };
		}
	}
	return best;
}

/* TSC frequency against the APIC timer at bus_khz. */
static uint64_t measure_by_apic(uint32_t bus_khz)
{
	uint32_t ticks = (uint32_t)((uint64_t)MEASURE_NS * bus_khz / 1000000);
	struct pair start, end;

	lapic_timer_start(~0u);
	start = sample();
	while (start.count - lapic_timer_count() < ticks)
		arch_cpu_relax();
	end = sample();
	lapic_timer_start(0);
	return (end.tsc - start.tsc) * bus_khz / (start.count - end.count);
}

/* Bus frequency against a TSC of known frequency. */
static uint32_t measure_bus(uint64_t tsc_khz)
{
	uint64_t cycles = tsc_khz * (MEASURE_NS / 1000) / 1000;
	struct pair start, end;

	lapic_timer_start(~0u);
	start = sample();
	while (arch_cycles() - start.tsc < cycles)
		arch_cpu_relax();
	end = sample();
	lapic_timer_start(0);
	return (uint32_t)((uint64_t)(start.count - end.count) * tsc_khz / (end.tsc - start.tsc));
}

/* Measure both against the PIT. Returns the TSC's kHz, or 0. */
static uint64_t measure_by_pit(void)
{
	uint64_t khz;

	lapic_timer_start(~0u);
	khz = pit_measure_tsc(PIT_MEASURE_NS, &clk.bus_khz);
	lapic_timer_start(0);
	return khz;
}

/* Frequency by CPUID alone, kHz, or 0. */
static uint64_t cpuid_tsc_khz(void)
{
	struct cpuid_regs r;

	if (x86.hypervisor != HV_NONE && x86.max_hv_leaf >= 0x40000010 && x86.hypervisor != HV_TCG) {
		r = cpuid(0x40000010, 0);
		if (r.a) {
			clk.bus_khz = r.b;
			return r.a;
		}
	}
	if (x86.max_leaf < 0x15)
		return 0;
	r = cpuid(0x15, 0);
	if (!r.a || !r.b)
		return 0;
	if (r.c) {
		clk.bus_khz = r.c / 1000;
		return (uint64_t)r.c * r.b / r.a / 1000;
	}
	return x86.max_leaf >= 0x16 ? (uint64_t)(cpuid(0x16, 0).a & 0xffff) * 1000 : 0;
}

static uint64_t find_tsc_khz(void)
{
	bool stable = false;
	uint64_t khz = x86.hypervisor == HV_KVM ? pvclock_tsc_khz(&stable) : 0;

	if (khz) {
		clk.bus_khz = QEMU_BUS_KHZ;
		clk.trusted = clk.trusted || stable;
		return khz;
	}
	khz = cpuid_tsc_khz();
	if (khz)
		return khz;
	if (x86.hypervisor == HV_TCG) {
		clk.bus_khz = QEMU_BUS_KHZ;
		return measure_by_apic(QEMU_BUS_KHZ);
	}
	khz = measure_by_pit();
	if (khz)
		return khz;
	/* No reference at all: an emulator or hypervisor that keeps its name to itself. */
	clk.bus_khz = QEMU_BUS_KHZ;
	return measure_by_apic(QEMU_BUS_KHZ);
}

void clock_init(void)
{
	clk.base_cycles = arch_boot_cycles();
	clk.name = "tsc";
	clk.trusted = x86.invtsc || x86.hypervisor == HV_TCG || x86.hypervisor == HV_OTHER;
	clk.tsc_khz = find_tsc_khz();
	if (!clk.tsc_khz)
		boot_die("no time source");
	clk.shift = 32;
	while ((1000000ULL << clk.shift) / clk.tsc_khz > UINT32_MAX)
		clk.shift--;
	clk.mult = (uint32_t)((1000000ULL << clk.shift) / clk.tsc_khz);
	clk.cycles_per_ns32 = (clk.tsc_khz << 32) / 1000000;
	x86.tsc_deadline = x86.tsc_deadline && clk.trusted;
	if (!clk.bus_khz && !x86.tsc_deadline)
		clk.bus_khz = measure_bus(clk.tsc_khz);
	timer_init_cpu();
}

uint64_t clock_tsc_khz(void)
{
	return clk.tsc_khz;
}

void arch_clock_add_hpet(paddr_t base)
{
	uint64_t tick_fs, ns;

	if (clk.trusted || hpet_clk.mult32)
		return;
	tick_fs = hpet_start(base);
	if (!tick_fs)
		return;
	ns = arch_clock_ns();
	hpet_clk.base_ticks = hpet_counter();
	hpet_clk.base_ns = ns;
	clk.name = "hpet";
	hpet_clk.mult32 = (tick_fs << 32) / 1000000;	/* last: from here arch_clock_ns() reads the HPET */
}

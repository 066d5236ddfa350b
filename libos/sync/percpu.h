/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU variables, the set of CPUs, and whether we are in an interrupt.
 *
 * Model. DEFINE_PER_CPU puts a template in section "percpu"; every CPU has a copy of the section. The
 * template's own address is never used for data. The kernel is not preemptible, so a pointer from this_cpu_ptr()
 * stays this CPU's until the caller sleeps; against its own interrupts the caller disables them.
 *
 * A CPU reads and writes its own copy plainly; others may only read it (READ_ONCE), or as the variable's rule says.
 */
#pragma once

#include "arch/cpu.h"
#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/atomic.h"

#define DEFINE_PER_CPU(type, name)	__attribute__((section("percpu"))) __typeof__(type) name
#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name

#define percpu_shift_(ptr, offset)	((__typeof__(ptr))((uintptr_t)(ptr) + (offset)))
#define this_cpu_ptr(ptr)		percpu_shift_((ptr), arch_percpu_offset())
#define per_cpu_ptr(ptr, cpu)		percpu_shift_((ptr), arch_percpu_offset_of(cpu))

#define this_cpu_read(var)		READ_ONCE(*this_cpu_ptr(&(var)))
#define this_cpu_write(var, v)		WRITE_ONCE(*this_cpu_ptr(&(var)), (v))
#define this_cpu_add(var, v)		((void)(*this_cpu_ptr(&(var)) += (v)))
#define this_cpu_inc(var)		this_cpu_add(var, 1)
#define this_cpu_dec(var)		this_cpu_add(var, -1)

/* A set of CPUs: bit n is CPU n. */
typedef uint64_t cpumask_t;
_Static_assert(ARCH_NR_CPUS <= 64, "cpumask_t holds one word");
#define CPUMASK_ALL		(~(cpumask_t)0)

/* Field legend: [a] atomic */
struct cpu_set {
	cpumask_t online;		/* [a] CPUs that run threads; bit 0 set from the start */
};
extern struct cpu_set cpus;

static inline cpumask_t cpumask_of(unsigned cpu)
{
	return (cpumask_t)1 << cpu;
}

static inline cpumask_t cpus_online(void)
{
	return READ_ONCE(cpus.online);
}

static inline unsigned nr_cpus_online(void)
{
	return hweight64(cpus_online());
}

static inline bool cpu_is_online(unsigned cpu)
{
	return cpu < ARCH_NR_CPUS && (cpus_online() & cpumask_of(cpu));
}

/* Lowest CPU of a set that is not empty. */
static inline unsigned cpumask_first(cpumask_t mask)
{
	return (unsigned)__builtin_ctzll(mask);
}

#define for_each_cpu(cpu, mask)								\
	for (cpumask_t left_##cpu = (mask);						\
	     left_##cpu && ((cpu) = cpumask_first(left_##cpu), true);			\
	     left_##cpu &= left_##cpu - 1)
#define for_each_online_cpu(cpu)	for_each_cpu(cpu, cpus_online())

/*
 * A counter that is changed often and summed rarely: struct percpu_counter is itself a per-CPU variable.
 *	static DEFINE_PER_CPU(struct percpu_counter, nr_forks);
 *	percpu_counter_inc(&nr_forks); total = percpu_counter_sum(&nr_forks);
 * Thread context only (an interrupt on the same CPU may lose an update otherwise). The sum is exact when quiet.
 */
struct percpu_counter {
	int64_t count;			/* [c] */
};

static inline void percpu_counter_add(struct percpu_counter *c, int64_t v)
{
	struct percpu_counter *mine = this_cpu_ptr(c);

	WRITE_ONCE(mine->count, mine->count + v);
}

static inline void percpu_counter_inc(struct percpu_counter *c)
{
	percpu_counter_add(c, 1);
}

/* Sum over all CPUs, offline ones included. Any context. */
int64_t percpu_counter_sum(struct percpu_counter *c);

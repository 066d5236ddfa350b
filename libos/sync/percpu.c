/* SPDX-License-Identifier: MIT */
/*
 * The set of CPUs, this CPU's context, and sums over per-CPU counters.
 */
#include "sync/percpu.h"

#include "arch/smp.h"
#include "sync/context.h"

struct cpu_set cpus = { .online = 1 };

DEFINE_PER_CPU(struct cpu_context, cpu_context);

int64_t percpu_counter_sum(struct percpu_counter *c)
{
	unsigned nr = arch_smp_nr_cpus();
	int64_t sum = 0;

	for (unsigned cpu = 0; cpu < nr; cpu++)
		sum += READ_ONCE(per_cpu_ptr(c, cpu)->count);
	return sum;
}

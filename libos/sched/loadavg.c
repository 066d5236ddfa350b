/* SPDX-License-Identifier: MIT */
/*
 * Load averages and per-CPU times, for /proc.
 *
 * The load is the number of threads that run, wait for a CPU, or sleep uninterruptibly, averaged with weights
 * that fall by e^(-5 s / period) every 5 s. It is brought up to date by ticks and by readers; intervals
 * nobody noticed are ones in which no CPU was busy. Source: proc_loadavg(5), uptime(1).
 */
#include "sched/internal.h"

#include "arch/smp.h"
#include "lib/math64.h"

#define LOAD_INTERVAL_NS	5000000000UL
#define LOAD_ONE		65536UL

/* 65536 * e^(-5/60), e^(-5/300), e^(-5/900) */
static const uint32_t load_decay[3] = { 60296, 64453, 65173 };

/* Field legend: [l] lock, [a] read without */
static struct {
	struct spinlock lock;
	uint64_t next_ns;		/* [l][a] */
	uint64_t avg[3];		/* [l][a] 16 fraction bits */
} load = { .lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("loadavg") } };

static unsigned load_running(void)
{
	unsigned cpu, nr = 0;

	for_each_online_cpu(cpu)
		nr += READ_ONCE(cpu_rq(cpu)->nr_running);
	return nr;
}

static uint64_t load_active(void)
{
	int64_t blocked = 0;
	unsigned cpu;

	for_each_online_cpu(cpu)
		blocked += READ_ONCE(cpu_rq(cpu)->nr_uninterruptible);
	return load_running() + (blocked > 0 ? (uint64_t)blocked : 0);
}

static void load_step_locked(uint64_t active)
{
	assert_held(&load.lock);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t sum = load.avg[i] * load_decay[i] + active * LOAD_ONE * (LOAD_ONE - load_decay[i]);

		load.avg[i] = sum / LOAD_ONE;
	}
}

void loadavg_update(uint64_t now)
{
	unsigned long flags;
	unsigned missed = 0;

	if (likely(now < READ_ONCE(load.next_ns)))
		return;
	flags = spin_lock_irqsave(&load.lock);
	while (load.next_ns + LOAD_INTERVAL_NS <= now && missed++ < 1000) {
		load_step_locked(0);
		load.next_ns += LOAD_INTERVAL_NS;
	}
	if (now >= load.next_ns) {
		load_step_locked(load_active());
		load.next_ns = now + LOAD_INTERVAL_NS;
	}
	spin_unlock_irqrestore(&load.lock, flags);
}

void sched_loadavg(struct loadavg *out)
{
	loadavg_update(arch_clock_ns());
	for (unsigned i = 0; i < 3; i++)
		out->avg[i] = READ_ONCE(load.avg[i]);
	out->running = load_running();
	out->total = (unsigned)atomic_read(&sched_state.nr_threads);
}

void sched_cpu_times(unsigned cpu, struct cpu_times *out)
{
	const struct runq *rq = cpu_rq(cpu);
	uint64_t busy = READ_ONCE(rq->busy_ns), idle = READ_ONCE(rq->idle_ns);
	uint64_t user = READ_ONCE(rq->user_sampled_ns), nice = READ_ONCE(rq->nice_sampled_ns);
	uint64_t sampled = user + nice + READ_ONCE(rq->system_sampled_ns);
	const struct thread *curr = READ_ONCE(rq->curr);
	uint64_t now = arch_clock_ns(), since = READ_ONCE(curr->se.exec_start_ns);

	/* The stretch under way is not in the sums yet. */
	if (now > since && curr == rq->idle)
		idle += now - since;
	else if (now > since)
		busy += now - since;
	out->user_ns = sampled ? mul_u64_u64_div_u64(busy, user, sampled) : 0;
	out->nice_ns = sampled ? mul_u64_u64_div_u64(busy, nice, sampled) : 0;
	out->system_ns = busy - out->user_ns - out->nice_ns;
	out->idle_ns = idle;
	out->switches = READ_ONCE(rq->switches);
	out->forks = READ_ONCE(rq->started);
	out->running = READ_ONCE(rq->nr_running);
}

/* SPDX-License-Identifier: MIT */
/*
 * Idle: what a CPU does when no thread wants it; and how a CPU gets its run queue.
 *
 * Each CPU's idle thread is the context it was started in. The loop runs RCU callbacks, frees ended threads,
 * looks for work on other CPUs, then halts without a tick until an interrupt.
 *
 * No wake-up is lost: a thread is queued, then the interrupt is sent; the loop looks at the queue with
 * interrupts off, and arch_cpu_halt() enables them and halts in one step.
 */
#include "sched/internal.h"

#include "arch/context.h"
#include "arch/smp.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "core/init.h"
#include "core/log.h"
#include "lib/format.h"
#include "sched/kthread.h"

static DEFINE_PER_CPU(struct thread, idle_thread);

static inline bool idle_has_work(const struct runq *rq)
{
	return READ_ONCE(rq->nr_running) || rcu_needs_cpu() ||
	       (READ_ONCE(current_blocker()->work) & WORK_RESCHED);
}

static void idle_halt(struct runq *rq)
{
	cpumask_t me = cpumask_of(rq->cpu);

	arch_irq_disable();
	atomic_word_or(&sched_state.idle, me);
	rcu_idle_enter();
	if (idle_has_work(rq))
		arch_irq_enable();
	else
		arch_cpu_halt();
	arch_irq_disable();
	rcu_idle_exit();
	if (READ_ONCE(sched_state.idle) & me)
		atomic_word_clear(&sched_state.idle, me);
	arch_irq_enable();
}

void idle_loop(void)
{
	struct runq *rq = this_rq();

	for (;;) {
		while (!READ_ONCE(rq->nr_running)) {
			if (rcu_needs_cpu())
				rcu_process();
			if (!list_empty(&rq->dead))
				sched_reap();
			log_wake_pending();
			atomic_word_clear(&current_blocker()->work, (uint32_t)WORK_RESCHED);
			if (!balance_steal(rq))
				idle_halt(rq);
		}
		arch_irq_disable();
		rcu_quiescent();
		sched_switch(/*preempt=*/false);
		arch_irq_enable();
	}
}

/* Make the running context this CPU's idle thread, with a run queue. Interrupts off. */
void idle_init(unsigned cpu)
{
	struct thread *t = this_cpu_ptr(&idle_thread);
	struct runq *rq = this_rq();
	char name[THREAD_NAME_SIZE];

	t->kernel = true;
	t->cpu = cpu;
	t->on_cpu = 1;
	t->allowed = cpumask_of(cpu);
	t->se.policy = POLICY_IDLE;
	t->se.weight = NICE_0_WEIGHT;
	t->se.exec_start_ns = arch_clock_ns();
	INIT_LIST_HEAD(&t->se.rt_link);
	refcount_set(&t->refs, 1);
	kscnprintf(name, sizeof(name), "idle/%u", cpu);
	thread_set_name(t, name);
	runq_init(rq, cpu, t);
	arch_set_current(t);
}

static int sched_init(void)
{
	idle_init(0);
	return 0;
}
INIT_HOOK(INIT_SCHED, sched_init);

void cpu_online(unsigned cpu)
{
	idle_init(cpu);
	rcu_cpu_online(cpu);
	klog(KLOG_DEBUG, "cpu %u is up", cpu);
	arch_irq_enable();
	idle_loop();
}

static int smp_start(void)
{
	if (arch_smp_nr_cpus() > 1)
		arch_smp_start();
	return 0;
}
INIT_HOOK(INIT_VFS, smp_start);	/* the level after the CPUs were found */

void sched_boot(void (*fn)(void *arg), void *arg)
{
	if (kthread_run(fn, arg, "init") < 0)
		panic("no memory for the first thread");
	arch_irq_enable();
	idle_loop();
}

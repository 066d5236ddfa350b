/* SPDX-License-Identifier: MIT */
/*
 * Threads: making, ending, naming, accounting. Life and locking: thread.h.
 *
 * Kernel stacks of ended threads are kept, a few per CPU, for the next ones: a stack is mapped memory
 * with a guard page, which costs page-table work and TLB flushes to make and unmake.
 */
#include "sched/thread.h"

#include "arch/mmu.h"
#include "core/assert.h"
#include "lib/err.h"
#include "lib/math64.h"
#include "lib/string.h"
#include "mm/kvmap.h"
#include "sched/internal.h"

#define STACKS_KEPT	4

/* Field legend: [c] own CPU, thread context */
struct stack_cache {
	unsigned nr;			/* [c] */
	void *stack[STACKS_KEPT];	/* [c] */
};
static DEFINE_PER_CPU(struct stack_cache, stack_cache);

static void *stack_get(void)
{
	struct stack_cache *cache = this_cpu_ptr(&stack_cache);

	if (cache->nr)
		return cache->stack[--cache->nr];
	return kstack_alloc();
}

static void stack_put(void *stack)
{
	struct stack_cache *cache = this_cpu_ptr(&stack_cache);

	if (cache->nr < STACKS_KEPT)
		cache->stack[cache->nr++] = stack;
	else
		kstack_free(stack);
}

static void thread_inherit(struct thread *t, const struct thread *parent)
{
	struct sched_entity *se = &t->se;

	memset(se, 0, sizeof(*se));
	INIT_LIST_HEAD(&se->rt_link);
	t->allowed = parent ? READ_ONCE(parent->allowed) : CPUMASK_ALL;
	if (parent && !parent->se.reset_on_fork) {
		se->policy = se->own_policy = parent->se.own_policy;	/* a boost is not inherited */
		se->nice = parent->se.nice;
		se->rt_prio = se->own_prio = parent->se.own_prio;
	} else if (parent && parent->se.nice > 0) {
		se->nice = parent->se.nice;	/* reset takes privileges away, nothing else */
	}
	fair_set_weight(t);
}

int thread_init(struct thread *t, const struct thread_params *params)
{
	void *stack = stack_get();

	if (!stack)
		return -ENOMEM;
	memset(&t->blocker, 0, sizeof(t->blocker));
	t->state = THREAD_NEW;
	t->cpu = arch_cpu_id();
	t->on_rq = 0;
	t->migrating = 0;
	t->yielded = false;
	t->woke = false;
	t->sleeps_after_wake = SLEEPS_ASSUMED;
	t->kernel = params->kernel;
	t->pagefault_disabled = 0;
	t->journal_handle = NULL;
	t->plug = NULL;
	memset(&t->arch, 0, sizeof(t->arch));
	t->kstack = stack;
	t->kstack_top = (char *)stack + ARCH_KSTACK_SIZE;
	t->mm = NULL;
	thread_inherit(t, params->parent);
	thread_set_name(t, params->name);
	refcount_set(&t->refs, 2);
	t->release = params->release;
	t->switched = NULL;
	t->user_sampled_ns = t->system_sampled_ns = 0;
	t->nvcsw = t->nivcsw = 0;
	t->start_ns = 0;
	t->tick_limit_ns = 0;
	t->tick_expired = NULL;
	return 0;
}

void thread_fini(struct thread *t)
{
	VERIFY_OP(t->state, ==, THREAD_NEW);
	stack_put(t->kstack);
	t->kstack = t->kstack_top = NULL;
}

void thread_start(struct thread *t)
{
	unsigned long flags;
	struct runq *rq;

	VERIFY_OP(t->state, ==, THREAD_NEW);
	t->start_ns = arch_clock_ns();
	WRITE_ONCE(t->state, THREAD_RUNNING);
	atomic_inc(&sched_state.nr_threads);
	flags = arch_irq_save();
	rq = this_rq();
	WRITE_ONCE(rq->started, rq->started + 1);
	WRITE_ONCE(t->cpu, balance_select(t, SELECT_NEW));
	sched_place(t, ENQUEUE_NEW);
	arch_irq_restore(flags);
}

static void thread_release_rcu(struct rcu_head *head)
{
	struct thread *t = container_of(head, struct thread, rcu);

	t->release(t);
}

void thread_put(struct thread *t)
{
	if (refcount_dec_and_test(&t->refs))
		call_rcu(&t->rcu, thread_release_rcu);
}

void sched_reap(void)
{
	LIST_HEAD(dead);
	struct thread *t, *next;

	arch_irq_disable();
	list_splice_init(&this_rq()->dead, &dead);
	arch_irq_enable();
	list_for_each_entry_safe(t, next, &dead, se.rt_link) {
		list_del_init(&t->se.rt_link);
		arch_thread_fini(&t->arch);
		stack_put(t->kstack);
		t->kstack = t->kstack_top = NULL;
		thread_put(t);
	}
}

void thread_set_mm(struct arch_mm *mm)
{
	struct thread *t = current_thread();

	arch_irq_disable();
	t->mm = mm;
	arch_mm_activate(mm);
	arch_irq_enable();
}

void thread_set_name(struct thread *t, const char *name)
{
	char padded[THREAD_NAME_SIZE] = { 0 };

	for (unsigned i = 0; i < THREAD_NAME_SIZE - 1 && name[i]; i++)
		padded[i] = name[i];
	/* Readers without a lock always find a NUL: the last byte never changes. */
	memcpy(t->name, padded, THREAD_NAME_SIZE - 1);
	t->name[THREAD_NAME_SIZE - 1] = 0;
}

char thread_state_char(const struct thread *t)
{
	unsigned state = READ_ONCE(t->state);

	if (state & THREAD_DEAD)
		return 'X';
	if (state & THREAD_STOPPED)
		return 'T';
	if (state & THREAD_TRACED)
		return 't';
	if (state & THREAD_UNINTERRUPTIBLE)
		return t->kernel ? 'I' : 'D';
	if (state & THREAD_INTERRUPTIBLE)
		return 'S';
	return 'R';
}

uint64_t thread_cpu_ns(const struct thread *t)
{
	uint64_t sum = READ_ONCE(t->se.sum_exec_ns), start, now;

	if (!READ_ONCE(t->on_cpu))
		return sum;
	start = READ_ONCE(t->se.exec_start_ns);
	now = arch_clock_ns();
	return sum + (now > start ? now - start : 0);
}

void thread_times(const struct thread *t, struct thread_times *out)
{
	uint64_t total = thread_cpu_ns(t);
	uint64_t user = READ_ONCE(t->user_sampled_ns), system = READ_ONCE(t->system_sampled_ns);

	if (t->kernel) {
		out->user_ns = 0;
	} else if (!(user + system)) {
		out->user_ns = total;	/* never seen by a tick: as Linux, all to the user */
	} else {
		out->user_ns = mul_u64_u64_div_u64(total, user, user + system);
	}
	out->system_ns = total - out->user_ns;
}

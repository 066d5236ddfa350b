/* SPDX-License-Identifier: MIT */
/*
 * RCU: grace periods and callbacks.
 *
 * Model. Grace periods are numbered. One runs at a time: rcu_state.pending holds the CPUs that were not yet quiescent
 * since it began; each clears its own bit at its next quiescent state, the last one ends the grace period and
 * starts the next if anybody asked. Idle CPUs are found by their rcu_idle flag and need not wake up.
 *
 * Each CPU keeps three lists: `next` (no grace period assigned yet), `wait` (for number wait_gp), `done`.
 * rcu_process() moves callbacks along and runs them; it is called where no RCU reference is held: the
 * idle loop, the return to user mode, and cond_resched().
 *
 * Idle entry against the start of a grace period; one of the two sees the other:
 *
 *	starter					CPU going idle
 *	pending = online			rcu_idle = 1
 *	barrier					barrier
 *	if rcu_idle: clear its bit		if its bit is in pending: clear it
 *
 * Idle exit: rcu_idle = 0, barrier. If the starter saw 1, the CPU's later reads see everything the starter
 * saw removed.
 *
 * Locking. gp_lock (irq-safe) orders starts and ends of grace periods. Lists: own CPU with interrupts off.
 */
#include "sync/rcu.h"

#include "arch/irq.h"
#include "arch/smp.h"
#include "core/assert.h"
#include "sync/context.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"
#include "trace/trace.h"

#define RCU_BATCH	64	/* callbacks that make the CPU look after them soon */

struct rcu_list {
	struct rcu_head *first;
	struct rcu_head **tail;		/* NULL: empty */
};

/* Field legend: [c] own CPU, interrupts off; [a] read by others */
struct rcu_cpu {
	struct rcu_list next, wait, done;	/* [c] */
	uint64_t wait_gp;		/* [c] grace period whose end `wait` waits for */
	unsigned count;			/* [c] callbacks on `next` since it was last looked at */
	bool processing;		/* [c] callbacks are being run */
};
static DEFINE_PER_CPU(struct rcu_cpu, rcu_cpu);

struct rcu_state rcu_state;

/* Field legend: [g] lock, [a] read anywhere, [I] */
static struct {
	struct spinlock lock;
	uint64_t started;		/* [g][a] number of the newest grace period */
	uint64_t completed;		/* [g][a] all up to this one have ended; started or started - 1 */
	uint64_t wanted;		/* [g] somebody waits for this number */
	cpumask_t waiters;		/* [a] CPUs whose callbacks wait for one to end */
	struct atomic expedite;		/* [a] synchronize_rcu() calls under way */
	struct waitq ended;
	void (*free)(void *ptr);	/* [I] */
} gp = {
	.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("rcu gp") },
	.ended = {
		.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("rcu ended") },
		.entries = LIST_HEAD_INIT(gp.ended.entries),
	},
};

static inline void rcu_list_add(struct rcu_list *list, struct rcu_head *head)
{
	head->next = NULL;
	if (!list->tail)
		list->tail = &list->first;
	*list->tail = head;
	list->tail = &head->next;
}

static inline void rcu_list_move(struct rcu_list *to, struct rcu_list *from)
{
	if (!from->first)
		return;
	if (!to->tail)
		to->tail = &to->first;
	*to->tail = from->first;
	to->tail = from->tail;
	from->first = NULL;
	from->tail = NULL;
}

/* Begin number started + 1. CPUs that are idle are quiescent already. */
static void gp_start_locked(void)
{
	cpumask_t online = cpus_online();
	unsigned cpu;

	assert_held(&gp.lock);
	WRITE_ONCE(gp.started, gp.started + 1);
	__atomic_store_n(&rcu_state.pending, online, __ATOMIC_RELAXED);
	smp_mb();	/* drawing above */
	for_each_cpu(cpu, online) {
		if (READ_ONCE(per_cpu_ptr(&cpu_context, cpu)->rcu_idle))
			atomic_word_clear(&rcu_state.pending, cpumask_of(cpu));
	}
	TRACE(rcu_start, TRACE_RCU, gp.started, rcu_state.pending, 0, 0);
}

/*
 * If the running grace period has ended, note it and start the next one when it is wanted. True when one ended.
 */
static bool gp_advance_locked(void)
{
	bool ended = false;

	assert_held(&gp.lock);
	for (;;) {
		if (gp.completed != gp.started) {
			if (READ_ONCE(rcu_state.pending))
				break;
			smp_store_release(&gp.completed, gp.started);	/* pairs with rcu_collect() */
			ended = true;
			TRACE(rcu_done, TRACE_RCU, gp.completed, gp.waiters, 0, 0);
		}
		if (gp.wanted <= gp.completed)
			break;
		gp_start_locked();
	}
	return ended;
}

/*
 * Prod idle CPUs whose callbacks waited for this. A busy CPU finds out by itself; one that goes idle now
 * looks after it has set rcu_idle.
 */
static void gp_prod_waiters(void)
{
	unsigned cpu;

	smp_mb();	/* completed, then rcu_idle; pairs with rcu_idle_enter() */
	for_each_cpu(cpu, READ_ONCE(gp.waiters) & ~cpumask_of(arch_cpu_id())) {
		if (READ_ONCE(per_cpu_ptr(&cpu_context, cpu)->rcu_idle))
			arch_ipi_send(cpu, IPI_RESCHED);
	}
}

/* Make the CPUs that hold up the running grace period pass a quiescent state soon. */
static void gp_prod_pending(void)
{
	unsigned cpu;

	for_each_cpu(cpu, READ_ONCE(rcu_state.pending) & ~cpumask_of(arch_cpu_id()))
		arch_ipi_send(cpu, IPI_RESCHED);
}

static void gp_advance(void)
{
	unsigned long flags = spin_lock_irqsave(&gp.lock);
	bool ended = gp_advance_locked();

	spin_unlock_irqrestore(&gp.lock, flags);
	if (atomic_read(&gp.expedite))
		gp_prod_pending();
	if (!ended)
		return;
	gp_prod_waiters();
	wake_up_all(&gp.ended);
}

void rcu_report_quiescent(void)
{
	cpumask_t me = cpumask_of(arch_cpu_id());

	/*
	 * Full barrier: what this CPU read before is over, for whoever sees the bit clear. Should it be the last, and
	 * the next grace period begin here, it is quiescent in that one, too: nobody else would make it say so.
	 */
	while (READ_ONCE(rcu_state.pending) & me) {
		if (__atomic_fetch_and(&rcu_state.pending, ~me, __ATOMIC_SEQ_CST) == me)
			gp_advance();
	}
}

void rcu_idle_enter(void)
{
	struct cpu_context *ctx = this_cpu_ptr(&cpu_context);

	smp_store_mb(&ctx->rcu_idle, 1u);	/* drawing above */
	rcu_quiescent();
}

void rcu_idle_exit(void)
{
	struct cpu_context *ctx = this_cpu_ptr(&cpu_context);

	if (ctx->rcu_idle)
		smp_store_mb(&ctx->rcu_idle, 0u);
}

static void rcu_queue(struct rcu_head *head)
{
	unsigned long flags = arch_irq_save();
	struct rcu_cpu *rc = this_cpu_ptr(&rcu_cpu);

	rcu_list_add(&rc->next, head);
	if (unlikely(++rc->count == RCU_BATCH) && arch_current())
		atomic_word_or(&current_blocker()->work, (uint32_t)WORK_RESCHED);
	arch_irq_restore(flags);
}

void call_rcu(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	head->fn = fn;
	rcu_queue(head);
}

void kfree_rcu_(struct rcu_head *head, size_t offset)
{
	head->offset = offset;
	rcu_queue(head);
}

void rcu_set_free(void (*fn)(void *ptr))
{
	gp.free = fn;
}

bool rcu_needs_cpu(void)
{
	const struct rcu_cpu *rc = this_cpu_ptr(&rcu_cpu);

	/* While `wait` is under way `next` has to wait for its turn: no reason to keep an idle CPU spinning. */
	return rc->done.first || (rc->next.first && !rc->wait.first) ||
	       (rc->wait.first && smp_load_acquire(&gp.completed) >= rc->wait_gp);
}

/* Ask for a grace period that starts now or later; returns its number. */
static uint64_t gp_request(void)
{
	unsigned long flags = spin_lock_irqsave(&gp.lock);
	uint64_t want = gp.started + 1;

	if (gp.wanted < want)
		gp.wanted = want;
	spin_unlock_irqrestore(&gp.lock, flags);
	gp_advance();
	return want;
}

/* Move callbacks that waited long enough to `done`; interrupts off. */
static void rcu_collect_done(struct rcu_cpu *rc)
{
	if (!rc->wait.first || smp_load_acquire(&gp.completed) < rc->wait_gp)
		return;
	rcu_list_move(&rc->done, &rc->wait);
	atomic_word_clear(&gp.waiters, cpumask_of(arch_cpu_id()));
}

/* Move callbacks along; interrupts off. Returns true when some are to be run. */
static bool rcu_collect(struct rcu_cpu *rc)
{
	rcu_collect_done(rc);
	if (!rc->wait.first && rc->next.first) {
		rcu_list_move(&rc->wait, &rc->next);
		rc->count = 0;
		atomic_word_or(&gp.waiters, cpumask_of(arch_cpu_id()));
		rc->wait_gp = gp_request();
		rcu_quiescent();	/* this very place is one */
		rcu_collect_done(rc);
	}
	return rc->done.first;
}

static void rcu_run(struct rcu_head *head)
{
	while (head) {
		struct rcu_head *next = head->next;

		if (head->offset < RCU_OFFSET_MAX)
			gp.free((char *)head - head->offset);
		else
			head->fn(head);
		head = next;
	}
}

void rcu_process(void)
{
	struct rcu_cpu *rc;
	struct rcu_head *head;

	arch_irq_disable();
	rc = this_cpu_ptr(&rcu_cpu);
	rcu_quiescent();
	while (!rc->processing && rcu_collect(rc)) {
		head = rc->done.first;
		rc->done.first = NULL;
		rc->done.tail = NULL;
		rc->processing = true;
		arch_irq_enable();
		rcu_run(head);
		arch_irq_disable();
		rc->processing = false;
	}
	arch_irq_enable();
}

void rcu_cpu_online(unsigned cpu)
{
	unsigned long flags = spin_lock_irqsave(&gp.lock);

	atomic_word_or(&cpus.online, cpumask_of(cpu));	/* later grace periods wait for it */
	spin_unlock_irqrestore(&gp.lock, flags);
}

void synchronize_rcu(void)
{
	uint64_t want;

	might_sleep();
	atomic_inc(&gp.expedite);
	want = gp_request();
	wait_event(&gp.ended, smp_load_acquire(&gp.completed) >= want);
	atomic_dec(&gp.expedite);
}

/* SPDX-License-Identifier: MIT */
/*
 * lockdep: the lock-order checker of the debug build.
 *
 * Model. A class is a number; edge[a][b] says "b was taken while a was held". A new edge a -> b is refused when b
 * already leads to a: somewhere the order is the other way round, and two CPUs can wait for each other. Facts are
 * learned from what did happen, so an inversion is found even when the deadlock did not occur.
 *
 * Interrupts. A spin lock class gets USED_IRQ when taken in an interrupt, and USED_ENABLED when taken in a
 * thread with interrupts on. Both on one class, or USED_IRQ leading to USED_ENABLED by an edge, is a deadlock
 * in waiting. An interrupt's locks are ordered among themselves only, not after those of the thread it interrupted.
 *
 * What is held: spin locks per CPU (the kernel is not preemptible), sleeping locks per thread.
 * The first finding turns the checker off and panics: everything after it would be noise.
 *
 * Locking. `lock`, raw, interrupts off, for the graph and the class table; reads of edge bits for a known
 * edge take nothing.
 */
#include "sync/lockdep.h"

#include "arch/irq.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/panic.h"
#include "lib/string.h"
#include "sync/block.h"
#include "sync/context.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"

#define CLASSES		(CONFIG_LOCKDEP ? 512 : 1)
#define WORDS		(CONFIG_LOCKDEP ? CLASSES / 64 : 1)

enum { USED_IRQ = 1, USED_ENABLED = 2 };

/* Field legend: [l] lock, [a] read without */
static struct {
	struct spinlock lock;
	bool off;			/* [a] */
	unsigned nr;			/* [l] */
	const char *name[CLASSES];	/* [l] */
	uint8_t subclass[CLASSES];	/* [l] */
	uint8_t used[CLASSES];		/* [l][a] */
	uint64_t edge[CLASSES][WORDS];	/* [l][a] */
	uint64_t seen[WORDS];		/* [l] of a search under way */
	bool expect;			/* [a] a self-test provokes a finding: note it and go on */
	const char *caught;		/* [a] the finding */
} dep;

static unsigned long dep_lock(void)
{
	unsigned long flags = arch_irq_save();

	while (!spin_acquire_raw(&dep.lock))
		arch_cpu_relax();
	return flags;
}

static void dep_unlock(unsigned long flags)
{
	spin_release_raw(&dep.lock);
	arch_irq_restore(flags);
}

static inline bool edge_test(unsigned a, unsigned b)
{
	return READ_ONCE(dep.edge[a][b / 64]) >> (b % 64) & 1;
}

/* -- What is held ---------------------------------------------------------------------------------------------- */

struct held_iter {
	struct held_lock *list[2];
	unsigned nr[2];
	bool irq;
};

/* The locks that stand before a new one in the current context. */
static void held_current(struct held_iter *it)
{
	struct cpu_context *ctx = this_cpu_ptr(&cpu_context);
	struct thread *t = arch_current();

	it->irq = ctx->irq_regs != NULL;
	it->list[0] = ctx->held;
	it->nr[0] = ctx->nr_held;
	it->list[1] = t && !it->irq ? thread_blocker(t)->held : NULL;
	it->nr[1] = it->list[1] ? thread_blocker(t)->nr_held : 0;
}

static void held_print(void)
{
	struct held_iter it;

	held_current(&it);
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < it.nr[k]; i++)
			panic_line("  held: %s (%p)%s", dep.name[it.list[k][i].id], it.list[k][i].lock,
				   it.list[k][i].irq ? " taken in interrupt" : "");
	}
}

static __cold void dep_fail(const char *what, const char *a, const char *b)
{
	if (READ_ONCE(dep.expect)) {
		WRITE_ONCE(dep.caught, what);
		return;
	}
	WRITE_ONCE(dep.off, true);
	panic_line("lockdep: %s: %s, %s", what, a, b);
	held_print();
	panic("lockdep: %s: %s, %s", what, a, b);
}

static void held_push(struct held_lock *list, unsigned nr, unsigned max, const struct held_lock *h)
{
	if (nr >= max)
		panic("lockdep: more than %u locks held, taking %s", max, dep.name[h->id]);
	list[nr] = *h;
}

static void held_add(const struct held_lock *h, enum lock_kind kind)
{
	unsigned long flags;
	struct cpu_context *ctx;
	struct blocker *b = current_blocker();

	if (kind == LOCK_SLEEP) {
		if (b) {
			held_push(b->held, b->nr_held, HELD_SLEEP_MAX, h);
			b->nr_held++;
		}
		return;
	}
	flags = arch_irq_save();
	ctx = this_cpu_ptr(&cpu_context);
	held_push(ctx->held, ctx->nr_held, HELD_SPIN_MAX, h);
	ctx->nr_held++;
	arch_irq_restore(flags);
}

/* Remove the newest entry of `lock`; false: not there. */
static bool held_remove(struct held_lock *list, unsigned nr, const void *lock)
{
	for (unsigned i = nr; i-- > 0;) {
		if (list[i].lock != lock)
			continue;
		for (; i + 1 < nr; i++)
			list[i] = list[i + 1];
		return true;
	}
	return false;
}

void lockdep_expect(void)
{
	WRITE_ONCE(dep.caught, NULL);
	WRITE_ONCE(dep.expect, true);
}

const char *lockdep_caught(void)
{
	WRITE_ONCE(dep.expect, false);
	return READ_ONCE(dep.caught);
}

/* -- The graph ------------------------------------------------------------------------------------------------- */

/* Number of (class name, subclass), new if need be. Under dep_lock(). */
static unsigned dep_register(const char *name, unsigned subclass)
{
	unsigned id;

	for (id = 0; id < dep.nr; id++) {
		if (dep.subclass[id] == subclass && strcmp(dep.name[id], name) == 0)
			return id;
	}
	if (id == CLASSES) {
		WRITE_ONCE(dep.off, true);
		return 0;
	}
	dep.name[id] = name;
	dep.subclass[id] = (uint8_t)subclass;
	dep.nr++;
	return id;
}

static unsigned dep_class_id(struct lock_class *class, unsigned subclass)
{
	unsigned id = READ_ONCE(class->id[subclass]);
	unsigned long flags;

	if (likely(id))
		return id - 1;
	flags = dep_lock();
	id = dep_register(class->name, subclass);
	WRITE_ONCE(class->id[subclass], (uint16_t)(id + 1));
	dep_unlock(flags);
	return id;
}

/* Is there a way from `from` to `to`? Under dep_lock(). Depth-first without recursion: a stack of classes. */
static bool dep_leads_to(unsigned from, unsigned to)
{
	static uint16_t stack[CLASSES + 1];
	unsigned depth = 0;

	memset(dep.seen, 0, sizeof(dep.seen));
	stack[depth++] = (uint16_t)from;
	while (depth) {
		unsigned at = stack[--depth];

		if (at == to)
			return true;
		for (unsigned w = 0; w < WORDS; w++) {
			uint64_t fresh = dep.edge[at][w] & ~dep.seen[w];

			dep.seen[w] |= fresh;
			for (; fresh; fresh &= fresh - 1)
				stack[depth++] = (uint16_t)(w * 64 + (unsigned)__builtin_ctzll(fresh));
		}
	}
	return false;
}

static void dep_learn(unsigned held, unsigned id)
{
	unsigned long flags = dep_lock();
	bool inverted = dep_leads_to(id, held);
	bool unsafe = (dep.used[held] & USED_IRQ) && (dep.used[id] & USED_ENABLED);

	if (!inverted)
		dep.edge[held][id / 64] |= 1UL << (id % 64);
	dep_unlock(flags);
	if (inverted)
		dep_fail("lock order inversion: held, wanted", dep.name[held], dep.name[id]);
	if (unsafe)
		dep_fail("interrupts take the first and not the second, which is wanted under it",
			 dep.name[held], dep.name[id]);
}

static void dep_check_held(unsigned id, const void *lock, unsigned subclass)
{
	struct held_iter it;

	held_current(&it);
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < it.nr[k]; i++) {
			const struct held_lock *h = &it.list[k][i];

			if (h->irq != it.irq)
				continue;
			if (h->lock == lock)
				dep_fail("taken twice", dep.name[id], "");
			if (h->id == id && subclass == 0)
				dep_fail("two locks of one class nested", dep.name[id], "");
			if (h->id != id && !edge_test(h->id, id))
				dep_learn(h->id, id);
		}
	}
}

/* Note how the class is used; the combination of both is refused, also across one edge. */
static void dep_mark(unsigned id, uint8_t use)
{
	unsigned long flags;
	unsigned other = CLASSES;

	if ((READ_ONCE(dep.used[id]) & use) == use)
		return;
	flags = dep_lock();
	dep.used[id] |= use;
	for (unsigned i = 0; i < dep.nr; i++) {
		if ((use & USED_IRQ) && edge_test(id, i) && (dep.used[i] & USED_ENABLED))
			other = i;
		if ((use & USED_ENABLED) && edge_test(i, id) && (dep.used[i] & USED_IRQ))
			other = i;
	}
	dep_unlock(flags);
	if (dep.used[id] == (USED_IRQ | USED_ENABLED))
		dep_fail("taken in interrupts, and elsewhere with interrupts on", dep.name[id], "");
	if (other != CLASSES)
		dep_fail("an interrupt's lock is held around one taken with interrupts on", dep.name[id],
			 dep.name[other]);
}

static void dep_mark_use(unsigned id, bool try)
{
	if (in_irq()) {
		if (!try)
			dep_mark(id, USED_IRQ);
	} else if (arch_irqs_enabled()) {
		dep_mark(id, USED_ENABLED);
	}
}

/* -- Entry points ---------------------------------------------------------------------------------------------- */

void lockdep_acquire_(struct lock_class *class, const void *lock, enum lock_kind kind, unsigned subclass)
{
	struct held_lock h = { .lock = lock };

	if (READ_ONCE(dep.off) || !class)
		return;
	h.id = (uint16_t)dep_class_id(class, subclass);
	h.irq = in_irq();
	if (kind == LOCK_SPIN)
		dep_mark_use(h.id, /*try=*/false);
	dep_check_held(h.id, lock, subclass);
	held_add(&h, kind);
}

void lockdep_acquire_try_(struct lock_class *class, const void *lock, enum lock_kind kind)
{
	struct held_lock h = { .lock = lock };

	if (READ_ONCE(dep.off) || !class)
		return;
	h.id = (uint16_t)dep_class_id(class, 0);
	h.irq = in_irq();
	if (kind == LOCK_SPIN)
		dep_mark_use(h.id, /*try=*/true);
	held_add(&h, kind);
}

void lockdep_release_(const void *lock, enum lock_kind kind)
{
	unsigned long flags;
	struct cpu_context *ctx;
	struct blocker *b = current_blocker();
	bool found;

	if (READ_ONCE(dep.off))
		return;
	if (kind == LOCK_SLEEP) {
		if (b && held_remove(b->held, b->nr_held, lock))
			b->nr_held--;
		return;
	}
	flags = arch_irq_save();
	ctx = this_cpu_ptr(&cpu_context);
	found = held_remove(ctx->held, ctx->nr_held, lock);
	if (found)
		ctx->nr_held--;
	arch_irq_restore(flags);
}

bool lockdep_is_held_(const void *lock)
{
	struct held_iter it;

	if (READ_ONCE(dep.off))
		return true;
	held_current(&it);
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < it.nr[k]; i++) {
			if (it.list[k][i].lock == lock)
				return true;
		}
	}
	return false;
}

void lockdep_assert_failed_(const struct lock_class *class)
{
	dep_fail("should be held", class ? class->name : "?", "");
}

void might_sleep_(const char *file, int line)
{
	const struct cpu_context *ctx = this_cpu_ptr(&cpu_context);
	const struct blocker *b = current_blocker();

	if (READ_ONCE(dep.off) || !b || panic_in_progress())
		return;
	if (likely(!ctx->nr_held && !ctx->irq_regs && !b->rcu_depth && arch_irqs_enabled()))
		return;
	panic_line("sleep at %s:%d with %u spin locks, %s, RCU depth %u, interrupts %s", file, line,
		   ctx->nr_held, ctx->irq_regs ? "in interrupt" : "in thread", b->rcu_depth,
		   arch_irqs_enabled() ? "on" : "off");
	dep_fail("sleep in atomic context", file, "");
}

void lockdep_assert_none_held(const char *where)
{
	const struct blocker *b = current_blocker();

	if (!CONFIG_LOCKDEP || READ_ONCE(dep.off) || !b)
		return;
	if (b->nr_held || b->rcu_depth || this_cpu_ptr(&cpu_context)->nr_held)
		dep_fail("locks held at", where, b->rcu_depth ? "rcu_read_lock" : "");
}

void rcu_read_lock_(void)
{
	if (current_blocker() && !in_irq())
		current_blocker()->rcu_depth++;
}

void rcu_read_unlock_(void)
{
	if (current_blocker() && !in_irq())
		current_blocker()->rcu_depth--;
}

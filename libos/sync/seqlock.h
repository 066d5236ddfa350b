/* SPDX-License-Identifier: MIT */
/*
 * Sequence counters and sequence locks: readers take nothing and write nothing; they read again when a
 * writer was there meanwhile.
 *
 * Model. The count is odd while a writer is inside. Writers exclude each other by some lock: struct seqlock
 * brings its own spin lock, struct seqcount leaves that to the caller. Readers must not follow pointers that a
 * writer may free, unless under RCU, and must not act on what they read before read_seqretry() says false.
 *
 *	do {						writer, under the lock:
 *		seq = read_seqbegin(&s);		write_seqcount_begin(&s.seq);
 *		copy;					change;
 *	} while (read_seqretry(&s, seq));		write_seqcount_end(&s.seq);
 *
 * The kernel is not preemptible, so a writer never leaves the CPU inside; a reader in an interrupt needs writers with
 * interrupts off.
 */
#pragma once

#include "arch/cpu.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/spinlock.h"

struct seqcount {
	uint32_t sequence;		/* [a] odd: being written */
};

struct __capability("lock") seqlock {
	struct seqcount seq;		/* [l] */
	struct spinlock lock;
};

#define SEQCOUNT_INIT		{ 0 }
#define DEFINE_SEQLOCK(lock_name)							\
	struct seqlock lock_name = { .lock = {						\
		.class = &(struct lock_class)LOCK_CLASS_INIT(#lock_name) } }

static inline void seqcount_init(struct seqcount *s)
{
	s->sequence = 0;
}

/* Wait until no writer is inside; returns the count to check with. */
static inline uint32_t read_seqcount_begin(const struct seqcount *s)
{
	uint32_t seq;

	/* acquire: pairs with the release in write_seqcount_end() */
	while (unlikely((seq = smp_load_acquire(&s->sequence)) & 1))
		arch_cpu_relax();
	return seq;
}

/* The same without waiting: an odd result makes read_seqcount_retry() true. For walks that fall back instead. */
static inline uint32_t raw_seqcount_begin(const struct seqcount *s)
{
	return smp_load_acquire(&s->sequence) & ~1u;
}

static inline bool read_seqcount_retry(const struct seqcount *s, uint32_t seq)
{
	smp_rmb();	/* what was read before; pairs with the barrier in write_seqcount_begin() */
	return unlikely(READ_ONCE(s->sequence) != seq);
}

/* Caller excludes other writers. */
static inline void write_seqcount_begin(struct seqcount *s)
{
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();	/* odd before any change is seen; pairs with read_seqcount_retry() */
}

static inline void write_seqcount_end(struct seqcount *s)
{
	smp_store_release(&s->sequence, s->sequence + 1);
}

/* Make readers that are inside retry, without a visible write phase. */
static inline void write_seqcount_invalidate(struct seqcount *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 2);
}

#define seqlock_init(s, class_name)							\
do {											\
	seqcount_init(&(s)->seq);							\
	spin_lock_init(&(s)->lock, class_name);						\
} while (0)

static inline uint32_t read_seqbegin(const struct seqlock *s)
{
	return read_seqcount_begin(&s->seq);
}

static inline bool read_seqretry(const struct seqlock *s, uint32_t seq)
{
	return read_seqcount_retry(&s->seq, seq);
}

static inline void write_seqlock(struct seqlock *s) __acquires(*s) __no_lock_check
{
	spin_lock(&s->lock);
	write_seqcount_begin(&s->seq);
}

static inline void write_sequnlock(struct seqlock *s) __releases(*s) __no_lock_check
{
	write_seqcount_end(&s->seq);
	spin_unlock(&s->lock);
}

static inline unsigned long write_seqlock_irqsave(struct seqlock *s) __acquires(*s) __no_lock_check
{
	unsigned long flags = spin_lock_irqsave(&s->lock);

	write_seqcount_begin(&s->seq);
	return flags;
}

static inline void write_sequnlock_irqrestore(struct seqlock *s, unsigned long flags)
	__releases(*s) __no_lock_check
{
	write_seqcount_end(&s->seq);
	spin_unlock_irqrestore(&s->lock, flags);
}

/* Read with writers kept out: for a reader that must not retry. */
static inline void read_seqlock_excl(struct seqlock *s) __acquires(*s) __no_lock_check
{
	spin_lock(&s->lock);
}

static inline void read_sequnlock_excl(struct seqlock *s) __releases(*s) __no_lock_check
{
	spin_unlock(&s->lock);
}

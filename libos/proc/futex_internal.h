/* SPDX-License-Identifier: MIT */
/*
 * futex_internal.h: keys, buckets and waiters, shared by futex.c, futex_multi.c and futex_pi.c. The protocol is told in
 * futex.c. All functions: thread context, current's address space.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "proc/futex.h"
#include "sync/spinlock.h"

struct thread;

struct futex_key {
	const void *object;		/* mm or address_space */
	uint64_t word;			/* address, or file offset of the word */
};

/* Field legend: [l] lock */
struct futex_bucket {
	struct spinlock lock;
	struct list_head waiters;	/* [l] struct futex_waiter */
	struct list_head pi;		/* [l] struct futex_pi: PI futexes with waiters */
} __aligned(ARCH_CACHE_LINE);

struct futex_waiter {
	struct list_head link;		/* [bucket lock] */
	struct futex_bucket *bucket;	/* [bucket lock]; read to find it; NULL: woken */
	struct futex_key key;		/* [bucket lock] */
	struct thread *thread;		/* [I] */
	uint32_t bitset;		/* [I] */
	struct pi_waiter *pi;		/* [I] FUTEX_WAIT_REQUEUE_PI: only CMP_REQUEUE_PI may take it off; else NULL */
};

struct futex_bucket *futex_bucket_of(const struct futex_key *key);
static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->word == b->word;
}
/* Key of a user word: 0, -EINVAL (misaligned), -EFAULT. May sleep. */
int __must_check futex_key_get(uint32_t __user *uaddr, bool private, struct futex_key *key);
/* Read, compare-and-swap a user word without sleeping: 0, or -EFAULT when its page is not there. */
int __must_check futex_load_nofault(uint32_t *val, uint32_t __user *uaddr);
int __must_check futex_cmpxchg_nofault(uint32_t __user *uaddr, uint32_t *expected, uint32_t desired);
/* Lock the key's bucket with *uaddr read under the lock. On error nothing is locked. May sleep. */
int __must_check futex_lock_and_load(struct futex_bucket *b, uint32_t __user *uaddr, uint32_t *val)
	__acquires(b->lock);
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);
/* Take w off its bucket and wake its thread; w may be gone afterwards. Bucket locked. */
void futex_wake_locked(struct futex_waiter *w);
/* Take w off its bucket if it is still there. True: it was, nobody woke it. */
bool futex_unqueue(struct futex_waiter *w);
/* schedule() until woken or the deadline: 0 or -ETIMEDOUT. */
int __must_check futex_sleep(uint64_t deadline_ns, bool realtime);

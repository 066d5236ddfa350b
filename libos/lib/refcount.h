/* SPDX-License-Identifier: MIT */
/*
 * Reference counts that saturate instead of wrapping.
 *
 * A count that overflows, or is raised from 0, sticks at REFCOUNT_SATURATED: the object leaks, which is
 * safe, and the misuse is reported once through the hook that core/ sets. Raising needs no ordering: the
 * caller already has a reference. Dropping is a release, and the drop to 0 also an acquire, so that the
 * destructor sees everything every holder did (partners: each other's refcount_dec_and_test).
 */
#pragma once

#include "lib/compiler.h"

struct refcount {
	int refs;	/* [a] */
};

#define REFCOUNT_INIT(n)	{ .refs = (n) }
#define REFCOUNT_SATURATED	(INT_MIN / 2)

enum refcount_misuse { REFCOUNT_INC_FROM_ZERO, REFCOUNT_OVERFLOW, REFCOUNT_UNDERFLOW };

/* Report misuse through fn (may be called in any context). Default: silence. */
void refcount_set_reporter(void (*fn)(struct refcount *r, enum refcount_misuse what));
/* Saturate *r and report. For the inlines below. */
void __cold refcount_saturate(struct refcount *r, enum refcount_misuse what);

static inline void refcount_set(struct refcount *r, int n)
{
	__atomic_store_n(&r->refs, n, __ATOMIC_RELAXED);
}

static inline int refcount_read(const struct refcount *r)
{
	return __atomic_load_n(&r->refs, __ATOMIC_RELAXED);
}

/* Add n references. The caller holds one. */
static inline void refcount_add(int n, struct refcount *r)
{
	int old = __atomic_fetch_add(&r->refs, n, __ATOMIC_RELAXED);

	if (unlikely(old <= 0 || old > INT_MAX - n))
		refcount_saturate(r, old == 0 ? REFCOUNT_INC_FROM_ZERO : REFCOUNT_OVERFLOW);
}

static inline void refcount_inc(struct refcount *r)
{
	refcount_add(1, r);
}

/* Take a reference unless the count has reached 0: for look-ups under RCU. True when taken. */
static inline bool __must_check refcount_inc_not_zero(struct refcount *r)
{
	int old = refcount_read(r);

	do {
		if (!old)
			return false;
	} while (!__atomic_compare_exchange_n(&r->refs, &old, (int)((unsigned)old + 1), true,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	if (unlikely(old < 0 || old == INT_MAX))
		refcount_saturate(r, REFCOUNT_OVERFLOW);
	return true;
}

/* Drop n references; true when none is left and the caller must destroy the object. */
static inline bool __must_check refcount_sub_and_test(int n, struct refcount *r)
{
	int old = __atomic_fetch_sub(&r->refs, n, __ATOMIC_RELEASE);

	if (old == n) {
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		return true;
	}
	if (unlikely(old < n))
		refcount_saturate(r, REFCOUNT_UNDERFLOW);
	return false;
}

static inline bool __must_check refcount_dec_and_test(struct refcount *r)
{
	return refcount_sub_and_test(1, r);
}

/* Drop a reference that is known not to be the last. */
static inline void refcount_dec(struct refcount *r)
{
	if (unlikely(refcount_sub_and_test(1, r)))
		refcount_saturate(r, REFCOUNT_UNDERFLOW);
}

/* Drop a reference unless it is the last one. True when dropped. */
static inline bool __must_check refcount_dec_not_one(struct refcount *r)
{
	int old = refcount_read(r);

	do {
		if (old == 1)
			return false;
		if (unlikely(old <= 0)) {
			refcount_saturate(r, REFCOUNT_UNDERFLOW);
			return true;
		}
	} while (!__atomic_compare_exchange_n(&r->refs, &old, old - 1, true,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	return true;
}

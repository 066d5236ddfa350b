/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations, and the memory order the kernel uses.
 *
 * Model. struct atomic (int) and struct atomic64 wrap a counter that is only touched by these inlines; xchg(),
 * cmpxchg() and friends work on any plain scalar. Read-modify-write operations that return a value are full
 * barriers; those that return nothing and the plain read/set order nothing. smp_load_acquire() pairs with
 * smp_store_release(): what was written before the release is seen after the acquire.
 *
 * Callable in any context. Everything compiles to one instruction or two.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct atomic {
	int value;
};

struct atomic64 {
	int64_t value;
};

#define ATOMIC_INIT(v)		{ (v) }

/* Barriers between CPUs (devices: arch/io.h). barrier() of lib/compiler.h only stops the compiler. */
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)

/* Store, then full barrier, in one instruction. */
#define smp_store_mb(p, v)	((void)__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST))

#define xchg(p, v)		__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)

/* Returns the old value: the store happened if it equals `old`. */
#define cmpxchg(p, old, new)								\
({											\
	__typeof__(*(p)) cx_old_ = (old);						\
	__atomic_compare_exchange_n((p), &cx_old_, (new), false, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_SEQ_CST);					\
	cx_old_;									\
})

/* True if *p was *oldp and is now new; else *oldp is updated to what *p holds. */
#define try_cmpxchg(p, oldp, new)							\
	__atomic_compare_exchange_n((p), (oldp), (new), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#define atomic_read(a)		__atomic_load_n(&(a)->value, __ATOMIC_RELAXED)
#define atomic_set(a, v)	__atomic_store_n(&(a)->value, (v), __ATOMIC_RELAXED)
#define atomic_read_acquire(a)	smp_load_acquire(&(a)->value)
#define atomic_set_release(a, v) smp_store_release(&(a)->value, (v))
#define atomic_xchg(a, v)	xchg(&(a)->value, (v))
#define atomic_cmpxchg(a, o, n)	cmpxchg(&(a)->value, (o), (n))
#define atomic_try_cmpxchg(a, op, n) try_cmpxchg(&(a)->value, (op), (n))

static inline void atomic_add(int v, struct atomic *a)
{
	__atomic_fetch_add(&a->value, v, __ATOMIC_RELAXED);
}

static inline void atomic_sub(int v, struct atomic *a)
{
	__atomic_fetch_sub(&a->value, v, __ATOMIC_RELAXED);
}

static inline void atomic_inc(struct atomic *a)
{
	atomic_add(1, a);
}

static inline void atomic_dec(struct atomic *a)
{
	atomic_sub(1, a);
}

static inline int atomic_add_return(int v, struct atomic *a)
{
	return __atomic_add_fetch(&a->value, v, __ATOMIC_SEQ_CST);
}

static inline int atomic_sub_return(int v, struct atomic *a)
{
	return __atomic_sub_fetch(&a->value, v, __ATOMIC_SEQ_CST);
}

static inline int atomic_inc_return(struct atomic *a)
{
	return atomic_add_return(1, a);
}

static inline int atomic_dec_return(struct atomic *a)
{
	return atomic_sub_return(1, a);
}

static inline int atomic_fetch_add(int v, struct atomic *a)
{
	return __atomic_fetch_add(&a->value, v, __ATOMIC_SEQ_CST);
}

static inline int atomic_fetch_or(int v, struct atomic *a)
{
	return __atomic_fetch_or(&a->value, v, __ATOMIC_SEQ_CST);
}

static inline int atomic_fetch_andnot(int v, struct atomic *a)
{
	return __atomic_fetch_and(&a->value, ~v, __ATOMIC_SEQ_CST);
}

/* True when the count reached 0 by this call. */
static inline bool atomic_dec_and_test(struct atomic *a)
{
	return atomic_dec_return(a) == 0;
}

/* Add v unless the value is u; true when added. */
static inline bool atomic_add_unless(struct atomic *a, int v, int u)
{
	int old = atomic_read(a);

	while (old != u) {
		if (atomic_try_cmpxchg(a, &old, old + v))
			return true;
	}
	return false;
}

static inline bool atomic_inc_not_zero(struct atomic *a)
{
	return atomic_add_unless(a, 1, 0);
}

#define atomic64_read(a)	__atomic_load_n(&(a)->value, __ATOMIC_RELAXED)
#define atomic64_set(a, v)	__atomic_store_n(&(a)->value, (v), __ATOMIC_RELAXED)
#define atomic64_xchg(a, v)	xchg(&(a)->value, (v))
#define atomic64_cmpxchg(a, o, n) cmpxchg(&(a)->value, (o), (n))
#define atomic64_try_cmpxchg(a, op, n) try_cmpxchg(&(a)->value, (op), (n))

static inline void atomic64_add(int64_t v, struct atomic64 *a)
{
	__atomic_fetch_add(&a->value, v, __ATOMIC_RELAXED);
}

static inline void atomic64_sub(int64_t v, struct atomic64 *a)
{
	__atomic_fetch_sub(&a->value, v, __ATOMIC_RELAXED);
}

static inline void atomic64_inc(struct atomic64 *a)
{
	atomic64_add(1, a);
}

static inline void atomic64_dec(struct atomic64 *a)
{
	atomic64_sub(1, a);
}

static inline int64_t atomic64_add_return(int64_t v, struct atomic64 *a)
{
	return __atomic_add_fetch(&a->value, v, __ATOMIC_SEQ_CST);
}

static inline int64_t atomic64_sub_return(int64_t v, struct atomic64 *a)
{
	return __atomic_sub_fetch(&a->value, v, __ATOMIC_SEQ_CST);
}

static inline int64_t atomic64_inc_return(struct atomic64 *a)
{
	return atomic64_add_return(1, a);
}

static inline int64_t atomic64_fetch_add(int64_t v, struct atomic64 *a)
{
	return __atomic_fetch_add(&a->value, v, __ATOMIC_SEQ_CST);
}

static inline bool atomic64_dec_and_test(struct atomic64 *a)
{
	return atomic64_sub_return(1, a) == 0;
}

/* Single bits of a plain 32- or 64-bit word shared between CPUs. Full barriers. */
#define atomic_word_or(p, mask)		((void)__atomic_fetch_or((p), (mask), __ATOMIC_SEQ_CST))
#define atomic_word_clear(p, mask)	((void)__atomic_fetch_and((p), ~(mask), __ATOMIC_SEQ_CST))
#define atomic_word_fetch_or(p, mask)	__atomic_fetch_or((p), (mask), __ATOMIC_SEQ_CST)
#define atomic_word_fetch_clear(p, mask) __atomic_fetch_and((p), ~(mask), __ATOMIC_SEQ_CST)

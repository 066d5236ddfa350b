/* SPDX-License-Identifier: MIT */
/*
 * What the language lacks, spelt once: attributes, annotations for the checkers, single accesses to shared
 * memory, and the few macros everyone expects (container_of, ARRAY_SIZE, min, max).
 *
 * The only file of libos/ where the preprocessor may ask which compiler or checker is at work.
 *
 * Annotations. __user marks pointers to user memory; with -DCHECK_USER clang refuses to dereference them.
 * __acquires/__releases/__requires/__guarded_by name locks for clang's -Wthread-safety; gcc ignores them.
 *
 * Shared memory. READ_ONCE/WRITE_ONCE are single, untorn, unordered accesses. smp_load_acquire and
 * smp_store_release order all other accesses against theirs; each use names its partner in a comment.
 */
#pragma once

#include "lib/types.h"

/* Limits: gcc's freestanding <limits.h> wants a libc's behind it. Hosted builds may have that one already. */
#ifndef INT_MAX
#define SCHAR_MAX	__SCHAR_MAX__
#define CHAR_BIT	__CHAR_BIT__
#define UCHAR_MAX	(SCHAR_MAX * 2 + 1)
#define SHRT_MAX	__SHRT_MAX__
#define USHRT_MAX	(SHRT_MAX * 2 + 1)
#define INT_MAX		__INT_MAX__
#define INT_MIN		(-INT_MAX - 1)
#define UINT_MAX	(INT_MAX * 2U + 1U)
#define LONG_MAX	__LONG_MAX__
#define LONG_MIN	(-LONG_MAX - 1L)
#define ULONG_MAX	(LONG_MAX * 2UL + 1UL)
#define LLONG_MAX	__LONG_LONG_MAX__
#define LLONG_MIN	(-LLONG_MAX - 1LL)
#define ULLONG_MAX	(LLONG_MAX * 2ULL + 1ULL)
#endif

/* Attributes. */
#define __must_check		__attribute__((__warn_unused_result__))
#define __packed		__attribute__((__packed__))
#define __aligned(n)		__attribute__((__aligned__(n)))
#define __noreturn		__attribute__((__noreturn__))
#define __printf(fmt, args)	__attribute__((__format__(__printf__, fmt, args)))
#define __cold			__attribute__((__cold__))
#define __weak			__attribute__((__weak__))
#define __section(name)		__attribute__((__section__(name)))
#define __maybe_unused		__attribute__((__unused__))
#define __keep			__attribute__((__used__))
#define __malloc_like		__attribute__((__malloc__))
#define __naked			__attribute__((__naked__))
#define noinline		__attribute__((__noinline__))
#define fallthrough		__attribute__((__fallthrough__))
#define __no_sanitize_address	__attribute__((__no_sanitize_address__))
#define __no_sanitize_undefined	__attribute__((__no_sanitize_undefined__))
#define __no_stack_protector	__attribute__((__no_stack_protector__))

#undef __always_inline
#define __always_inline		__inline __attribute__ ((__always_inline__))

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

/* Address spaces. __force documents a cast that crosses them on purpose. */
#ifdef CHECK_USER
#define __user			__attribute__((__noderef__, __address_space__(1)))
#define __iomem			__attribute__((__noderef__, __address_space__(2)))
#else
#define __user
#define __iomem
#endif
#define __force

/* Lock annotations. */
#ifdef __clang__
#define __lock_annotation(x)	__attribute__((x))
#else
#define __lock_annotation(x)
#endif
#define __capability(name)	__lock_annotation(capability(name))
#define __guarded_by(x)		__lock_annotation(guarded_by(x))
#define __acquires(...)		__lock_annotation(acquire_capability(__VA_ARGS__))
#define __acquires_shared(...)	__lock_annotation(acquire_shared_capability(__VA_ARGS__))
#define __try_acquires(...)	__lock_annotation(try_acquire_capability(__VA_ARGS__))
#define __releases(...)		__lock_annotation(release_capability(__VA_ARGS__))
#define __releases_shared(...)	__lock_annotation(release_shared_capability(__VA_ARGS__))
#define __requires(...)		__lock_annotation(requires_capability(__VA_ARGS__))
#define __requires_shared(...)	__lock_annotation(requires_shared_capability(__VA_ARGS__))
#define __asserts_held(...)	__lock_annotation(assert_capability(__VA_ARGS__))
#define __excludes(...)		__lock_annotation(locks_excluded(__VA_ARGS__))
#define __no_lock_check		__lock_annotation(no_thread_safety_analysis)

/* A compiler barrier: no access moves across it. Orders nothing between CPUs. */
#define barrier()		__asm__ __volatile__("" ::: "memory")
/* Make the compiler forget what it knows about the value of v (an lvalue). */
#define OPTIMIZER_HIDE_VAR(v)	__asm__("" : "+r"(v))

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	do { *(volatile __typeof__(x) *)&(x) = (v); } while (0)
#define smp_load_acquire(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* Drop the result of a __must_check function; the reason stands beside the call. */
#define ignore_result(x)	do { __typeof__(x) __ignored = (x); (void)__ignored; } while (0)

/* Refuse to compile when cond is true. */
#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), "BUILD_BUG_ON: " #cond)

#define __same_type(a, b)	__builtin_types_compatible_p(__typeof__(a), __typeof__(b))

/* Number of elements; refuses pointers (the array must not have its first element's pointer type). */
#define ARRAY_SIZE(a) \
	(sizeof(a) / sizeof((a)[0]) + \
	 0 * sizeof(struct { _Static_assert(!__same_type((a), &(a)[0]), "not an array"); char unused; }))

/* A name no other expansion uses, so that macros nest without shadowing. */
#define __PASTE2(a, b)		a##b
#define __PASTE(a, b)		__PASTE2(a, b)
#define __UNIQUE(name)		__PASTE(__u_##name##_, __COUNTER__)

/* From a pointer to a member to its structure. */
#define container_of(ptr, type, member) \
	((type *)((uintptr_t)(ptr) - offsetof(type, member) - 0 * sizeof(struct { \
		_Static_assert(__same_type(*(ptr), ((type *)0)->member) || __same_type(*(ptr), void), \
			       "container_of: not a pointer to that member"); char unused; })))

#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#define offsetofend(type, member)	(offsetof(type, member) + sizeof_field(type, member))

/* Each argument is evaluated once. min_t and max_t convert first; min and max take the common type. */
#define __pick(type, a, op, b, x, y) __extension__ ({ type x = (a); type y = (b); x op y ? x : y; })
#define min_t(type, a, b)	__pick(type, a, <, b, __UNIQUE(lhs), __UNIQUE(rhs))
#define max_t(type, a, b)	__pick(type, a, >, b, __UNIQUE(lhs), __UNIQUE(rhs))
#define min(a, b)		min_t(__typeof__((a) + (b)), a, b)
#define max(a, b)		max_t(__typeof__((a) + (b)), a, b)
#define clamp_t(type, v, lo, hi)	min_t(type, max_t(type, v, lo), hi)
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define swap(a, b)		do { __typeof__(a) __swapped = (a); (a) = (b); (b) = __swapped; } while (0)

/* True, and *res truncated, when the exact result does not fit *res. */
#define check_add_overflow(a, b, res)	__builtin_add_overflow(a, b, res)
#define check_sub_overflow(a, b, res)	__builtin_sub_overflow(a, b, res)
#define check_mul_overflow(a, b, res)	__builtin_mul_overflow(a, b, res)

/* SPDX-License-Identifier: MIT */
/*
 * core/kasan.h: telling good memory from bad, byte by byte (debug build).
 *
 * The compiler calls the checker before each load and store; the allocators say here what may be touched. Without
 * CONFIG_KASAN all of this compiles to nothing. The hosted build has its own definitions over AddressSanitizer.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define KASAN_GRANULE		8UL	/* poison starts and ends at multiples of this */

/* Why memory is bad: the value in its shadow, which the report names. 1..7: only so many bytes are good. */
enum kasan_poison {
	KASAN_FREE_PAGE = 0xff,
	KASAN_REDZONE = 0xfc,		/* beside an object, or behind what was asked for */
	KASAN_FREE_OBJECT = 0xfb,
	KASAN_UNALLOCATED = 0xfa,	/* in a slab, not handed out yet */
};

void kasan_init_range(void *shadow, const void *start, size_t size);
void kasan_poison_range(const void *start, size_t size, enum kasan_poison why);
void kasan_unpoison_range(const void *start, size_t size);
bool kasan_find_bad(const void *start, size_t size, uintptr_t *bad);

/*
 * Start checking [start, start + size), all of it good at first. `shadow` is size / 8 bytes of zeroed memory, which the
 * checker keeps. Called once, by mm/, before other CPUs run, with the part of the direct map that is RAM.
 */
static __always_inline void kasan_init(void *shadow, const void *start, size_t size)
{
	if (CONFIG_KASAN)
		kasan_init_range(shadow, start, size);
}

/*
 * [start, start + size) must not be touched from now on. start is a multiple of KASAN_GRANULE, size is rounded up.
 * Context: any.
 */
static __always_inline void kasan_poison(const void *start, size_t size, enum kasan_poison why)
{
	if (CONFIG_KASAN)
		kasan_poison_range(start, size, why);
}

/* [start, start + size) may be touched; bytes behind it up to the next granule may not. start as above. Any context. */
static __always_inline void kasan_unpoison(const void *start, size_t size)
{
	if (CONFIG_KASAN)
		kasan_unpoison_range(start, size);
}

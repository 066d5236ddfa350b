/* SPDX-License-Identifier: MIT */
/*
 * Bits of one word. Names and numbering as in Linux: __ffs and __fls count from 0 and need a non-zero
 * argument; fls and fls64 count from 1 and give 0 for 0. (ffs() is libc's name and is not defined here.)
 */
#pragma once

#include "lib/compiler.h"

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
/* Bits lo..hi set, both included. */
#define GENMASK(hi, lo)		((~0UL << (lo)) & (~0UL >> (BITS_PER_LONG - 1 - (hi))))

#define is_power_of_2(n)	((n) != 0 && ((n) & ((n) - 1)) == 0)

/* Lowest set bit, from 0. x != 0. */
static __always_inline unsigned __ffs(unsigned long x)
{
	return (unsigned)__builtin_ctzl(x);
}

/* Highest set bit, from 0. x != 0. */
static __always_inline unsigned __fls(unsigned long x)
{
	return BITS_PER_LONG - 1 - (unsigned)__builtin_clzl(x);
}

/* Lowest clear bit, from 0. x != ~0. */
static __always_inline unsigned ffz(unsigned long x)
{
	return __ffs(~x);
}

/* Highest set bit, from 1; 0 if none. */
static __always_inline unsigned fls64(uint64_t x)
{
	return x ? __fls(x) + 1 : 0;
}

static __always_inline unsigned fls(uint32_t x)
{
	return fls64(x);
}

static __always_inline unsigned hweight64(uint64_t x)
{
	/* Not the builtin: without POPCNT that is a call into libgcc. */
	x -= (x >> 1) & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned)((x * 0x0101010101010101ULL) >> 56);
}

/* Floor of the base-2 logarithm. x != 0. A constant expression for constants. */
#define ilog2(x)		(BITS_PER_LONG - 1 - (unsigned)__builtin_clzl((unsigned long)(x)))

/* Next power of two >= x; x != 0 and <= 1UL << 63. */
static __always_inline unsigned long roundup_pow_of_two(unsigned long x)
{
	return x <= 1 ? 1 : 1UL << fls64(x - 1);
}

static __always_inline unsigned long rounddown_pow_of_two(unsigned long x)
{
	return 1UL << __fls(x);
}

static __always_inline uint32_t rol32(uint32_t x, unsigned n)
{
	return (x << (n & 31)) | (x >> (-n & 31));
}

static __always_inline uint32_t ror32(uint32_t x, unsigned n)
{
	return (x >> (n & 31)) | (x << (-n & 31));
}

static __always_inline uint64_t rol64(uint64_t x, unsigned n)
{
	return (x << (n & 63)) | (x >> (-n & 63));
}

static __always_inline uint64_t ror64(uint64_t x, unsigned n)
{
	return (x >> (n & 63)) | (x << (-n & 63));
}

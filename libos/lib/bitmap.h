/* SPDX-License-Identifier: MIT */
/*
 * Bit sets in arrays of unsigned long. Bit n is bit n % 64 of word n / 64, which on a little-endian machine
 * is also bit n % 8 of byte n / 8, the order of on-disk bitmaps.
 *
 * The __set_bit family is not atomic; set_bit, clear_bit and the test_and_ forms are atomic and fully
 * ordered (test_and_set_bit_lock is an acquire, clear_bit_unlock a release: partners of each other).
 * Searches return `size` when nothing is found. Bits at and above `size` in the last word are not looked at.
 */
#pragma once

#include "lib/align.h"
#include "lib/bits.h"

#define BIT_WORD(n)		((n) / BITS_PER_LONG)
#define BIT_MASK(n)		(1UL << ((n) % BITS_PER_LONG))
#define BITS_TO_LONGS(n)	DIV_ROUND_UP((n), BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

static __always_inline bool test_bit(size_t n, const unsigned long *map)
{
	return READ_ONCE(map[BIT_WORD(n)]) >> (n % BITS_PER_LONG) & 1;
}

static __always_inline void __set_bit(size_t n, unsigned long *map)
{
	map[BIT_WORD(n)] |= BIT_MASK(n);
}

static __always_inline void __clear_bit(size_t n, unsigned long *map)
{
	map[BIT_WORD(n)] &= ~BIT_MASK(n);
}

static __always_inline void __assign_bit(size_t n, unsigned long *map, bool value)
{
	map[BIT_WORD(n)] = (map[BIT_WORD(n)] & ~BIT_MASK(n)) | (unsigned long)value << (n % BITS_PER_LONG);
}

static __always_inline bool __test_and_set_bit(size_t n, unsigned long *map)
{
	bool old = test_bit(n, map);

	__set_bit(n, map);
	return old;
}

static __always_inline bool __test_and_clear_bit(size_t n, unsigned long *map)
{
	bool old = test_bit(n, map);

	__clear_bit(n, map);
	return old;
}

static __always_inline void set_bit(size_t n, unsigned long *map)
{
	__atomic_fetch_or(&map[BIT_WORD(n)], BIT_MASK(n), __ATOMIC_SEQ_CST);
}

static __always_inline void clear_bit(size_t n, unsigned long *map)
{
	__atomic_fetch_and(&map[BIT_WORD(n)], ~BIT_MASK(n), __ATOMIC_SEQ_CST);
}

static __always_inline bool test_and_set_bit(size_t n, unsigned long *map)
{
	return __atomic_fetch_or(&map[BIT_WORD(n)], BIT_MASK(n), __ATOMIC_SEQ_CST) & BIT_MASK(n);
}

static __always_inline bool test_and_clear_bit(size_t n, unsigned long *map)
{
	return __atomic_fetch_and(&map[BIT_WORD(n)], ~BIT_MASK(n), __ATOMIC_SEQ_CST) & BIT_MASK(n);
}

/* True when the bit was already set (the lock was not taken). */
static __always_inline bool test_and_set_bit_lock(size_t n, unsigned long *map)
{
	return __atomic_fetch_or(&map[BIT_WORD(n)], BIT_MASK(n), __ATOMIC_ACQUIRE) & BIT_MASK(n);
}

static __always_inline void clear_bit_unlock(size_t n, unsigned long *map)
{
	__atomic_fetch_and(&map[BIT_WORD(n)], ~BIT_MASK(n), __ATOMIC_RELEASE);
}

/* Searches. */
size_t find_next_bit(const unsigned long *map, size_t size, size_t from);
size_t find_next_zero_bit(const unsigned long *map, size_t size, size_t from);
/* First bit set in both. */
size_t find_next_and_bit(const unsigned long *a, const unsigned long *b, size_t size, size_t from);
/* Last set bit, or size. */
size_t find_last_bit(const unsigned long *map, size_t size);
/* First of `count` clear bits in a row, starting at a multiple of align (a power of two; 1: any), or size. */
size_t bitmap_find_zero_area(const unsigned long *map, size_t size, size_t from, size_t count, size_t align);

#define find_first_bit(map, size)	find_next_bit((map), (size), 0)
#define find_first_zero_bit(map, size)	find_next_zero_bit((map), (size), 0)

#define for_each_set_bit(bit, map, size) \
	for ((bit) = find_first_bit((map), (size)); (bit) < (size); (bit) = find_next_bit((map), (size), (bit) + 1))
#define for_each_clear_bit(bit, map, size) \
	for ((bit) = find_first_zero_bit((map), (size)); (bit) < (size); \
	     (bit) = find_next_zero_bit((map), (size), (bit) + 1))

/* Whole sets of `bits` bits. Destinations get zeroes above the last bit of the last word. */
void bitmap_zero(unsigned long *map, size_t bits);
void bitmap_fill(unsigned long *map, size_t bits);
void bitmap_copy(unsigned long *dst, const unsigned long *src, size_t bits);
void bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b, size_t bits);
void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b, size_t bits);
void bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b, size_t bits);
bool bitmap_empty(const unsigned long *map, size_t bits);
bool bitmap_full(const unsigned long *map, size_t bits);
bool bitmap_equal(const unsigned long *a, const unsigned long *b, size_t bits);
bool bitmap_subset(const unsigned long *sub, const unsigned long *super, size_t bits);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b, size_t bits);
size_t bitmap_weight(const unsigned long *map, size_t bits);
/* Ranges: `count` bits from `from`; the rest is untouched. Not atomic. */
void bitmap_set(unsigned long *map, size_t from, size_t count);
void bitmap_clear(unsigned long *map, size_t from, size_t count);

struct strbuf;
/* As "0-3,7" (ranges) or as comma-separated 32-bit hex words, highest first (/proc's two cpumask forms). */
void bitmap_print_list(struct strbuf *sb, const unsigned long *map, size_t bits);
void bitmap_print_mask(struct strbuf *sb, const unsigned long *map, size_t bits);

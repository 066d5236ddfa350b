/* SPDX-License-Identifier: MIT */
/* Bit sets: see lib/bitmap.h. */
#include "lib/bitmap.h"

#include "lib/strbuf.h"
#include "lib/string.h"

/* Bits of the last word that belong to a set of `bits` bits. */
static inline unsigned long last_mask(size_t bits)
{
	return ~0UL >> (-bits % BITS_PER_LONG);
}

/*
 * The one search loop: the first bit at or after `from` of ((a & b) ^ flip), b NULL for all ones.
 * flip is 0 to find set bits, ~0 to find clear ones.
 */
static inline size_t search(const unsigned long *a, const unsigned long *b, unsigned long flip, size_t size,
			    size_t from)
{
	unsigned long word;
	size_t i = BIT_WORD(from);

	if (from >= size)
		return size;
	word = ((b ? a[i] & b[i] : a[i]) ^ flip) & (~0UL << (from % BITS_PER_LONG));
	while (!word) {
		if (++i * BITS_PER_LONG >= size)
			return size;
		word = (b ? a[i] & b[i] : a[i]) ^ flip;
	}
	return min(i * BITS_PER_LONG + __ffs(word), size);
}

size_t find_next_bit(const unsigned long *map, size_t size, size_t from)
{
	return search(map, NULL, 0, size, from);
}

size_t find_next_zero_bit(const unsigned long *map, size_t size, size_t from)
{
	return search(map, NULL, ~0UL, size, from);
}

size_t find_next_and_bit(const unsigned long *a, const unsigned long *b, size_t size, size_t from)
{
	return search(a, b, 0, size, from);
}

size_t find_last_bit(const unsigned long *map, size_t size)
{
	size_t i = BITS_TO_LONGS(size);
	unsigned long mask = last_mask(size);

	while (i--) {
		if (map[i] & mask)
			return i * BITS_PER_LONG + __fls(map[i] & mask);
		mask = ~0UL;
	}
	return size;
}

size_t bitmap_find_zero_area(const unsigned long *map, size_t size, size_t from, size_t count, size_t align)
{
	size_t start, end, busy;

	for (;; from = busy + 1) {
		start = ALIGN_UP(find_next_zero_bit(map, size, from), align);
		if (check_add_overflow(start, count, &end) || end > size)
			return size;
		busy = find_next_bit(map, end, start);
		if (busy >= end)
			return start;
	}
}

void bitmap_zero(unsigned long *map, size_t bits)
{
	memset(map, 0, BITS_TO_LONGS(bits) * sizeof(*map));
}

void bitmap_fill(unsigned long *map, size_t bits)
{
	size_t n = BITS_TO_LONGS(bits);

	memset(map, 0xff, n * sizeof(*map));
	if (n)
		map[n - 1] = last_mask(bits);
}

void bitmap_copy(unsigned long *dst, const unsigned long *src, size_t bits)
{
	size_t n = BITS_TO_LONGS(bits);

	memcpy(dst, src, n * sizeof(*dst));
	if (n)
		dst[n - 1] &= last_mask(bits);
}

#define DEFINE_COMBINE(name, op) \
void name(unsigned long *dst, const unsigned long *a, const unsigned long *b, size_t bits) \
{ \
	size_t n = BITS_TO_LONGS(bits), i; \
\
	for (i = 0; i < n; i++) \
		dst[i] = a[i] op b[i]; \
	if (n) \
		dst[n - 1] &= last_mask(bits); \
}

DEFINE_COMBINE(bitmap_and, &)
DEFINE_COMBINE(bitmap_or, |)
DEFINE_COMBINE(bitmap_andnot, & ~)

bool bitmap_empty(const unsigned long *map, size_t bits)
{
	return find_first_bit(map, bits) == bits;
}

bool bitmap_full(const unsigned long *map, size_t bits)
{
	return find_first_zero_bit(map, bits) == bits;
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, size_t bits)
{
	size_t n = BITS_TO_LONGS(bits), i;

	for (i = 0; i + 1 < n; i++) {
		if (a[i] != b[i])
			return false;
	}
	return !n || !((a[i] ^ b[i]) & last_mask(bits));
}

bool bitmap_subset(const unsigned long *sub, const unsigned long *super, size_t bits)
{
	size_t n = BITS_TO_LONGS(bits), i;

	for (i = 0; i + 1 < n; i++) {
		if (sub[i] & ~super[i])
			return false;
	}
	return !n || !(sub[i] & ~super[i] & last_mask(bits));
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b, size_t bits)
{
	return find_next_and_bit(a, b, bits, 0) < bits;
}

size_t bitmap_weight(const unsigned long *map, size_t bits)
{
	size_t n = BITS_TO_LONGS(bits), weight = 0, i;

	for (i = 0; i + 1 < n; i++)
		weight += hweight64(map[i]);
	return n ? weight + hweight64(map[i] & last_mask(bits)) : 0;
}

/* Set or clear a range word by word. */
static void assign_range(unsigned long *map, size_t from, size_t count, bool value)
{
	while (count) {
		size_t bit = from % BITS_PER_LONG, n = min(count, BITS_PER_LONG - bit);
		unsigned long mask = (~0UL >> (BITS_PER_LONG - n)) << bit;

		if (value)
			map[BIT_WORD(from)] |= mask;
		else
			map[BIT_WORD(from)] &= ~mask;
		from += n;
		count -= n;
	}
}

void bitmap_set(unsigned long *map, size_t from, size_t count)
{
	assign_range(map, from, count, true);
}

void bitmap_clear(unsigned long *map, size_t from, size_t count)
{
	assign_range(map, from, count, false);
}

void bitmap_print_list(struct strbuf *sb, const unsigned long *map, size_t bits)
{
	size_t from = find_first_bit(map, bits), to;
	const char *comma = "";

	for (; from < bits; from = find_next_bit(map, bits, to)) {
		to = find_next_zero_bit(map, bits, from);
		if (to == from + 1)
			strbuf_printf(sb, "%s%zu", comma, from);
		else
			strbuf_printf(sb, "%s%zu-%zu", comma, from, to - 1);
		comma = ",";
	}
}

void bitmap_print_mask(struct strbuf *sb, const unsigned long *map, size_t bits)
{
	size_t words = DIV_ROUND_UP(bits, 32);
	int width = (int)DIV_ROUND_UP(bits % 32 ? bits % 32 : 32, 4);

	while (words--) {
		unsigned long word = map[words / 2] >> (words % 2 * 32);

		if ((words + 1) * 32 > bits)
			word &= last_mask(bits) >> (words % 2 * 32);
		strbuf_printf(sb, "%0*x%s", width, (uint32_t)word, words ? "," : "");
		width = 8;
	}
}

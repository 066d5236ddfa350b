/* SPDX-License-Identifier: MIT */
/* Bit sets against arrays of bool. */
#include "test.h"

#include "lib/bitmap.h"
#include "lib/strbuf.h"

#include <string.h>

#define BITS	300

static DECLARE_BITMAP(map, BITS);
static DECLARE_BITMAP(other, BITS);
static bool model[BITS], model2[BITS];

static size_t model_find(const bool *m, size_t size, size_t from, bool value)
{
	while (from < size && m[from] != value)
		from++;
	return from < size ? from : size;
}

static void fill_random(unsigned long *bits, bool *m)
{
	unsigned density = test_random_below(101), i;

	for (i = 0; i < BITS; i++) {
		m[i] = test_random_below(100) < density;
		__assign_bit(i, bits, m[i]);
	}
}

TEST(bitmap_searches)
{
	unsigned round;

	for (round = 0; round < 3000; round++) {
		size_t size = test_random_below(BITS + 1), from = test_random_below(BITS), i;
		size_t weight = 0, last = size;

		fill_random(map, model);
		for (i = 0; i < size; i++) {
			weight += model[i];
			last = model[i] ? i : last;
		}
		CHECK_EQ(find_next_bit(map, size, from), model_find(model, size, from, true));
		CHECK_EQ(find_next_zero_bit(map, size, from), model_find(model, size, from, false));
		CHECK_EQ(find_last_bit(map, size), last);
		CHECK_EQ(bitmap_weight(map, size), weight);
		CHECK_EQ(bitmap_empty(map, size), weight == 0);
		CHECK_EQ(bitmap_full(map, size), weight == size);
	}
}

TEST(bitmap_areas)
{
	unsigned round;

	for (round = 0; round < 3000; round++) {
		size_t count = 1 + test_random_below(20), align = 1UL << test_random_below(4);
		size_t from = test_random_below(BITS), start, i;

		fill_random(map, model);
		for (start = from; start + count <= BITS; start++) {
			for (i = 0; i < count && !model[start + i]; i++)
				;
			if (i == count && start % align == 0)
				break;
		}
		if (start + count > BITS)
			start = BITS;
		CHECK_EQ(bitmap_find_zero_area(map, BITS, from, count, align), start);
	}
}

TEST(bitmap_ranges_and_sets)
{
	DECLARE_BITMAP(out, BITS);
	unsigned round, i;

	for (round = 0; round < 3000; round++) {
		size_t from = test_random_below(BITS), count = test_random_below(BITS - from + 1);
		bool subset = true, meets = false, value = round % 2;

		fill_random(map, model);
		fill_random(other, model2);
		if (value)
			bitmap_set(map, from, count);
		else
			bitmap_clear(map, from, count);
		memset(model + from, value, count);
		bitmap_and(out, map, other, BITS);
		for (i = 0; i < BITS; i++) {
			CHECK_EQ(test_bit(i, map), model[i]);
			CHECK_EQ(test_bit(i, out), model[i] && model2[i]);
			subset &= !model[i] || model2[i];
			meets |= model[i] && model2[i];
		}
		CHECK_EQ(bitmap_subset(map, other, BITS), subset);
		CHECK_EQ(bitmap_intersects(map, other, BITS), meets);
		CHECK(bitmap_subset(out, map, BITS));
		bitmap_andnot(out, map, other, BITS);
		CHECK(!bitmap_intersects(out, other, BITS));
		bitmap_or(out, out, other, BITS);
		CHECK(bitmap_subset(map, out, BITS) && bitmap_subset(other, out, BITS));
		bitmap_copy(out, map, BITS);
		CHECK(bitmap_equal(out, map, BITS));
	}
}

TEST(bitmap_print)
{
	char mem[200];
	struct strbuf sb;

	bitmap_zero(map, 100);
	bitmap_set(map, 0, 4);
	bitmap_set(map, 7, 1);
	bitmap_set(map, 96, 4);
	strbuf_init_fixed(&sb, mem, sizeof(mem));
	bitmap_print_list(&sb, map, 100);
	CHECK_STR(strbuf_str(&sb), "0-3,7,96-99");
	strbuf_reset(&sb);
	bitmap_print_mask(&sb, map, 100);
	CHECK_STR(strbuf_str(&sb), "f,00000000,00000000,0000008f");
	strbuf_reset(&sb);
	bitmap_print_mask(&sb, map, 4);
	CHECK_STR(strbuf_str(&sb), "f");
}

TEST(bits_of_a_word)
{
	unsigned i;

	for (i = 0; i < 64; i++) {
		uint64_t x = (test_random() | 1ULL << 63) >> i;

		CHECK_EQ(__fls(x), 63 - i);
		CHECK_EQ(fls64(x), 64 - i);
		CHECK_EQ(ilog2(x), 63 - i);
		CHECK_EQ(__ffs(1ULL << i | ~0ULL << i), i);
		CHECK_EQ(hweight64(x), __builtin_popcountll(x));
		CHECK_EQ(roundup_pow_of_two(1ULL << i), 1ULL << i);
		CHECK_EQ(rounddown_pow_of_two(x), 1ULL << (63 - i));
	}
	CHECK_EQ(fls64(0), 0);
	CHECK_EQ(roundup_pow_of_two(5), 8);
	CHECK_EQ(GENMASK(7, 4), 0xf0);
	CHECK_EQ(GENMASK(63, 0), ~0UL);
}

TEST(bitmap_atomics)
{
	bitmap_zero(map, BITS);
	CHECK(!test_and_set_bit(130, map));
	CHECK(test_and_set_bit(130, map));
	CHECK(test_and_clear_bit(130, map));
	CHECK(!test_and_clear_bit(130, map));
	CHECK(!test_and_set_bit_lock(3, map));
	CHECK(test_and_set_bit_lock(3, map));
	clear_bit_unlock(3, map);
	set_bit(64, map);
	CHECK_EQ(find_first_bit(map, BITS), 64);
	clear_bit(64, map);
	CHECK(bitmap_empty(map, BITS));
}

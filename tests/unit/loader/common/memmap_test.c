/* SPDX-License-Identifier: MIT */
/* The memory map against a model that has one type for each unit of a small address space. */
#include "test.h"

#include "loader/common/memmap.c"

#include <string.h>

#define UNITS	200
#define UNIT	0x1000ULL
#define NONE	0U

static struct boot_mem_range ranges[1024];
static uint32_t model[UNITS];

static void model_add(uint64_t from, uint64_t to, uint32_t type)
{
	for (uint64_t i = from; i < to; i++) {
		if (model[i] == NONE || strength(type) > strength(model[i]))
			model[i] = type;
	}
}

/* The map says exactly what the model says, in the promised form. */
static void check_against_model(const struct boot_mem_range *r, uint32_t count)
{
	uint32_t seen[UNITS] = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		CHECK(r[i].size);
		if (i) {
			uint64_t end = r[i - 1].base + r[i - 1].size;

			CHECK_LE(end, r[i].base);
			CHECK(end != r[i].base || r[i].type != r[i - 1].type);
		}
		for (uint64_t a = r[i].base; a < r[i].base + r[i].size; a += UNIT)
			seen[a / UNIT] = r[i].type;
	}
	CHECK_MEM(seen, model, sizeof(model));
}

static void fill_random(struct memmap *map, int count)
{
	memset(model, 0, sizeof(model));
	while (count--) {
		uint64_t from = test_random_below(UNITS), to = test_random_below(UNITS);
		uint32_t type = 1 + (uint32_t)test_random_below(6);

		if (to < from)
			continue;
		CHECK_EQ(memmap_add(map, from * UNIT, (to - from) * UNIT, type), 0);
		model_add(from, to, type);
	}
}

TEST(memmap_resolve_matches_model)
{
	for (int round = 0; round < 5000; round++) {
		struct memmap map = { ranges, 0, 1024 };

		fill_random(&map, (int)test_random_below(30));
		CHECK_EQ(memmap_resolve(&map), 0);
		check_against_model(map.range, map.count);
		/* Again, with one more range on top: as the loaders add their own. */
		CHECK_EQ(memmap_add(&map, 3 * UNIT, 9 * UNIT, BOOT_MEM_BOOTLOADER), 0);
		model_add(3, 12, BOOT_MEM_BOOTLOADER);
		CHECK_EQ(memmap_resolve(&map), 0);
		check_against_model(map.range, map.count);
	}
}

TEST(memmap_covers_matches_model)
{
	struct memmap map = { ranges, 0, 1024 };

	fill_random(&map, 12);
	CHECK_EQ(memmap_resolve(&map), 0);
	for (uint64_t from = 0; from < UNITS; from++) {
		bool all = true;

		for (uint64_t to = from; to < UNITS; to++) {
			all = all && model[to] == BOOT_MEM_USABLE;
			CHECK_EQ(memmap_covers(&map, from * UNIT, (to - from + 1) * UNIT,
					       BOOT_MEM_USABLE), all);
		}
	}
}

/* The slow way: try every place. */
static uint64_t best_place(const struct memmap_request *want)
{
	uint64_t size = (want->size + UNIT - 1) / UNIT, best = 0;

	for (uint64_t at = want->floor / UNIT; (at + size) * UNIT <= want->limit; at++) {
		bool free = true;

		for (uint64_t i = at; i < at + size; i++)
			free = free && model[i] == BOOT_MEM_USABLE &&
			       (i < want->avoid / UNIT || i >= want->avoid_end / UNIT);
		if (free)
			best = at * UNIT;
	}
	return best;
}

TEST(memmap_find_top_gives_the_highest_free_place)
{
	for (int round = 0; round < 3000; round++) {
		struct memmap map = { ranges, 0, 1024 };
		uint64_t avoid = test_random_below(UNITS);
		struct memmap_request want = {
			.size = (1 + test_random_below(12)) * UNIT - test_random_below(UNIT),
			.floor = (1 + test_random_below(20)) * UNIT,
			.limit = (UNITS - test_random_below(40)) * UNIT,
			.avoid = avoid * UNIT,
			.avoid_end = (avoid + test_random_below(30)) * UNIT,
		};

		fill_random(&map, 8);
		CHECK_EQ(memmap_resolve(&map), 0);
		CHECK_EQ(memmap_find_top(&map, &want), best_place(&want));
	}
}

TEST(memmap_handles_the_ends_of_the_address_space)
{
	struct memmap map = { ranges, 0, 4 };

	CHECK_EQ(memmap_add(&map, UINT64_MAX - 10, 100, BOOT_MEM_RESERVED), 0);
	CHECK_EQ(map.range[0].size, 10U);
	CHECK_EQ(memmap_add(&map, 0, UINT64_MAX, BOOT_MEM_USABLE), 0);
	CHECK_EQ(memmap_add(&map, 5, 0, BOOT_MEM_BAD), 0);
	CHECK_EQ(map.count, 2U);
	CHECK_EQ(memmap_resolve(&map), 0);
	CHECK_EQ(map.count, 2U);
	CHECK_EQ(map.range[0].size, UINT64_MAX - 10);
}

TEST(memmap_says_when_it_is_full)
{
	struct memmap map = { ranges, 0, 2 };

	CHECK_EQ(memmap_add(&map, 0, 100, BOOT_MEM_USABLE), 0);
	CHECK_EQ(memmap_add(&map, 50, 10, BOOT_MEM_RESERVED), 0);
	CHECK_EQ(memmap_add(&map, 200, 10, BOOT_MEM_RESERVED), -LOAD_E_MEMORY_MAP);
	CHECK_EQ(memmap_resolve(&map), -LOAD_E_MEMORY_MAP);
}

TEST(memmap_finish_keeps_the_large_usable_ranges)
{
	static struct boot_info info;
	struct memmap map = { ranges, 0, 1024 };
	uint64_t usable = 0;

	for (uint64_t i = 0; i < 150; i++) {
		CHECK_EQ(memmap_add(&map, i * 1000, 10 + i, BOOT_MEM_USABLE), 0);
		CHECK_EQ(memmap_add(&map, i * 1000 + 500, 10, BOOT_MEM_RESERVED), 0);
	}
	CHECK_EQ(memmap_finish(&map, &info), 0);
	CHECK_EQ(info.nr_mem, (uint32_t)BOOT_MEM_MAX);
	for (uint32_t i = 0; i < info.nr_mem; i++) {
		CHECK_EQ(info.mem[i].type, (uint32_t)BOOT_MEM_USABLE);
		CHECK(!i || info.mem[i].base > info.mem[i - 1].base);
		usable += info.mem[i].size;
	}
	/* The 22 smallest, 10..31 bytes, were given up. */
	CHECK_EQ(info.mem[0].size, 32U);
	CHECK_EQ(usable, 128ULL * (32 + 159) / 2);
}

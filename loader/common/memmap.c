/* SPDX-License-Identifier: MIT */
/*
 * memmap: collect, sort, untangle and hand over the machine's memory map.
 *
 * Model. range[] is a plain array. memmap_resolve() sorts it by base, then walks it once: each pair
 * of neighbours that overlap is cut so that the stronger type keeps the shared bytes; a left-over
 * tail is put back in its sorted place and meets its next neighbour later in the walk.
 *
 * Invariants
 *  (1) No range is empty and none wraps around: memmap_add() sees to it, cuts keep it.
 *  (2) During the walk, ranges before index i are final: sorted, apart, neighbours of a type joined.
 */
#include "loader/common/memmap.h"

#include <stddef.h>

static uint64_t range_end(const struct boot_mem_range *r)
{
	return r->base + r->size;
}

static unsigned int strength(uint32_t type)
{
	switch (type) {
	case BOOT_MEM_USABLE:
		return 0;
	case BOOT_MEM_BOOTLOADER:
		return 1;
	case BOOT_MEM_ACPI_RECLAIM:
		return 2;
	case BOOT_MEM_ACPI_NVS:
		return 3;
	case BOOT_MEM_BAD:
		return 5;
	default:
		return 4;
	}
}

int memmap_add(struct memmap *map, uint64_t base, uint64_t size, uint32_t type)
{
	if (size > UINT64_MAX - base)
		size = UINT64_MAX - base;
	if (!size)
		return 0;
	if (map->count == map->capacity)
		return -LOAD_E_MEMORY_MAP;
	map->range[map->count++] = (struct boot_mem_range){ base, size, type, 0 };
	return 0;
}

static void remove_at(struct memmap *map, uint32_t i)
{
	map->count--;
	for (; i < map->count; i++)
		map->range[i] = map->range[i + 1];
}

/* Move range[i] towards the end to its sorted place; the others from i on are sorted. */
static void settle(struct memmap *map, uint32_t i)
{
	struct boot_mem_range moving = map->range[i];

	for (; i + 1 < map->count && map->range[i + 1].base < moving.base; i++)
		map->range[i] = map->range[i + 1];
	map->range[i] = moving;
}

/* Put a new range at index i, then in its sorted place after it. */
static int insert_sorted(struct memmap *map, uint32_t i, struct boot_mem_range range)
{
	if (map->count == map->capacity)
		return -LOAD_E_MEMORY_MAP;
	for (uint32_t k = map->count; k > i; k--)
		map->range[k] = map->range[k - 1];
	map->count++;
	map->range[i] = range;
	settle(map, i);
	return 0;
}

/* range[i] and range[i + 1] overlap and differ in type: cut the weaker one. */
static int cut_pair(struct memmap *map, uint32_t i)
{
	struct boot_mem_range *a = &map->range[i], *b = &map->range[i + 1];
	uint64_t a_end = range_end(a), b_end = range_end(b), b_base = b->base;

	if (strength(a->type) >= strength(b->type)) {
		if (b_end <= a_end) {
			remove_at(map, i + 1);
			return 0;
		}
		b->base = a_end;
		b->size = b_end - a_end;
		settle(map, i + 1);
		return 0;
	}
	if (a_end > b_end) {
		struct boot_mem_range tail = { b_end, a_end - b_end, a->type, 0 };

		a->size = b_end - a->base;
		return insert_sorted(map, i + 2, tail);
	}
	a->size = b_base - a->base;
	if (!a->size)
		remove_at(map, i);
	return 0;
}

static void sort_by_base(struct memmap *map)
{
	for (uint32_t i = 1; i < map->count; i++) {
		struct boot_mem_range moving = map->range[i];
		uint32_t k = i;

		for (; k > 0 && map->range[k - 1].base > moving.base; k--)
			map->range[k] = map->range[k - 1];
		map->range[k] = moving;
	}
}

int memmap_resolve(struct memmap *map)
{
	uint32_t i = 0;

	sort_by_base(map);
	while (i + 1 < map->count) {
		struct boot_mem_range *a = &map->range[i], *b = &map->range[i + 1];
		int error;

		if (range_end(a) >= b->base && a->type == b->type) {
			if (range_end(b) > range_end(a))
				a->size = range_end(b) - a->base;
			remove_at(map, i + 1);
			continue;
		}
		if (range_end(a) <= b->base) {
			i++;
			continue;
		}
		error = cut_pair(map, i);
		if (error)
			return error;
		/* The pair changed: whatever stands before i may now touch its new neighbour. */
		if (i)
			i--;
	}
	return 0;
}

bool memmap_covers(const struct memmap *map, uint64_t base, uint64_t size, uint32_t type)
{
	for (uint32_t i = 0; i < map->count; i++) {
		const struct boot_mem_range *r = &map->range[i];

		if (r->type == type && base >= r->base && base - r->base <= r->size &&
		    size <= r->size - (base - r->base))
			return true;
	}
	return false;
}

static uint64_t fit_top(uint64_t low, uint64_t high, uint64_t size)
{
	const uint64_t page = 4096;
	uint64_t base;

	low = (low + page - 1) & ~(page - 1);
	if (high < low || high - low < size)
		return 0;
	base = (high - size) & ~(page - 1);
	return base >= low ? base : 0;
}

uint64_t memmap_find_top(const struct memmap *map, const struct memmap_request *want)
{
	for (uint32_t i = map->count; i-- > 0;) {
		const struct boot_mem_range *r = &map->range[i];
		uint64_t low = r->base > want->floor ? r->base : want->floor;
		uint64_t high = range_end(r) < want->limit ? range_end(r) : want->limit;
		uint64_t base;

		if (r->type != BOOT_MEM_USABLE || low >= high)
			continue;
		if (want->avoid_end <= low || want->avoid >= high) {
			base = fit_top(low, high, want->size);
		} else {
			base = want->avoid_end < high ? fit_top(want->avoid_end, high, want->size) : 0;
			if (!base && want->avoid > low)
				base = fit_top(low, want->avoid, want->size);
		}
		if (base)
			return base;
	}
	return 0;
}

/* Index of the smallest range of this type, or count if there is none. */
static uint32_t smallest_of(const struct memmap *map, uint32_t type)
{
	uint32_t found = map->count;

	for (uint32_t i = 0; i < map->count; i++) {
		if (map->range[i].type != type)
			continue;
		if (found == map->count || map->range[i].size < map->range[found].size)
			found = i;
	}
	return found;
}

int memmap_finish(struct memmap *map, struct boot_info *info)
{
	int error = memmap_resolve(map);

	if (error)
		return error;
	while (map->count > BOOT_MEM_MAX) {
		uint32_t victim = smallest_of(map, BOOT_MEM_RESERVED);

		if (victim == map->count)
			victim = smallest_of(map, BOOT_MEM_USABLE);
		if (victim == map->count)
			return -LOAD_E_MEMORY_MAP;
		remove_at(map, victim);
	}
	for (uint32_t i = 0; i < map->count; i++)
		info->mem[i] = map->range[i];
	info->nr_mem = map->count;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory map while a loader works with it.
 *
 * Firmware tables may be unsorted, overlapping, longer than boot_info can hold. A memmap takes
 * ranges in any order; memmap_finish() makes them what boot_info.h promises: sorted by base, not
 * overlapping, neighbours of one type joined, at most BOOT_MEM_MAX of them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loader/boot_info.h"
#include "loader/common/load_error.h"

struct memmap {
	struct boot_mem_range *range;	/* caller's array */
	uint32_t count;
	uint32_t capacity;
};

/*
 * Record [base, base + size) as type. Empty ranges are ignored, a range that wraps around is cut
 * at the top of the address space. Returns 0 or -LOAD_E_MEMORY_MAP when the array is full.
 */
int memmap_add(struct memmap *map, uint64_t base, uint64_t size, uint32_t type) __must_check;

/*
 * Sort and untangle: where ranges overlap the more restrictive type wins (BAD, RESERVED, NVS,
 * ACPI_RECLAIM, BOOTLOADER, USABLE). May be called again after further memmap_add().
 * Returns 0 or -LOAD_E_MEMORY_MAP when the array has no room for a split.
 */
int memmap_resolve(struct memmap *map) __must_check;

/* True if [base, base + size) is wholly of this type. The map must be resolved. */
bool memmap_covers(const struct memmap *map, uint64_t base, uint64_t size, uint32_t type);

/*
 * The highest page-aligned address where size bytes of USABLE memory lie inside [floor, limit) and
 * outside [avoid, avoid_end). The map must be resolved. Returns 0 if there is none.
 */
struct memmap_request {
	uint64_t size;
	uint64_t floor, limit;
	uint64_t avoid, avoid_end;
};
uint64_t memmap_find_top(const struct memmap *map, const struct memmap_request *want);

/*
 * Resolve and copy to info->mem. If more than BOOT_MEM_MAX ranges are left, RESERVED ones go first
 * (a hole says the same), then the smallest USABLE ones. Returns 0 or -LOAD_E_MEMORY_MAP.
 */
int memmap_finish(struct memmap *map, struct boot_info *info) __must_check;

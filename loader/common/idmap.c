/* SPDX-License-Identifier: MIT */
/* idmap_build(): see idmap.h. Intel SDM volume 3, 4.5 (4-level paging). */
#include "loader/common/idmap.h"

#include "loader/common/cpu.h"

#define PTE_PRESENT	0x001ULL
#define PTE_WRITE	0x002ULL
#define PTE_LARGE	0x080ULL
#define TABLE		(PTE_PRESENT | PTE_WRITE)
#define LEAF		(PTE_PRESENT | PTE_WRITE | PTE_LARGE)
#define GIGABYTES	4
#define ENTRIES		512

void idmap_build(uint64_t (*tables)[512], bool huge)
{
	uint64_t *pdpt = tables[1];

	cpu_fill(tables, 0, 2 * sizeof(tables[0]));
	tables[0][0] = (uintptr_t)pdpt | TABLE;
	for (uint32_t gb = 0; gb < GIGABYTES; gb++) {
		uint64_t base = (uint64_t)gb << 30;
		uint64_t *directory = tables[2 + gb];

		if (huge) {
			pdpt[gb] = base | LEAF;
			continue;
		}
		pdpt[gb] = (uintptr_t)directory | TABLE;
		for (uint32_t i = 0; i < ENTRIES; i++)
			directory[i] = (base + ((uint64_t)i << 21)) | LEAF;
	}
}

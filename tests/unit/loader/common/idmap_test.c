/* SPDX-License-Identifier: MIT */
/* The page tables, walked as the CPU would. */
#include "test.h"

#include "loader/common/idmap.c"

#include <stdlib.h>
#include <string.h>

/* Walk the tables for one address; the tables' own "physical" addresses are pointers here. */
static uint64_t walk(uint64_t (*tables)[512], uint64_t address)
{
	uint64_t e = tables[0][address >> 39 & 511];

	CHECK_EQ(e & ~4095ULL, (uintptr_t)tables[1]);
	e = tables[1][address >> 30 & 511];
	CHECK_EQ(e & 3, 3U);
	if (e & PTE_LARGE)
		return (e & ~((1ULL << 30) - 1)) | (address & ((1ULL << 30) - 1));
	e = ((uint64_t *)(uintptr_t)(e & ~4095ULL))[address >> 21 & 511];
	CHECK_EQ(e & 0x83, 0x83U);
	return (e & ~((1ULL << 21) - 1)) | (address & ((1ULL << 21) - 1));
}

TEST(idmap_maps_four_gigabytes_to_themselves)
{
	uint64_t (*tables)[512] = aligned_alloc(4096, IDMAP_PAGES * 4096);

	for (int huge = 0; huge < 2; huge++) {
		memset(tables, 0xff, IDMAP_PAGES * 4096);
		idmap_build(tables, huge);
		for (uint64_t a = 0; a < 1ULL << 32; a += 0x1ff123)
			CHECK_EQ(walk(tables, a), a);
		CHECK_EQ(walk(tables, 0xffffffffULL), 0xffffffffULL);
		CHECK_EQ(tables[1][4], 0U);
		for (int i = 1; i < 512; i++)
			CHECK_EQ(tables[0][i], 0U);
	}
	free(tables);
}

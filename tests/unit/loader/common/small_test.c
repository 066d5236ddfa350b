/* SPDX-License-Identifier: MIT */
/* The small common parts: command line, error texts, page tables. */
#include "test.h"

#include "loader/common/cmdline.c"
#include "loader/common/idmap.c"
#include "loader/common/load_error.c"

#include <stdlib.h>
#include <string.h>

static void tidy(const char *in, size_t size, const char *want)
{
	char *text = malloc(size + 1);

	memcpy(text, in, size);
	text[size] = 'X';
	CHECK_EQ(cmdline_tidy(text, size), strlen(want));
	CHECK_STR(text, want);
	free(text);
}

TEST(cmdline_is_made_one_line)
{
	tidy("", 0, "");
	tidy("\n", 1, "");
	tidy(" \t\r\n ", 5, "");
	tidy("quiet", 5, "quiet");
	tidy("root=/dev/vda rw\n", 17, "root=/dev/vda rw");
	tidy("  a\r\nb\tc \n\n", 11, "a  b c");
	tidy("a\0b", 3, "a");
	tidy("\0b", 2, "");
	tidy("gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f");
}

TEST(load_error_has_a_text_for_each)
{
	for (int i = 0; i < LOAD_E_COUNT; i++) {
		CHECK(strcmp(load_error_text(i), "unknown error"));
		CHECK_STR(load_error_text(i), load_error_text(-i));
	}
	CHECK_STR(load_error_text(LOAD_E_COUNT), "unknown error");
	CHECK_STR(load_error_text(-2147483647 - 1), "unknown error");
}

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

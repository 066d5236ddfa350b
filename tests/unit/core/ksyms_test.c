/* SPDX-License-Identifier: MIT */
/*
 * ksym_lookup() on a table written here as core/ksyms.c describes it: three functions, one token, one block.
 */
#include "core/ksyms.h"

#include <string.h>

#include "test.h"

struct table {
	uint64_t base;
	uint32_t text_size, count, nr_blocks, nr_tokens, tokens, symbols;
	uint32_t block[2];
	char token[6];
	uint8_t symbol[22];
} __attribute__((packed));

/* Takes the place of the weak, empty table. page_alloc at +0x10, page_free at +0x110, main at +0x2110 */
extern const struct table ksyms_blob;
const struct table ksyms_blob __attribute__((aligned(8))) = {
	.base = 0x100000,
	.text_size = 0x3000,
	.count = 3,
	.nr_blocks = 1,
	.nr_tokens = 1,
	.tokens = 40,
	.symbols = 46,
	.block = { 0x10, 0 },
	.token = "page_",
	.symbol = { 0, 6, 0x80, 'a', 'l', 'l', 'o', 'c', 0x80, 2, 5, 0x80, 'f', 'r', 'e', 'e',
		    0x80, 0x40, 3, 'm', 'a', 'x' },
};

static const char *name_at(uintptr_t address, uintptr_t *offset)
{
	static char name[KSYM_NAME_MAX];

	return ksym_lookup(address, name, sizeof(name), offset) ? name : "(none)";
}

TEST(inside_functions)
{
	uintptr_t offset;

	CHECK_STR(name_at(0x100010, &offset), "page_alloc");
	CHECK_EQ(offset, 0);
	CHECK_STR(name_at(0x10010f, &offset), "page_alloc");
	CHECK_EQ(offset, 0xff);
	CHECK_STR(name_at(0x100110, &offset), "page_free");
	CHECK_STR(name_at(0x10210f, &offset), "page_free");
	CHECK_EQ(offset, 0x1fff);
	CHECK_STR(name_at(0x102110, &offset), "max");
	CHECK_STR(name_at(0x102fff, &offset), "max");
}

TEST(outside_text)
{
	uintptr_t offset;

	CHECK_STR(name_at(0, &offset), "(none)");
	CHECK_STR(name_at(0xfffff, &offset), "(none)");
	CHECK_STR(name_at(0x100000, &offset), "(none)");
	CHECK_STR(name_at(0x103000, &offset), "(none)");
	CHECK_STR(name_at(UINTPTR_MAX, &offset), "(none)");
}

TEST(long_name_is_cut)
{
	uintptr_t offset;
	char name[8];

	memset(name, 'x', sizeof(name));
	CHECK(ksym_lookup(0x100010, name, 6, &offset));
	CHECK_STR(name, "page_");
	CHECK_EQ(name[6], 'x');
}

/* SPDX-License-Identifier: MIT */
/* Text buffers: growth, bounds, remembered errors. */
#include "test.h"

#include "abi/errno.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned allocations_left = 1000;

static void *limited_alloc(size_t size)
{
	return allocations_left && allocations_left-- ? malloc(size) : NULL;
}

static const struct lib_allocator allocator = { limited_alloc, free };

TEST(strbuf_grows_to_max)
{
	struct strbuf sb;
	char expected[6000] = "";
	unsigned i;

	lib_set_allocator(&allocator);
	strbuf_init(&sb, sizeof(expected));
	CHECK_STR(strbuf_str(&sb), "");
	for (i = 0; i < 1000; i++) {
		strbuf_printf(&sb, "%u,", i);
		sprintf(expected + strlen(expected), "%u,", i);
	}
	CHECK_EQ(strbuf_error(&sb), 0);
	CHECK_STR(strbuf_str(&sb), expected);
	for (i = 0; i < 1000; i++)
		strbuf_puts(&sb, "0123456789");
	CHECK_EQ(strbuf_error(&sb), -EOVERFLOW);
	CHECK_EQ(sb.len, strlen(sb.data));
	CHECK_LT(sb.len, sizeof(expected));
	strbuf_reset(&sb);
	CHECK_EQ(strbuf_error(&sb), 0);
	strbuf_putc(&sb, 'x');
	CHECK_STR(strbuf_str(&sb), "x");
	strbuf_fini(&sb);
	CHECK_STR(strbuf_str(&sb), "");
}

TEST(strbuf_fixed_truncates)
{
	char mem[17];
	struct strbuf sb;

	mem[16] = '#';
	strbuf_init_fixed(&sb, mem, 16);
	strbuf_puts(&sb, "hello, ");
	CHECK_EQ(strbuf_error(&sb), 0);
	strbuf_puts(&sb, "wide world");
	CHECK_EQ(strbuf_error(&sb), -EOVERFLOW);
	CHECK_STR(strbuf_str(&sb), "hello, wide wor");
	CHECK_EQ(mem[16], '#');
	strbuf_fini(&sb);
}

TEST(strbuf_no_memory)
{
	struct strbuf sb;

	lib_set_allocator(&allocator);
	strbuf_init(&sb, 100000);
	allocations_left = 1;
	while (!strbuf_error(&sb))
		strbuf_puts(&sb, "0123456789");
	CHECK_EQ(strbuf_error(&sb), -ENOMEM);
	CHECK_EQ(sb.len, 255);
	allocations_left = 1000;
	strbuf_fini(&sb);
}

TEST(strbuf_escape_and_pad)
{
	char mem[100];
	struct strbuf sb;

	strbuf_init_fixed(&sb, mem, sizeof(mem));
	strbuf_escape(&sb, "a b\tc\\d\nZ#", " #");
	CHECK_STR(strbuf_str(&sb), "a\\040b\\011c\\134d\\012Z\\043");
	strbuf_reset(&sb);
	strbuf_puts(&sb, "ab");
	strbuf_pad(&sb, 5);
	strbuf_pad(&sb, 3);
	strbuf_puts(&sb, "|");
	CHECK_STR(strbuf_str(&sb), "ab   |");
}

/* SPDX-License-Identifier: MIT */
/* The command line becomes one tidy line. */
#include "test.h"

#include "loader/common/cmdline.c"

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

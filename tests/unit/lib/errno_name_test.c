/* SPDX-License-Identifier: MIT */
/* Numbers of either sign, gaps and nonsense. */
#include "test.h"

#include "abi/errno.h"
#include "lib/errno_name.h"

#include <string.h>

TEST(errno_names)
{
	CHECK(!strcmp(errno_name(ENOENT), "ENOENT"));
	CHECK(!strcmp(errno_name(-EHWPOISON), "EHWPOISON"));
	CHECK(!strcmp(errno_symbol(-1), "EPERM"));
	CHECK(!errno_symbol(0));
	CHECK(!errno_symbol(41));	/* a gap: was EWOULDBLOCK once */
	CHECK(!errno_symbol(-4095));
	CHECK(!strcmp(errno_name(-100000), "an unknown error"));
}

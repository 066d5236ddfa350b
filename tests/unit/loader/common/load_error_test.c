/* SPDX-License-Identifier: MIT */
/* Every error has a sentence. */
#include "test.h"

#include "loader/common/load_error.c"

#include <string.h>

TEST(load_error_has_a_text_for_each)
{
	for (int i = 0; i < LOAD_E_COUNT; i++) {
		CHECK(strcmp(load_error_text(i), "unknown error"));
		CHECK_STR(load_error_text(i), load_error_text(-i));
	}
	CHECK_STR(load_error_text(LOAD_E_COUNT), "unknown error");
	CHECK_STR(load_error_text(-2147483647 - 1), "unknown error");
}

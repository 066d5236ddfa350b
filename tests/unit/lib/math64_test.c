/* SPDX-License-Identifier: MIT */
/* Wide arithmetic against __int128. */
#include "test.h"

#include "lib/math64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(math64_against_int128)
{
	unsigned i;

	for (i = 0; i < 100000; i++) {
		uint64_t a = test_random() >> test_random_below(64), b = test_random() >> test_random_below(64);
		uint64_t c = (test_random() >> test_random_below(64)) | 1, root = int_sqrt(a);
		unsigned __int128 q = (unsigned __int128)a * b / c;

		CHECK_EQ(mul_u64_u64_div_u64(a, b, c), q > UINT64_MAX ? UINT64_MAX : (uint64_t)q);
		CHECK_EQ(mul_u64_u64_shr(a, b, 64), (uint64_t)((unsigned __int128)a * b >> 64));
		CHECK((unsigned __int128)root * root <= a && (unsigned __int128)(root + 1) * (root + 1) > a);
		CHECK(a == 0 || (a % gcd_u64(a, b) == 0 && b % gcd_u64(a, b) == 0));
	}
	CHECK_EQ(gcd_u64(48, 36), 12);
}

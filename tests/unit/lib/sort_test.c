/* SPDX-License-Identifier: MIT */
/* Sorting and searching against libc. */
#include "test.h"

#include "lib/sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
	unsigned x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

TEST(sort_and_search)
{
	unsigned round, i;

	for (round = 0; round < 500; round++) {
		unsigned n = test_random_below(200), ours[200], theirs[200], key = test_random_below(100), *hit;

		for (i = 0; i < n; i++)
			ours[i] = theirs[i] = test_random_below(100);
		sort(ours, n, sizeof(ours[0]), by_value, NULL);
		qsort(theirs, n, sizeof(theirs[0]), by_value);
		CHECK_MEM(ours, theirs, n * sizeof(ours[0]));
		hit = array_search(&key, ours, n, sizeof(ours[0]), by_value);
		CHECK_EQ(hit != NULL, bsearch(&key, theirs, n, sizeof(theirs[0]), by_value) != NULL);
		CHECK(!hit || *hit == key);
	}
}

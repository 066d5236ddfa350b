/* SPDX-License-Identifier: MIT */
/* The byte ring against an array, with counters that wrap. */
#include "test.h"

#include "lib/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(ring_random_against_array)
{
	uint8_t mem[64], model[64], in[100], out[100], sent = 0;
	size_t used = 0, n, want, i;
	struct ring r;
	unsigned step;

	ring_init(&r, mem, sizeof(mem));
	r.head = r.tail = SIZE_MAX - 100;	/* the counters wrap during the test */
	for (step = 0; step < 50000; step++) {
		want = test_random_below(101);
		if (test_random_below(2)) {
			for (i = 0; i < want; i++)
				in[i] = (uint8_t)(sent + i);
			n = ring_write(&r, in, want);
			CHECK_EQ(n, want < 64 - used ? want : 64 - used);
			memcpy(model + used, in, n);
			used += n;
			sent = (uint8_t)(sent + n);
		} else {
			size_t skip = test_random_below(10), left = used > skip ? used - skip : 0;

			CHECK_EQ(ring_peek(&r, skip, out, want), want < left ? want : left);
			CHECK(!left || !memcmp(out, model + skip, want < left ? want : left));
			n = ring_read(&r, out, want);
			CHECK_EQ(n, want < used ? want : used);
			CHECK_MEM(out, model, n);
			used -= n;
			memmove(model, model + n, used);
		}
		CHECK_EQ(ring_used(&r), used);
		CHECK_EQ(ring_space(&r), 64 - used);
		CHECK_EQ(ring_empty(&r), used == 0);
		CHECK_EQ(ring_full(&r), used == 64);
		ring_read_span(&r, &n);
		CHECK(n <= used && (n || !used));
	}
	CHECK_EQ(ring_write(&r, NULL, 0), 0);
	CHECK_EQ(ring_read(&r, out, 0), 0);
}

/* SPDX-License-Identifier: MIT */
/* The generator: no two outputs alike, sizes right, bounds kept, ready after enough input. */
#include "test.h"
#include "host.h"

#include "core/init.h"
#include "core/random.h"

#include <string.h>

static void machine(void)
{
	static bool up;

	if (up)
		return;
	up = true;
	host_machine_init(NULL);
	init_run_level(INIT_EARLY);
}

TEST(random_outputs_differ)
{
	uint8_t a[200], b[200];

	machine();
	for (size_t n = 1; n <= sizeof(a); n++) {
		memset(a, 0xaa, sizeof(a));
		random_bytes(a, n);
		random_bytes(b, n);
		CHECK(n < 8 || memcmp(a, b, n) != 0);
		CHECK(n == sizeof(a) || a[n] == 0xaa);
	}
}

TEST(random_below_is_uniform)
{
	unsigned count[10] = { 0 };

	machine();
	for (unsigned i = 0; i < 20000; i++)
		count[random_below(10)]++;
	for (unsigned i = 0; i < 10; i++) {
		CHECK_GE(count[i], 1700);
		CHECK_LT(count[i], 2300);
	}
	CHECK_EQ(random_below(1), 0);
}

TEST(random_ready_after_credit)
{
	uint64_t word = 7;

	machine();
	for (unsigned i = 0; i < 4; i++)
		random_add_entropy(&word, sizeof(word), 64);
	CHECK(random_ready());
	CHECK_EQ(random_entropy_bits(), 256);
	CHECK_EQ(random_wait_ready(), 0);
}

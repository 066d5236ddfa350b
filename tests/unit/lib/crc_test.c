/* SPDX-License-Identifier: MIT */
/* Checksums: published check values, bit-by-bit models, splitting, and zlib's crc32 through python. */
#include "test.h"

#include "lib/crc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The definition: one bit at a time, reflected. */
static uint32_t slow_crc(uint32_t crc, uint32_t poly, const uint8_t *p, size_t n)
{
	unsigned k;

	while (n--) {
		crc ^= *p++;
		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ poly : crc >> 1;
	}
	return crc;
}

/* "123456789": the check value of every catalogue of CRCs. */
TEST(crc_check_values)
{
	CHECK_EQ(~crc32c(~0U, "123456789", 9), 0xe3069283);
	CHECK_EQ(crc32_ieee(0, "123456789", 9), 0xcbf43926);
	CHECK_EQ(~crc32_be(~0U, "123456789", 9), 0xfc891918);
	CHECK_EQ(crc16(0, "123456789", 9), 0xbb3d);
}

/* A change somewhere in a block, as small as nothing and as large as all of it. */
TEST(crc_patch_is_the_crc_of_the_changed_block)
{
	static uint8_t block[9000], diff[9000];

	for (unsigned i = 0; i < 2000; i++) {
		size_t size = 1 + test_random_below(i % 4 ? 600 : 9000), at = test_random_below(size);
		size_t len = test_random_below(size - at + 1);
		uint32_t seed = (uint32_t)test_random(), before;

		test_random_bytes(block, size);
		test_random_bytes(diff, len);
		before = crc32c(seed, block, size);
		for (size_t k = 0; k < len; k++)
			block[at + k] ^= diff[k];
		CHECK_EQ(crc32c_patch(before, diff, len, size - at - len), crc32c(seed, block, size));
	}
}

TEST(crc_random_and_split)
{
	uint8_t buf[600];
	unsigned i;

	for (i = 0; i < 3000; i++) {
		size_t from = test_random_below(16), n = test_random_below(500), cut = test_random_below(n + 1);
		uint32_t seed = (uint32_t)test_random();

		test_random_bytes(buf, sizeof(buf));
		CHECK_EQ(crc32c(seed, buf + from, n), slow_crc(seed, 0x82f63b78, buf + from, n));
		CHECK_EQ(crc32_le(seed, buf + from, n), slow_crc(seed, 0xedb88320, buf + from, n));
		CHECK_EQ(crc16((uint16_t)seed, buf + from, n), slow_crc((uint16_t)seed, 0xa001, buf + from, n));
		CHECK_EQ(crc32c(crc32c(seed, buf, cut), buf + cut, n - cut), crc32c(seed, buf, n));
		CHECK_EQ(crc32_ieee(crc32_ieee(0, buf, cut), buf + cut, n - cut), crc32_ieee(0, buf, n));
		CHECK_EQ(crc32_be(crc32_be(seed, buf, cut), buf + cut, n - cut), crc32_be(seed, buf, n));
	}
}

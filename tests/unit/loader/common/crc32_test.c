/* SPDX-License-Identifier: MIT */
/* Both CRCs against the check values of their definitions, and the fast ways against the bitwise one. */
#include "test.h"

#include "loader/common/crc32.c"

static uint32_t bitwise(const uint8_t *p, size_t size, uint32_t poly)
{
	uint32_t value = ~0U;

	for (; size; size--, p++)
		value = byte_step((value ^ *p) & 0xff, poly) ^ (value >> 8);
	return ~value;
}

TEST(crc32_check_values)
{
	crc32_init();
	CHECK_EQ(crc32c_update(0, "123456789", 9), 0xe3069283U);
	CHECK_EQ(crc32c_table(0, "123456789", 9), 0xe3069283U);
	CHECK_EQ(crc32_ieee(0, "123456789", 9), 0xcbf43926U);
	CHECK_EQ(crc32c_update(0, "", 0), 0U);
}

TEST(crc32_every_way_agrees_at_every_length_and_offset)
{
	uint8_t data[600];

	crc32_init();
	test_random_bytes(data, sizeof(data));
	for (size_t offset = 0; offset < 9; offset++) {
		for (size_t size = 0; size < 80; size++) {
			uint32_t want = bitwise(data + offset, size, POLY_CASTAGNOLI);

			CHECK_EQ(crc32c_table(0, data + offset, size), want);
			CHECK_EQ(crc32c_update(0, data + offset, size), want);
			CHECK_EQ(crc32_ieee(0, data + offset, size),
				 bitwise(data + offset, size, POLY_IEEE));
		}
	}
}

TEST(crc32_goes_on_where_it_stopped)
{
	uint8_t data[600];

	crc32_init();
	test_random_bytes(data, sizeof(data));
	for (size_t cut = 0; cut <= sizeof(data); cut++) {
		uint32_t value = crc32c_update(0, data, cut);

		value = crc32c_update(value, data + cut, sizeof(data) - cut);
		CHECK_EQ(value, crc32c_table(0, data, sizeof(data)));
	}
}

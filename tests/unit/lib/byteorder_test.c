/* SPDX-License-Identifier: MIT */
/* Byte order and unaligned access. */
#include "test.h"

#include "lib/byteorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(byteorder_unaligned)
{
	uint8_t b[10] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	CHECK_EQ(get_unaligned_le32(b + 1), 0x04030201);
	CHECK_EQ(get_unaligned_be32(b + 1), 0x01020304);
	CHECK_EQ(get_unaligned_le64(b + 1), 0x0807060504030201);
	put_unaligned_be16(0x1234, b + 3);
	CHECK(b[3] == 0x12 && b[4] == 0x34);
}

/* SPDX-License-Identifier: MIT */
/* SipHash against the vectors of its reference. */
#include "test.h"

#include "lib/siphash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The reference's vectors: key 00..0f, message 00..n-1. */
TEST(siphash_vectors)
{
	struct siphash_key key = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };
	uint8_t msg[64];
	unsigned i;

	for (i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)i;
	CHECK_EQ(siphash(msg, 0, &key), 0x726fdb47dd0e0e31);
	CHECK_EQ(siphash(msg, 1, &key), 0x74f839c593dc67fd);
	CHECK_EQ(siphash(msg, 8, &key), 0x93f5f5799a932462);
	CHECK_EQ(siphash(msg, 15, &key), 0xa129ca6149be45e5);
	CHECK_EQ(siphash_1u64(0x0706050403020100, &key), siphash(msg, 8, &key));
	CHECK_EQ(siphash_2u64(0x0706050403020100, 0x0f0e0d0c0b0a0908, &key), siphash(msg, 16, &key));
	CHECK_EQ(siphash_3u64(0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x1716151413121110, &key),
		 siphash(msg, 24, &key));
}

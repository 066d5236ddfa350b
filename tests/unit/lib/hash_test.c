/* SPDX-License-Identifier: MIT */
/* Hashes: agreement, spread, published values. */
#include "test.h"

#include "lib/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(hash_names_agree)
{
	size_t len = 0;

	CHECK_EQ(hash_name(&len, "component/rest", &len), full_name_hash(&len, "component", 9));
	CHECK_EQ(len, 9);
	CHECK_EQ(hash_name(NULL, "", &len), full_name_hash(NULL, "", 0));
	CHECK_EQ(len, 0);
	CHECK_NE(full_name_hash(NULL, "a", 1), full_name_hash(&len, "a", 1));
}

/* Names a program might make, into 4096 buckets: no bucket may hold far more than its share. */
TEST(hash_spreads)
{
	static unsigned names[4096], numbers[4096], words[4096];
	char name[32];
	unsigned i;

	for (i = 0; i < 65536; i++) {
		names[full_name_hash(NULL, name, (size_t)sprintf(name, "file%u.txt", i)) % 4096]++;
		numbers[hash_64(i * 4096ULL, 12)]++;
		words[jhash_2words(i, 7, 1) % 4096]++;
	}
	for (i = 0; i < 4096; i++) {
		CHECK_LT(names[i], 48);
		CHECK_LT(numbers[i], 48);
		CHECK_LT(words[i], 48);
	}
}

/* The values lookup3.c prints for itself. */
TEST(hash_lookup3_vectors)
{
	CHECK_EQ(jhash("", 0, 0), 0xdeadbeef);
	CHECK_EQ(jhash("Four score and seven years ago", 30, 0), 0x17770551);
	CHECK_EQ(jhash("Four score and seven years ago", 30, 1), 0xcd628161);
}

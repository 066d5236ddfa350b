/* SPDX-License-Identifier: MIT */
/* SHA-256 against the vectors of FIPS 180-4, and cut anywhere. */
#include "test.h"

#include "lib/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_hex(const uint8_t *bytes, size_t n, const char *hex)
{
	char text[2 * 64 + 1];
	size_t i;

	for (i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	CHECK_STR(text, hex);
}

/* FIPS 180-4 examples. */
TEST(sha256_vectors)
{
	uint8_t digest[32], million[1000];
	struct sha256 s;
	unsigned i;

	sha256_digest("", 0, digest);
	check_hex(digest, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_digest("abc", 3, digest);
	check_hex(digest, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, digest);
	check_hex(digest, 32, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(million, 'a', sizeof(million));
	sha256_init(&s);
	for (i = 0; i < 1000; i++)
		sha256_update(&s, million, sizeof(million));
	sha256_final(&s, digest);
	check_hex(digest, 32, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256_split_anywhere)
{
	uint8_t buf[300], whole[32], parts[32];
	struct sha256 s;
	size_t n, cut;

	test_random_bytes(buf, sizeof(buf));
	for (n = 0; n < sizeof(buf); n++) {
		sha256_digest(buf, n, whole);
		cut = test_random_below(n + 1);
		sha256_init(&s);
		sha256_update(&s, buf, cut);
		sha256_update(&s, buf + cut, n - cut);
		sha256_final(&s, parts);
		CHECK_MEM(whole, parts, 32);
	}
}

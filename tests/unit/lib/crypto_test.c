/* SPDX-License-Identifier: MIT */
/* SHA-256, ChaCha20 and SipHash against the vectors of their specifications and the host's sha256sum. */
#include "test.h"

#include "lib/chacha.h"
#include "lib/sha256.h"
#include "lib/siphash.h"

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

/* RFC 8439, 2.3.2 and 2.4.2. */
TEST(chacha_vectors)
{
	static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
		"future, sunscreen would be it.";
	uint8_t key[32], nonce[12] = { 0, 0, 0, 9, 0, 0, 0, 0x4a }, out[128];
	struct chacha c;
	unsigned i;

	for (i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	chacha_init(&c, key, 1, nonce);
	chacha_block(&c, out);
	check_hex(out, 64, "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
		  "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
	nonce[3] = 0;
	chacha_init(&c, key, 1, nonce);
	chacha_xor(&c, out, (const uint8_t *)text, sizeof(text) - 1);
	check_hex(out, 16, "6e2e359a2568f98041ba0728dd0d6981");
	check_hex(out + 112, 2, "874d");
	chacha_init(&c, key, 0xffffffff, nonce);
	chacha_block(&c, out);
	CHECK(c.state[12] == 0 && c.state[13] == 1);
}

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

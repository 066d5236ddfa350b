/* SPDX-License-Identifier: MIT */
/* ChaCha20 against the vectors of RFC 8439. */
#include "test.h"

#include "lib/chacha.h"

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

/* RFC 8439, 2.3.2 and 2.4.2. */
TEST(chacha_vectors)
{
	static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one "
		"tip for the future, sunscreen would be it.";
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

/* SPDX-License-Identifier: MIT */
/* ChaCha20, after RFC 8439: see lib/chacha.h. */
#include "lib/chacha.h"

#include "lib/bits.h"
#include "lib/byteorder.h"
#include "lib/string.h"

void chacha_init(struct chacha *c, const uint8_t key[CHACHA_KEY_SIZE], uint32_t counter, const uint8_t nonce[12])
{
	static const char constant[16] = "expand 32-byte k";
	unsigned i;

	for (i = 0; i < 4; i++)
		c->state[i] = get_unaligned_le32(constant + 4 * i);
	for (i = 0; i < 8; i++)
		c->state[4 + i] = get_unaligned_le32(key + 4 * i);
	c->state[12] = counter;
	for (i = 0; i < 3; i++)
		c->state[13 + i] = get_unaligned_le32(nonce + 4 * i);
}

static inline void quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b]; x[d] = rol32(x[d] ^ x[a], 16);
	x[c] += x[d]; x[b] = rol32(x[b] ^ x[c], 12);
	x[a] += x[b]; x[d] = rol32(x[d] ^ x[a], 8);
	x[c] += x[d]; x[b] = rol32(x[b] ^ x[c], 7);
}

void chacha_block(struct chacha *c, uint8_t out[CHACHA_BLOCK_SIZE])
{
	uint32_t x[16];
	unsigned i;

	memcpy(x, c->state, sizeof(x));
	for (i = 0; i < 10; i++) {
		quarter_round(x, 0, 4, 8, 12);
		quarter_round(x, 1, 5, 9, 13);
		quarter_round(x, 2, 6, 10, 14);
		quarter_round(x, 3, 7, 11, 15);
		quarter_round(x, 0, 5, 10, 15);
		quarter_round(x, 1, 6, 11, 12);
		quarter_round(x, 2, 7, 8, 13);
		quarter_round(x, 3, 4, 9, 14);
	}
	for (i = 0; i < 16; i++)
		put_unaligned_le32(x[i] + c->state[i], out + 4 * i);
	if (++c->state[12] == 0)
		c->state[13]++;
	memzero_explicit(x, sizeof(x));
}

void chacha_xor(struct chacha *c, uint8_t *dst, const uint8_t *src, size_t len)
{
	uint8_t block[CHACHA_BLOCK_SIZE];
	size_t n, i;

	for (; len; len -= n, dst += n, src += n) {
		chacha_block(c, block);
		n = min_t(size_t, len, CHACHA_BLOCK_SIZE);
		for (i = 0; i < n; i++)
			dst[i] = src[i] ^ block[i];
	}
	memzero_explicit(block, sizeof(block));
}

/* SPDX-License-Identifier: MIT */
/* ChaCha20 (RFC 8439), the random generator's stream. Any context. */
#pragma once

#include "lib/compiler.h"

#define CHACHA_KEY_SIZE		32
#define CHACHA_BLOCK_SIZE	64

/* state: 4 constant words, 8 key words, counter, 3 nonce words. */
struct chacha {
	uint32_t state[16];
};

/* nonce: 12 bytes. */
void chacha_init(struct chacha *c, const uint8_t key[CHACHA_KEY_SIZE], uint32_t counter, const uint8_t nonce[12]);
/* The next 64 bytes of key stream; the counter (64 bits: it carries into the first nonce word) goes up by one. */
void chacha_block(struct chacha *c, uint8_t out[CHACHA_BLOCK_SIZE]);
/* dst = src xor key stream, from a block boundary on. dst may be src. */
void chacha_xor(struct chacha *c, uint8_t *dst, const uint8_t *src, size_t len);

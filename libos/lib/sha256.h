/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4), for mixing entropy and checking images. Any context. */
#pragma once

#include "lib/compiler.h"

#define SHA256_DIGEST_SIZE	32
#define SHA256_BLOCK_SIZE	64

struct sha256 {
	uint32_t state[8];
	uint64_t total;				/* bytes so far */
	uint8_t block[SHA256_BLOCK_SIZE];	/* the incomplete last block */
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *data, size_t len);
/* Write the digest and clear *s. */
void sha256_final(struct sha256 *s, uint8_t digest[SHA256_DIGEST_SIZE]);
void sha256_digest(const void *data, size_t len, uint8_t digest[SHA256_DIGEST_SIZE]);

/* SPDX-License-Identifier: MIT */
/*
 * sha256: FIPS 180-4. Checks the blobs of an OCI layout, and turns "the same inputs" into the
 * identifiers of an image (identity.c).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE	32
#define SHA256_BLOCK	64

struct sha256 {
	uint32_t state[8];
	uint64_t length;		/* bytes seen */
	uint8_t block[SHA256_BLOCK];	/* length % SHA256_BLOCK bytes not yet mixed in */
};

void sha256_init(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *data, size_t size);
void sha256_end(struct sha256 *sum, uint8_t digest[SHA256_SIZE]);

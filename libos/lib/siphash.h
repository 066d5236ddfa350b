/* SPDX-License-Identifier: MIT */
/*
 * SipHash-2-4: a keyed 64-bit hash that resists chosen keys. Source: Aumasson, Bernstein, "SipHash: a fast
 * short-input PRF", 2012. Any context.
 */
#pragma once

#include "lib/compiler.h"

struct siphash_key {
	uint64_t key[2];
};

uint64_t siphash(const void *data, size_t len, const struct siphash_key *key);
/* The same as siphash() of the 8, 16 or 24 bytes of little-endian words. */
uint64_t siphash_1u64(uint64_t a, const struct siphash_key *key);
uint64_t siphash_2u64(uint64_t a, uint64_t b, const struct siphash_key *key);
uint64_t siphash_3u64(uint64_t a, uint64_t b, uint64_t c, const struct siphash_key *key);

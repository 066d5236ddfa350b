/* SPDX-License-Identifier: MIT */
/*
 * Hash functions for tables. hash_32/64/ptr are multiplicative (Fibonacci) and fast; the name hash serves
 * directory entries; jhash is Bob Jenkins' lookup3. None resists an attacker who picks the keys: where one
 * may, use lib/siphash.h with a random key.
 */
#pragma once

#include "lib/bits.h"

#define GOLDEN_RATIO_32		0x61c88647U
#define GOLDEN_RATIO_64		0x61c8864680b583ebULL

/* The `bits` (1..32, 1..64) best mixed bits. */
static __always_inline uint32_t hash_32(uint32_t v, unsigned bits)
{
	return (v * GOLDEN_RATIO_32) >> (32 - bits);
}

static __always_inline uint32_t hash_64(uint64_t v, unsigned bits)
{
	return (uint32_t)((v * GOLDEN_RATIO_64) >> (64 - bits));
}

static __always_inline uint32_t hash_ptr(const void *p, unsigned bits)
{
	return hash_64((uintptr_t)p, bits);
}

#define hash_long(v, bits)	hash_64((uint64_t)(v), (bits))

/*
 * Hash of a file name of len bytes, salted (with the parent directory's address), and the same found
 * while looking for the end of a path component: hash_name stops at '/' or NUL and stores the length.
 */
uint32_t full_name_hash(const void *salt, const char *name, size_t len);
uint32_t hash_name(const void *salt, const char *name, size_t *len);

/* lookup3: bytes, and up to three words. */
uint32_t jhash(const void *key, size_t len, uint32_t initval);
uint32_t jhash_3words(uint32_t a, uint32_t b, uint32_t c, uint32_t initval);
static inline uint32_t jhash_2words(uint32_t a, uint32_t b, uint32_t initval)
{
	return jhash_3words(a, b, 0, initval);
}

/* SPDX-License-Identifier: MIT */
/* The name hashes of ext4's hashed directories: see lib/dirhash.h. */
#include "lib/dirhash.h"

#include "abi/errno.h"
#include "lib/bits.h"
#include "lib/string.h"

#define HTREE_EOF	0x7fffffffU	/* what no name may hash to, before the shift */

static inline uint32_t name_byte(char c, bool is_signed)
{
	return is_signed ? (uint32_t)(int)(signed char)c : (unsigned char)c;
}

static uint32_t legacy_hash(const char *name, size_t len, bool is_signed)
{
	uint32_t hash, older = 0x37abe8f9, old = 0x12a3fe2d;

	while (len--) {
		hash = older + (old ^ name_byte(*name++, is_signed) * 7152373);
		if (hash & 0x80000000)
			hash -= 0x7fffffff;
		older = old;
		old = hash;
	}
	return old << 1;
}

/* The next nr words of the name, big end first, padded with copies of the length that is left. */
static void name_words(const char *name, size_t len, uint32_t *out, unsigned nr, bool is_signed)
{
	uint32_t pad = (uint32_t)len | (uint32_t)len << 8, word;
	size_t i = 0;
	unsigned n, k;

	pad |= pad << 16;
	for (n = 0; n < nr; n++) {
		word = pad;
		for (k = 0; k < 4 && i < len; k++, i++)
			word = name_byte(name[i], is_signed) + (word << 8);
		out[n] = word;
	}
}

/* One step of a round of MD4 on the four words, which change places from step to step. */
#define MD4_STEP(f, a, b, c, d, x, s)	((a) = rol32((a) + f(b, c, d) + (x), (s)))
#define MD4_F(x, y, z)	((z) ^ ((x) & ((y) ^ (z))))
#define MD4_G(x, y, z)	(((x) & (y)) + (((x) ^ (y)) & (z)))
#define MD4_H(x, y, z)	((x) ^ (y) ^ (z))

/* MD4's three rounds (RFC 1320) over half a block: eight words each, in these orders. */
static void half_md4(uint32_t state[4], const uint32_t in[8])
{
	static const uint8_t order[3][8] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7 }, { 1, 3, 5, 7, 0, 2, 4, 6 }, { 3, 7, 2, 6, 1, 5, 0, 4 },
	};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	unsigned i;

#pragma GCC unroll 2
	for (i = 0; i < 8; i += 4) {
		MD4_STEP(MD4_F, a, b, c, d, in[order[0][i]], 3);
		MD4_STEP(MD4_F, d, a, b, c, in[order[0][i + 1]], 7);
		MD4_STEP(MD4_F, c, d, a, b, in[order[0][i + 2]], 11);
		MD4_STEP(MD4_F, b, c, d, a, in[order[0][i + 3]], 19);
	}
#pragma GCC unroll 2
	for (i = 0; i < 8; i += 4) {
		MD4_STEP(MD4_G, a, b, c, d, in[order[1][i]] + 0x5a827999, 3);
		MD4_STEP(MD4_G, d, a, b, c, in[order[1][i + 1]] + 0x5a827999, 5);
		MD4_STEP(MD4_G, c, d, a, b, in[order[1][i + 2]] + 0x5a827999, 9);
		MD4_STEP(MD4_G, b, c, d, a, in[order[1][i + 3]] + 0x5a827999, 13);
	}
#pragma GCC unroll 2
	for (i = 0; i < 8; i += 4) {
		MD4_STEP(MD4_H, a, b, c, d, in[order[2][i]] + 0x6ed9eba1, 3);
		MD4_STEP(MD4_H, d, a, b, c, in[order[2][i + 1]] + 0x6ed9eba1, 9);
		MD4_STEP(MD4_H, c, d, a, b, in[order[2][i + 2]] + 0x6ed9eba1, 11);
		MD4_STEP(MD4_H, b, c, d, a, in[order[2][i + 3]] + 0x6ed9eba1, 15);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

/* 16 rounds of TEA encrypt the state under the name's words as the key, and are added to it. */
static void tea(uint32_t state[4], const uint32_t key[4])
{
	uint32_t sum = 0, x = state[0], y = state[1];
	unsigned i;

	for (i = 0; i < 16; i++) {
		sum += 0x9e3779b9;
		x += ((y << 4) + key[0]) ^ (y + sum) ^ ((y >> 5) + key[1]);
		y += ((x << 4) + key[2]) ^ (x + sum) ^ ((x >> 5) + key[3]);
	}
	state[0] += x;
	state[1] += y;
}

/* Feed the whole name, nr words at a time. An empty name feeds nothing. */
static void feed(uint32_t state[4], const char *name, size_t len, unsigned nr, bool is_signed)
{
	uint32_t words[8];
	size_t step;

	for (; len; len -= step, name += step) {
		name_words(name, len, words, nr, is_signed);
		if (nr == 8)
			half_md4(state, words);
		else
			tea(state, words);
		step = min_t(size_t, len, 4 * nr);
	}
}

int dirhash(enum dirhash_version version, const uint32_t seed[4], const char *name, size_t len,
	    struct dirhash_result *out)
{
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	bool is_signed = version <= DIRHASH_TEA;

	if (seed[0] | seed[1] | seed[2] | seed[3])
		memcpy(state, seed, sizeof(state));
	switch (version) {
	case DIRHASH_LEGACY:
	case DIRHASH_LEGACY_UNSIGNED:
		*out = (struct dirhash_result){ legacy_hash(name, len, is_signed), 0 };
		break;
	case DIRHASH_HALF_MD4:
	case DIRHASH_HALF_MD4_UNSIGNED:
		feed(state, name, len, 8, is_signed);
		*out = (struct dirhash_result){ state[1], state[2] };
		break;
	case DIRHASH_TEA:
	case DIRHASH_TEA_UNSIGNED:
		feed(state, name, len, 4, is_signed);
		*out = (struct dirhash_result){ state[0], state[1] };
		break;
	default:
		return -EINVAL;
	}
	out->hash &= ~1U;
	if (out->hash == HTREE_EOF << 1)
		out->hash = (HTREE_EOF - 1) << 1;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* SHA-256, after FIPS 180-4: see lib/sha256.h. */
#include "lib/sha256.h"

#include "lib/bits.h"
#include "lib/byteorder.h"
#include "lib/string.h"

/* Section 4.2.2: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t big_sigma0(uint32_t x) { return ror32(x, 2) ^ ror32(x, 13) ^ ror32(x, 22); }
static inline uint32_t big_sigma1(uint32_t x) { return ror32(x, 6) ^ ror32(x, 11) ^ ror32(x, 25); }
static inline uint32_t small_sigma0(uint32_t x) { return ror32(x, 7) ^ ror32(x, 18) ^ x >> 3; }
static inline uint32_t small_sigma1(uint32_t x) { return ror32(x, 17) ^ ror32(x, 19) ^ x >> 10; }

/* Section 6.2.2: one block. The message schedule is kept as a window of 16 words. */
static void sha256_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t w[16], v[8], t1, t2;
	unsigned t;

	memcpy(v, state, sizeof(v));
	for (t = 0; t < 64; t++) {
		if (t < 16)
			w[t] = get_unaligned_be32(block + 4 * t);
		else
			w[t & 15] += small_sigma1(w[(t - 2) & 15]) + w[(t - 7) & 15] + small_sigma0(w[(t - 15) & 15]);
		t1 = v[7] + big_sigma1(v[4]) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + round_constants[t] + w[t & 15];
		t2 = big_sigma0(v[0]) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(&v[1], &v[0], 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (t = 0; t < 8; t++)
		state[t] += v[t];
	memzero_explicit(w, sizeof(w));
}

void sha256_init(struct sha256 *s)
{
	*s = (struct sha256){ .state = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	} };
}

void sha256_update(struct sha256 *s, const void *data, size_t len)
{
	size_t used = s->total % SHA256_BLOCK_SIZE, n;
	const uint8_t *p = data;

	s->total += len;
	if (used) {
		n = min(len, SHA256_BLOCK_SIZE - used);
		memcpy(s->block + used, p, n);
		p += n;
		len -= n;
		if (used + n < SHA256_BLOCK_SIZE)
			return;
		sha256_block(s->state, s->block);
	}
	for (; len >= SHA256_BLOCK_SIZE; len -= SHA256_BLOCK_SIZE, p += SHA256_BLOCK_SIZE)
		sha256_block(s->state, p);
	memcpy(s->block, p, len);
}

void sha256_final(struct sha256 *s, uint8_t digest[SHA256_DIGEST_SIZE])
{
	uint8_t padding[SHA256_BLOCK_SIZE + 8] = { 0x80 };
	size_t used = s->total % SHA256_BLOCK_SIZE;
	size_t n = (used < 56 ? 56 : 120) - used;	/* up to the last 8 bytes of a block */
	unsigned i;

	put_unaligned_be64(s->total * 8, padding + n);
	sha256_update(s, padding, n + 8);
	for (i = 0; i < 8; i++)
		put_unaligned_be32(s->state[i], digest + 4 * i);
	memzero_explicit(s, sizeof(*s));
}

void sha256_digest(const void *data, size_t len, uint8_t digest[SHA256_DIGEST_SIZE])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, data, len);
	sha256_final(&s, digest);
}

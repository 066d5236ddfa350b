/* SPDX-License-Identifier: MIT */
/* XXH64 with seed 0, the checksum of Zstandard frames. Source: the xxHash specification, version 0.1.1. */
#include "lib/internal.h"

#include "lib/bits.h"
#include "lib/byteorder.h"
#include "lib/string.h"

#define PRIME1	0x9e3779b185ebca87ULL
#define PRIME2	0xc2b2ae3d27d4eb4fULL
#define PRIME3	0x165667b19e3779f9ULL
#define PRIME4	0x85ebca77c2b2ae63ULL
#define PRIME5	0x27d4eb2f165667c5ULL
#define STRIPE	32

static inline uint64_t xx_round(uint64_t lane, uint64_t input)
{
	return rol64(lane + input * PRIME2, 31) * PRIME1;
}

static void xx_stripe(struct xxhash64 *x, const uint8_t *p)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		x->lane[i] = xx_round(x->lane[i], get_unaligned_le64(p + 8 * i));
}

void xxhash64_init(struct xxhash64 *x)
{
	*x = (struct xxhash64){ .lane = { PRIME1 + PRIME2, PRIME2, 0, -PRIME1 } };
}

void xxhash64_update(struct xxhash64 *x, const void *data, size_t n)
{
	size_t used = x->total % STRIPE, fill;
	const uint8_t *p = data;

	x->total += n;
	if (used) {
		fill = min(n, STRIPE - used);
		memcpy(x->block + used, p, fill);
		p += fill;
		n -= fill;
		if (used + fill < STRIPE)
			return;
		xx_stripe(x, x->block);
	}
	for (; n >= STRIPE; n -= STRIPE, p += STRIPE)
		xx_stripe(x, p);
	memcpy(x->block, p, n);
}

uint64_t xxhash64_final(const struct xxhash64 *x)
{
	size_t left = x->total % STRIPE;
	const uint8_t *p = x->block;
	uint64_t h = PRIME5;
	unsigned i;

	if (x->total >= STRIPE) {
		h = rol64(x->lane[0], 1) + rol64(x->lane[1], 7) + rol64(x->lane[2], 12) + rol64(x->lane[3], 18);
		for (i = 0; i < 4; i++)
			h = (h ^ xx_round(0, x->lane[i])) * PRIME1 + PRIME4;
	}
	h += x->total;
	for (; left >= 8; left -= 8, p += 8)
		h = rol64(h ^ xx_round(0, get_unaligned_le64(p)), 27) * PRIME1 + PRIME4;
	if (left >= 4) {
		h = rol64(h ^ get_unaligned_le32(p) * PRIME1, 23) * PRIME2 + PRIME3;
		left -= 4;
		p += 4;
	}
	while (left--)
		h = rol64(h ^ *p++ * PRIME5, 11) * PRIME1;
	h = (h ^ h >> 33) * PRIME2;
	h = (h ^ h >> 29) * PRIME3;
	return h ^ h >> 32;
}

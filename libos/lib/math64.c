/* SPDX-License-Identifier: MIT */
/* 64-bit arithmetic with wide intermediates: see lib/math64.h. */
#include "lib/math64.h"

#include "lib/bits.h"

uint64_t mul_u64_u64_div_u64(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	uint64_t hi = (uint64_t)(product >> 64), lo = (uint64_t)product;
	unsigned i;

	if (!hi)
		return lo / c;
	if (hi >= c)
		return UINT64_MAX;
	/* Long division, a bit at a time: hi is the remainder, always < c. */
	for (i = 0; i < 64; i++) {
		bool carry = hi >> 63;

		hi = hi << 1 | lo >> 63;
		lo <<= 1;
		if (carry || hi >= c) {
			hi -= c;
			lo |= 1;
		}
	}
	return lo;
}

uint64_t gcd_u64(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

uint64_t int_sqrt(uint64_t x)
{
	uint64_t root = 0, bit;

	for (bit = x ? 1ULL << (__fls(x) & ~1U) : 0; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

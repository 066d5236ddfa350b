/* SPDX-License-Identifier: MIT */
/*
 * Cyclic redundancy checks: see lib/crc.h.
 *
 * The tables are built at first use: they would add 20 KiB to the image, and most boots need one of them.
 * Building is idempotent, so two CPUs may do it at once; `ready` is set (release) after the last entry
 * and read (acquire) before the first use.
 *
 * The reflected 32-bit checks take eight bytes a step: table k holds what a byte contributes after k more
 * zero bytes have followed it.
 *
 * A check is linear: with a seed of 0, crc(a) ^ crc(b) = crc(a ^ b), and bytes that follow multiply it by x^8 each,
 * modulo the polynomial, whatever they are. So a change in the middle of a long block costs its own length, and two
 * multiplications for the bytes behind it (crc32c_patch()).
 */
#include "lib/crc.h"

#include "lib/byteorder.h"

#define SLICES	8

struct crc_table {
	bool ready;			/* [a] */
	uint32_t poly;			/* [I] reflected */
	uint32_t slice[SLICES][256];
};

static struct {
	struct crc_table castagnoli, ieee;
	bool be_ready, crc16_ready;	/* [a] */
	uint32_t be[256];
	uint16_t crc16[256];
} tables = {
	.castagnoli.poly = 0x82f63b78,
	.ieee.poly = 0xedb88320,
};

#define SHIFTS	64

/* What multiplies by that many zero bytes: `ones` by 0 to 63 of them, `many` by 64 times as many. */
static struct {
	bool ready;			/* [a] */
	uint32_t ones[SHIFTS], many[SHIFTS];
} shifts;

static void __cold crc_table_build(struct crc_table *t)
{
	unsigned i, k;

	for (i = 0; i < 256; i++) {
		uint32_t c = i;

		for (k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ t->poly : c >> 1;
		t->slice[0][i] = c;
	}
	for (i = 0; i < 256; i++) {
		for (k = 1; k < SLICES; k++) {
			uint32_t c = t->slice[k - 1][i];

			t->slice[k][i] = c >> 8 ^ t->slice[0][c & 0xff];
		}
	}
	smp_store_release(&t->ready, true);
}

static uint32_t crc_reflected(struct crc_table *t, uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (unlikely(!smp_load_acquire(&t->ready)))
		crc_table_build(t);
	for (; len >= 8; len -= 8, p += 8) {
		uint64_t v = get_unaligned_le64(p) ^ crc;

		crc = t->slice[7][v & 0xff] ^ t->slice[6][v >> 8 & 0xff] ^
		      t->slice[5][v >> 16 & 0xff] ^ t->slice[4][v >> 24 & 0xff] ^
		      t->slice[3][v >> 32 & 0xff] ^ t->slice[2][v >> 40 & 0xff] ^
		      t->slice[1][v >> 48 & 0xff] ^ t->slice[0][v >> 56];
	}
	while (len--)
		crc = crc >> 8 ^ t->slice[0][(crc ^ *p++) & 0xff];
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	return crc_reflected(&tables.castagnoli, crc, data, len);
}

/* a * b modulo the polynomial; bit 31 is x^0. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (; a; a <<= 1) {
		if (a >> 31)
			product ^= b;
		b = b >> 1 ^ (b & 1 ? tables.castagnoli.poly : 0);
	}
	return product;
}

static void __cold shifts_build(void)
{
	const uint32_t one = 1u << 31, byte = one >> 8;
	uint32_t block;

	shifts.ones[0] = shifts.many[0] = one;
	for (unsigned i = 1; i < SHIFTS; i++)
		shifts.ones[i] = multiply(shifts.ones[i - 1], byte);
	block = multiply(shifts.ones[SHIFTS - 1], byte);
	for (unsigned i = 1; i < SHIFTS; i++)
		shifts.many[i] = multiply(shifts.many[i - 1], block);
	smp_store_release(&shifts.ready, true);
}

uint32_t crc32c_patch(uint32_t crc, const void *diff, size_t len, size_t behind)
{
	uint32_t change = crc32c(0, diff, len);

	if (unlikely(!smp_load_acquire(&shifts.ready)))
		shifts_build();
	while (behind) {
		size_t step = min(behind, (size_t)SHIFTS * SHIFTS - 1);

		change = multiply(change, shifts.ones[step % SHIFTS]);
		change = multiply(change, shifts.many[step / SHIFTS]);
		behind -= step;
	}
	return crc ^ change;
}

uint32_t crc32_le(uint32_t crc, const void *data, size_t len)
{
	return crc_reflected(&tables.ieee, crc, data, len);
}

uint32_t crc32_ieee(uint32_t crc, const void *data, size_t len)
{
	return ~crc32_le(~crc, data, len);
}

uint32_t crc32_be(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	unsigned i, k;

	if (unlikely(!smp_load_acquire(&tables.be_ready))) {
		for (i = 0; i < 256; i++) {
			uint32_t c = i << 24;

			for (k = 0; k < 8; k++)
				c = c >> 31 ? c << 1 ^ 0x04c11db7 : c << 1;
			tables.be[i] = c;
		}
		smp_store_release(&tables.be_ready, true);
	}
	while (len--)
		crc = crc << 8 ^ tables.be[crc >> 24 ^ *p++];
	return crc;
}

uint16_t crc16(uint16_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	unsigned i, k;

	if (unlikely(!smp_load_acquire(&tables.crc16_ready))) {
		for (i = 0; i < 256; i++) {
			unsigned c = i;

			for (k = 0; k < 8; k++)
				c = c & 1 ? c >> 1 ^ 0xa001 : c >> 1;
			tables.crc16[i] = (uint16_t)c;
		}
		smp_store_release(&tables.crc16_ready, true);
	}
	while (len--)
		crc = (uint16_t)(crc >> 8 ^ tables.crc16[(crc ^ *p++) & 0xff]);
	return crc;
}

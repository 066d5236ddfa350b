/* SPDX-License-Identifier: MIT */
/*
 * CRC-32C and CRC-32 for the loaders and the payload tool.
 *
 * Model. A reflected CRC of one byte is one table step. Eight tables let eight bytes be taken in
 * one step (table k advances a byte through k more zero bytes), which is about three instructions
 * a byte less; that matters where the CPU is emulated. With SSE4.2 the CRC32 instruction takes a
 * whole register. The tables are computed at start (20 thousand instructions) so that the BIOS
 * stage 2 stays small on disk.
 *
 * Invariant: after crc32_init() the tables never change. Single threaded.
 */
#include "loader/common/crc32.h"

#include <stdbool.h>

#include "loader/common/cpu.h"

#define POLY_CASTAGNOLI		0x82f63b78U
#define POLY_IEEE		0xedb88320U
#define SLICES			8

static struct {
	uint32_t slice[SLICES][256];	/* Castagnoli */
	uint32_t ieee[256];
	bool have_insn;
} crc;

static uint32_t byte_step(uint32_t value, uint32_t poly)
{
	for (int bit = 0; bit < 8; bit++)
		value = (value >> 1) ^ (value & 1 ? poly : 0);
	return value;
}

void crc32_init(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		crc.slice[0][i] = byte_step(i, POLY_CASTAGNOLI);
		crc.ieee[i] = byte_step(i, POLY_IEEE);
	}
	for (int k = 1; k < SLICES; k++) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t previous = crc.slice[k - 1][i];

			crc.slice[k][i] = (previous >> 8) ^ crc.slice[0][previous & 0xff];
		}
	}
	crc.have_insn = cpu_has_crc32();
}

static uint32_t load32(const uint8_t *p)
{
	uint32_t value;

	__builtin_memcpy(&value, p, sizeof(value));
	return value;
}

uint32_t crc32c_table(uint32_t value, const void *data, size_t size)
{
	const uint8_t *p = data;

	value = ~value;
	for (; size >= SLICES; size -= SLICES, p += SLICES) {
		uint32_t low = value ^ load32(p);
		uint32_t high = load32(p + 4);

		value = crc.slice[7][low & 0xff] ^ crc.slice[6][(low >> 8) & 0xff] ^
			crc.slice[5][(low >> 16) & 0xff] ^ crc.slice[4][low >> 24] ^
			crc.slice[3][high & 0xff] ^ crc.slice[2][(high >> 8) & 0xff] ^
			crc.slice[1][(high >> 16) & 0xff] ^ crc.slice[0][high >> 24];
	}
	for (; size; size--, p++)
		value = (value >> 8) ^ crc.slice[0][(value ^ *p) & 0xff];
	return ~value;
}

static unsigned long load_word(const uint8_t *p)
{
	unsigned long word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

static uint32_t crc32c_insn(uint32_t value, const uint8_t *p, size_t size)
{
	const size_t word = sizeof(long), step = 4 * word;
	unsigned long acc = (uint32_t)~value;

	/* Four a round: where instructions are emulated one by one, the loop's own count too. */
	for (; size >= step; size -= step, p += step) {
		acc = cpu_crc32_word(acc, load_word(p));
		acc = cpu_crc32_word(acc, load_word(p + word));
		acc = cpu_crc32_word(acc, load_word(p + 2 * word));
		acc = cpu_crc32_word(acc, load_word(p + 3 * word));
	}
	value = (uint32_t)acc;
	for (; size; size--, p++)
		value = cpu_crc32_byte(value, *p);
	return ~value;
}

uint32_t crc32c_update(uint32_t value, const void *data, size_t size)
{
	if (crc.have_insn)
		return crc32c_insn(value, data, size);
	return crc32c_table(value, data, size);
}

uint32_t crc32_ieee(uint32_t value, const void *data, size_t size)
{
	const uint8_t *p = data;

	value = ~value;
	for (; size; size--, p++)
		value = (value >> 8) ^ crc.ieee[(value ^ *p) & 0xff];
	return ~value;
}

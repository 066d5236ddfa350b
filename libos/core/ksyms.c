/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own symbol table, read only.
 *
 * Model. The kernel is linked twice. core/ksyms.py turns the first link's function symbols into the blob
 * described here; the second link places it in .ksyms, behind the text, so no function moves. A link
 * without it (the first one, the hosted build) gets the empty weak definition below.
 *
 * Blob, little endian, byte offsets from its start:
 *   struct ksyms_header
 *   struct ksyms_block[nr_blocks]	one for each KSYMS_BLOCK symbols, sorted by address
 *   token strings			nr_tokens, NUL-terminated each; byte 0x80 + i of a name stands for the i-th
 *   symbols				for each, sorted by address: its distance from the previous one (from the
 *					block's start for a block's first) as a little-endian base-128 number;
 *					length of the coded name; the coded name
 *
 * Entry point: ksym_lookup().
 */
#include "core/ksyms.h"

#include "lib/compiler.h"

#define KSYMS_BLOCK	64		/* core/ksyms.py has the same number */
#define KSYMS_TOKEN	0x80

struct ksyms_header {
	uint64_t base;			/* address that all others are relative to */
	uint32_t text_size;		/* addresses at or above base + text_size are not text */
	uint32_t count;
	uint32_t nr_blocks;
	uint32_t nr_tokens;
	uint32_t tokens;
	uint32_t symbols;
};

struct ksyms_block {
	uint32_t address;		/* of the first symbol, relative to base */
	uint32_t symbols;		/* where its symbols start, relative to header.symbols */
};

extern const struct ksyms_header ksyms_blob;
const struct ksyms_header __weak __section(".ksyms") __aligned(8) ksyms_blob = { .base = 0 };

/* The blob that was linked: the compiler must not take its size from the weak definition above. */
static const struct ksyms_header *ksyms_header(void)
{
	const struct ksyms_header *header = &ksyms_blob;

	OPTIMIZER_HIDE_VAR(header);
	return header;
}

static const uint8_t *ksyms_at(uint32_t offset)
{
	return (const uint8_t *)ksyms_header() + offset;
}

static uint32_t ksyms_read_number(const uint8_t **cursor)
{
	uint32_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = *(*cursor)++;
		value |= (uint32_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

static const char *ksyms_token(unsigned index)
{
	const char *token = (const char *)ksyms_at(ksyms_header()->tokens);

	while (index--)
		while (*token++)
			;
	return token;
}

/* Write the coded name of `length` bytes as text. */
static void ksyms_decode_name(const uint8_t *coded, unsigned length, char *name, size_t size)
{
	size_t used = 0;

	while (length--) {
		char single[2] = { (char)*coded, 0 };
		const char *text = *coded >= KSYMS_TOKEN ? ksyms_token(*coded - KSYMS_TOKEN) : single;

		coded++;
		while (*text && used + 1 < size)
			name[used++] = *text++;
	}
	name[used] = 0;
}

/* The last block that starts at or below address. */
static uint32_t ksyms_find_block(const struct ksyms_block *blocks, uint32_t address)
{
	uint32_t low = 0;
	uint32_t high = ksyms_header()->nr_blocks;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (blocks[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool ksym_lookup(uintptr_t addr, char *name, size_t size, uintptr_t *offset)
{
	const struct ksyms_header *header = ksyms_header();
	const struct ksyms_block *blocks = (const void *)(header + 1);
	const uint8_t *cursor, *found = NULL;
	uint32_t address, wanted, block, left;

	name[0] = 0;
	*offset = 0;
	if (!header->count || addr < header->base || addr - header->base >= header->text_size)
		return false;
	wanted = (uint32_t)(addr - header->base);
	block = ksyms_find_block(blocks, wanted);
	address = blocks[block].address;
	cursor = ksyms_at(header->symbols + blocks[block].symbols);
	left = header->count - block * KSYMS_BLOCK;
	for (left = left < KSYMS_BLOCK ? left : KSYMS_BLOCK; left; left--) {
		address += ksyms_read_number(&cursor);
		if (address > wanted)
			break;
		found = cursor;
		*offset = wanted - address;
		cursor += 1 + *cursor;
	}
	if (found)
		ksyms_decode_name(found + 1, *found, name, size);
	return found != NULL;
}

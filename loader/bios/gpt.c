/* SPDX-License-Identifier: MIT */
/*
 * gpt: find the EFI system partition.
 *
 * Model. A table is its header sector plus an array of entries elsewhere, each under a CRC-32. The
 * usual layout (header in sector 1, 16 KiB of entries behind it) takes one read: the array is
 * looked for in the buffer first. An answer counts only after the whole array's checksum held.
 *
 * Everything on disk is untrusted: sizes are bounded before they are used.
 */
#include "loader/bios/gpt.h"

#include <stdbool.h>
#include <stddef.h>

#include "loader/common/crc32.h"

#define HEADER_MIN		92U
#define ENTRY_MIN		128U
#define ENTRY_MAX		4096U
#define ENTRIES_MAX		1024U
#define CHUNK			DISK_BUFFER_MIN		/* sectors; holds whole entries */
#define FIRST_READ		33U			/* header and 128 entries of 128 bytes */

struct gpt_header {
	uint8_t signature[8];
	uint32_t revision;
	uint32_t header_size;
	uint32_t header_crc;
	uint32_t reserved;
	uint64_t my_lba, alternate_lba;
	uint64_t first_usable, last_usable;
	uint8_t disk_guid[16];
	uint64_t entries_lba;
	uint32_t nr_entries;
	uint32_t entry_size;
	uint32_t entries_crc;
} __attribute__((packed));

struct gpt_entry {
	uint8_t type[16];
	uint8_t guid[16];
	uint64_t first, last;
} __attribute__((packed));

/* C12A7328-F81F-11D2-BA4B-00A0C93EC93B as it lies on disk */
static const uint8_t esp_type[16] = {
	0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b,
};

static bool same(const uint8_t *a, const uint8_t *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (a[i] != b[i])
			return false;
	}
	return true;
}

/* Check a header sector in place; its CRC field is zeroed on the way. */
static bool header_valid(uint8_t *sector, uint64_t lba)
{
	struct gpt_header *h = (struct gpt_header *)sector;
	uint32_t crc = h->header_crc, size = h->header_size;

	if (!same(h->signature, (const uint8_t *)"EFI PART", 8) || h->my_lba != lba)
		return false;
	if (size < HEADER_MIN || size > SECTOR_SIZE)
		return false;
	h->header_crc = 0;
	if (crc32_ieee(0, sector, size) != crc)
		return false;
	return h->entry_size >= ENTRY_MIN && h->entry_size <= ENTRY_MAX &&
	       !(h->entry_size & (h->entry_size - 1)) &&
	       h->nr_entries && h->nr_entries <= ENTRIES_MAX;
}

struct scan {
	struct gpt_header header;
	struct partition esp;		/* sectors is 0 while none was found */
	uint32_t crc;
};

/* Take the next `bytes` of the entry array. */
static void scan_entries(struct scan *s, const uint8_t *array, uint32_t bytes)
{
	s->crc = crc32_ieee(s->crc, array, bytes);
	for (uint32_t at = 0; at < bytes && !s->esp.sectors; at += s->header.entry_size) {
		const struct gpt_entry *e = (const struct gpt_entry *)(array + at);

		if (!same(e->type, esp_type, sizeof(esp_type)) || e->last < e->first ||
		    e->first < s->header.first_usable || e->last > s->header.last_usable)
			continue;
		s->esp.first = e->first;
		s->esp.sectors = e->last - e->first + 1;
	}
}

static int scan_array(struct disk *disk, struct scan *s, uint32_t in_buffer)
{
	uint32_t left = s->header.nr_entries * s->header.entry_size;
	uint64_t lba = s->header.entries_lba;

	if (left <= in_buffer * SECTOR_SIZE && lba == s->header.my_lba + 1) {
		scan_entries(s, disk->buffer + SECTOR_SIZE, left);
		return 0;
	}
	while (left) {
		uint32_t bytes = left < CHUNK * SECTOR_SIZE ? left : CHUNK * SECTOR_SIZE;
		int error = disk->read(disk, lba, (bytes + SECTOR_SIZE - 1) / SECTOR_SIZE);

		if (error)
			return error;
		scan_entries(s, disk->buffer, bytes);
		left -= bytes;
		lba += CHUNK;
	}
	return 0;
}

/* Try the table whose header is at lba; `count` sectors from there are read at once. */
static int try_table(struct disk *disk, uint64_t lba, uint32_t count, struct partition *esp)
{
	struct scan s = { .crc = 0 };
	int error = disk->read(disk, lba, count);

	if (error)
		return error;
	if (!header_valid(disk->buffer, lba))
		return -LOAD_E_GPT;
	s.header = *(const struct gpt_header *)disk->buffer;
	error = scan_array(disk, &s, count - 1);
	if (error)
		return error;
	if (s.crc != s.header.entries_crc)
		return -LOAD_E_GPT;
	if (!s.esp.sectors)
		return -LOAD_E_NO_ESP;
	*esp = s.esp;
	return 0;
}

int gpt_find_esp(struct disk *disk, struct partition *esp)
{
	int error = try_table(disk, 1, FIRST_READ, esp);

	if ((error == -LOAD_E_GPT || error == -LOAD_E_READ) && disk->sectors > FIRST_READ) {
		int second = try_table(disk, disk->sectors - 1, 1, esp);

		if (!second || second == -LOAD_E_NO_ESP)
			return second;
	}
	return error;
}

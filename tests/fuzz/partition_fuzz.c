/* SPDX-License-Identifier: MIT */
/*
 * Partition tables of any content. The first byte chooses the sector size and whether the checksums of a GPT are
 * made right first, so that what lies behind them is reached.
 */
#include "abi/errno.h"
#include "block/partition.h"
#include "lib/byteorder.h"
#include "lib/crc.h"

#include <stdlib.h>
#include <string.h>

#define DISK_MAX	(128 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t disk[DISK_MAX];

static int read_disk(void *arg, uint64_t offset, void *buf, size_t n)
{
	const struct partition_source *src = arg;

	if (offset > src->size || n > src->size - offset)
		abort();
	memcpy(buf, disk + offset, n);
	return 0;
}

static void fix_gpt(size_t size, uint32_t sector)
{
	uint8_t *h = disk + sector;
	uint64_t entries, bytes;

	memcpy(h, "EFI PART", 8);
	put_unaligned_le32(92, h + 12);
	put_unaligned_le64(1, h + 24);
	put_unaligned_le32(128, h + 84);
	entries = get_unaligned_le64(h + 72);
	bytes = (uint64_t)get_unaligned_le32(h + 80) * 128;
	if (entries < size / sector && bytes <= size - entries * sector)
		put_unaligned_le32(crc32_ieee(0, disk + entries * sector, bytes), h + 88);
	put_unaligned_le32(0, h + 16);
	put_unaligned_le32(crc32_ieee(0, h, 92), h + 16);
	disk[446 + 4] = 0xee;
	disk[510] = 0x55;
	disk[511] = 0xaa;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct partition_source src = { .read = read_disk };
	struct partition *table;
	void *work;
	int nr;

	if (size < 1 || size > DISK_MAX)
		return 0;
	src.sector_size = data[0] & 1 ? 4096 : 512;
	src.size = (size - 1) & ~(uint64_t)(src.sector_size - 1);
	src.arg = &src;
	memset(disk, 0, sizeof(disk));
	memcpy(disk, data + 1, size - 1);
	if (data[0] & 2 && src.size >= 2 * src.sector_size)
		fix_gpt(src.size, src.sector_size);
	table = malloc(PARTITION_MAX * sizeof(*table));
	work = malloc(PARTITION_WORK);
	nr = partition_scan(&src, work, table);
	for (int i = 0; i < nr; i++) {
		if (!table[i].size || table[i].start > src.size || table[i].size > src.size - table[i].start)
			abort();
	}
	free(work);
	free(table);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Fuzz the BIOS stage 2's view of a disk: GPT, FAT mount, look-up, reading.
 *
 * The input is the disk: byte 0 selects what is done, the rest are sectors that repeat to the disk's end, so
 * that any sector number reads something the fuzzer controls. Checked besides memory errors: reads stay on the
 * buffer, a file gives exactly its size, and the number of reads is bounded.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "loader/bios/fat.c"
#include "loader/bios/gpt.c"
#include "loader/common/crc32.c"

#define BUFFER_SECTORS	127U
#define READS_MAX	20000U
#define ENOUGH		(-LOAD_E_COUNT)

static struct input {
	const uint8_t *data;
	size_t sectors;
	uint8_t *buffer;
	unsigned int reads;
} input;

static int read_sectors(struct disk *disk, uint64_t lba, uint32_t count)
{
	assert(count >= 1 && count <= disk->buffer_sectors);
	if (++input.reads > READS_MAX)
		return ENOUGH;
	if (disk->sectors && (lba >= disk->sectors || count > disk->sectors - lba))
		return -LOAD_E_READ;
	for (uint32_t i = 0; i < count; i++)
		memcpy(disk->buffer + i * SECTOR_SIZE,
		       input.data + (lba + i) % input.sectors * SECTOR_SIZE, SECTOR_SIZE);
	return 0;
}

static int count_sink(void *context, const void *data, size_t size)
{
	uint64_t *left = context;

	assert(data == input.buffer && size && size <= BUFFER_SECTORS * SECTOR_SIZE);
	assert(size <= *left);
	*left -= size;
	return 0;
}

static void read_files(struct fat *fat)
{
	static const char *const names[] = { "CORACLE KRN", "CORACLE CMD", "INITRD  IMG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct fat_file file;
		uint64_t left;

		if (fat_find(fat, names[i], &file))
			continue;
		left = file.size;
		if (!fat_read(fat, &file, count_sink, &left))
			assert(!left);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fat fat;
	struct disk disk = { .read = read_sectors, .buffer_sectors = BUFFER_SECTORS };
	struct partition where = { 0, UINT32_MAX };
	uint8_t mode;

	if (size < 1 + SECTOR_SIZE)
		return 0;
	if (!input.buffer) {
		crc32_init();
		input.buffer = malloc(BUFFER_SECTORS * SECTOR_SIZE);
	}
	mode = data[0];
	input.data = data + 1;
	input.sectors = (size - 1) / SECTOR_SIZE;
	input.reads = 0;
	disk.buffer = input.buffer;
	/* Odd modes know the disk's size, which opens the way to the backup table. */
	disk.sectors = mode & 1 ? input.sectors : 0;
	if ((mode & 2) && gpt_find_esp(&disk, &where))
		return 0;
	memset(&fat, 0xa5, sizeof(fat));
	if (!fat_mount(&fat, &disk, &where))
		read_files(&fat);
	return 0;
}

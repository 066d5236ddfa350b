/* SPDX-License-Identifier: MIT */
/*
 * gpt: partition table through libfdisk, boot code by hand. See gpt.h for the disk's layout.
 */
#include "imgbuild/gpt.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Offsets in mbr.bin (loader/README.md, "Disk layout"). */
enum {
	MBR_CODE_SIZE = 440,
	MBR_STAGE2_SECTORS = 418,	/* u16 */
	MBR_STAGE2_START = 424,		/* u64, sector */
	MBR_TAG = 432,
	STAGE2_SECTORS_MAX = 127,
};

static const char mbr_tag[8] = { 'C', 'O', 'R', 'A', 'C', 'L', 'E', '1' };
static const uint64_t mib = 1 << 20;

int layout_make(struct layout *layout, uint64_t disk_size, uint64_t esp_size, uint64_t root_size)
{
	uint64_t start = mib;

	memset(layout, 0, sizeof(*layout));
	if (esp_size) {
		layout->boot = (struct area){ start, mib };
		layout->esp = (struct area){ start + mib, esp_size };
		start += mib + esp_size;
	}
	if (!disk_size)
		disk_size = start + root_size + mib;
	disk_size = disk_size / mib * mib;
	if (disk_size < start + 4 * mib)
		return fail("a disk of %llu MiB has no room for a root partition; give a --size of at least %llu MiB",
			    (unsigned long long)(disk_size / mib), (unsigned long long)(start / mib + 4));
	layout->disk_size = disk_size;
	layout->root = (struct area){ start, disk_size - start - mib };
	return 0;
}

/* --- The table --------------------------------------------------------------------------------- */

static int gpt_fail(const char *what, int error)
{
	return fail("%s: %s", what, strerror(error < 0 ? -error : error));
}

static struct fdisk_context *open_table(const char *path, int readonly)
{
	struct fdisk_context *context = fdisk_new_context();
	int error;

	if (!context) {
		fail("out of memory");
		return NULL;
	}
	fdisk_disable_dialogs(context, 1);
	error = fdisk_save_user_sector_size(context, SECTOR_SIZE, SECTOR_SIZE);
	if (!error)
		error = fdisk_assign_device(context, path, readonly);
	if (error) {
		gpt_fail(path, error);
		fdisk_unref_context(context);
		return NULL;
	}
	return context;
}

struct part_spec {
	size_t number;
	struct area area;
	const char *type, *name;
	const uint8_t *uuid;
};

static int add_part(struct fdisk_context *context, const struct part_spec *spec)
{
	struct fdisk_partition *part = fdisk_new_partition();
	struct fdisk_parttype *type;
	char uuid[UUID_TEXT_SIZE];
	int error;

	type = fdisk_label_get_parttype_from_string(fdisk_get_label(context, NULL), spec->type);
	if (!part || !type)
		return fail("out of memory");
	uuid_format(spec->uuid, uuid);
	fdisk_partition_set_partno(part, spec->number - 1);
	fdisk_partition_set_start(part, spec->area.offset / SECTOR_SIZE);
	fdisk_partition_set_size(part, spec->area.size / SECTOR_SIZE);
	fdisk_partition_set_type(part, type);
	error = fdisk_partition_set_name(part, spec->name);
	if (!error)
		error = fdisk_partition_set_uuid(part, uuid);
	if (!error)
		error = fdisk_add_partition(context, part, NULL);
	fdisk_unref_partition(part);
	return error ? gpt_fail("cannot add a partition", error) : 0;
}

static int add_parts(struct fdisk_context *context, const struct layout *layout, const struct identity *identity)
{
	const struct part_spec parts[] = {
		{ PART_ROOT, layout->root, PART_TYPE_ROOT, "root", identity->root_partition },
		{ PART_BOOT, layout->boot, PART_TYPE_BOOT, "BIOS boot", identity->boot_partition },
		{ PART_ESP, layout->esp, PART_TYPE_ESP, "EFI system", identity->esp_partition },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (parts[i].area.size && add_part(context, &parts[i]))
			return -1;
	}
	return 0;
}

int gpt_write(const char *path, const struct layout *layout, const struct identity *identity)
{
	struct fdisk_context *context = open_table(path, 0);
	char disk[UUID_TEXT_SIZE];
	int error, result;

	if (!context)
		return -1;
	uuid_format(identity->disk, disk);
	error = fdisk_create_disklabel(context, "gpt");
	if (!error)
		error = fdisk_set_disklabel_id_from_string(context, disk);
	result = error ? gpt_fail("cannot create a GPT", error) : add_parts(context, layout, identity);
	if (!result) {
		error = fdisk_write_disklabel(context);
		if (error)
			result = gpt_fail("cannot write the GPT", error);
	}
	fdisk_deassign_device(context, 1);
	fdisk_unref_context(context);
	return result;
}

static void note_part(struct fdisk_partition *part, struct layout *layout)
{
	struct fdisk_parttype *type = fdisk_partition_get_type(part);
	const char *guid = type ? fdisk_parttype_get_string(type) : NULL;
	struct area area = { .offset = fdisk_partition_get_start(part) * SECTOR_SIZE,
			     .size = fdisk_partition_get_size(part) * SECTOR_SIZE };

	if (guid && !strcasecmp(guid, PART_TYPE_ROOT))
		layout->root = area;
	else if (guid && !strcasecmp(guid, PART_TYPE_ESP))
		layout->esp = area;
	else if (guid && !strcasecmp(guid, PART_TYPE_BOOT))
		layout->boot = area;
}

int gpt_read(const char *path, struct layout *layout)
{
	struct fdisk_context *context = open_table(path, 1);
	struct fdisk_table *table = NULL;
	int error, result = 0;

	if (!context)
		return -1;
	memset(layout, 0, sizeof(*layout));
	layout->disk_size = fdisk_get_nsectors(context) * SECTOR_SIZE;
	if (!fdisk_is_labeltype(context, FDISK_DISKLABEL_GPT))
		result = fail("'%s' has no GPT", path);
	else if (fdisk_verify_disklabel(context))
		result = fail("'%s': its GPT is damaged (see: fdisk -l)", path);
	error = result ? 0 : fdisk_get_partitions(context, &table);
	if (error)
		result = gpt_fail("cannot read the partitions", error);
	for (size_t i = 0; table && i < fdisk_table_get_nents(table); i++)
		note_part(fdisk_table_get_partition(table, i), layout);
	fdisk_unref_table(table);
	fdisk_deassign_device(context, 1);
	fdisk_unref_context(context);
	if (!result && !layout->root.size)
		result = fail("'%s' has no root partition", path);
	return result;
}

/* --- Both copies ------------------------------------------------------------------------------- */

/* Offsets in a GPT header (UEFI specification, table 5-5), which is little endian. */
enum {
	GPT_HEADER_SIZE = 12,
	GPT_HEADER_CRC = 16,
	GPT_OWN_SECTOR = 24,
	GPT_ENTRIES_SECTOR = 72,
	GPT_ENTRIES_COUNT = 80,
	GPT_ENTRY_SIZE = 84,
	GPT_ENTRIES_CRC = 88,
	GPT_HEADER_MIN = 92,
	GPT_ENTRIES_MAX = 1 << 20,	/* bytes; usual are 16 KiB */
};

static uint32_t get32(const uint8_t *header, int offset)
{
	uint32_t value;

	memcpy(&value, header + offset, sizeof(value));
	return le32toh(value);
}

static uint64_t get64(const uint8_t *header, int offset)
{
	return get32(header, offset) | (uint64_t)get32(header, offset + 4) << 32;
}

/* The CRC-32 of GPT (and zlib). */
static uint32_t crc32(const uint8_t *data, size_t size)
{
	uint32_t crc = ~0u;

	while (size--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static bool entries_are_whole(int fd, const uint8_t *header)
{
	uint64_t size = (uint64_t)get32(header, GPT_ENTRIES_COUNT) * get32(header, GPT_ENTRY_SIZE);
	uint64_t sector = get64(header, GPT_ENTRIES_SECTOR);
	uint8_t *entries;
	bool whole;

	if (!size || size > GPT_ENTRIES_MAX || sector > INT64_MAX / SECTOR_SIZE)
		return false;
	entries = mem_alloc(size);
	whole = pread(fd, entries, size, (off_t)(sector * SECTOR_SIZE)) == (ssize_t)size &&
		crc32(entries, size) == get32(header, GPT_ENTRIES_CRC);
	free(entries);
	return whole;
}

/* Is there a header at sector whose checksums, and those of the entries it names, are right? */
static bool table_is_whole(int fd, uint64_t sector)
{
	uint8_t header[SECTOR_SIZE];
	uint32_t size, crc;

	if (pread(fd, header, sizeof(header), (off_t)(sector * SECTOR_SIZE)) != (ssize_t)sizeof(header) ||
	    memcmp(header, "EFI PART", 8))
		return false;
	size = get32(header, GPT_HEADER_SIZE);
	crc = get32(header, GPT_HEADER_CRC);
	if (size < GPT_HEADER_MIN || size > sizeof(header) || get64(header, GPT_OWN_SECTOR) != sector)
		return false;
	memset(header + GPT_HEADER_CRC, 0, sizeof(crc));
	return crc32(header, size) == crc && entries_are_whole(fd, header);
}

int gpt_check_copies(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = 0;
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	if (size < 0)
		result = fail_errno("'%s'", path);
	else if (size < 4 * (off_t)SECTOR_SIZE)
		result = fail("'%s' is too short for a disk", path);
	else if (!table_is_whole(fd, 1))
		result = fail("'%s': the GPT at the start is damaged or missing", path);
	else if (!table_is_whole(fd, (uint64_t)size / SECTOR_SIZE - 1))
		result = fail("'%s': the GPT's backup at the end is damaged or missing", path);
	if (fd >= 0)
		close(fd);
	return result;
}

/* --- Boot code --------------------------------------------------------------------------------- */

/* Read a file of at most limit bytes; the rest of buffer stays zero. Returns its size or -1. */
static ssize_t read_small(const char *path, uint8_t *buffer, size_t limit)
{
	FILE *file = fopen(path, "re");
	size_t size;

	if (!file)
		return fail_errno("'%s'", path);
	size = fread(buffer, 1, limit, file);
	if (getc(file) != EOF)
		size = limit + 1;
	fclose(file);
	if (!size || size > limit)
		return fail("'%s': must have 1 to %zu bytes", path, limit);
	return (ssize_t)size;
}

static int patch_mbr(uint8_t *code, const char *path, uint64_t start, uint16_t sectors)
{
	uint64_t start_le = htole64(start);
	uint16_t sectors_le = htole16(sectors);

	if (memcmp(code + MBR_TAG, mbr_tag, sizeof(mbr_tag)))
		return fail("'%s' is not the loader's boot sector: its tag is missing", path);
	memcpy(code + MBR_STAGE2_SECTORS, &sectors_le, sizeof(sectors_le));
	memcpy(code + MBR_STAGE2_START, &start_le, sizeof(start_le));
	return 0;
}

static int write_at(int fd, const void *data, size_t size, uint64_t offset)
{
	if (pwrite(fd, data, size, (off_t)offset) != (ssize_t)size)
		return fail_errno("cannot write boot code");
	return 0;
}

int gpt_write_boot(const char *path, const struct layout *layout, const char *mbr, const char *stage2)
{
	uint8_t *code = mem_alloc(SECTOR_SIZE), *stage = mem_alloc(STAGE2_SECTORS_MAX * SECTOR_SIZE);
	ssize_t size = read_small(stage2, stage, STAGE2_SECTORS_MAX * SECTOR_SIZE);
	size_t sectors = size < 0 ? 0 : ((size_t)size + SECTOR_SIZE - 1) / SECTOR_SIZE;
	int fd = -1, result = size < 0 || read_small(mbr, code, SECTOR_SIZE) < 0 ? -1 : 0;

	if (!result)
		result = patch_mbr(code, mbr, layout->boot.offset / SECTOR_SIZE, (uint16_t)sectors);
	if (!result) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			result = fail_errno("'%s'", path);
	}
	if (!result)
		result = write_at(fd, code, MBR_CODE_SIZE, 0);
	if (!result)
		result = write_at(fd, stage, sectors * SECTOR_SIZE, layout->boot.offset);
	if (fd >= 0)
		close(fd);
	free(stage);
	free(code);
	return result;
}

int gpt_check_boot(const char *path, const struct layout *layout)
{
	uint8_t sector[SECTOR_SIZE];
	uint64_t start;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno("'%s'", path);
	got = pread(fd, sector, sizeof(sector), 0);
	close(fd);
	if (got != (ssize_t)sizeof(sector))
		return fail("'%s' is too short", path);
	if (!layout->boot.size)
		return 0;
	memcpy(&start, sector + MBR_STAGE2_START, sizeof(start));
	if (memcmp(sector + MBR_TAG, mbr_tag, sizeof(mbr_tag)))
		return fail("'%s' has no boot sector of this loader", path);
	if (le64toh(start) != layout->boot.offset / SECTOR_SIZE)
		return fail("'%s': the boot sector looks for stage 2 at sector %llu, its partition starts at %llu",
			    path, (unsigned long long)le64toh(start),
			    (unsigned long long)(layout->boot.offset / SECTOR_SIZE));
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * fat: a reader for FAT12, FAT16 and FAT32 (Microsoft's FAT specification 1.03, ECMA-107).
 *
 * Model. A chain of clusters is walked as runs: stretches of consecutive clusters, which one or a few
 * large disk reads cover. Entries of the allocation table are looked up in a window of 8 KiB, so
 * that a file of 2 MiB in one piece costs one or two reads of the table.
 *
 * Invariants
 *  (1) A cluster number is range-checked before a sector number is computed from it.
 *  (2) Walks are bounded: a file's by its size, a directory's by the number of clusters there are.
 *  (3) disk->buffer belongs to whoever called disk->read last; the window is a copy.
 */
#include "loader/bios/fat.h"

#include <stdbool.h>

#include "loader/common/cpu.h"

#define DIRENT_SIZE		32U
#define DIRENT_FREE		0xe5
#define DIRENT_END		0x00
#define ATTR_DIRECTORY		0x10
#define ATTR_VOLUME		0x08	/* also set in long-name entries */
#define FAT12_CLUSTERS_MAX	4084U
#define FAT16_CLUSTERS_MAX	65524U
#define FAT32_CLUSTERS_MAX	0x0ffffff4U

struct boot_sector {
	uint8_t jump[3];
	uint8_t oem[8];
	uint16_t sector_size;
	uint8_t cluster_sectors;
	uint16_t reserved_sectors;
	uint8_t nr_fats;
	uint16_t root_entries;
	uint16_t sectors16;
	uint8_t media;
	uint16_t fat_sectors16;
	uint16_t sectors_per_track, heads;
	uint32_t hidden_sectors;
	uint32_t sectors32;
	/* FAT32 only: */
	uint32_t fat_sectors32;
	uint16_t flags, version;
	uint32_t root_cluster;
} __attribute__((packed));

struct dirent {
	uint8_t name[FAT_NAME_SIZE];
	uint8_t attributes;
	uint8_t reserved[8];
	uint16_t cluster_high;
	uint16_t time, date;
	uint16_t cluster_low;
	uint32_t size;
} __attribute__((packed));

static bool power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

/* log2 of a power of two: stage 2 has no 64-bit division, and needs none. */
static unsigned int log2_of(uint32_t value)
{
	return (unsigned int)__builtin_ctz(value);
}

static enum fat_kind kind_of(uint32_t nr_clusters)
{
	if (nr_clusters <= FAT12_CLUSTERS_MAX)
		return FAT12;
	return nr_clusters <= FAT16_CLUSTERS_MAX ? FAT16 : FAT32;
}

/* Bytes the table needs for all clusters. */
static uint64_t table_bytes(const struct fat *fat)
{
	uint64_t entries = (uint64_t)fat->nr_clusters + 2;

	if (fat->kind == FAT12)
		return (entries * 3 + 1) >> 1;
	return fat->kind == FAT16 ? entries * 2 : entries * 4;
}

static bool layout(struct fat *fat, const struct boot_sector *b, uint64_t partition_sectors)
{
	uint32_t total = b->sectors16 ? b->sectors16 : b->sectors32;
	uint64_t meta;

	fat->cluster_sectors = b->cluster_sectors;
	fat->fat_sectors = b->fat_sectors16 ? b->fat_sectors16 : b->fat_sectors32;
	fat->root_sectors = (b->root_entries * DIRENT_SIZE + SECTOR_SIZE - 1) / SECTOR_SIZE;
	if (!fat->fat_sectors || total > partition_sectors)
		return false;
	fat->fat_lba = fat->start + b->reserved_sectors;
	fat->root_lba = fat->fat_lba + (uint64_t)b->nr_fats * fat->fat_sectors;
	fat->data_lba = fat->root_lba + fat->root_sectors;
	meta = fat->data_lba - fat->start;
	if (meta >= total)
		return false;
	fat->nr_clusters = (total - (uint32_t)meta) >> log2_of(fat->cluster_sectors);
	if (!fat->nr_clusters || fat->nr_clusters > FAT32_CLUSTERS_MAX)
		return false;
	fat->kind = kind_of(fat->nr_clusters);
	if (fat->kind == FAT32)
		fat->root_cluster = b->root_cluster;
	/* FAT32 with too few clusters: other readers, UEFI's among them, disagree on what it is. */
	if ((fat->kind == FAT32) != !b->root_entries)
		return false;
	return (uint64_t)fat->fat_sectors * SECTOR_SIZE >= table_bytes(fat);
}

int fat_mount(struct fat *fat, struct disk *disk, const struct partition *where)
{
	const struct boot_sector *b = (const struct boot_sector *)disk->buffer;
	int error;

	fat->disk = disk;
	fat->start = where->first;
	fat->root_cluster = 0;
	fat->window_sectors = 0;
	error = disk->read(disk, where->first, 1);
	if (error)
		return error;
	if (disk->buffer[510] != 0x55 || disk->buffer[511] != 0xaa)
		return -LOAD_E_FAT;
	if (b->sector_size != SECTOR_SIZE || !power_of_two(b->cluster_sectors) ||
	    !b->reserved_sectors || !b->nr_fats)
		return -LOAD_E_FAT;
	return layout(fat, b, where->sectors) ? 0 : -LOAD_E_FAT;
}

static bool cluster_valid(const struct fat *fat, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < fat->nr_clusters;
}

/* One byte of the table at this offset, through the window. */
static int table_byte(struct fat *fat, uint64_t offset, uint8_t *byte)
{
	uint32_t sector = (uint32_t)(offset / SECTOR_SIZE);

	if (sector >= fat->fat_sectors)
		return -LOAD_E_FAT_CHAIN;
	if (!fat->window_sectors || sector < fat->window_first ||
	    sector - fat->window_first >= fat->window_sectors) {
		uint32_t first = sector - sector % FAT_WINDOW_SECTORS;
		uint32_t count = fat->fat_sectors - first;
		int error;

		if (count > FAT_WINDOW_SECTORS)
			count = FAT_WINDOW_SECTORS;
		error = fat->disk->read(fat->disk, fat->fat_lba + first, count);
		if (error)
			return error;
		cpu_copy(fat->window, fat->disk->buffer, count * SECTOR_SIZE);
		fat->window_first = first;
		fat->window_sectors = count;
	}
	*byte = fat->window[offset - (uint64_t)fat->window_first * SECTOR_SIZE];
	return 0;
}

static int table_value(struct fat *fat, uint64_t offset, unsigned int bytes, uint32_t *value)
{
	*value = 0;
	for (unsigned int i = 0; i < bytes; i++) {
		uint8_t byte;
		int error = table_byte(fat, offset + i, &byte);

		if (error)
			return error;
		*value |= (uint32_t)byte << (8 * i);
	}
	return 0;
}

/* The cluster after this one. End of chain and nonsense alike come back as 0. */
static int next_cluster(struct fat *fat, uint32_t cluster, uint32_t *next)
{
	uint64_t at = cluster;
	int error;

	if (fat->kind == FAT12) {
		error = table_value(fat, at + at / 2, 2, next);
		*next = cluster & 1 ? *next >> 4 : *next & 0xfff;
	} else if (fat->kind == FAT16) {
		error = table_value(fat, at * 2, 2, next);
	} else {
		error = table_value(fat, at * 4, 4, next);
		*next &= 0x0fffffff;
	}
	if (!error && !cluster_valid(fat, *next))
		*next = 0;
	return error;
}

struct run {
	uint32_t cluster;		/* first */
	uint32_t count;
	uint32_t next;			/* the cluster after the run; 0: the chain ended */
};

/* The stretch of consecutive clusters that begins at run->cluster, at most `limit` of them. */
static int find_run(struct fat *fat, struct run *run, uint32_t limit)
{
	int error;

	if (!cluster_valid(fat, run->cluster))
		return -LOAD_E_FAT_CHAIN;
	run->count = 1;
	run->next = 0;
	while (run->count < limit) {
		uint32_t last = run->cluster + run->count - 1;

		error = next_cluster(fat, last, &run->next);
		if (error)
			return error;
		if (run->next != last + 1)
			break;
		run->count++;
	}
	return 0;
}

/* Read `bytes` from lba on, in as few reads as the buffer allows. */
static int read_bytes(struct fat *fat, uint64_t lba, uint64_t bytes, fat_sink *sink, void *context)
{
	struct disk *disk = fat->disk;
	uint32_t most = disk->buffer_sectors * SECTOR_SIZE;

	while (bytes) {
		uint32_t n = bytes < most ? (uint32_t)bytes : most;
		int error = disk->read(disk, lba, (n + SECTOR_SIZE - 1) / SECTOR_SIZE);

		if (!error)
			error = sink(context, disk->buffer, n);
		if (error)
			return error;
		bytes -= n;
		lba += disk->buffer_sectors;
	}
	return 0;
}

static uint64_t cluster_lba(const struct fat *fat, uint32_t cluster)
{
	return fat->data_lba + ((uint64_t)(cluster - 2) << log2_of(fat->cluster_sectors));
}

int fat_read(struct fat *fat, const struct fat_file *file, fat_sink *sink, void *context)
{
	unsigned int shift = log2_of(fat->cluster_sectors * SECTOR_SIZE);
	struct run run = { .next = file->cluster };
	uint32_t left = file->size;

	while (left) {
		/* ceil(left / cluster size) without overflow */
		uint32_t wanted = ((left - 1) >> shift) + 1;
		uint64_t bytes;
		int error;

		run.cluster = run.next;
		error = find_run(fat, &run, wanted);
		if (error)
			return error;
		bytes = (uint64_t)run.count << shift;
		if (bytes > left)
			bytes = left;
		error = read_bytes(fat, cluster_lba(fat, run.cluster), bytes, sink, context);
		if (error)
			return error;
		left -= (uint32_t)bytes;
	}
	return 0;
}

/* A directory search in progress; fed sector by sector. */
struct search {
	const char *name;
	struct fat_file *file;
	bool over;			/* found, or the end mark was seen */
	bool found;
	bool wide;			/* FAT32: cluster numbers have a high half */
};

static bool name_matches(const struct search *s, const struct dirent *d)
{
	if (d->attributes & (ATTR_VOLUME | ATTR_DIRECTORY))
		return false;
	for (int i = 0; i < FAT_NAME_SIZE; i++) {
		if (d->name[i] != (uint8_t)s->name[i])
			return false;
	}
	return true;
}

static int search_sink(void *context, const void *data, size_t size)
{
	struct search *s = context;
	const struct dirent *d = data;

	for (size_t i = 0; i < size / DIRENT_SIZE && !s->over; i++, d++) {
		if (d->name[0] == DIRENT_END) {
			s->over = true;
		} else if (d->name[0] != DIRENT_FREE && name_matches(s, d)) {
			s->over = s->found = true;
			s->file->cluster = d->cluster_low;
			if (s->wide)
				s->file->cluster |= (uint32_t)d->cluster_high << 16;
			s->file->size = d->size;
		}
	}
	return 0;
}

/* FAT32: the root directory is a chain of clusters of unknown length. */
static int search_chain(struct fat *fat, struct search *s)
{
	struct run run = { .next = fat->root_cluster };
	uint32_t left = fat->nr_clusters;
	unsigned int shift = log2_of(fat->cluster_sectors * SECTOR_SIZE);
	int error;

	do {
		/* One cluster at a time: a boot directory has few entries. */
		run.cluster = run.next;
		if (!cluster_valid(fat, run.cluster) || !left--)
			return -LOAD_E_FAT_CHAIN;
		error = read_bytes(fat, cluster_lba(fat, run.cluster), 1ULL << shift,
				   search_sink, s);
		if (!error && !s->over)
			error = next_cluster(fat, run.cluster, &run.next);
	} while (!error && !s->over && run.next);
	return error;
}

int fat_find(struct fat *fat, const char name[FAT_NAME_SIZE], struct fat_file *file)
{
	struct search s = { .name = name, .file = file, .wide = fat->kind == FAT32 };
	uint32_t at = 0;
	int error = 0;

	if (fat->kind == FAT32) {
		error = search_chain(fat, &s);
	} else {
		/* 4 KiB at a time, until the end mark */
		for (; at < fat->root_sectors && !s.over && !error; at += 8) {
			uint32_t count = fat->root_sectors - at;

			if (count > 8)
				count = 8;
			error = read_bytes(fat, fat->root_lba + at, count * SECTOR_SIZE,
					   search_sink, &s);
		}
	}
	if (error)
		return error;
	return s.found ? 0 : -LOAD_E_NO_FILE;
}

/* SPDX-License-Identifier: MIT */
/* partition: tables made in memory, good and broken. */
#include "test.h"

#include "abi/errno.h"
#include "block/partition.h"
#include "lib/byteorder.h"
#include "lib/crc.h"
#include "lib/uuid.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR	512
#define SECTORS	2048

static uint8_t disk[SECTORS * SECTOR];
static uint8_t work[PARTITION_WORK];
static struct partition table[PARTITION_MAX];

static int read_disk(void *arg, uint64_t offset, void *buf, size_t n)
{
	(void)arg;
	if (offset + n > sizeof(disk))
		return -EIO;
	memcpy(buf, disk + offset, n);
	return 0;
}

static int scan(void)
{
	struct partition_source src = { .read = read_disk, .size = sizeof(disk), .sector_size = SECTOR };

	return partition_scan(&src, work, table);
}

static void mbr_entry(uint8_t *sector, unsigned i, uint8_t type, uint32_t first, uint32_t count)
{
	uint8_t *e = sector + 446 + i * 16;

	e[4] = type;
	put_unaligned_le32(first, e + 8);
	put_unaligned_le32(count, e + 12);
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

static void gpt_entry(uint8_t *entries, unsigned i, uint64_t first, uint64_t last)
{
	uint8_t *e = entries + (size_t)i * 128;

	memset(e, 0x11, 16);
	memset(e + 16, (int)(0x20 + i), 16);
	put_unaligned_le64(first, e + 32);
	put_unaligned_le64(last, e + 40);
	e[56] = 'p';
	e[58] = (uint8_t)('a' + i);
}

static void gpt_header(uint64_t lba, uint64_t other, uint64_t entries)
{
	uint8_t *h = disk + lba * SECTOR;

	memcpy(h, "EFI PART", 8);
	put_unaligned_le32(0x10000, h + 8);
	put_unaligned_le32(92, h + 12);
	put_unaligned_le64(lba, h + 24);
	put_unaligned_le64(other, h + 32);
	put_unaligned_le64(34, h + 40);
	put_unaligned_le64(SECTORS - 34, h + 48);
	put_unaligned_le64(entries, h + 72);
	put_unaligned_le32(128, h + 80);
	put_unaligned_le32(128, h + 84);
	put_unaligned_le32(crc32_ieee(0, disk + entries * SECTOR, 128 * 128), h + 88);
	put_unaligned_le32(0, h + 16);
	put_unaligned_le32(crc32_ieee(0, h, 92), h + 16);
}

static void make_gpt(void)
{
	memset(disk, 0, sizeof(disk));
	mbr_entry(disk, 0, 0xee, 1, SECTORS - 1);
	for (unsigned copy = 0; copy < 2; copy++) {
		uint8_t *entries = disk + (copy ? SECTORS - 33 : 2) * SECTOR;

		gpt_entry(entries, 0, 64, 127);
		gpt_entry(entries, 13, 128, 1000);
	}
	gpt_header(1, SECTORS - 1, 2);
	gpt_header(SECTORS - 1, 1, SECTORS - 33);
}

static void check_gpt(void)
{
	CHECK_EQ(scan(), 2);
	CHECK_EQ(table[0].number, 1);
	CHECK_EQ(table[0].start, 64 * SECTOR);
	CHECK_EQ(table[0].size, 64 * SECTOR);
	CHECK_STR(table[0].label, "pa");
	CHECK_STR(table[0].uuid, "20202020-2020-2020-2020-202020202020");
	CHECK_EQ(table[1].number, 14);
	CHECK_EQ(table[1].size, (1000 - 128 + 1) * SECTOR);
}

TEST(partition_none)
{
	memset(disk, 0, sizeof(disk));
	CHECK_EQ(scan(), 0);
}

TEST(partition_gpt)
{
	make_gpt();
	check_gpt();
}

TEST(partition_gpt_backup_when_header_is_bad)
{
	make_gpt();
	disk[SECTOR + 60] ^= 1;
	check_gpt();
}

TEST(partition_gpt_backup_when_entries_are_bad)
{
	make_gpt();
	disk[2 * SECTOR + 100 * 128] ^= 1;
	check_gpt();
}

TEST(partition_gpt_both_bad)
{
	make_gpt();
	disk[2 * SECTOR + 5] ^= 1;
	disk[(SECTORS - 1) * SECTOR + 20] ^= 1;
	CHECK_EQ(scan(), 0);
}

/* An entry that reaches past the disk is dropped; its checksum is right. */
TEST(partition_gpt_range_outside)
{
	make_gpt();
	gpt_entry(disk + 2 * SECTOR, 1, 100, SECTORS);
	gpt_entry(disk + 2 * SECTOR, 2, UINT64_MAX - 1, UINT64_MAX);
	gpt_entry(disk + 2 * SECTOR, 3, 200, 199);
	gpt_header(1, SECTORS - 1, 2);
	check_gpt();
}

TEST(partition_mbr_primary_and_logical)
{
	memset(disk, 0, sizeof(disk));
	put_unaligned_le32(0xdeadbeef, disk + 440);
	mbr_entry(disk, 0, 0x83, 10, 100);
	mbr_entry(disk, 2, 0x05, 200, 400);
	mbr_entry(disk + 200 * SECTOR, 0, 0x83, 1, 99);
	mbr_entry(disk + 200 * SECTOR, 1, 0x05, 100, 100);
	mbr_entry(disk + 300 * SECTOR, 0, 0x83, 1, 50);
	CHECK_EQ(scan(), 4);
	CHECK_EQ(table[0].number, 1);
	CHECK_STR(table[0].uuid, "deadbeef-01");
	CHECK_EQ(table[1].number, 3);
	CHECK_EQ(table[2].number, 5);
	CHECK_EQ(table[2].start, 201 * SECTOR);
	CHECK_EQ(table[3].number, 6);
	CHECK_EQ(table[3].start, 301 * SECTOR);
	CHECK_STR(table[3].uuid, "deadbeef-06");
}

/* A chain of logical partitions that leads back to itself ends all the same. */
TEST(partition_mbr_loop)
{
	memset(disk, 0, sizeof(disk));
	mbr_entry(disk, 0, 0x05, 200, 400);
	mbr_entry(disk + 200 * SECTOR, 0, 0x83, 1, 9);
	mbr_entry(disk + 200 * SECTOR, 1, 0x05, 10, 10);
	mbr_entry(disk + 210 * SECTOR, 0, 0x83, 1, 9);
	mbr_entry(disk + 210 * SECTOR, 1, 0x05, 10, 10);
	CHECK_GT(scan(), 2);
	CHECK_LE(scan(), PARTITION_MAX);
}

/* A FAT boot sector ends in 55 AA too. */
TEST(partition_boot_sector_is_no_table)
{
	memset(disk, 'A', SECTOR);
	disk[510] = 0x55;
	disk[511] = 0xaa;
	CHECK_EQ(scan(), 0);
}

/* SPDX-License-Identifier: MIT */
/*
 * partition: reading GPT (UEFI specification, chapter 5) and MBR tables.
 *
 * Order: LBA 0 must end in 55 AA. An entry of type 0xee there means GPT: header at LBA 1, if bad the backup in
 * the last LBA. A GPT is taken only when the checksums of header and entries hold. Else the four MBR entries,
 * and the chain of logical partitions (numbers from 5) behind an extended one.
 */
#include "block/partition.h"

#include "abi/errno.h"
#include "core/log.h"
#include "lib/byteorder.h"
#include "lib/crc.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/uuid.h"

#define MBR_DISK_ID	440
#define MBR_TABLE	446
#define MBR_ENTRY	16
#define MBR_SIGNATURE	510
#define MBR_TYPE_GPT	0xee
#define LOGICAL_FIRST	5

#define GPT_ENTRY_MIN	128
#define GPT_HEADER_MIN	92
#define SECTOR_MAX	4096

/* Offsets in the GPT header and in an entry. */
enum gpt_header { GPT_SIGNATURE = 0, GPT_HEADER_SIZE = 12, GPT_HEADER_CRC = 16, GPT_MY_LBA = 24, GPT_FIRST_USABLE = 40,
		  GPT_LAST_USABLE = 48, GPT_ENTRIES_LBA = 72, GPT_NR_ENTRIES = 80, GPT_ENTRY_SIZE = 84,
		  GPT_ENTRIES_CRC = 88 };
enum gpt_entry { GPT_TYPE = 0, GPT_UNIQUE = 16, GPT_FIRST = 32, GPT_LAST = 40, GPT_NAME = 56, GPT_NAME_UNITS = 36 };

/* Field legend: [I] */
struct scan {
	const struct partition_source *src;
	uint8_t *sector;		/* one sector */
	uint8_t *entries;		/* PARTITION_MAX GPT entries */
	struct partition *table;
	unsigned nr;
};

static int read_sector(struct scan *s, uint64_t lba)
{
	if (lba >= s->src->size / s->src->sector_size)
		return -EIO;
	return s->src->read(s->src->arg, lba * s->src->sector_size, s->sector, s->src->sector_size);
}

/* Sectors first..first+count-1 lie on the disk: enter them. False: they do not, or the table is full. */
static struct partition *add(struct scan *s, unsigned number, uint64_t first, uint64_t count)
{
	uint64_t sectors = s->src->size / s->src->sector_size;
	struct partition *p;

	if (!count || first >= sectors || count > sectors - first || s->nr == PARTITION_MAX)
		return NULL;
	p = &s->table[s->nr++];
	memset(p, 0, sizeof(*p));
	p->number = number;
	p->start = first * s->src->sector_size;
	p->size = count * s->src->sector_size;
	return p;
}

/* --- GPT --- */

static bool gpt_header_ok(struct scan *s, uint64_t lba)
{
	uint8_t *h = s->sector;
	uint32_t size = get_unaligned_le32(h + GPT_HEADER_SIZE), crc = get_unaligned_le32(h + GPT_HEADER_CRC);

	if (memcmp(h, "EFI PART", 8) || size < GPT_HEADER_MIN || size > s->src->sector_size)
		return false;
	put_unaligned_le32(0, h + GPT_HEADER_CRC);
	if (crc32_ieee(0, h, size) != crc || get_unaligned_le64(h + GPT_MY_LBA) != lba)
		return false;
	return get_unaligned_le32(h + GPT_ENTRY_SIZE) == GPT_ENTRY_MIN && get_unaligned_le32(h + GPT_NR_ENTRIES) > 0;
}

/* The array's checksum covers all of it: read in pieces, of which the first PARTITION_MAX entries are kept. */
static int gpt_read_entries(struct scan *s, uint64_t lba, uint32_t nr, uint32_t want_crc)
{
	uint64_t left = (uint64_t)nr * GPT_ENTRY_MIN, at = 0;
	uint32_t crc = 0;

	if (nr > 4096)
		return -EINVAL;
	for (; left; lba++) {
		size_t n = left < s->src->sector_size ? (size_t)left : s->src->sector_size;
		int err = read_sector(s, lba);

		if (err)
			return err;
		crc = crc32_ieee(crc, s->sector, n);
		if (at < PARTITION_MAX * GPT_ENTRY_MIN)
			memcpy(s->entries + at, s->sector, n);
		at += n;
		left -= n;
	}
	return crc == want_crc ? 0 : -EINVAL;
}

static void gpt_add(struct scan *s, unsigned number, const uint8_t *entry)
{
	static const uint8_t none[16];
	uint64_t first = get_unaligned_le64(entry + GPT_FIRST), last = get_unaligned_le64(entry + GPT_LAST);
	struct partition *p;
	struct guid guid;

	if (!memcmp(entry + GPT_TYPE, none, sizeof(none)) || last < first || last == UINT64_MAX)
		return;
	p = add(s, number, first, last - first + 1);
	if (!p)
		return;
	memcpy(&guid, entry + GPT_UNIQUE, sizeof(guid));
	guid_print(&guid, p->uuid);
	for (unsigned i = 0; i < GPT_NAME_UNITS; i++) {
		uint16_t unit = get_unaligned_le16(entry + GPT_NAME + 2 * i);

		if (!unit)
			break;
		p->label[i] = unit >= ' ' && unit < 0x7f ? (char)unit : '?';
	}
}

/* The GPT whose header is at lba. 0: taken; -EINVAL: not a good one. */
static int gpt_scan(struct scan *s, uint64_t lba)
{
	uint64_t entries_lba;
	uint32_t nr, crc;
	int err = read_sector(s, lba);

	if (err)
		return err;
	if (!gpt_header_ok(s, lba))
		return -EINVAL;
	entries_lba = get_unaligned_le64(s->sector + GPT_ENTRIES_LBA);
	nr = get_unaligned_le32(s->sector + GPT_NR_ENTRIES);
	crc = get_unaligned_le32(s->sector + GPT_ENTRIES_CRC);
	if (entries_lba >= s->src->size / s->src->sector_size)
		return -EINVAL;
	err = gpt_read_entries(s, entries_lba, nr, crc);
	if (err)
		return err;
	for (unsigned i = 0; i < nr && i < PARTITION_MAX; i++)
		gpt_add(s, i + 1, s->entries + (size_t)i * GPT_ENTRY_MIN);
	return 0;
}

static int gpt_scan_any(struct scan *s)
{
	uint64_t last = s->src->size / s->src->sector_size - 1;

	if (gpt_scan(s, 1) == 0)
		return (int)s->nr;
	klog(KLOG_WARN, "block: primary GPT is not valid, trying the backup");
	if (gpt_scan(s, last) == 0)
		return (int)s->nr;
	klog(KLOG_ERR, "block: neither GPT is valid");
	return 0;
}

/* --- MBR --- */

static bool mbr_signed(const uint8_t *sector)
{
	return sector[MBR_SIGNATURE] == 0x55 && sector[MBR_SIGNATURE + 1] == 0xaa;
}

static bool mbr_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static void mbr_add(struct scan *s, uint32_t disk_id, unsigned number, uint64_t first, uint64_t count)
{
	struct partition *p = add(s, number, first, count);

	if (p)
		ksnprintf(p->uuid, sizeof(p->uuid), "%08x-%02x", disk_id, number);
}

/* Each link holds one partition (relative to the link) and the next link (relative to the extended partition). */
static int mbr_scan_logical(struct scan *s, uint32_t disk_id, uint64_t extended)
{
	uint64_t link = extended;

	for (unsigned number = LOGICAL_FIRST; number < PARTITION_MAX; number++) {
		const uint8_t *e = s->sector + MBR_TABLE;
		int err = read_sector(s, link);

		if (err || !mbr_signed(s->sector))
			return err;
		if (e[4])
			mbr_add(s, disk_id, number, link + get_unaligned_le32(e + 8), get_unaligned_le32(e + 12));
		e += MBR_ENTRY;
		if (!mbr_extended(e[4]) || !get_unaligned_le32(e + 8))
			return 0;
		link = extended + get_unaligned_le32(e + 8);
	}
	return 0;
}

/* A boot sector of a file system also ends in 55 AA: its "entries" must look like some. */
static bool mbr_plausible(const uint8_t *sector)
{
	for (unsigned i = 0; i < 4; i++) {
		if (sector[MBR_TABLE + i * MBR_ENTRY] & 0x7f)
			return false;
	}
	return true;
}

static int mbr_scan(struct scan *s)
{
	uint32_t disk_id = get_unaligned_le32(s->sector + MBR_DISK_ID);
	uint64_t extended = 0;

	if (!mbr_plausible(s->sector))
		return 0;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *e = s->sector + MBR_TABLE + i * MBR_ENTRY;

		if (!e[4] || !get_unaligned_le32(e + 12))
			continue;
		mbr_add(s, disk_id, i + 1, get_unaligned_le32(e + 8), get_unaligned_le32(e + 12));
		if (mbr_extended(e[4]) && !extended)
			extended = get_unaligned_le32(e + 8);
	}
	if (extended && mbr_scan_logical(s, disk_id, extended))
		klog(KLOG_WARN, "block: chain of logical partitions cannot be read");
	return (int)s->nr;
}

int partition_scan(const struct partition_source *src, void *work, struct partition *table)
{
	struct scan s = { .src = src, .sector = work, .entries = (uint8_t *)work + SECTOR_MAX, .table = table };
	int err;

	if (src->sector_size < 512 || src->sector_size > SECTOR_MAX || src->sector_size & (src->sector_size - 1) ||
	    src->size < 2ul * src->sector_size)
		return 0;
	err = read_sector(&s, 0);
	if (err)
		return err;
	if (!mbr_signed(s.sector))
		return 0;
	for (unsigned i = 0; i < 4; i++) {
		if (s.sector[MBR_TABLE + i * MBR_ENTRY + 4] == MBR_TYPE_GPT)
			return gpt_scan_any(&s);
	}
	return mbr_scan(&s);
}

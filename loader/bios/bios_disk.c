/* SPDX-License-Identifier: MIT */
/*
 * bios_disk: struct disk over INT 13h extensions (EDD 3.0: functions 41h, 42h, 48h).
 *
 * Reads go to one buffer of 127 sectors at a 64 KiB boundary: the largest transfer that every BIOS
 * accepts, and no DMA boundary inside it. The caller copies on from there.
 */
#include "loader/bios/bios.h"
#include "loader/common/cpu.h"

#define TRIES	3

struct address_packet {
	uint8_t size, zero;
	uint16_t count;
	uint16_t offset, segment;
	uint64_t lba;
} __attribute__((packed));

struct drive_parameters {
	uint16_t size, flags;
	uint32_t cylinders, heads, sectors_per_track;
	uint64_t sectors;
	uint16_t sector_size;
} __attribute__((packed));

/* What the BIOS reads and writes lies in stage 2's data, within the first 128 KiB. */
static struct {
	struct address_packet packet;
	struct drive_parameters parameters;
} edd;

static void set_ds_si(struct bios_regs *r, const void *p)
{
	r->ds = (uint16_t)((uintptr_t)p >> 4);
	r->esi = (uintptr_t)p & 15;
}

static void reset(uint8_t drive)
{
	struct bios_regs r = { .eax = 0x0000, .edx = drive };

	bios_call(&r, 0x13);
}

static int read(struct disk *disk, uint64_t lba, uint32_t count)
{
	for (int i = 0; i < TRIES; i++) {
		struct bios_regs r = { .eax = 0x4200, .edx = disk->unit };

		edd.packet = (struct address_packet){
			sizeof(edd.packet), 0, (uint16_t)count, 0, DISK_BUFFER >> 4, lba,
		};
		set_ds_si(&r, &edd.packet);
		bios_call(&r, 0x13);
		if (!(r.flags & FLAG_CARRY))
			return 0;
		reset((uint8_t)disk->unit);
	}
	return -LOAD_E_READ;
}

int bios_disk_open(struct disk *disk, uint8_t drive)
{
	struct bios_regs r = { .eax = 0x4100, .ebx = 0x55aa, .edx = drive };

	bios_call(&r, 0x13);
	if ((r.flags & FLAG_CARRY) || (r.ebx & 0xffff) != 0xaa55 || !(r.ecx & 1))
		return -LOAD_E_DISK_EXTENSIONS;
	*disk = (struct disk){
		.read = read,
		.buffer = (uint8_t *)DISK_BUFFER,
		.buffer_sectors = DISK_BUFFER_SECTORS,
		.unit = drive,
	};
	edd.parameters.size = sizeof(edd.parameters);
	r = (struct bios_regs){ .eax = 0x4800, .edx = drive };
	set_ds_si(&r, &edd.parameters);
	bios_call(&r, 0x13);
	if (r.flags & FLAG_CARRY)
		return 0;
	if (edd.parameters.sector_size && edd.parameters.sector_size != SECTOR_SIZE)
		return -LOAD_E_SECTOR_SIZE;
	disk->sectors = edd.parameters.sectors;
	return 0;
}

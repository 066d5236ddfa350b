/* SPDX-License-Identifier: MIT */
/*
 * stage2: from the boot drive's number to the kernel's first instruction, on a BIOS machine.
 *
 * Model. One straight line: check the machine, read the memory map, find the FAT volume, then the
 * three files. The payload goes straight to the addresses the kernel is linked for, the initrd to
 * the highest free memory below 4 GiB; what the kernel reads first (boot_info and its strings, page
 * tables, stack) is one block in low memory. The first error ends it: console_fail().
 */
#include <stdbool.h>
#include <stddef.h>

#include "loader/bios/bios.h"
#include "loader/bios/fat.h"
#include "loader/common/cmdline.h"
#include "loader/common/cpu.h"
#include "loader/common/crc32.h"
#include "loader/common/handover.h"
#include "loader/common/payload_stream.h"

#define E820_RANGES		256
#define FOUR_GIB		0x100000000ULL
#define ONE_MIB			0x100000ULL

static const char payload_name[] = "CORACLE KRN";
static const char cmdline_name[] = "CORACLE CMD";
static const char initrd_name[] = "INITRD  IMG";

static struct {
	struct disk disk;
	struct fat fat;
	struct payload_stream payload;
	uint64_t payload_size;
	struct boot_mem_range ranges[E820_RANGES];
	struct memmap map;
} boot;

static struct handover_block *const block = (struct handover_block *)HANDOVER_BLOCK;

_Static_assert(HANDOVER_BLOCK + sizeof(struct handover_block) <= LOW_MEMORY_NEEDED, "low memory");

void stage2_main(uint32_t drive);

static void check(const char *subject, int error)
{
	if (error)
		console_fail(subject, error);
}

/* payload_stream's place(): the image goes where it is linked, if that is free memory. */
static int place_image(struct payload_stream *s)
{
	if (!memmap_covers(&boot.map, s->start, s->end - s->start, BOOT_MEM_USABLE))
		return -LOAD_E_PLACE;
	s->image = (uint8_t *)(uintptr_t)s->start;
	return 0;
}

static int payload_sink(void *context, const void *data, size_t size)
{
	return payload_stream_push(context, data, size, boot.payload_size);
}

static void load_payload(void)
{
	static const char subject[] = "CORACLE.KRN";
	struct payload_stream *s = &boot.payload;
	struct fat_file file;

	check(subject, fat_find(&boot.fat, payload_name, &file));
	boot.payload_size = file.size;
	payload_stream_init(s, place_image, NULL);
	check(subject, fat_read(&boot.fat, &file, payload_sink, s));
	check(subject, payload_stream_finish(s));
	block->info.kernel_start = s->start;
	block->info.kernel_end = s->end;
}

/* A sink that copies the file to a place that is large enough. */
static int copy_sink(void *context, const void *data, size_t size)
{
	uint8_t **to = context;

	cpu_copy(*to, data, size);
	*to += size;
	return 0;
}

static void load_cmdline(void)
{
	static const char subject[] = "CORACLE.CMD";
	uint8_t *to = (uint8_t *)block->cmdline;
	struct fat_file file;
	int error = fat_find(&boot.fat, cmdline_name, &file);

	if (error == -LOAD_E_NO_FILE)
		return;
	check(subject, error);
	if (file.size > CMDLINE_MAX)
		console_fail(subject, -LOAD_E_CMDLINE);
	check(subject, fat_read(&boot.fat, &file, copy_sink, &to));
	cmdline_tidy(block->cmdline, file.size);
	block->info.cmdline = (uintptr_t)block->cmdline;
}

static void load_initrd(void)
{
	static const char subject[] = "INITRD.IMG";
	struct memmap_request want = {
		.floor = ONE_MIB,
		.limit = FOUR_GIB,
		.avoid = block->info.kernel_start,
		.avoid_end = block->info.kernel_end,
	};
	struct fat_file file;
	uint64_t where;
	uint8_t *to;
	int error = fat_find(&boot.fat, initrd_name, &file);

	if (error == -LOAD_E_NO_FILE || (!error && !file.size))
		return;
	check(subject, error);
	want.size = file.size;
	where = memmap_find_top(&boot.map, &want);
	if (!where)
		console_fail(subject, -LOAD_E_NO_MEMORY);
	to = (uint8_t *)(uintptr_t)where;
	check(subject, fat_read(&boot.fat, &file, copy_sink, &to));
	block->info.initrd = where;
	block->info.initrd_size = file.size;
}

static void open_volume(uint8_t drive)
{
	struct partition esp;

	check("boot disk", bios_disk_open(&boot.disk, drive));
	check("boot disk", gpt_find_esp(&boot.disk, &esp));
	check("EFI system partition", fat_mount(&boot.fat, &boot.disk, &esp));
}

void stage2_main(uint32_t drive)
{
	crc32_init();
	if (!cpu_has_long_mode())
		console_fail(NULL, -LOAD_E_CPU);
	check(NULL, memory_open_a20());
	check(NULL, memory_check_low());
	boot.map = (struct memmap){ boot.ranges, 0, E820_RANGES };
	check(NULL, memory_read_map(&boot.map));
	cpu_fill(block, 0, sizeof(*block));

	open_volume((uint8_t)drive);
	load_cmdline();
	load_payload();
	load_initrd();

	block->info.source = BOOT_SOURCE_BIOS;
	block->info.rsdp = memory_find_rsdp();
	check(NULL, memmap_add(&boot.map, HANDOVER_BLOCK, sizeof(*block), BOOT_MEM_BOOTLOADER));
	check(NULL, memmap_finish(&boot.map, &block->info));
	handover_prepare(block, boot.payload.header.entry);
	enter_kernel(&block->handover);
}

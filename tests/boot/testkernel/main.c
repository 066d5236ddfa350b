/* SPDX-License-Identifier: MIT */
/*
 * testkernel: a kernel that only checks and prints how it was started, for the loader's tests.
 *
 * It prints boot_info as "key=value" lines on COM1, checks what boot_info.h promises (state, zeroed
 * BSS, segments whole, identity map, sorted memory map), prints "VERDICT good" or one "BAD reason"
 * line per broken promise, and ends QEMU through isa-debug-exit (0xf4): status 33 good, 35 bad.
 */
#include <stdbool.h>
#include <stdint.h>

#include "loader/boot_info.h"
#include "loader/common/cpu.h"
#include "loader/common/crc32.h"
#include "loader/common/serial.h"

#define DEBUG_EXIT	0xf4
#define RFLAGS_IF	0x200
#define RFLAGS_DF	0x400
#define PATTERN_WORDS	(300 * 1024 / 8)
#define BSS_WORDS	(1024 * 1024 / 8)

extern uint64_t entry_flags, entry_stack, entry_cs;
extern char image_start[], image_end[];

void testkernel_main(const struct boot_info *info);

/* pattern.asm: a large data segment with known content. */
extern const uint64_t pattern[PATTERN_WORDS];
static uint64_t bss[BSS_WORDS];
static bool bad;

static void put_hex(uint64_t value)
{
	char text[19] = "0x";

	for (int i = 0; i < 16; i++)
		text[2 + i] = "0123456789abcdef"[(value >> (60 - 4 * i)) & 15];
	text[18] = '\0';
	serial_write(text);
}

static void field(const char *name, uint64_t value)
{
	serial_write(name);
	serial_write("=");
	put_hex(value);
	serial_write("\n");
}

static void expect(bool good, const char *what)
{
	if (good)
		return;
	bad = true;
	serial_write("BAD ");
	serial_write(what);
	serial_write("\n");
}

static void check_state(void)
{
	uint64_t cr0, cr4;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	field("cr0", cr0);
	field("cr4", cr4);
	field("stack", entry_stack);
	expect(!(entry_flags & RFLAGS_IF), "interrupts are on");
	expect(!(entry_flags & RFLAGS_DF), "direction flag is set");
	expect(entry_stack % 16 == 8, "stack is not aligned as after a call");
	expect((cr0 & 0x80000001) == 0x80000001, "paging is off");
	expect(!(cr4 & (1 << 12)), "5-level paging is on");
	expect(!(cr4 & (1 << 17)), "PCID is on");
}

static bool in_range(const struct boot_info *info, uint64_t from, uint64_t to, uint32_t type)
{
	for (uint32_t i = 0; i < info->nr_mem; i++) {
		const struct boot_mem_range *r = &info->mem[i];

		if (r->type == type && from >= r->base && to <= r->base + r->size)
			return true;
	}
	return false;
}

static void check_map(const struct boot_info *info)
{
	uint64_t end = 0, usable = 0;

	for (uint32_t i = 0; i < info->nr_mem; i++) {
		const struct boot_mem_range *r = &info->mem[i];

		serial_write("mem ");
		put_hex(r->base);
		serial_write(" ");
		put_hex(r->base + r->size);
		serial_write(" ");
		put_hex(r->type);
		serial_write("\n");
		expect(r->base >= end && r->size, "memory map not sorted, empty or overlapping");
		end = r->base + r->size;
		if (r->type == BOOT_MEM_USABLE || r->type == BOOT_MEM_BOOTLOADER)
			usable += r->size;
	}
	field("usable", usable);
}

static void check_places(const struct boot_info *info)
{
	uint64_t self = (uintptr_t)info, cmdline = info->cmdline;
	uint64_t stack = entry_stack, rd = info->initrd;

	expect(in_range(info, self, self + sizeof(*info), BOOT_MEM_BOOTLOADER),
	       "boot_info is not in BOOTLOADER memory");
	expect(in_range(info, stack - 4096, stack + 8, BOOT_MEM_BOOTLOADER),
	       "the stack is not 4 KiB of BOOTLOADER memory");
	expect(!cmdline || in_range(info, cmdline, cmdline + 4096, BOOT_MEM_BOOTLOADER),
	       "the command line is not in BOOTLOADER memory");
	expect(in_range(info, info->kernel_start, info->kernel_end, BOOT_MEM_USABLE),
	       "the kernel is not in USABLE memory");
	expect(!rd || in_range(info, rd, rd + info->initrd_size, BOOT_MEM_USABLE),
	       "the initrd is not in USABLE memory");
	expect(rd + info->initrd_size <= 0x100000000ULL, "the initrd is above 4 GiB");
}

static void check_image(const struct boot_info *info)
{
	bool whole = true, zero = true;

	for (uint64_t i = 0; i < PATTERN_WORDS; i++)
		whole = whole && pattern[i] == i * 0x9e3779b97f4a7c15ULL;
	for (uint64_t i = 0; i < BSS_WORDS; i++)
		zero = zero && !((volatile uint64_t *)bss)[i];
	expect(whole, "the data segment is damaged");
	expect(zero, "the BSS is not zero");
	expect(info->kernel_start == (uintptr_t)image_start, "kernel_start is wrong");
	expect(info->kernel_end == (((uintptr_t)image_end + 4095) & ~4095ULL),
	       "kernel_end is wrong");
}

/*
 * Usable memory below 4 GiB must be readable and writable where the map says. Every 34 MiB: the host backs
 * what is touched with huge pages, and another page directory entry each time.
 */
static void check_identity(const struct boot_info *info)
{
	for (uint32_t i = 0; i < info->nr_mem; i++) {
		const struct boot_mem_range *r = &info->mem[i];
		uint64_t end = r->base + r->size;

		if (r->type != BOOT_MEM_USABLE)
			continue;
		if (end > 0x100000000ULL)
			end = 0x100000000ULL;
		for (uint64_t at = (r->base + 4095) & ~4095ULL; at + 8 <= end; at += 0x2200000) {
			volatile uint64_t *p = (volatile uint64_t *)at;
			uint64_t old;

			if (!at)
				continue;
			old = *p;
			*p = ~old;
			expect(*p == ~old, "memory does not hold what is written");
			*p = old;
		}
	}
}

static void check_rsdp(const struct boot_info *info)
{
	const uint64_t *signature = (const uint64_t *)info->rsdp;

	expect(signature && *signature == 0x2052545020445352ULL, "rsdp is not one");
}

static void print_info(const struct boot_info *info)
{
	field("source", info->source);
	field("kernel_start", info->kernel_start);
	field("kernel_end", info->kernel_end);
	field("initrd", info->initrd);
	field("initrd_size", info->initrd_size);
	if (info->initrd)
		field("initrd_crc", crc32c_update(0, (const void *)info->initrd,
						  info->initrd_size));
	field("rsdp", info->rsdp);
	field("efi_system_table", info->efi_system_table);
	serial_write("cmdline=[");
	serial_write(info->cmdline ? (const char *)info->cmdline : "(none)");
	serial_write("]\n");
}

void testkernel_main(const struct boot_info *info)
{
	uint64_t hello = __builtin_ia32_rdtsc();

	serial_init();
	crc32_init();
	serial_write("\nTESTKERNEL\n");
	field("tsc", hello);
	expect(info->magic == BOOT_INFO_MAGIC, "boot_info has no magic");
	if (!bad) {
		print_info(info);
		check_state();
		check_map(info);
		check_places(info);
		check_image(info);
		check_identity(info);
		check_rsdp(info);
	}
	serial_write(bad ? "VERDICT bad\n" : "VERDICT good\n");
	port_out8(DEBUG_EXIT, bad ? 0x11 : 0x10);
}

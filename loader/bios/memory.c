/* SPDX-License-Identifier: MIT */
/*
 * memory: A20, conventional memory, the E820 map and the ACPI root pointer of a BIOS machine.
 *
 * Sources: ACPI specification 6.4, 15.1 (INT 15h E820h) and 5.2.5.1 (where the RSDP lies).
 */
#include <stdbool.h>
#include <stddef.h>

#include "loader/bios/bios.h"
#include "loader/common/cpu.h"

#define SMAP			0x534d4150U
#define E820_ENTRIES_MAX	512		/* a firmware that never ends is stopped here */
#define E820_ATTR_VALID		1U

#define EBDA_SEGMENT		0x40eU		/* in the BIOS data area */
#define EBDA_SEARCH		1024U
#define BIOS_AREA		0xe0000U
#define BIOS_AREA_END		0x100000U

enum {
	PORT_FAST_A20 = 0x92,
	PORT_KBC_DATA = 0x60,
	PORT_KBC_COMMAND = 0x64,
	KBC_INPUT_FULL = 0x02,
	KBC_WRITE_OUTPUT = 0xd1,
	KBC_OUTPUT_A20 = 0xdf,
	KBC_POLL_LIMIT = 100000,
};

struct e820_entry {
	uint64_t base, size;
	uint32_t type, attributes;
} __attribute__((packed));

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

static struct {
	struct e820_entry entry;
	volatile uint32_t probe;	/* a word whose alias 1 MiB up tells A20 */
} memory;

static bool a20_is_open(void)
{
	volatile uint32_t *low = &memory.probe;
	volatile uint32_t *high = (volatile uint32_t *)((uintptr_t)low + 0x100000U);
	uint32_t saved = *high;

	*low = ~saved;
	return *high == saved;
}

static void kbc_wait(void)
{
	for (int i = 0; i < KBC_POLL_LIMIT; i++) {
		if (!(port_in8(PORT_KBC_COMMAND) & KBC_INPUT_FULL))
			return;
	}
}

int memory_open_a20(void)
{
	struct bios_regs r = { .eax = 0x2401 };

	if (a20_is_open())
		return 0;
	bios_call(&r, 0x15);
	if (a20_is_open())
		return 0;
	port_out8(PORT_FAST_A20, (uint8_t)((port_in8(PORT_FAST_A20) | 0x02) & ~0x01));
	if (a20_is_open())
		return 0;
	kbc_wait();
	port_out8(PORT_KBC_COMMAND, KBC_WRITE_OUTPUT);
	kbc_wait();
	port_out8(PORT_KBC_DATA, KBC_OUTPUT_A20);
	kbc_wait();
	return a20_is_open() ? 0 : -LOAD_E_A20;
}

int memory_check_low(void)
{
	struct bios_regs r = { 0 };

	bios_call(&r, 0x12);
	return (r.eax & 0xffff) >= LOW_MEMORY_NEEDED / 1024 ? 0 : -LOAD_E_LOW_MEMORY;
}

static uint32_t type_of(uint32_t e820_type)
{
	switch (e820_type) {
	case 1:
		return BOOT_MEM_USABLE;
	case 3:
		return BOOT_MEM_ACPI_RECLAIM;
	case 4:
		return BOOT_MEM_ACPI_NVS;
	case 5:
		return BOOT_MEM_BAD;
	default:
		return BOOT_MEM_RESERVED;
	}
}

int memory_read_map(struct memmap *map)
{
	uintptr_t where = (uintptr_t)&memory.entry;
	uint32_t next = 0;

	for (int i = 0; i < E820_ENTRIES_MAX; i++) {
		struct bios_regs r = {
			.eax = 0xe820, .ebx = next, .ecx = sizeof(memory.entry), .edx = SMAP,
			.edi = where & 15, .es = (uint16_t)(where >> 4),
		};
		int error = 0;

		memory.entry.attributes = E820_ATTR_VALID;
		bios_call(&r, 0x15);
		if ((r.flags & FLAG_CARRY) || r.eax != SMAP || (r.ecx & 0xff) < 20)
			break;
		if (memory.entry.attributes & E820_ATTR_VALID)
			error = memmap_add(map, memory.entry.base, memory.entry.size,
					   type_of(memory.entry.type));
		if (error)
			return error;
		next = r.ebx;
		if (!next)
			break;
	}
	return map->count ? memmap_resolve(map) : -LOAD_E_MEMORY_MAP;
}

static uint8_t byte_sum(const void *data, uint32_t size)
{
	const uint8_t *p = data;
	uint8_t sum = 0;

	while (size--)
		sum = (uint8_t)(sum + *p++);
	return sum;
}

static bool is_rsdp(const struct rsdp *r)
{
	static const char signature[] = "RSD PTR ";

	for (size_t i = 0; i < sizeof(r->signature); i++) {
		if (r->signature[i] != signature[i])
			return false;
	}
	if (byte_sum(r, offsetof(struct rsdp, length)))
		return false;
	return r->revision < 2 || (r->length <= 4096 && !byte_sum(r, r->length));
}

static uint64_t search_rsdp(uintptr_t from, uintptr_t to)
{
	for (uintptr_t at = (from + 15) & ~(uintptr_t)15; at + sizeof(struct rsdp) <= to; at += 16) {
		if (is_rsdp((const struct rsdp *)at))
			return at;
	}
	return 0;
}

uint64_t memory_find_rsdp(void)
{
	uintptr_t address = EBDA_SEGMENT, ebda;
	uint64_t found = 0;

	/* A constant this low looks like a null pointer to the compiler: hide it. */
	__asm__("" : "+r"(address));
	ebda = (uintptr_t)*(const uint16_t *)address << 4;

	if (ebda >= 0x400 && ebda < 0xa0000)
		found = search_rsdp(ebda, ebda + EBDA_SEARCH);
	return found ? found : search_rsdp(BIOS_AREA, BIOS_AREA_END);
}

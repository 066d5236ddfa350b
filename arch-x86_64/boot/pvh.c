/* SPDX-License-Identifier: MIT */
/*
 * PVH: translate the hypervisor's hvm_start_info into boot_info. Source: Xen's public start_info ABI, as QEMU,
 * Firecracker and Cloud Hypervisor implement it. Runs on the start-up page tables: the first 4 GiB are reachable.
 */
#include "machine/boot.h"

#include "lib/string.h"

#define HVM_START_MAGIC	0x336ec578u

struct hvm_start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modlist_paddr, cmdline_paddr, rsdp_paddr;
	uint64_t memmap_paddr;		/* from version 1 on, as all that follows */
	uint32_t memmap_entries, reserved;
};

struct hvm_modlist_entry {
	uint64_t paddr, size, cmdline_paddr, reserved;
};

struct hvm_memmap_entry {
	uint64_t addr, size;
	uint32_t type, reserved;	/* types are ACPI's address range types */
};

static uint32_t mem_type(uint32_t acpi_type)
{
	switch (acpi_type) {
	case 1: return BOOT_MEM_USABLE;
	case 3: return BOOT_MEM_ACPI_RECLAIM;
	case 4: return BOOT_MEM_ACPI_NVS;
	case 5: return BOOT_MEM_BAD;
	default: return BOOT_MEM_RESERVED;
	}
}

/* Insert by base. */
static void mem_insert(struct boot_info *bi, const struct hvm_memmap_entry *e)
{
	uint32_t i = bi->nr_mem;

	if (i == BOOT_MEM_MAX || !e->size)
		return;
	for (; i > 0 && bi->mem[i - 1].base > e->addr; i--)
		bi->mem[i] = bi->mem[i - 1];
	bi->mem[i] = (struct boot_mem_range){ .base = e->addr, .size = e->size, .type = mem_type(e->type) };
	bi->nr_mem++;
}

/* A range that reaches into the next one: what is not usable wins, the usable one is cut. */
static void mem_cut_overlaps(struct boot_info *bi)
{
	for (uint32_t i = 0; i + 1 < bi->nr_mem; i++) {
		struct boot_mem_range *a = &bi->mem[i], *b = &bi->mem[i + 1];
		uint64_t over = a->base + a->size > b->base ? a->base + a->size - b->base : 0;

		if (!over)
			continue;
		if (a->type == BOOT_MEM_USABLE) {
			a->size -= over;
		} else {
			over = min_t(uint64_t, over, b->size);
			b->base += over;
			b->size -= over;
		}
	}
}

void pvh_translate(paddr_t start_info, struct boot_info *bi)
{
	const struct hvm_start_info *si = arch_phys_to_virt(start_info);

	if (si->magic != HVM_START_MAGIC)
		boot_die("PVH start information has a wrong magic number");
	if (si->version < 1 || !si->memmap_entries)
		boot_die("PVH start information has no memory map");
	memset(bi, 0, sizeof(*bi));
	bi->magic = BOOT_INFO_MAGIC;
	bi->source = BOOT_SOURCE_PVH;
	bi->cmdline = si->cmdline_paddr;
	bi->rsdp = si->rsdp_paddr;
	bi->kernel_start = boot_image_phys(kernel_image_start);
	bi->kernel_end = boot_image_phys(kernel_image_end);
	if (si->nr_modules) {
		const struct hvm_modlist_entry *m = arch_phys_to_virt(si->modlist_paddr);

		bi->initrd = m->paddr;
		bi->initrd_size = m->size;
	}
	const struct hvm_memmap_entry *map = arch_phys_to_virt(si->memmap_paddr);

	for (uint32_t i = 0; i < si->memmap_entries; i++)
		mem_insert(bi, &map[i]);
	mem_cut_overlaps(bi);
}

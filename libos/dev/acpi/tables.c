/* SPDX-License-Identifier: MIT */
/*
 * tables: from the root pointer to copies of tables.
 *
 * Field legend of the file's state: [I] set by acpi_init().
 */
#include "dev/acpi/acpi.h"

#include "abi/errno.h"
#include "arch/io.h"
#include "arch/mmu.h"
#include "core/init.h"
#include "core/log.h"
#include "lib/align.h"
#include "lib/byteorder.h"
#include "lib/string.h"
#include "mm/kvmap.h"
#include "mm/slab.h"

#define BIOS_AREA	0xe0000UL
#define BIOS_AREA_END	0x100000UL
#define EBDA_POINTER	0x40eUL
#define RSDP_V1_SIZE	20
#define RSDP_V2_SIZE	36
#define TABLE_SIZE_MAX	(1U << 20)

static struct {
	paddr_t root;			/* [I] RSDT or XSDT */
	unsigned entry_size;		/* [I] 4 or 8; 0: no ACPI */
	struct acpi_header *root_table;	/* [I] */
} acpi;

bool acpi_checksum_ok(const void *table, size_t size)
{
	const uint8_t *p = table;
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum == 0;
}

/* Physical memory into a heap object; NULL: no memory. */
static void *phys_copy(paddr_t pa, size_t size)
{
	char *copy = kmalloc(ALIGN_UP(size, 8), GFP_KERNEL);
	const volatile char __iomem *io = copy ? kvmap_io(pa, size) : NULL;
	size_t i = 0;

	if (!io) {
		kfree(copy);
		return NULL;
	}
	for (; i + 4 <= size; i += 4)
		put_unaligned_le32(arch_read32(io + i), copy + i);
	for (; i < size; i++)
		copy[i] = (char)arch_read8(io + i);
	kvmap_io_unmap((void __iomem *)io, size);
	return copy;
}

struct acpi_header *acpi_table_copy(paddr_t pa)
{
	struct acpi_header *h = phys_copy(pa, sizeof(*h));
	uint32_t length = h ? h->length : 0;

	kfree(h);
	if (length < sizeof(*h) || length > TABLE_SIZE_MAX)
		return NULL;
	h = phys_copy(pa, length);
	if (h && h->length == length && acpi_checksum_ok(h, length))
		return h;
	if (h)
		klog(KLOG_WARN, "acpi: table %.4s has a wrong checksum", h->signature);
	kfree(h);
	return NULL;
}

static paddr_t root_entry(unsigned i)
{
	const char *entries = (const char *)(acpi.root_table + 1);

	return acpi.entry_size == 8 ? get_unaligned_le64(entries + 8 * (size_t)i)
				    : get_unaligned_le32(entries + 4 * (size_t)i);
}

struct acpi_header *acpi_table_get(const char signature[4])
{
	unsigned nr = acpi.root_table ? (acpi.root_table->length - sizeof(struct acpi_header)) / acpi.entry_size : 0;

	for (unsigned i = 0; i < nr; i++) {
		char *sig = phys_copy(root_entry(i), 4);
		bool found = sig && !memcmp(sig, signature, 4);

		kfree(sig);
		if (found)
			return acpi_table_copy(root_entry(i));
	}
	return NULL;
}

static bool rsdp_ok(const uint8_t *p)
{
	return !memcmp(p, "RSD PTR ", 8) && acpi_checksum_ok(p, RSDP_V1_SIZE);
}

static paddr_t rsdp_search_range(paddr_t start, paddr_t end)
{
	for (; start + RSDP_V2_SIZE <= end; start += 16) {
		if (rsdp_ok(arch_phys_to_virt(start)))
			return start;
	}
	return 0;
}

/* Where a PC's firmware leaves it: the first KiB of the EBDA, the BIOS area. Both below 1 MiB, always mapped. */
static paddr_t rsdp_search(void)
{
	paddr_t ebda = (paddr_t)get_unaligned_le16(arch_phys_to_virt(EBDA_POINTER)) << 4;
	paddr_t found = 0;

	if (ebda >= 0x80000 && ebda < BIOS_AREA)
		found = rsdp_search_range(ebda, ebda + 1024);
	return found ? found : rsdp_search_range(BIOS_AREA, BIOS_AREA_END);
}

int acpi_init(void)
{
	paddr_t pa = boot_rsdp() ? boot_rsdp() : rsdp_search();
	struct acpi_header *madt;
	uint8_t *rsdp;
	bool v2;

	rsdp = pa ? phys_copy(pa, RSDP_V2_SIZE) : NULL;
	if (!rsdp || !rsdp_ok(rsdp)) {
		kfree(rsdp);
		return -ENODEV;
	}
	v2 = rsdp[15] >= 2 && acpi_checksum_ok(rsdp, RSDP_V2_SIZE) && get_unaligned_le64(rsdp + 24);
	acpi.root = v2 ? get_unaligned_le64(rsdp + 24) : get_unaligned_le32(rsdp + 16);
	acpi.entry_size = v2 ? 8 : 4;
	kfree(rsdp);
	acpi.root_table = acpi_table_copy(acpi.root);
	if (!acpi.root_table)
		return -ENODEV;
	madt = acpi_table_get("APIC");
	if (madt)
		madt_parse(madt);
	kfree(madt);
	fadt_init();
	return 0;
}

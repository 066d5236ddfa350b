/* SPDX-License-Identifier: MIT */
/*
 * The kernel's page tables, made once from the boot map:
 *
 *   ARCH_DIRECT_MAP + p    all RAM, read-write, no execute, in the largest pages that fit; the image's text and
 *                          read-only data appear read-only here too
 *   ARCH_KVMAP             empty: one table, so that every root shares what is mapped later
 *   ARCH_KERNEL_BASE + p   the image: text r-x, rodata r--, the rest rw-; the page below the boot stack is a hole
 *   ARCH_FIXMAP            device pages (machine/fixmap.h)
 *
 * Root entries never change afterwards: a new address space copies the few that are in use (kernel_root_copy).
 */
#include "machine/boot.h"

#include "lib/string.h"
#include "machine/features.h"
#include "machine/fixmap.h"
#include "machine/msr.h"

#define KERNEL_RW	(PTE_PROT_READ | PTE_PROT_WRITE | PTE_PROT_GLOBAL | PTE_PROT_DIRTY | PTE_PROT_YOUNG)
#define KERNEL_RO	(PTE_PROT_READ | PTE_PROT_GLOBAL | PTE_PROT_DIRTY | PTE_PROT_YOUNG)
#define KERNEL_RX	(KERNEL_RO | PTE_PROT_EXEC)
#define LEVEL_SIZE(l)	(1UL << (PAGE_SHIFT + 9 * (l)))
#define KERNEL_TABLE	(X86_PTE_P | X86_PTE_W | X86_PTE_A)
#define LOW_LEGACY	(1UL << 20)

paddr_t kernel_root;

static struct {
	pte_t *root;
	pte_t *fixmap;			/* level 0 table of ARCH_FIXMAP */
	uint16_t slots[ARCH_PT_ENTRIES / 2];	/* root entries in use */
	unsigned nr_slots;
} kmap_early;

/* Table below entry `index` of `table`, made if missing. */
static pte_t *early_table(pte_t *table, unsigned index)
{
	if (arch_pte_none(table[index]))
		table[index] = arch_virt_to_phys(early_alloc(PAGE_SIZE, PAGE_SIZE)) | KERNEL_TABLE;
	return arch_phys_to_virt(arch_pte_paddr(table[index]));
}

static unsigned leaf_level(vaddr_t va, paddr_t pa, size_t size)
{
	unsigned level = x86.gbpages ? 2 : 1;

	while (level && (((va | pa) & (LEVEL_SIZE(level) - 1)) || size < LEVEL_SIZE(level)))
		level--;
	return level;
}

/* Map [va, va + size), page aligned, nothing mapped there yet. */
static void early_map(vaddr_t va, paddr_t pa, size_t size, unsigned prot)
{
	while (size) {
		unsigned leaf = leaf_level(va, pa, size);
		pte_t *table = kmap_early.root;

		for (unsigned l = ARCH_PT_ROOT_LEVEL; l > leaf; l--)
			table = early_table(table, arch_pt_index(va, l));
		table[arch_pt_index(va, leaf)] = arch_pte_leaf(pa, prot, leaf);
		va += LEVEL_SIZE(leaf);
		pa += LEVEL_SIZE(leaf);
		size -= LEVEL_SIZE(leaf);
	}
}

static bool mem_is_ram(const struct boot_mem_range *m)
{
	return m->type == BOOT_MEM_USABLE || m->type == BOOT_MEM_ACPI_RECLAIM || m->type == BOOT_MEM_ACPI_NVS ||
	       m->type == BOOT_MEM_BOOTLOADER;
}

/* Call fn for each run of RAM, rounded out to 2 MiB, runs that then touch joined; the first MiB is always in. */
static void ram_for_each(const struct boot_info *bi, void (*fn)(paddr_t start, paddr_t end, void *arg), void *arg)
{
	paddr_t start = 0, end = HUGE_SIZE;

	for (uint32_t i = 0; i < bi->nr_mem; i++) {
		paddr_t s = bi->mem[i].base & ~(HUGE_SIZE - 1);
		paddr_t e = (bi->mem[i].base + bi->mem[i].size + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1);

		if (!mem_is_ram(&bi->mem[i]))
			continue;
		if (s > end) {
			fn(start, end, arg);
			start = s;
		}
		end = max_t(paddr_t, end, e);
	}
	fn(start, end, arg);
}

/* One run of RAM into the direct map, the image's read-only part as such. */
static void direct_map_run(paddr_t start, paddr_t end, void *arg)
{
	paddr_t ro = boot_image_phys(__text_start), ro_end = boot_image_phys(__rodata_end);

	(void)arg;
	if (start <= ro && ro_end <= end) {
		early_map(ARCH_DIRECT_MAP + start, start, ro - start, KERNEL_RW);
		early_map(ARCH_DIRECT_MAP + ro, ro, ro_end - ro, KERNEL_RO);
		start = ro_end;
	}
	early_map(ARCH_DIRECT_MAP + start, start, end - start, KERNEL_RW);
}

static void map_image(const char *start, const char *end, unsigned prot)
{
	early_map((vaddr_t)start, boot_image_phys(start), (size_t)(end - start), prot);
}

static void map_kernel(void)
{
	map_image(__text_start, __rodata_start, KERNEL_RX);
	map_image(__rodata_start, __rodata_end, KERNEL_RO);
	map_image(__data_start, boot_stack_bottom, KERNEL_RW);
	map_image(boot_stack_bottom + PAGE_SIZE, kernel_image_end, KERNEL_RW);
}

static void map_tables_only(void)
{
	pte_t *table = kmap_early.root;

	early_table(table, arch_pt_index(ARCH_KVMAP_START, ARCH_PT_ROOT_LEVEL));
	for (unsigned l = ARCH_PT_ROOT_LEVEL; l > 0; l--)
		table = early_table(table, arch_pt_index(ARCH_FIXMAP, l));
	kmap_early.fixmap = table;
}

static void count_tables(paddr_t start, paddr_t end, void *arg)
{
	*(size_t *)arg += ((end - start) >> 30) + 4;
}

size_t early_map_bytes(const struct boot_info *bi)
{
	size_t pages = 24;

	ram_for_each(bi, count_tables, &pages);
	pages += (size_t)(kernel_image_end - kernel_image_start) / HUGE_SIZE * 2;
	return pages * PAGE_SIZE;
}

void early_map_init(const struct boot_info *bi)
{
	kmap_early.root = early_alloc(PAGE_SIZE, PAGE_SIZE);
	kernel_root = arch_virt_to_phys(kmap_early.root);
	ram_for_each(bi, direct_map_run, NULL);
	map_kernel();
	map_tables_only();
	for (unsigned i = ARCH_PT_ENTRIES / 2; i < ARCH_PT_ENTRIES; i++) {
		if (!arch_pte_none(kmap_early.root[i]))
			kmap_early.slots[kmap_early.nr_slots++] = (uint16_t)i;
	}
	write_cr3(kernel_root);
}

void kernel_root_copy(pte_t *root)
{
	for (unsigned i = 0; i < kmap_early.nr_slots; i++)
		root[kmap_early.slots[i]] = kmap_early.root[kmap_early.slots[i]];
}

volatile void __iomem *fixmap_io(enum fixmap_slot slot, paddr_t pa)
{
	vaddr_t va = ARCH_FIXMAP + slot * PAGE_SIZE;

	kmap_early.fixmap[slot] = arch_pte_leaf(pa & PAGE_MASK, KERNEL_RW | PTE_PROT_DEVICE, 0);
	invlpg(va);
	return (volatile void __iomem __force *)(va + (pa & ~PAGE_MASK));
}

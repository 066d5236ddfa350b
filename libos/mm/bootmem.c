/* SPDX-License-Identifier: MIT */
/*
 * bootmem: a short sorted list of free physical ranges. Reservations cut pieces out; allocations take from the
 * end of the highest range that fits, so that low memory stays for those who need it.
 *
 * Boot CPU only, no locks.
 */
#include "mm/bootmem.h"

#include "arch/boot.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/align.h"
#include "lib/string.h"
#include "mm/page.h"

#define RANGES_MAX	(BOOT_MEM_MAX + 32)

struct range {
	paddr_t start, end;
};

static struct {
	struct range free[RANGES_MAX];
	unsigned count;
	paddr_t top;			/* end of the highest RAM */
} bootmem;

static void range_insert(unsigned at, paddr_t start, paddr_t end)
{
	if (start >= end || bootmem.count >= RANGES_MAX)
		return;			/* a full table loses a little memory, nothing else */
	memmove(&bootmem.free[at + 1], &bootmem.free[at], (bootmem.count - at) * sizeof(struct range));
	bootmem.free[at] = (struct range){ start, end };
	bootmem.count++;
}

static void range_remove(unsigned at)
{
	bootmem.count--;
	memmove(&bootmem.free[at], &bootmem.free[at + 1], (bootmem.count - at) * sizeof(struct range));
}

/* Cut [base, base + size), widened to pages, out of the free ranges. */
static void reserve(paddr_t base, size_t size, void *arg)
{
	paddr_t start = ALIGN_DOWN(base, PAGE_SIZE), end = ALIGN_UP(base + size, PAGE_SIZE);
	unsigned i = 0;

	(void)arg;
	while (i < bootmem.count) {
		struct range r = bootmem.free[i];

		if (end <= r.start || start >= r.end) {
			i++;
			continue;
		}
		range_remove(i);
		if (r.start < start)
			range_insert(i++, r.start, start);
		if (end < r.end)
			range_insert(i, end, r.end);
	}
}

void bootmem_init(void)
{
	const struct boot_info *bi = boot_info_get();

	for (unsigned i = 0; i < bi->nr_mem; i++) {
		const struct boot_mem_range *m = &bi->mem[i];
		paddr_t start = ALIGN_UP(m->base, PAGE_SIZE), end = ALIGN_DOWN(m->base + m->size, PAGE_SIZE);

		if (m->type != BOOT_MEM_USABLE && m->type != BOOT_MEM_BOOTLOADER)
			continue;
		if (end > start && end > bootmem.top)
			bootmem.top = end;
		if (bootmem.count && bootmem.free[bootmem.count - 1].end == start)
			bootmem.free[bootmem.count - 1].end = max(end, start);
		else
			range_insert(bootmem.count, start, end);
	}
	reserve(0, PAGE_SIZE, NULL);
	reserve(bi->kernel_start, bi->kernel_end - bi->kernel_start, NULL);
	if (bi->initrd_size)
		reserve(bi->initrd, bi->initrd_size, NULL);
	arch_boot_reserved(reserve, NULL);
}

void *bootmem_alloc(size_t size)
{
	size = ALIGN_UP(size, PAGE_SIZE);
	for (unsigned i = bootmem.count; i-- > 0;) {
		struct range *r = &bootmem.free[i];
		void *p;

		if (r->end - r->start < size)
			continue;
		r->end -= size;
		p = arch_phys_to_virt(r->end);
		if (r->start == r->end)
			range_remove(i);
		memset(p, 0, size);
		return p;
	}
	panic("bootmem: no %lu bytes of memory to start with", (unsigned long)size);
}

struct page *bootmem_page_map(pfn_t *end)
{
	*end = bootmem.top >> PAGE_SHIFT;
	return bootmem_alloc(*end * sizeof(struct page));
}

void bootmem_free_ranges(void (*fn)(pfn_t start, pfn_t end, void *arg), void *arg)
{
	for (unsigned i = 0; i < bootmem.count; i++)
		fn(bootmem.free[i].start >> PAGE_SHIFT, bootmem.free[i].end >> PAGE_SHIFT, arg);
}

/* SPDX-License-Identifier: MIT */
/*
 * Memory before there is memory management: one run of usable pages, taken once, handed out upwards, never freed.
 *
 * The run is chosen from the boot map: the lowest one above 1 MiB and below 4 GiB (the start-up page tables reach no
 * further) that avoids the kernel image and the initrd. arch_boot_reserved() tells mm/ to keep out of it.
 */
#include "machine/boot.h"

#include "lib/string.h"

struct phys_range {
	paddr_t start, end;
};

static struct {
	paddr_t base, next, end;	/* the run */
} early;

/* Move *start up past r if [start, start + bytes) touches it. */
static bool range_dodge(paddr_t *start, size_t bytes, struct phys_range r)
{
	if (r.end <= *start || r.start >= *start + bytes)
		return false;
	*start = (r.end + PAGE_SIZE - 1) & PAGE_MASK;
	return true;
}

/* Lowest place of `bytes` in usable memory of [floor, ceiling) clear of image, initrd and the run; 0: none. */
static paddr_t range_find(const struct boot_info *bi, size_t bytes, paddr_t floor, paddr_t ceiling)
{
	const struct phys_range taken[] = {
		{ bi->kernel_start, bi->kernel_end },
		{ bi->initrd, bi->initrd + bi->initrd_size },
		{ early.base, early.end },
	};

	for (uint32_t i = 0; i < bi->nr_mem; i++) {
		const struct boot_mem_range *m = &bi->mem[i];
		paddr_t start = max_t(paddr_t, (m->base + PAGE_SIZE - 1) & PAGE_MASK, floor);
		paddr_t end = min_t(paddr_t, m->base + m->size, ceiling);
		bool moved = true;

		if (m->type != BOOT_MEM_USABLE)
			continue;
		while (moved) {
			moved = false;
			for (unsigned t = 0; t < ARRAY_SIZE(taken); t++)
				moved |= range_dodge(&start, bytes, taken[t]);
		}
		if (start < end && end - start >= bytes)
			return start;
	}
	return 0;
}

void early_alloc_init(const struct boot_info *bi, size_t bytes)
{
	early.base = range_find(bi, bytes, 1UL << 20, 1UL << 32);
	if (!early.base)
		boot_die("not enough memory to start");
	early.next = early.base;
	early.end = early.base + bytes;
}

void *early_alloc(size_t bytes, size_t align)
{
	paddr_t start = (early.next + align - 1) & ~(align - 1);

	if (start + bytes > early.end)
		boot_die("early memory used up");
	early.next = start + bytes;
	return memset(arch_phys_to_virt(start), 0, bytes);
}

void arch_boot_reserved(void (*fn)(paddr_t base, size_t size, void *arg), void *arg)
{
	paddr_t image = boot_image_phys(kernel_image_start);
	paddr_t used = (early.next + PAGE_SIZE - 1) & PAGE_MASK;

	fn(0, PAGE_SIZE, arg);
	fn(AP_TRAMPOLINE, PAGE_SIZE, arg);
	fn(image, (size_t)(kernel_image_end - kernel_image_start), arg);
	fn(early.base, used - early.base, arg);
}

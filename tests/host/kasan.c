/* SPDX-License-Identifier: MIT */
/* core/kasan.h over AddressSanitizer: what the kernel's allocators poison in simulated RAM, it guards. */
#include "core/kasan.h"

#include <sanitizer/asan_interface.h>

void kasan_init_range(void *shadow, const void *start, size_t size)
{
	(void)shadow, (void)start, (void)size;
}

void kasan_poison_range(const void *start, size_t size, enum kasan_poison why)
{
	(void)why;
	ASAN_POISON_MEMORY_REGION(start, (size + KASAN_GRANULE - 1) & ~(KASAN_GRANULE - 1));
}

void kasan_unpoison_range(const void *start, size_t size)
{
	ASAN_UNPOISON_MEMORY_REGION(start, size);
}

bool kasan_find_bad(const void *start, size_t size, uintptr_t *bad)
{
	void *at = __asan_region_is_poisoned((void *)start, size);

	*bad = (uintptr_t)at;
	return at != NULL;
}

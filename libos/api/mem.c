/* SPDX-License-Identifier: MIT */
/*
 * mem: the kernel's heap for programs linked with it.
 */
#include "lib/types.h"
#include "libos/mem.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"

void *libos_alloc(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}

void *libos_zalloc(size_t size)
{
	return kvmalloc(size, GFP_KERNEL | GFP_ZERO);
}

void libos_free(void *p)
{
	kvfree(p);
}

void libos_mem_info(struct libos_mem_info *out)
{
	out->total = pages_total() * PAGE_SIZE;
	out->free = pages_free() * PAGE_SIZE;
}

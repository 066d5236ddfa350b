/* SPDX-License-Identifier: MIT */
/*
 * kvmap: kernel virtual ranges: stacks with guard pages, device registers, large allocations of scattered pages.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* A kernel stack of ARCH_KSTACK_SIZE bytes with an unmapped page below it; NULL: no memory. May sleep. */
void *kstack_alloc(void);
/* Any thread context; not the stack one runs on. */
void kstack_free(void *stack);

/* Map device registers [pa, pa + size), uncached; NULL: no room or memory. Thread context or start-up. */
void __iomem *kvmap_io(paddr_t pa, size_t size);
void kvmap_io_unmap(void __iomem *va, size_t size);

/* `size` bytes of contiguous addresses on scattered pages; NULL: no memory. Thread context, interrupts on. */
void *vmalloc_pages(size_t size, unsigned gfp);
void vfree_pages(const void *p);
bool kvmap_contains(const void *p);

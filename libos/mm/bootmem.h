/* SPDX-License-Identifier: MIT */
/*
 * bootmem: physical memory before the page allocator: which frames are RAM, which are taken.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct page;

/*
 * Build the list of free RAM from the boot memory map, less what arch_boot_reserved() and the initrd occupy.
 * Boot only.
 */
void bootmem_init(void);
/* Take `size` bytes, page-aligned, zeroed, for ever; panics when there is none. Between init and page_alloc_init(). */
void *bootmem_alloc(size_t size);
/* Allocate and zero the struct page array covering all RAM. */
struct page *bootmem_page_map(pfn_t *end);
/* Call fn for each range of free frames [start, end). */
void bootmem_free_ranges(void (*fn)(pfn_t start, pfn_t end, void *arg), void *arg);

/* page_alloc.c: take over from bootmem; add frames later (initrd, boot loader memory). */
void page_alloc_init(void);
void page_alloc_add(pfn_t start, pfn_t end);

/* SPDX-License-Identifier: MIT */
/* machine/pages.h: whole pages of the direct map, for what the arch allocates itself. Flags: enum gfp. */
#pragma once

#include "mm/page.h"
#include "mm/page_alloc.h"

static inline void *kernel_pages_alloc(unsigned gfp, unsigned order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? page_address(page) : NULL;
}

static inline void kernel_pages_free(void *p, unsigned order)
{
	free_pages(virt_to_page(p), order);
}

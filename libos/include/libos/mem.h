/* SPDX-License-Identifier: MIT */
/*
 * mem.h: the kernel's heap; include <libos/libos.h>. Alignment is 8 bytes at least, a page for a page or more.
 */
#pragma once

#include "libos/libos.h"

struct libos_mem_info {
	uint64_t total, free;		/* bytes */
};

LIBOS_API_BEGIN

/* NULL: no memory. Any size; libos_zalloc gives zeros. */
void *libos_alloc(size_t size);
void *libos_zalloc(size_t size);
/* NULL is allowed. */
void libos_free(void *p);
void libos_mem_info(struct libos_mem_info *out);

LIBOS_API_END

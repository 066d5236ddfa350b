/* SPDX-License-Identifier: MIT */
/*
 * idmap: the page tables of the hand-over, an identity map of the first 4 GiB, all of it writable
 * and executable. The kernel leaves them at once for its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define IDMAP_PAGES	6		/* PML4, PDPT, four page directories */

/*
 * Fill IDMAP_PAGES pages at tables, whose physical address must equal the pointer and lie below
 * 4 GiB; tables[0] is the root. huge: the CPU has 1 GiB pages (then only two pages are used).
 */
void idmap_build(uint64_t (*tables)[512], bool huge);

/* SPDX-License-Identifier: MIT */
/*
 * machine/patch.h: instructions that depend on the CPU, put in place at boot (cpu/patch.c).
 *
 * Assembly leaves a NOP of the right length and a record in section altsites: address, what it is.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

enum alt_kind { ALT_STAC = 1, ALT_CLAC = 2 };	/* known to trap/entry.inc by number */

struct alt_site {
	uint8_t *at;
	uint64_t kind;			/* enum alt_kind */
};

/* Once, on the start-up page tables, while text is still writable. */
void patch_apply(void);

/* SPDX-License-Identifier: MIT */
/* core/ksyms.h: from a code address to the name of the function it lies in, for back traces. */
#pragma once

#include "lib/types.h"

#define KSYM_NAME_MAX	64		/* longer names are cut; includes the NUL */

/*
 * Find the function that holds addr. Writes its name, NUL-terminated and cut to size, and how far into it
 * addr lies. Returns false, and an empty name, when addr is outside the kernel's text or the link
 * embedded no table. Context: any, also after a panic; takes no lock, allocates nothing.
 */
bool ksym_lookup(uintptr_t addr, char *name, size_t size, uintptr_t *offset);

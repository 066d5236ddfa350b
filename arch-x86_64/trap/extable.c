/* SPDX-License-Identifier: MIT */
/*
 * The fault table: instructions that may fault on user memory (mm/copy.asm), and where to go on when they do.
 * Few entries and only looked at when a fault was not resolved or is the first touch of a page: a linear search.
 */
#include "machine/trap.h"

struct extable_entry {
	uintptr_t at, fixup;
};

extern const struct extable_entry __start_extable[], __stop_extable[];

uintptr_t extable_find(uintptr_t ip)
{
	for (const struct extable_entry *e = __start_extable; e < __stop_extable; e++) {
		if (e->at == ip)
			return e->fixup;
	}
	return 0;
}

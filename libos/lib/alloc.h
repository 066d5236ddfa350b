/* SPDX-License-Identifier: MIT */
/*
 * The memory allocator as lib/ sees it. The slab allocator stands above lib/, so mm/ hands its functions
 * down once at start-up; hosted tests hand down malloc and free. Before that, allocation fails.
 */
#pragma once

#include "lib/compiler.h"

struct lib_allocator {
	void *(*alloc)(size_t size);		/* may sleep; NULL when out of memory; contents undefined */
	void (*free)(void *p);			/* NULL is allowed */
};

void lib_set_allocator(const struct lib_allocator *ops);
void *lib_alloc(size_t size);
void lib_free(void *p);

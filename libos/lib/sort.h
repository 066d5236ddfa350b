/* SPDX-License-Identifier: MIT */
/* Sorting in place without memory or recursion (heap sort, O(n log n) always), and binary search. */
#pragma once

#include "lib/compiler.h"

typedef int (*cmp_func_t)(const void *a, const void *b);
typedef void (*swap_func_t)(void *a, void *b, size_t size);

/* Sort num elements of `size` bytes. Not stable. swap may be NULL: bytes are exchanged. */
void sort(void *base, size_t num, size_t size, cmp_func_t cmp, swap_func_t swap_fn);

/* An element equal to *key by cmp(key, element), or NULL. (bsearch() is libc's name.) */
void *array_search(const void *key, const void *base, size_t num, size_t size, cmp_func_t cmp);

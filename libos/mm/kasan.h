/* SPDX-License-Identifier: MIT */
/*
 * kasan: shadow memory says which bytes of the kernel may be touched. Debug build only; calls vanish otherwise.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

enum kasan_code { KASAN_FREE_PAGE = 0xff, KASAN_REDZONE = 0xfc, KASAN_FREE_OBJECT = 0xfb };

void kasan_poison_(const void *p, size_t size, uint8_t code);
void kasan_unpoison_(const void *p, size_t size);

/* p is 8-byte aligned. Any context. */
static inline void kasan_poison(const void *p, size_t size, uint8_t code)
{
	if (CONFIG_KASAN)
		kasan_poison_(p, size, code);
}

static inline void kasan_unpoison(const void *p, size_t size)
{
	if (CONFIG_KASAN)
		kasan_unpoison_(p, size);
}

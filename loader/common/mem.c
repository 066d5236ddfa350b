/* SPDX-License-Identifier: MIT */
/*
 * mem: the functions compilers call on their own even in freestanding code. Linked into stage 2 and
 * the UEFI application, never into host programs.
 */
#include <stddef.h>

#include "loader/common/cpu.h"

void *memcpy(void *dst, const void *src, size_t size);
void *memset(void *dst, int byte, size_t size);

void *memcpy(void *dst, const void *src, size_t size)
{
	cpu_copy(dst, src, size);
	return dst;
}

void *memset(void *dst, int byte, size_t size)
{
	cpu_fill(dst, (uint8_t)byte, size);
	return dst;
}

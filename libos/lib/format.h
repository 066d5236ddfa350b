/* SPDX-License-Identifier: MIT */
/*
 * Formatted printing into memory. Conversions: d i u x X o c s p %, with flags - 0 + space #, width and
 * precision (numbers or *), and lengths hh h l ll z j t. No floating point, no %n. Any context.
 *
 * ksnprintf returns the length the whole text has, as C's snprintf; kscnprintf returns the length stored.
 * The result always ends in NUL when size > 0. %s of NULL prints "(null)"; %p prints as %#lx, NULL "(nil)".
 */
#pragma once

#include "lib/compiler.h"

int ksnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int kscnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int kvscnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);

/* Formatted text in pieces: each call of emit gets n bytes, not NUL-terminated. Returns the total length. */
int kvformat(void (*emit)(void *arg, const char *s, size_t n), void *arg, const char *fmt, va_list ap)
	__printf(3, 0);

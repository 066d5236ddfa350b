/* SPDX-License-Identifier: MIT */
/* UTF-8 and UTF-16LE (GPT names, FAT, terminals). Malformed input becomes U+FFFD. Any context. */
#pragma once

#include "lib/compiler.h"

#define UTF8_MAX	4		/* bytes of the longest character */

/* Decode one character of s (n > 0 bytes). Returns the bytes used (>= 1); *cp is U+FFFD if malformed or cut. */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);
/* Encode; returns the bytes written (1..4). Surrogates and values above U+10FFFF become U+FFFD. */
size_t utf8_encode(uint32_t cp, char out[UTF8_MAX]);

/* UTF-16LE, ended by 0 or after `units`, to a NUL-terminated string cut to fit size (> 0). Length without NUL. */
size_t utf16le_to_utf8(char *dst, size_t size, const void *src, size_t units);

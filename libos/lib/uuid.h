/* SPDX-License-Identifier: MIT */
/*
 * UUIDs as text. struct uuid is in RFC 9562 byte order (ext4, /proc/sys/kernel/random); struct guid is the
 * mixed-endian form of GPT and UEFI, its first three fields little endian. Both print alike.
 */
#pragma once

#include "lib/compiler.h"

#define UUID_STRING_LEN	36

struct uuid {
	uint8_t b[16];
};

struct guid {
	uint8_t b[16];
};

/* Lower-case text with its NUL. */
void uuid_print(const struct uuid *u, char out[UUID_STRING_LEN + 1]);
void guid_print(const struct guid *g, char out[UUID_STRING_LEN + 1]);
/* Exactly 36 characters, either case, then NUL: 0, else -EINVAL. */
int __must_check uuid_parse(const char *s, struct uuid *out);
int __must_check guid_parse(const char *s, struct guid *out);
/* Make 16 random bytes a version-4 UUID. */
void uuid_make_v4(struct uuid *u);

static inline bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool guid_equal(const struct guid *a, const struct guid *b)
{
	return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

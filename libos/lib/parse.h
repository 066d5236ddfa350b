/* SPDX-License-Identifier: MIT */
/*
 * Text to numbers and options.
 *
 * The kstrto family reads a whole string: optional sign where the type is signed, digits, at most one
 * trailing newline. Base 0 takes 0x (hexadecimal), 0 (octal) or decimal; base 16 allows 0x. Returns 0,
 * -EINVAL for anything else in the string, -ERANGE when it does not fit; *res is written only on success.
 */
#pragma once

#include "lib/compiler.h"

int __must_check kstrtoull(const char *s, unsigned base, unsigned long long *res);
int __must_check kstrtoll(const char *s, unsigned base, long long *res);
int __must_check kstrtoul(const char *s, unsigned base, unsigned long *res);
int __must_check kstrtol(const char *s, unsigned base, long *res);
int __must_check kstrtouint(const char *s, unsigned base, unsigned int *res);
int __must_check kstrtoint(const char *s, unsigned base, int *res);
int __must_check kstrtou64(const char *s, unsigned base, uint64_t *res);
int __must_check kstrtou32(const char *s, unsigned base, uint32_t *res);
int __must_check kstrtou16(const char *s, unsigned base, uint16_t *res);
int __must_check kstrtou8(const char *s, unsigned base, uint8_t *res);
/* y Y t T 1 on / n N f F 0 off. */
int __must_check kstrtobool(const char *s, bool *res);

/* Leading number, as far as it goes: returns the value, *end after the last digit (== s: none). Wraps. */
unsigned long long simple_strtoull(const char *s, char **end, unsigned base);
/* A size with suffix K M G T P E (powers of 1024): "64M". *end as above; saturates at ULLONG_MAX. */
unsigned long long memparse(const char *s, const char **end);

/*
 * Next of comma-separated mount options, in place: *key and *value (NULL without '=') are strings inside
 * *cursor, which moves on. Empty options are skipped. False at the end.
 */
bool option_next(char **cursor, char **key, char **value);

/*
 * Next word of a kernel command line, in place: words are separated by white space; double quotes around
 * a word or a value keep blanks and are removed. *value is NULL without '='. False at the end.
 */
bool cmdline_next(char **cursor, char **key, char **value);

/* First `name=value` (or bare name: value is "") in a command line, copied, truncated to size. Length or -ENOENT. */
ssize_t __must_check cmdline_find(const char *cmdline, const char *name, char *value, size_t size);

/* Numbers and ranges "0-3,7" into map (cleared first). 0, -EINVAL, or -ERANGE for a bit >= bits. */
int __must_check bitmap_parse_list(const char *s, unsigned long *map, size_t bits);

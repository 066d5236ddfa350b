/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings: the standard functions under their standard names and prototypes, and a few that
 * Linux adds. lib/string.c holds those libc also has (hosted builds take libc's); lib/strutil.c the others.
 * All may be called in any context and allocate nothing.
 */
#pragma once

#include "lib/compiler.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
void *memrchr(const void *s, int c, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strchrnul(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strpbrk(const char *s, const char *accept);
char *strsep(char **restrict s, const char *restrict delims);
char *strcpy(char *restrict dst, const char *restrict src);
char *strncpy(char *restrict dst, const char *restrict src, size_t n);

/*
 * Copy src, truncated to fit size bytes with its NUL. Returns the length copied, or -E2BIG when it was
 * truncated (dst is a valid string) or size is 0.
 */
ssize_t strscpy(char *dst, const char *src, size_t size);

/* First byte that is not c, or NULL. */
void *memchr_inv(const void *s, int c, size_t n);
/* Clear secrets: the compiler may not drop it. */
void memzero_explicit(void *s, size_t n);
/* Compare without telling by time where the difference is. True when equal. */
bool memeq_secret(const void *a, const void *b, size_t n);

/* First character of s that is not white space. */
char *skip_spaces(const char *s);
/* Cut trailing white space off in place; returns the first non-space character. */
char *strim(char *s);
bool strstarts(const char *s, const char *prefix);
/* True when equal but for one trailing newline: what was written to a sysfs file against a name. */
bool sysfs_streq(const char *a, const char *b);
/* Last component of a path: what follows the last '/'. */
const char *kbasename(const char *path);

/* SPDX-License-Identifier: MIT */
/* The functions of lib/string.h that libc does not have. */
#include "abi/errno.h"
#include "lib/string.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len;

	if (!size)
		return -E2BIG;
	len = strnlen(src, size);
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, len);
	dst[len] = '\0';
	return (ssize_t)len;
}

void *memchr_inv(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (; n; n--, p++) {
		if (*p != (uint8_t)c)
			return (void *)p;
	}
	return NULL;
}

void memzero_explicit(void *s, size_t n)
{
	memset(s, 0, n);
	OPTIMIZER_HIDE_VAR(s);
	barrier();
}

bool memeq_secret(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;
	unsigned diff = 0;

	while (n--) {
		diff |= *x++ ^ *y++;
		OPTIMIZER_HIDE_VAR(diff);
	}
	return diff == 0;
}

char *skip_spaces(const char *s)
{
	while (is_space(*s))
		s++;
	return (char *)s;
}

char *strim(char *s)
{
	size_t len = strlen(s);

	while (len && is_space(s[len - 1]))
		len--;
	s[len] = '\0';
	return skip_spaces(s);
}

bool strstarts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool sysfs_streq(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return *a == *b || (!*a && *b == '\n' && !b[1]) || (!*b && *a == '\n' && !a[1]);
}

const char *kbasename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

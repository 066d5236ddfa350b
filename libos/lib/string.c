/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions with libc's names: see lib/string.h. Not part of hosted builds, where libc's
 * are used (and watched by the sanitizers).
 *
 * The block functions are weak: an architecture overrides them with what it measured to be fastest. These
 * work by words, which x86 and most others allow at any alignment. The compiler must not turn their
 * loops into calls of the functions they implement (Makefile.in passes the flag).
 */
#include "lib/string.h"

typedef uint64_t __attribute__((__may_alias__, __aligned__(1))) word_t;
typedef uint32_t __attribute__((__may_alias__, __aligned__(1))) half_t;

#define WORD		sizeof(word_t)
#define ONES		0x0101010101010101ULL
#define HIGHS		0x8080808080808080ULL

static __always_inline const word_t *word_at(const void *p)
{
	return p;
}

/* Fewer bytes than a word: the first and the last of the largest size that fits, which may overlap. */
static __always_inline void copy_small(uint8_t *d, const uint8_t *s, size_t n)
{
	if (n >= 4) {
		uint32_t first = *(const half_t *)s, last = *(const half_t *)(s + n - 4);

		*(half_t *)d = first;
		*(half_t *)(d + n - 4) = last;
	} else if (n) {
		uint8_t first = s[0], middle = s[n / 2], last = s[n - 1];

		d[0] = first;
		d[n / 2] = middle;
		d[n - 1] = last;
	}
}

void __weak *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if (n < WORD) {
		copy_small(d, s, n);
		return dst;
	}
	for (; n > 4 * WORD; n -= 4 * WORD, d += 4 * WORD, s += 4 * WORD) {
		word_t a = word_at(s)[0], b = word_at(s)[1], c = word_at(s)[2], e = word_at(s)[3];

		((word_t *)d)[0] = a;
		((word_t *)d)[1] = b;
		((word_t *)d)[2] = c;
		((word_t *)d)[3] = e;
	}
	for (; n > WORD; n -= WORD, d += WORD, s += WORD)
		*(word_t *)d = *word_at(s);
	*(word_t *)(d + n - WORD) = *word_at(s + n - WORD);	/* what is left, over some that is done */
	return dst;
}

void __weak *memmove(void *dst, const void *src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;
	uintptr_t up = (uintptr_t)d - (uintptr_t)s;

	if (up >= n && -up >= n)		/* apart */
		return memcpy(dst, src, n);
	if (up >= n) {				/* dst before src: upwards is safe */
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word_t *)d = *word_at(s);
		while (n--)
			*d++ = *s++;
		return dst;
	}
	for (; n >= WORD; n -= WORD)
		*(word_t *)(d + n - WORD) = *word_at(s + n - WORD);
	while (n--)
		d[n] = s[n];
	return dst;
}

void __weak *memset(void *dst, int c, size_t n)
{
	word_t v = ONES * (uint8_t)c;
	uint8_t *d = dst;

	if (n < WORD) {
		while (n--)
			*d++ = (uint8_t)c;
		return dst;
	}
	for (; n > 8 * WORD; n -= 8 * WORD, d += 8 * WORD) {
		((word_t *)d)[0] = v;
		((word_t *)d)[1] = v;
		((word_t *)d)[2] = v;
		((word_t *)d)[3] = v;
		((word_t *)d)[4] = v;
		((word_t *)d)[5] = v;
		((word_t *)d)[6] = v;
		((word_t *)d)[7] = v;
	}
	for (; n > WORD; n -= WORD, d += WORD)
		*(word_t *)d = v;
	*(word_t *)(d + n - WORD) = v;
	return dst;
}

int __weak memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n >= WORD && *(const word_t *)x == *(const word_t *)y; n -= WORD) {
		x += WORD;
		y += WORD;
	}
	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (; n; n--, p++) {
		if (*p == (uint8_t)c)
			return (void *)p;
	}
	return NULL;
}

void *memrchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	while (n--) {
		if (p[n] == (uint8_t)c)
			return (void *)(p + n);
	}
	return NULL;
}

/* Reads up to a word's end beyond the NUL: never into another page, but past an object. */
size_t __no_sanitize_address strlen(const char *s)
{
	const char *p = s;

	for (; (uintptr_t)p % WORD; p++) {
		if (!*p)
			return (size_t)(p - s);
	}
	while (!((*(const word_t *)p - ONES) & ~*(const word_t *)p & HIGHS))
		p += WORD;
	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	const char *end = memchr(s, 0, max);

	return end ? (size_t)(end - s) : max;
}

int strcmp(const char *a, const char *b)
{
	for (; *a == *b && *a; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (!*a)
			break;
	}
	return 0;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (unsigned char)c;
}

int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (lower(*a) != lower(*b))
			return lower(*a) - lower(*b);
		if (!*a)
			break;
	}
	return 0;
}

int strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, SIZE_MAX);
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	char *p = strchrnul(s, c);

	return *p == (char)c ? p : NULL;
}

char *strrchr(const char *s, int c)
{
	return memrchr(s, c, strlen(s) + 1);
}

char *strstr(const char *haystack, const char *needle)
{
	size_t n = strlen(needle);

	for (;; haystack++) {
		if (!strncmp(haystack, needle, n))
			return (char *)haystack;
		if (!*haystack)
			return NULL;
	}
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

char *strsep(char **restrict s, const char *restrict delims)
{
	char *start = *s, *end;

	if (!start)
		return NULL;
	end = strpbrk(start, delims);
	if (end)
		*end++ = '\0';
	*s = end;
	return start;
}

char *strcpy(char *restrict dst, const char *restrict src)
{
	return memcpy(dst, src, strlen(src) + 1);
}

char *strncpy(char *restrict dst, const char *restrict src, size_t n)
{
	size_t len = strnlen(src, n);

	memcpy(dst, src, len);
	memset(dst + len, 0, n - len);
	return dst;
}

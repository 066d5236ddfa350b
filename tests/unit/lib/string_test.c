/* SPDX-License-Identifier: MIT */
/*
 * lib/string.c against libc. Hosted builds leave that file out, so it is compiled here once more with its
 * functions renamed: libc's and ours then stand side by side.
 */
#include "test.h"

#include "abi/errno.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define memcpy		our_memcpy
#define memmove		our_memmove
#define memset		our_memset
#define memcmp		our_memcmp
#define memchr		our_memchr
#define memrchr		our_memrchr
#define strlen		our_strlen
#define strnlen		our_strnlen
#define strcmp		our_strcmp
#define strncmp		our_strncmp
#define strcasecmp	our_strcasecmp
#define strncasecmp	our_strncasecmp
#define strchr		our_strchr
#define strchrnul	our_strchrnul
#define strrchr		our_strrchr
#define strstr		our_strstr
#define strspn		our_strspn
#define strcspn		our_strcspn
#define strpbrk		our_strpbrk
#define strsep		our_strsep
#define strcpy		our_strcpy
#define strncpy		our_strncpy
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "../../../libos/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef memrchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strcasecmp
#undef strncasecmp
#undef strchr
#undef strchrnul
#undef strrchr
#undef strstr
#undef strspn
#undef strcspn
#undef strpbrk
#undef strsep
#undef strcpy
#undef strncpy


static int sign(int x)
{
	return (x > 0) - (x < 0);
}

TEST(string_block_every_length_and_offset)
{
	unsigned char a[200], b[200], c[200];
	size_t n, from, to;

	for (n = 0; n <= 70; n++) {
		for (from = 0; from < 9; from++) {
			for (to = 0; to < 9; to++) {
				test_random_bytes(a, sizeof(a));
				memcpy(b, a, sizeof(a));
				memcpy(c, a, sizeof(a));
				CHECK(our_memcpy(b + 100 + to, a + from, n) == b + 100 + to);
				memcpy(c + 100 + to, a + from, n);
				CHECK_MEM(b, c, sizeof(b));
				our_memmove(b + to, b + from, n);
				memmove(c + to, c + from, n);
				CHECK_MEM(b, c, sizeof(b));
				our_memset(b + from, (int)(n * 7), to * 9);
				memset(c + from, (int)(n * 7), to * 9);
				CHECK_MEM(b, c, sizeof(b));
			}
		}
	}
}

TEST(string_compare_and_search)
{
	unsigned i;

	for (i = 0; i < 50000; i++) {
		char a[24], b[24], set[4];
		size_t la = test_random_below(23), lb = test_random_below(23), n = test_random_below(24), j;
		int c = "abAB\0\xff"[test_random_below(6)];

		for (j = 0; j < la; j++)
			a[j] = "abAB\xff"[test_random_below(5)];
		for (j = 0; j < lb; j++)
			b[j] = test_random_below(8) ? a[j < la ? j : 0] : 'b';
		a[la] = b[lb] = '\0';
		lb = strlen(b);
		la = strlen(a);
		set[0] = "aB\xff"[test_random_below(3)];
		set[1] = "b\0"[test_random_below(2)];
		set[2] = '\0';
		CHECK_EQ(our_strlen(a + (la > 3 ? 3 : 0)), strlen(a + (la > 3 ? 3 : 0)));
		CHECK_EQ(our_strnlen(a, n), strnlen(a, n));
		CHECK_EQ(sign(our_strcmp(a, b)), sign(strcmp(a, b)));
		CHECK_EQ(sign(our_strncmp(a, b, n)), sign(strncmp(a, b, n)));
		CHECK_EQ(sign(our_strncasecmp(a, b, n)), sign(strncasecmp(a, b, n)));
		CHECK_EQ(sign(our_strcasecmp(a, b)), sign(strcasecmp(a, b)));
		n = n < la ? n : la;
		CHECK_EQ(sign(our_memcmp(a, b, n < lb ? n : lb)), sign(memcmp(a, b, n < lb ? n : lb)));
		CHECK(our_memchr(a, c, n) == memchr(a, c, n));
		CHECK(our_memrchr(a, c, n) == memrchr(a, c, n));
		CHECK(our_strchr(a, c) == strchr(a, c));
		CHECK(our_strchrnul(a, c) == strchrnul(a, c));
		CHECK(our_strrchr(a, c) == strrchr(a, c));
		CHECK(our_strstr(a, set) == strstr(a, set));
		CHECK(our_strstr(a, "") == a);
		CHECK_EQ(our_strspn(a, set), strspn(a, set));
		CHECK_EQ(our_strcspn(a, set), strcspn(a, set));
		CHECK(our_strpbrk(a, set) == strpbrk(a, set));
	}
}

TEST(string_copy)
{
	char ours[16], theirs[16], *o, *t;
	unsigned i;

	for (i = 0; i < 16; i++) {
		memset(ours, '#', 16);
		memset(theirs, '#', 16);
		our_strncpy(ours, "hello", i);
		strncpy(theirs, "hello", i);
		CHECK_MEM(ours, theirs, 16);
	}
	our_strcpy(ours, "a,,b;c");
	strcpy(theirs, "a,,b;c");
	for (o = ours, t = theirs; o; )
		CHECK_STR(our_strsep(&o, ",;"), strsep(&t, ",;"));
	CHECK(!t && !our_strsep(&o, ","));
}

TEST(string_utilities)
{
	char buf[8], text[] = "  two words \n";

	CHECK_EQ(strscpy(buf, "1234567", sizeof(buf)), 7);
	CHECK_EQ(strscpy(buf, "12345678", sizeof(buf)), -E2BIG);
	CHECK_STR(buf, "1234567");
	CHECK_EQ(strscpy(buf, "x", 0), -E2BIG);
	CHECK_EQ(strscpy(buf, "", 1), 0);
	CHECK_STR(strim(text), "two words");
	CHECK(memchr_inv("aaab", 'a', 4) && !memchr_inv("aaa", 'a', 3));
	CHECK(sysfs_streq("on\n", "on") && sysfs_streq("on", "on") && !sysfs_streq("on\nx", "on"));
	CHECK(!sysfs_streq("o", "on"));
	CHECK_STR(kbasename("/bin/sh"), "sh");
	CHECK_STR(kbasename("sh"), "sh");
	CHECK(strstarts("prefix", "pre") && !strstarts("pr", "pre"));
	CHECK(memeq_secret("abc", "abc", 3) && !memeq_secret("abc", "abd", 3));
}

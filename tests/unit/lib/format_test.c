/* SPDX-License-Identifier: MIT */
/* ksnprintf against the C library's snprintf, on every flag combination and random widths and values. */
#include "test.h"

#include "lib/format.h"

#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Not declared as printf-like: the formats are odd on purpose. */
static void compare(const char *fmt, ...)
{
	char ours[300], theirs[300];
	va_list ap;
	int n, m;

	va_start(ap, fmt);
	n = kvsnprintf(ours, sizeof(ours), fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	m = vsnprintf(theirs, sizeof(theirs), fmt, ap);
	va_end(ap);
	if (n != m || strcmp(ours, theirs))
		test_fail(__FILE__, __LINE__, "format \"%s\": \"%s\" (%d) against \"%s\" (%d)", fmt, ours, n,
			  theirs, m);
}

static void check_format(const char *expected, const char *fmt, ...)
{
	char ours[64];
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(ours, sizeof(ours), fmt, ap);
	va_end(ap);
	CHECK_STR(ours, expected);
}

/* A random "%<flags><width>.<precision>" without the conversion. */
static int random_spec(char *out, size_t size)
{
	static const char flags[] = "-+ #0";
	unsigned set = test_random_below(32), i;
	int n = 0;

	out[n++] = '%';
	for (i = 0; i < 5; i++) {
		if (set >> i & 1)
			out[n++] = flags[i];
	}
	if (test_random_below(2))
		n += snprintf(out + n, size - n, "%u", (unsigned)test_random_below(30) + 1);
	if (test_random_below(2))
		n += snprintf(out + n, size - n, ".%u", (unsigned)test_random_below(30));
	out[n] = '\0';
	return n;
}

static uint64_t random_value(void)
{
	return test_random_below(8) ? test_random() >> test_random_below(64) : test_random_below(3) - 1;
}

TEST(format_numbers_as_libc)
{
	static const char *const lengths[] = { "", "hh", "h", "l", "ll", "z", "j", "t" };
	static const char convs[] = "diuxXo";
	unsigned i;

	for (i = 0; i < 60000; i++) {
		char fmt[64];
		int n = random_spec(fmt, sizeof(fmt));
		unsigned l = test_random_below(8);

		snprintf(fmt + n, sizeof(fmt) - n, "%s%c", lengths[l], convs[test_random_below(6)]);
		if (l < 3)
			compare(fmt, (int)random_value());
		else
			compare(fmt, (long)random_value());
	}
}

TEST(format_text_as_libc)
{
	char word[40];
	unsigned i, len;

	for (i = 0; i < 5000; i++) {
		char fmt[64];
		int n = random_spec(fmt, sizeof(fmt));

		len = test_random_below(sizeof(word));
		memset(word, 'a' + i % 26, len);
		word[len] = '\0';
		strcpy(fmt + n, i % 3 ? "s" : "c");
		if (i % 3)
			compare(fmt, word);
		else
			compare(fmt, 'a' + i % 26);
	}
	compare("%s|%5s|%.7s", (char *)NULL, (char *)NULL, (char *)NULL);
	compare("%.3s|", "\xff\xfe\xfd\xfc");
	compare("%*d|%-*d|%.*d|%.*d|%*s", 5, 42, 5, 42, 4, 42, -1, 42, -8, "neg");
	compare("%p %p %20p %-20p|", (void *)0x1234, (void *)NULL, (void *)&word, (void *)&word);
	compare("100%% %d%%", 5);
	compare("%d %s %lu %c %x", -1, "x", 7UL, 'y', 255U);
}

TEST(format_truncates)
{
	char buf[32];
	size_t size;

	for (size = 0; size < sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		CHECK_EQ(ksnprintf(size ? buf : NULL, size, "%s-%d", "abcdef", 12345), 12);
		CHECK(!size || strlen(buf) == (size > 12 ? 12 : size - 1));
		CHECK(!size || !memcmp(buf, "abcdef-12345", strlen(buf)));
		CHECK_EQ(buf[size], '#');
		CHECK_EQ(kscnprintf(buf, size, "%s-%d", "abcdef", 12345), size > 12 ? 12 : size ? size - 1 : 0);
	}
}

TEST(format_malformed_is_shown)
{
	check_format("%y|5", "%y|%d", 5);
	check_format("end%", "end%");
	check_format("%", "%-05l");
}

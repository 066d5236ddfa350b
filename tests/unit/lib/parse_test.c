/* SPDX-License-Identifier: MIT */
/* Numbers, sizes, options and command lines. */
#include "test.h"

#include "abi/errno.h"
#include "lib/bitmap.h"
#include "lib/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(parse_numbers)
{
	unsigned long long ull = 77;
	long long ll = 77;
	uint8_t u8;
	int i;

	CHECK(kstrtoull("18446744073709551615", 10, &ull) == 0 && ull == ULLONG_MAX);
	CHECK(kstrtoull("+5\n", 0, &ull) == 0 && ull == 5);
	CHECK(kstrtoull("0x1F", 0, &ull) == 0 && ull == 31);
	CHECK(kstrtoull("0x1F", 16, &ull) == 0 && ull == 31);
	CHECK(kstrtoull("017", 0, &ull) == 0 && ull == 15);
	CHECK(kstrtoull("0", 0, &ull) == 0 && ull == 0);
	ull = 77;
	CHECK_EQ(kstrtoull("18446744073709551616", 10, &ull), -ERANGE);
	CHECK_EQ(kstrtoull("99999999999999999999999", 10, &ull), -ERANGE);
	CHECK_EQ(kstrtoull("", 10, &ull), -EINVAL);
	CHECK_EQ(kstrtoull("\n", 10, &ull), -EINVAL);
	CHECK_EQ(kstrtoull("-1", 10, &ull), -EINVAL);
	CHECK_EQ(kstrtoull("5 ", 10, &ull), -EINVAL);
	CHECK_EQ(kstrtoull("5\n\n", 10, &ull), -EINVAL);
	CHECK_EQ(kstrtoull("0x", 0, &ull), -EINVAL);
	CHECK_EQ(kstrtoull("08", 0, &ull), -EINVAL);
	CHECK_EQ(kstrtoull("12a", 10, &ull), -EINVAL);
	CHECK_EQ(ull, 77);
	CHECK(kstrtoll("-9223372036854775808", 10, &ll) == 0 && ll == LLONG_MIN);
	CHECK_EQ(kstrtoll("9223372036854775808", 10, &ll), -ERANGE);
	CHECK_EQ(kstrtoll("--1", 10, &ll), -EINVAL);
	CHECK_EQ(kstrtou8("256", 10, &u8), -ERANGE);
	CHECK(kstrtou8("255", 10, &u8) == 0 && u8 == 255);
	CHECK(kstrtoint("-2147483648", 10, &i) == 0 && i == INT_MIN);
	CHECK_EQ(kstrtoint("2147483648", 10, &i), -ERANGE);
}

TEST(parse_numbers_random_as_libc)
{
	unsigned i;

	for (i = 0; i < 20000; i++) {
		long long v = (long long)test_random() >> test_random_below(64), ll;
		unsigned long long ull;
		char text[40];

		snprintf(text, sizeof(text), "%lld", v);
		CHECK(kstrtoll(text, 10, &ll) == 0 && ll == v);
		snprintf(text, sizeof(text), i % 2 ? "%#llx" : "%#llo", (unsigned long long)v);
		CHECK(kstrtoull(text, 0, &ull) == 0 && ull == (unsigned long long)v);
	}
}

TEST(parse_sizes)
{
	const char *end;

	CHECK_EQ(memparse("64M", &end), 64ULL << 20);
	CHECK_EQ(*end, 0);
	CHECK_EQ(memparse("0x10k,", &end), 16384);
	CHECK_EQ(*end, ',');
	CHECK_EQ(memparse("7", &end), 7);
	CHECK_EQ(memparse("3G@1", &end), 3ULL << 30);
	CHECK_EQ(*end, '@');
	CHECK_EQ(memparse("99999999T", NULL), ULLONG_MAX);
	CHECK_EQ(memparse("M", &end), 0);
	CHECK_EQ(*end, 'M');
}

TEST(parse_bool)
{
	bool b = false;

	CHECK(kstrtobool("on", &b) == 0 && b);
	CHECK(kstrtobool("OFF", &b) == 0 && !b);
	CHECK(kstrtobool("1\n", &b) == 0 && b);
	CHECK(kstrtobool("no", &b) == 0 && !b);
	CHECK_EQ(kstrtobool("maybe", &b), -EINVAL);
	CHECK_EQ(kstrtobool("o", &b), -EINVAL);
	CHECK_EQ(kstrtobool("", &b), -EINVAL);
}

TEST(parse_options)
{
	char text[] = ",ro,size=10%,,mode=755,x=";
	char *cursor = text, *key, *value;

	CHECK(option_next(&cursor, &key, &value) && !value);
	CHECK_STR(key, "ro");
	CHECK(option_next(&cursor, &key, &value));
	CHECK_STR(key, "size");
	CHECK_STR(value, "10%");
	CHECK(option_next(&cursor, &key, &value));
	CHECK_STR(value, "755");
	CHECK(option_next(&cursor, &key, &value));
	CHECK_STR(value, "");
	CHECK(!option_next(&cursor, &key, &value));
	CHECK(!option_next(&cursor, &key, &value));
}

TEST(parse_cmdline)
{
	char text[] = "  root=/dev/vda rw \"name=a b\" dyndbg=\"file x =y\" -- last";
	char *cursor = text, *key, *value;
	char out[8];

	CHECK_EQ(cmdline_find(text, "root", out, sizeof(out)), 7);
	CHECK_STR(out, "/dev/vd");
	CHECK_EQ(cmdline_find(text, "rw", out, sizeof(out)), 0);
	CHECK_STR(out, "");
	CHECK_EQ(cmdline_find(text, "r", out, sizeof(out)), -ENOENT);
	CHECK_EQ(cmdline_find(text, "name", out, sizeof(out)), 3);
	CHECK_STR(out, "a b");
	CHECK_EQ(cmdline_find(text, "b", out, sizeof(out)), -ENOENT);
	CHECK(cmdline_next(&cursor, &key, &value));
	CHECK_STR(key, "root");
	CHECK_STR(value, "/dev/vda");
	CHECK(cmdline_next(&cursor, &key, &value) && !value);
	CHECK(cmdline_next(&cursor, &key, &value));
	CHECK_STR(key, "name");
	CHECK_STR(value, "a b");
	CHECK(cmdline_next(&cursor, &key, &value));
	CHECK_STR(value, "file x =y");
	CHECK(cmdline_next(&cursor, &key, &value));
	CHECK_STR(key, "--");
	CHECK(cmdline_next(&cursor, &key, &value));
	CHECK_STR(key, "last");
	CHECK(!cmdline_next(&cursor, &key, &value));
}

TEST(parse_list)
{
	DECLARE_BITMAP(map, 130);

	CHECK_EQ(bitmap_parse_list("0-3,7,100-129\n", map, 130), 0);
	CHECK_EQ(bitmap_weight(map, 130), 35);
	CHECK(test_bit(7, map) && !test_bit(6, map) && test_bit(129, map));
	CHECK_EQ(bitmap_parse_list("", map, 130), 0);
	CHECK(bitmap_empty(map, 130));
	CHECK_EQ(bitmap_parse_list("130", map, 130), -ERANGE);
	CHECK_EQ(bitmap_parse_list("5-3", map, 130), -EINVAL);
	CHECK_EQ(bitmap_parse_list("1-", map, 130), -EINVAL);
	CHECK_EQ(bitmap_parse_list("1x", map, 130), -EINVAL);
}

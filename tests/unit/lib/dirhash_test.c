/* SPDX-License-Identifier: MIT */
/* Directory hashes against debugfs of e2fsprogs, which knows the three algorithms (with unsigned names). */
#include "test.h"

#include "abi/errno.h"
#include "lib/dirhash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_with_debugfs(const char *algorithm, enum dirhash_version version, const char *name, bool seeded)
{
	static const uint32_t seed[4] = { 0x6745a301, 0x12345678, 0x9abcdef0, 0x0f1e2d3c };
	static const uint32_t none[4];
	struct dirhash_result r;
	char command[600];
	unsigned hash, minor;
	size_t n;
	char *text;

	/* The seed as the UUID whose bytes are the words in little endian. */
	snprintf(command, sizeof(command), "debugfs -R 'dx_hash -h %s %s %s' 2>/dev/null", algorithm,
		 seeded ? "-s 01a34567-7856-3412-f0de-bc9a3c2d1e0f" : "", name);
	text = test_command(command, &n);
	text = realloc(text, n + 1);
	text[n] = '\0';
	if (sscanf(strstr(text, " is ") ? strstr(text, " is ") : "", " is 0x%x (minor 0x%x", &hash, &minor) != 2)
		test_fail(__FILE__, __LINE__, "debugfs said: %s", text);
	free(text);
	CHECK_EQ(dirhash(version, seeded ? seed : none, name, strlen(name), &r), 0);
	CHECK_EQ(r.hash, hash);
	CHECK_EQ(r.minor, minor);
}

TEST(dirhash_as_debugfs)
{
	static const char *const names[] = {
		"a", "hello", "passwd", "libc.so.6", "a_name_of_exactly_32_characters_",
		"a_longer_name_that_needs_more_than_one_block_of_thirty-two_bytes_and_even_a_third.txt",
	};
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		check_with_debugfs("legacy", DIRHASH_LEGACY, names[i], false);
		check_with_debugfs("half_md4", DIRHASH_HALF_MD4, names[i], false);
		check_with_debugfs("half_md4", DIRHASH_HALF_MD4, names[i], true);
		check_with_debugfs("tea", DIRHASH_TEA, names[i], true);
	}
}

TEST(dirhash_signedness)
{
	static const uint32_t seed[4];
	struct dirhash_result a, b;
	unsigned v;

	for (v = DIRHASH_LEGACY; v <= DIRHASH_TEA; v++) {
		CHECK_EQ(dirhash((enum dirhash_version)v, seed, "plain", 5, &a), 0);
		CHECK_EQ(dirhash((enum dirhash_version)(v + 3), seed, "plain", 5, &b), 0);
		CHECK(a.hash == b.hash && a.minor == b.minor);
		CHECK_EQ(dirhash((enum dirhash_version)v, seed, "gr\xc3\xbc\xc3\x9f", 6, &a), 0);
		CHECK_EQ(dirhash((enum dirhash_version)(v + 3), seed, "gr\xc3\xbc\xc3\x9f", 6, &b), 0);
		CHECK(a.hash != b.hash);
	}
	CHECK_EQ(dirhash((enum dirhash_version)6, seed, "x", 1, &a), -EINVAL);
}

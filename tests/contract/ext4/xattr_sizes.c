/* SPDX-License-Identifier: MIT */
/*
 * Attributes of many sizes, in the inode and in a block; too many are ENOSPC, and change nothing.
 */
#include "lib/pattern.h"
#include <sys/vfs.h>
#include <sys/xattr.h>

static char value[70000], got[70000];

static bool has(unsigned i, size_t size)
{
	char name[32];

	snprintf(name, sizeof(name), "user.attribute-%u", i);
	return getxattr("file", name, got, sizeof(got)) == (ssize_t)size && pattern_matches(got, size, 0, i);
}

static int set(unsigned i, size_t size)
{
	char name[32];

	snprintf(name, sizeof(name), "user.attribute-%u", i);
	pattern_fill(value, size, 0, i);
	return setxattr("file", name, value, size, 0);
}

void contract_main(void)
{
	static const size_t sizes[] = { 1, 3, 4, 20, 60, 100, 500, 900 };
	struct statfs fs;
	int good = 0;
	unsigned n;

	tmp_dir();
	REQUIRE(statfs(".", &fs) == 0);
	if (fs.f_bsize < 4096)
		skip_all("the sizes are for blocks of 4 KiB");
	close(pattern_file("file", 10, 1));
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		CHECK_INT(set(i, sizes[i]), 0, "one of %zu bytes", sizes[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		good += has(i, sizes[i]);
	CHECK_INT(good, ARRAY_SIZE(sizes), "all have their values");
	CHECK_INT(set(7, 10), 0, "a large one gets small");
	CHECK_INT(set(0, 800), 0, "a small one gets large");
	CHECK(has(7, 10) && has(0, 800) && has(6, 500) && has(1, 3), "all have their values");
	CHECK_ERR(set(100, 65536), ENOSPC, "64 KiB are too many");
	CHECK_ERR(set(0, 5000), ENOSPC, "5000 too");
	CHECK(has(0, 800), "the old value stays");
	for (n = 200; n < 400 && set(n, 20) == 0; n++)
		;
	CHECK(n > 220 && n < 400, "many fit, not any number");
	CHECK_INT(errno, ENOSPC, "then it is ENOSPC");
	for (good = 0; n-- > 200;)
		good += has(n, 20);
	CHECK(good > 20 && has(0, 800) && has(6, 500), "those that fit are there");
	for (n = 0; n < 400; n++) {
		char name[32];

		snprintf(name, sizeof(name), "user.attribute-%u", n);
		removexattr("file", name);
	}
	CHECK_INT(listxattr("file", got, sizeof(got)), 0, "all are removed");
	CHECK_INT(set(1, 3000), 0, "there is room again");
	CHECK(has(1, 3000), "for a large one");
}

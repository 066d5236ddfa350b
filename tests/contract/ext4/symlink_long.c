/* SPDX-License-Identifier: MIT */
/*
 * Symbolic links from 60 bytes on, up to what there can be.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	static const size_t sizes[] = { 60, 61, 100, 159, 160, 255, 1000, 1023 };
	static char text[5000], buf[5000];
	char name[32], target[PATH_MAX] = "";

	tmp_dir();
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(text, 'a' + (int)i, sizes[i]);
		text[sizes[i]] = 0;
		snprintf(name, sizeof(name), "link%zu", sizes[i]);
		CHECK_INT(symlink(text, name), 0, "a link of %zu bytes", sizes[i]);
		memset(buf, 0, sizeof(buf));
		CHECK_INT(readlink(name, buf, sizeof(buf)), sizes[i], "its length");
		CHECK_STR(buf, text, "its text");
		CHECK_INT(size_of(name), sizes[i], "its size");
	}
	CHECK_INT(readlink("link1000", buf, 10), 10, "a small buffer gets a part");
	memset(text, 'x', sizeof(text));
	text[4096] = 0;
	CHECK_ERR(symlink(text, "more"), ENAMETOOLONG, "4096 bytes are too many");
	REQUIRE(mkdir("a-folder-with-a-name", 0755) == 0);
	close(pattern_file("a-folder-with-a-name/file", 10, 1));
	for (int i = 0; i < 20; i++)
		strcat(target, "a-folder-with-a-name/../");
	strcat(target, "a-folder-with-a-name/file");
	REQUIRE(symlink(target, "long") == 0);
	CHECK(pattern_is("long", 10, 1), "a long one is followed");
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "gone%d", i);
		REQUIRE(symlink(target, name) == 0 && unlink(name) == 0);
	}
	CHECK(true, "made and removed 200 times");
}

/* SPDX-License-Identifier: MIT */
/*
 * Names of 255 bytes, of all bytes there can be, and one byte more.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	char name[260], path[300];

	tmp_dir();
	memset(name, 'x', sizeof(name));
	name[256] = 0;
	CHECK_ERR(open(name, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG, "256 bytes are too many");
	CHECK_ERR(mkdir(name, 0755), ENAMETOOLONG, "for a folder too");
	CHECK_ERR(access(name, F_OK), ENAMETOOLONG, "and when looking");
	name[255] = 0;
	for (int i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "%03d", i);
		memcpy(name, path, 3);
		close(pattern_file(name, (size_t)i, (unsigned)i));
	}
	CHECK_INT(count_names("."), 300, "300 names of 255 bytes");
	memcpy(name, "123", 3);
	CHECK(pattern_is(name, 123, 123), "one of them");
	CHECK_INT(rename(name, "short"), 0, "gets a short one");
	memcpy(name, "124", 3);
	CHECK_INT(rename("short", name), 0, "which replaces a long one");
	CHECK(pattern_is(name, 123, 123), "there it is");
	REQUIRE(mkdir("bytes", 0755) == 0 && chdir("bytes") == 0);
	for (int i = 1; i < 256; i++) {
		char one[3] = { 'n', (char)i, 0 };

		if (i != '/')
			close(pattern_file(one, 1, (unsigned)i));
	}
	CHECK_INT(count_names("."), 254, "every byte but two in a name");
	CHECK(pattern_is("n\377", 1, 255) && pattern_is("n\n", 1, 10), "two of them");
	close(pattern_file("\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x8b", 3, 3));
	CHECK(pattern_is("\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x8b", 3, 3), "UTF-8");
}

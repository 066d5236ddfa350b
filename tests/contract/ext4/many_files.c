/* SPDX-License-Identifier: MIT */
/*
 * 50,000 files in one folder: made, listed once each, found, removed. A fifth of them where all is very slow.
 */
#include "lib/pattern.h"
#include <dirent.h>

#define FILES (contract_slow() > 3 ? 10000 : 50000)

static unsigned char seen[50000 / 8];

static int list(void)
{
	DIR *dir = opendir("dir");
	struct dirent *de;
	int count = 0;

	REQUIRE(dir);
	memset(seen, 0, sizeof(seen));
	while ((de = readdir(dir)) != NULL) {
		int i = atoi(de->d_name + strcspn(de->d_name, "0123456789"));

		if (de->d_name[0] == '.')
			continue;
		if (i < 0 || i >= FILES || (seen[i / 8] & 1 << i % 8))
			return -1;
		seen[i / 8] |= (unsigned char)(1 << i % 8);
		count++;
	}
	closedir(dir);
	return count;
}

void contract_main(void)
{
	int dir, found = 0;
	char name[32];

	tmp_dir();
	REQUIRE(mkdir("dir", 0755) == 0);
	dir = REQUIRE_OK(open("dir", O_RDONLY | O_DIRECTORY));
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file-number-%d", i);
		close(REQUIRE_OK(openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644)));
	}
	CHECK_INT(list(), FILES, "all are listed, each once");
	for (int i = 0; i < FILES; i += 7) {
		snprintf(name, sizeof(name), "file-number-%d", i);
		found += faccessat(dir, name, F_OK, 0) == 0;
	}
	CHECK_INT(found, (FILES + 6) / 7, "those looked for are found");
	CHECK_ERR(faccessat(dir, "file-number-50000", F_OK, 0), ENOENT, "another is not");
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file-number-%d", i);
		if (i % 100)
			REQUIRE(unlinkat(dir, name, 0) == 0);
	}
	CHECK_INT(list(), FILES / 100, "one in a hundred is left");
	CHECK_ERR(rmdir("dir"), ENOTEMPTY, "the folder is not empty");
}

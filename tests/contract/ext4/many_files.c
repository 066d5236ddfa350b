/* SPDX-License-Identifier: MIT */
/*
 * 50,000 files in one folder: made, listed once each, found, removed. Where all is slow a fifth of them will do, but
 * for the guest of one CPU: there it takes some 12 of its 60 seconds. Where all is very slow: 4,000.
 */
#include "lib/pattern.h"
#include <dirent.h>

#define FILES_MAX 50000

static unsigned char seen[FILES_MAX / 8];
static int files;

static int choose_files(void)
{
	if (contract_slow() > 3)
		return 4000;
	return contract_slow() > 1 && sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 10000 : FILES_MAX;
}

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
		if (i < 0 || i >= files || (seen[i / 8] & 1 << i % 8))
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
	files = choose_files();
	REQUIRE(mkdir("dir", 0755) == 0);
	dir = REQUIRE_OK(open("dir", O_RDONLY | O_DIRECTORY));
	for (int i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "file-number-%d", i);
		close(REQUIRE_OK(openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644)));
	}
	CHECK_INT(list(), files, "all are listed, each once");
	for (int i = 0; i < files; i += 7) {
		snprintf(name, sizeof(name), "file-number-%d", i);
		found += faccessat(dir, name, F_OK, 0) == 0;
	}
	CHECK_INT(found, (files + 6) / 7, "those looked for are found");
	CHECK_ERR(faccessat(dir, "file-number-50000", F_OK, 0), ENOENT, "another is not");
	for (int i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "file-number-%d", i);
		if (i % 100)
			REQUIRE(unlinkat(dir, name, 0) == 0);
	}
	CHECK_INT(list(), files / 100, "one in a hundred is left");
	CHECK_ERR(rmdir("dir"), ENOTEMPTY, "the folder is not empty");
}

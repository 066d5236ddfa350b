/* SPDX-License-Identifier: MIT */
/*
 * A folder read while it changes: what stays is listed once; lseek and telldir positions; an
 * empty removed folder.
 */
#include "lib/contract.h"

#include <dirent.h>

void contract_main(void)
{
	char name[256];
	int seen[100] = { 0 }, wrong = 0, n;
	struct dirent *de;
	long pos = 0;
	DIR *dir;

	tmp_dir();
	REQUIRE(mkdir("d", 0755) == 0 && chdir("d") == 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "f%02d", i);
		write_file(name, "", 0);
	}
	dir = opendir(".");
	REQUIRE(dir);
	/* Remove each name as it is read: the others must still all come. */
	while ((de = readdir(dir)) != NULL) {
		if (sscanf(de->d_name, "f%d", &n) == 1) {
			seen[n]++;
			REQUIRE(unlink(de->d_name) == 0);
		}
	}
	for (int i = 0; i < 100; i++)
		wrong += seen[i] != 1;
	CHECK_INT(wrong, 0, "removing while reading: each name comes once");
	rewinddir(dir);
	n = 0;
	while ((de = readdir(dir)) != NULL)
		n++;
	CHECK_INT(n, 2, "after a rewind only . and ..");
	write_file("one", "", 0);
	write_file("two", "", 0);
	rewinddir(dir);
	readdir(dir);
	pos = telldir(dir);
	de = readdir(dir);
	REQUIRE(de);
	snprintf(name, sizeof(name), "%s", de->d_name);
	readdir(dir);
	seekdir(dir, pos);
	de = readdir(dir);
	CHECK(de && !strcmp(de->d_name, name), "seekdir returns to the same entry");
	REQUIRE(unlink("one") == 0 && unlink("two") == 0 && rmdir("../d") == 0);
	rewinddir(dir);
	errno = 0;
	CHECK(readdir(dir) == NULL, "a removed folder has no entry");
	closedir(dir);
}

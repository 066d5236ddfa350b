/* SPDX-License-Identifier: MIT */
/*
 * What readdir says of each kind: number and type as stat has them; telldir, seekdir, rewinddir.
 */
#include "lib/pattern.h"
#include <dirent.h>

static unsigned type_of(mode_t mode)
{
	return (mode & S_IFMT) >> 12;
}

void contract_main(void)
{
	struct dirent *de;
	int good = 0, all = 0;
	char next[256] = "";
	DIR *dir;
	long at;

	tmp_dir();
	REQUIRE(mkdir("dir", 0755) == 0 && mkfifo("fifo", 0600) == 0 && symlink("file", "link") == 0);
	close(pattern_file("file", 1, 1));
	for (int i = 0; i < 500; i++) {
		char name[32];

		snprintf(name, sizeof(name), "more-%d", i);
		close(pattern_file(name, 0, 0));
	}
	dir = opendir(".");
	REQUIRE(dir);
	while ((de = readdir(dir)) != NULL) {
		struct stat st = stat_of(de->d_name);

		good += de->d_ino == st.st_ino && de->d_type == type_of(st.st_mode);
		all++;
	}
	CHECK_INT(all, 506, "506 entries");
	CHECK_INT(good, 506, "with the numbers and types of stat");
	CHECK(!readdir(dir), "the end stays the end");
	rewinddir(dir);
	for (int i = 0; i < 200; i++)
		REQUIRE(readdir(dir));
	at = telldir(dir);
	de = readdir(dir);
	REQUIRE(de);
	strcpy(next, de->d_name);
	for (int i = 0; i < 100; i++)
		REQUIRE(readdir(dir));
	seekdir(dir, at);
	de = readdir(dir);
	CHECK(de && !strcmp(de->d_name, next), "seekdir goes back to where telldir was");
	rewinddir(dir);
	for (all = 0; readdir(dir); all++)
		;
	CHECK_INT(all, 506, "all again after rewinddir");
	closedir(dir);
}

/* SPDX-License-Identifier: MIT */
/*
 * A folder that changes while it is read: what was there all the time is returned exactly once.
 */
#include "lib/pattern.h"
#include <dirent.h>

enum { STAY = 2000, OTHERS = 3000 };

static void make(const char *form, int from, int to)
{
	char name[64];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), form, i);
		close(REQUIRE_OK(open(name, O_CREAT | O_WRONLY, 0644)));
	}
}

void contract_main(void)
{
	static unsigned char seen[STAY];
	int once = 0, step = 0, n;
	struct dirent *de;
	char name[64];
	DIR *dir;

	tmp_dir();
	REQUIRE(mkdir("dir", 0755) == 0 && chdir("dir") == 0);
	make("stays-%d", 0, STAY);
	make("goes-%d", 0, OTHERS);
	dir = opendir(".");
	REQUIRE(dir);
	while ((de = readdir(dir)) != NULL) {
		if (sscanf(de->d_name, "stays-%d", &n) == 1)
			seen[n]++;
		/* Leaves are split and records freed all over the folder while it is read. */
		if (step < OTHERS) {
			snprintf(name, sizeof(name), "goes-%d", step * 7 % OTHERS);
			REQUIRE(unlink(name) == 0);
			make("comes-with-a-longer-name-%d", step, step + 1);
			step++;
		}
	}
	closedir(dir);
	for (int i = 0; i < STAY; i++)
		once += seen[i] == 1;
	CHECK_INT(once, STAY, "each exactly once");
	CHECK_INT(count_names("."), STAY + OTHERS, "the folder has what it should");
}

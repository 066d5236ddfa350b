/* SPDX-License-Identifier: MIT */
/*
 * 2,000 files in one folder: all found, all listed, a third removed and the rest still there;
 * names that collide.
 */
#include "lib/contract.h"

#include <dirent.h>

#define FILES 2000

void contract_main(void)
{
	static bool listed[FILES];
	int wrong = 0, count = 0, n;
	struct dirent *de;
	char name[64];
	DIR *dir;

	tmp_dir();
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file-with-number-%d", i);
		close(REQUIRE_OK(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600)));
	}
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file-with-number-%d", i);
		wrong += access(name, F_OK) != 0;
	}
	CHECK_INT(wrong, 0, "each is found by name");
	for (int i = 0; i < FILES; i += 3) {
		snprintf(name, sizeof(name), "file-with-number-%d", i);
		REQUIRE(unlink(name) == 0);
	}
	dir = opendir(".");
	REQUIRE(dir);
	while ((de = readdir(dir)) != NULL) {
		if (sscanf(de->d_name, "file-with-number-%d", &n) == 1 && n < FILES) {
			wrong += listed[n];
			listed[n] = true;
			count++;
		}
	}
	closedir(dir);
	for (int i = 0; i < FILES; i++)
		wrong += listed[i] != (i % 3 != 0);
	CHECK_INT(count, FILES - (FILES + 2) / 3, "the rest is listed");
	CHECK_INT(wrong, 0, "each once, and none of the removed");
}

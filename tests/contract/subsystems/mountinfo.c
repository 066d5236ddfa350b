/* SPDX-License-Identifier: MIT */
/*
 * /proc/self/mountinfo: eleven fields or more, a root entry, options and type behind the dash;
 * mounts agrees.
 */
#include "lib/contract.h"

void contract_main(void)
{
	static char buf[65536], mounts[65536];
	bool root = false;
	int lines = 0, bad = 0;

	CHECK(read_file("/proc/self/mountinfo", buf, sizeof(buf)) > 0, "/proc/self/mountinfo");
	for (char *line = strtok(buf, "\n"); line; line = strtok(NULL, "\n")) {
		char at[256], from[256], options[256], type[64], source[256], super[512];
		int id, parent, major, minor, n = 0;
		char *dash = strstr(line, " - ");

		lines++;
		if (sscanf(line, "%d %d %d:%d %255s %255s %255s%n", &id, &parent, &major, &minor, from, at,
			   options, &n) != 7 || !dash ||
		    sscanf(dash, " - %63s %255s %511s", type, source, super) != 3) {
			bad++;
			note("bad line: %s", line);
			continue;
		}
		root |= !strcmp(at, "/");
		bad += strncmp(options, "rw", 2) != 0 && strncmp(options, "ro", 2) != 0;
	}
	CHECK_INT(bad, 0, "each line has its fields");
	CHECK(root, "the root is there");
	CHECK(lines >= 2, "and another");
	CHECK(read_file("/proc/mounts", mounts, sizeof(mounts)) > 0, "/proc/mounts");
	CHECK(strstr(mounts, " /proc proc "), "has /proc");
	CHECK(strstr(mounts, " 0 0\n"), "in the format of fstab");
}

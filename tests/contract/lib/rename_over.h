/* SPDX-License-Identifier: MIT */
/*
 * A folder is renamed over an empty one while others make names in that: who could make a name in it finds it there,
 * and the folder has links until the name is gone. On a volume (ext4/rename_over_used) and in memory
 * (filesystem/rename_over_used).
 */
#pragma once

#include "lib/contract.h"

enum { MAKERS = 3 };

struct rename_over {
	bool stop;
	unsigned long made;
	unsigned long dead;		/* a name was made in a folder that has no links */
};

static void maker(struct rename_over *shared, unsigned me)
{
	char name[16];
	struct stat st;
	int fd;

	snprintf(name, sizeof(name), "sub%u", me);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		fd = open("dst", O_RDONLY | O_DIRECTORY);
		if (fd < 0)
			continue;
		if (mkdirat(fd, name, 0755) == 0) {
			__atomic_fetch_add(&shared->made, 1, __ATOMIC_RELAXED);
			if (fstat(fd, &st) || st.st_nlink < 3)
				__atomic_fetch_add(&shared->dead, 1, __ATOMIC_RELAXED);
			unlinkat(fd, name, AT_REMOVEDIR);
		}
		close(fd);
	}
	_exit(0);
}

/* In the current folder, which is left with src and dst in it. */
static inline void rename_over_used(unsigned rounds)
{
	struct rename_over *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned renamed = 0;
	pid_t pids[MAKERS];

	REQUIRE(mkdir("src", 0755) == 0 && mkdir("dst", 0755) == 0);
	for (unsigned i = 0; i < MAKERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			maker(shared, i);
	}
	for (unsigned i = 0; i < rounds; i++) {
		if (rename("src", "dst") == 0) {
			renamed++;
			REQUIRE(mkdir("src", 0755) == 0);
		} else if (errno != ENOTEMPTY) {
			CHECK(false, "rename says %s", strerror(errno));
			break;
		}
	}
	shared->stop = true;
	for (unsigned i = 0; i < MAKERS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "maker %u ended", i);
	note("%u renamed over, %lu made", renamed, shared->made);
	CHECK_INT(shared->dead, 0, "no name was made in a folder without links");
}

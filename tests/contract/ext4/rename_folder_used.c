/* SPDX-License-Identifier: MIT */
/*
 * A folder moves between two parents while names are made and removed in it: afterwards it can be read from the disk,
 * and its parent is the one that it is in.
 */
#include "lib/volume.h"
#include <dirent.h>

enum { MAKERS = 3, ROUNDS = 2000, NAMES = 16 };

static void maker(bool *stop, unsigned me, int dir)
{
	char name[64];
	int fd;

	for (unsigned i = 0; !__atomic_load_n(stop, __ATOMIC_RELAXED); i++) {
		snprintf(name, sizeof(name), "%u-%u-%0*d", me, i % NAMES, (int)(i % 40), 0);
		fd = openat(dir, name, O_RDWR | O_CREAT, 0644);
		if (fd >= 0)
			close(fd);
		if (i % 3)
			unlinkat(dir, name, 0);
	}
	_exit(0);
}

void contract_main(void)
{
	bool *stop = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[MAKERS];
	struct dirent *de;
	unsigned names = 0;
	DIR *dir;
	int fd;

	volume_mount();
	REQUIRE(mkdir("vol/a", 0755) == 0 && mkdir("vol/b", 0755) == 0 && mkdir("vol/a/dir", 0755) == 0);
	fd = REQUIRE_OK(open("vol/a/dir", O_RDONLY | O_DIRECTORY));
	for (unsigned i = 0; i < MAKERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			maker(stop, i, fd);
	}
	for (unsigned i = 0; i < ROUNDS; i++)
		REQUIRE(rename(i % 2 ? "vol/b/dir" : "vol/a/dir", i % 2 ? "vol/a/dir" : "vol/b/dir") == 0);
	*stop = true;
	for (unsigned i = 0; i < MAKERS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "maker %u ended", i);
	close(fd);
	volume_umount();
	volume_mount_again();
	dir = opendir("vol/a/dir");
	REQUIRE(dir);
	errno = 0;
	while ((de = readdir(dir)) != NULL)
		names++;
	CHECK_INT(errno, 0, "the folder can be read from the disk");
	note("%u names", names);
	closedir(dir);
	fd = open("vol/a/dir/new", O_RDWR | O_CREAT, 0644);
	CHECK(fd >= 0, "and takes a new name");
	if (fd >= 0)
		close(fd);
	volume_umount();
}

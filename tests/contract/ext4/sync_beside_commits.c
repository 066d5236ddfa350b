/* SPDX-License-Identifier: MIT */
/*
 * Small files cut, written and synced while others' syncs commit all the time, and one file that all append to: no sync
 * returns before the size is on its way to the disk. A debug kernel looks at that at the end of each fsync; what the
 * disk has after a power failure tests/crash/ sees. Source: fsync(2).
 */
#include "lib/contract.h"

#include <sys/wait.h>

#define WORKERS	4
#define LONGEST	4000		/* one page: a file with others to write was looked at again anyway */
#define MS	2500

static void append_shared(int shared, int worker)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "worker %d\n", worker);

	REQUIRE(write(shared, line, n) == n);
	REQUIRE_OK(fdatasync(shared));
}

static void work(int worker)
{
	int64_t end = now_ns() + MS * 1000000LL;
	char name[32], data[LONGEST];
	int fd, shared = REQUIRE_OK(open("shared", O_WRONLY | O_CREAT | O_APPEND, 0644));
	struct stat st;

	memset(data, 'a' + worker, sizeof(data));
	for (unsigned round = 0; now_ns() < end; round++) {
		size_t size = 1 + round * 7919 % sizeof(data);

		snprintf(name, sizeof(name), "file-%d-%u", worker, round % 3);
		fd = REQUIRE_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644));
		REQUIRE(write(fd, data, size) == (ssize_t)size);
		REQUIRE_OK(round % 2 ? fsync(fd) : fdatasync(fd));
		REQUIRE(fstat(fd, &st) == 0 && st.st_size == (off_t)size);
		close(fd);
		if (round % 4 == 0)
			append_shared(shared, worker);
	}
	_exit(0);
}

void contract_main(void)
{
	int status;

	tmp_dir();
	for (int i = 0; i < WORKERS; i++) {
		if (fork_child() == 0)
			work(i);
	}
	for (int i = 0; i < WORKERS; i++) {
		REQUIRE(wait(&status) > 0);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a worker's files are synced (status %x)", status);
	}
}

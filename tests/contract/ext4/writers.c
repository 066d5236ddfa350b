/* SPDX-License-Identifier: MIT */
/*
 * Four processes at once, each with its own part of one file, and with files of its own in one folder.
 */
#include "lib/pattern.h"

enum { WRITERS = 4, PART = 300000, FILES = 150 };

static int writer(unsigned id)
{
	int fd = REQUIRE_OK(open("file", O_RDWR));
	char name[64];

	for (unsigned at = 0; at < PART; at += 1000) {
		pattern_write(fd, id * (uint64_t)PART + at, 1000, id);
		if (at % 60000 == 0 && fsync(fd) != 0)
			return 1;
	}
	if (!pattern_read(fd, id * (uint64_t)PART, PART, id))
		return 2;
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "dir/writer%u-%u", id, i);
		close(pattern_file(name, 100 * id + i * 10, i));
		if (i % 5 == 4 && unlink(name) != 0)
			return 3;
	}
	return 0;
}

void contract_main(void)
{
	int fd, good = 0;
	pid_t pids[WRITERS];
	char name[64];

	tmp_dir();
	REQUIRE(mkdir("dir", 0755) == 0);
	close(pattern_file("file", 0, 0));
	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			_exit(writer(i));
	}
	for (unsigned i = 0; i < WRITERS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "writer %u", i);
	fd = REQUIRE_OK(open("file", O_RDONLY));
	for (unsigned i = 0; i < WRITERS; i++)
		CHECK(pattern_read(fd, i * (uint64_t)PART, PART, i), "part %u", i);
	CHECK_INT(size_of("file"), WRITERS * PART, "the size");
	CHECK_INT(count_names("dir"), WRITERS * FILES * 4 / 5, "the files that were not removed");
	for (unsigned id = 0; id < WRITERS; id++) {
		for (unsigned i = 0; i < FILES; i++) {
			snprintf(name, sizeof(name), "dir/writer%u-%u", id, i);
			good += i % 5 != 4 && pattern_is(name, 100 * id + i * 10, i);
		}
	}
	CHECK_INT(good, WRITERS * FILES * 4 / 5, "have their content");
}

/* SPDX-License-Identifier: MIT */
/*
 * rename over a file: at any time the name has the old content or the new, never none.
 */
#include "lib/pattern.h"

static int looker(void *arg)
{
	for (int i = 0; i < 2000; i++) {
		struct stat st;

		if (stat("file", &st) != 0 || st.st_size < 1000)
			return 1;
	}
	return 0;
}

void contract_main(void)
{
	int old, status;
	pid_t pid;

	tmp_dir();
	old = pattern_file("file", 1000, 0);
	pid = fork_child();
	if (!pid)
		_exit(looker(NULL));
	for (unsigned i = 1; i <= 200; i++) {
		int fd = pattern_file("new", 1000 + i, i);

		if (i % 20 == 0)
			REQUIRE(fsync(fd) == 0);
		close(fd);
		REQUIRE(rename("new", "file") == 0);
		REQUIRE(size_of("file") == 1000 + i);
	}
	status = wait_status(pid);
	CHECK_INT(status, 0, "another process never sees it missing or empty");
	CHECK(pattern_is("file", 1200, 200), "the last content is there");
	CHECK(pattern_read(old, 0, 1000, 0), "the first one, still open, too");
	CHECK_INT(count_names("."), 1, "there is one name");
}

/* SPDX-License-Identifier: MIT */
/*
 * /proc/self/fd: lists what is open, links resolve, a pipe's and a deleted file's text; fdinfo
 * has pos and flags.
 */
#include "lib/contract.h"

#include <dirent.h>

static bool listed(int fd)
{
	struct dirent *de;
	DIR *dir = opendir("/proc/self/fd");
	bool found = false;

	REQUIRE(dir);
	while ((de = readdir(dir)) != NULL)
		found |= de->d_name[0] != '.' && atoi(de->d_name) == fd;
	closedir(dir);
	return found;
}

static const char *link_of(int fd)
{
	static char text[PATH_MAX];
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	return text;
}

void contract_main(void)
{
	char want[PATH_MAX], cwd[PATH_MAX - 64], buf[512];
	int null, file, fds[2];
	struct stat st;

	tmp_dir();
	REQUIRE(getcwd(cwd, sizeof(cwd)));
	CHECK(listed(0) && listed(1) && listed(2), "0, 1 and 2 are listed");
	null = REQUIRE_OK(open("/dev/null", O_RDONLY));
	CHECK(listed(null), "a new one is listed");
	CHECK_STR(link_of(null), "/dev/null", "and resolves");
	REQUIRE(pipe(fds) == 0 && fstat(fds[0], &st) == 0);
	snprintf(want, sizeof(want), "pipe:[%lu]", (unsigned long)st.st_ino);
	CHECK_STR(link_of(fds[0]), want, "a pipe");
	file = REQUIRE_OK(open("f", O_CREAT | O_RDWR | O_APPEND, 0600));
	snprintf(want, sizeof(want), "%s/f", cwd);
	CHECK_STR(link_of(file), want, "a file");
	REQUIRE(write(file, "hello", 5) == 5);
	REQUIRE(unlink("f") == 0);
	strcat(want, " (deleted)");
	CHECK_STR(link_of(file), want, "an unlinked file");
	snprintf(want, sizeof(want), "/proc/self/fd/%d", file);
	null = REQUIRE_OK(open(want, O_RDONLY));
	CHECK_INT(read(null, buf, 100), 5, "can be opened again through its link");
	snprintf(want, sizeof(want), "/proc/self/fdinfo/%d", file);
	REQUIRE(read_file(want, buf, sizeof(buf)) > 0);
	CHECK(strstr(buf, "pos:\t5\n"), "fdinfo has the position");
	CHECK(strstr(buf, "flags:\t0102002\n"), "and the flags in octal");
	REQUIRE(dup2(1, 90) == 90 && listed(90) && close(90) == 0);
	CHECK(!listed(90), "a closed one is not listed");
}

/* SPDX-License-Identifier: MIT */
/* utime: seconds as given, or now; EFAULT, ENOENT, EACCES and EPERM of who does not own the file. Source: utime(2). */
#include "lib/contract.h"

#include <time.h>

static long raw_utime(const char *path, const long *times)
{
	return syscall(SYS_utime, path, times);
}

void contract_main(void)
{
	const long times[2] = { 1000000000, 2000000000 };
	struct stat st;
	pid_t pid;

	tmp_dir();
	write_file("file", "x", 1);
	REQUIRE(chmod(".", 0755) == 0);
	CHECK_INT(raw_utime("file", times), 0, "utime");
	REQUIRE(stat("file", &st) == 0);
	CHECK(st.st_atim.tv_sec == 1000000000 && st.st_atim.tv_nsec == 0, "the access time");
	CHECK(st.st_mtim.tv_sec == 2000000000 && st.st_mtim.tv_nsec == 0, "the modification time");
	CHECK_INT(raw_utime("file", NULL), 0, "utime of now");
	REQUIRE(stat("file", &st) == 0);
	CHECK(st.st_mtim.tv_sec >= time(NULL) - 5 && st.st_mtim.tv_sec <= time(NULL), "sets the present time");
	CHECK_ERR(raw_utime("none", times), ENOENT, "no such file");
	CHECK_ERR(raw_utime("file", (const long *)8), EFAULT, "a bad address");
	CHECK_ERR(raw_utime(NULL, times), EFAULT, "no name");
	pid = fork_child();
	if (pid == 0) {
		REQUIRE(setuid(1000) == 0);
		CHECK_ERR(raw_utime("file", NULL), EACCES, "now, by who may not write");
		CHECK_ERR(raw_utime("file", times), EPERM, "a time, by who does not own it");
		_exit(0);
	}
	CHECK_INT(wait_status(pid), 0, "the user ends well");
}

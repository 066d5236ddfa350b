/* SPDX-License-Identifier: MIT */
/*
 * /proc/self: exe, cwd, root links; statm; stat has 52 fields; limits; task; oom_score_adj can
 * be written.
 */
#include "lib/contract.h"

#include <pthread.h>

static char buf[8192];

static void *sleeper(void *arg)
{
	pause();
	return arg;
}

void contract_main(void)
{
	pthread_t thread;
	struct stat st;
	char link[PATH_MAX] = "", cwd[PATH_MAX];
	long size, resident, shared;
	int fields = 0;

	tmp_dir();
	REQUIRE(getcwd(cwd, sizeof(cwd)));
	REQUIRE(readlink("/proc/self/exe", link, sizeof(link) - 1) > 0);
	CHECK(link[0] == '/' && strstr(link, "proc_self"), "exe names this program");
	memset(link, 0, sizeof(link));
	REQUIRE(readlink("/proc/self/cwd", link, sizeof(link) - 1) > 0);
	CHECK_STR(link, cwd, "cwd");
	memset(link, 0, sizeof(link));
	REQUIRE(readlink("/proc/self/root", link, sizeof(link) - 1) > 0);
	CHECK_STR(link, "/", "root");
	REQUIRE(read_file("/proc/self/stat", buf, sizeof(buf)) > 0);
	for (char *p = strrchr(buf, ')') + 1; *p; p++)
		fields += *p == ' ';
	CHECK_INT(fields + 2, 52, "stat has 52 fields");
	REQUIRE(read_file("/proc/self/statm", buf, sizeof(buf)) > 0);
	CHECK(sscanf(buf, "%ld %ld %ld", &size, &resident, &shared) == 3 && size >= resident,
	      "statm");
	REQUIRE(read_file("/proc/self/limits", buf, sizeof(buf)) > 0);
	CHECK(strstr(buf, "Max open files") && strstr(buf, "Max stack size"), "limits");
	snprintf(link, sizeof(link), "/proc/self/task/%d/comm", (int)getpid());
	REQUIRE(read_file(link, buf, sizeof(buf)) > 0);
	CHECK_STR(buf, "proc_self\n", "task/TID/comm");
	write_file("/proc/self/comm", "renamed", 7);
	REQUIRE(read_file("/proc/self/comm", buf, sizeof(buf)) > 0);
	CHECK_STR(buf, "renamed\n", "comm can be written");
	write_file("/proc/self/oom_score_adj", "500", 3);
	REQUIRE(read_file("/proc/self/oom_score_adj", buf, sizeof(buf)) > 0);
	CHECK_STR(buf, "500\n", "oom_score_adj can be written");
	REQUIRE(stat("/proc/self/task", &st) == 0);
	CHECK_INT(st.st_nlink, 3, "one folder in task/");
	REQUIRE(pthread_create(&thread, NULL, sleeper, NULL) == 0);
	REQUIRE(stat("/proc/self/task", &st) == 0);
	CHECK_INT(st.st_nlink, 4, "two, with two threads");
}

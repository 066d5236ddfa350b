/* SPDX-License-Identifier: MIT */
/*
 * /proc: self and pids in the root, self is a link to the pid, /proc/1 is there; dead pids are
 * gone.
 */
#include "lib/contract.h"

#include <dirent.h>

void contract_main(void)
{
	char link[32] = "", own[16], path[64], buf[512];
	bool self = false, one = false, me = false;
	struct dirent *de;
	pid_t pid;
	DIR *dir = opendir("/proc");

	REQUIRE(dir);
	snprintf(own, sizeof(own), "%d", (int)getpid());
	while ((de = readdir(dir)) != NULL) {
		self |= !strcmp(de->d_name, "self");
		one |= !strcmp(de->d_name, "1");
		me |= !strcmp(de->d_name, own);
	}
	CHECK(self && one && me, "self, 1 and the own pid are listed");
	REQUIRE(readlink("/proc/self", link, sizeof(link) - 1) > 0);
	CHECK_STR(link, own, "self is a link to the pid");
	CHECK(read_file("/proc/1/stat", buf, sizeof(buf)) > 0 && !strncmp(buf, "1 (", 3),
	      "/proc/1/stat");
	REQUIRE(readlink("/proc/thread-self", buf, sizeof(buf) - 1) > 0);
	snprintf(path, sizeof(path), "%s/task/%s", own, own);
	CHECK(!strncmp(buf, path, strlen(path)), "thread-self is a link to the task");
	pid = fork_child();
	if (pid == 0)
		_exit(0);
	REQUIRE(EVENTUALLY(process_state(pid) == 'Z', 3000));
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	CHECK_INT(access(path, F_OK), 0, "a zombie has its folder");
	wait_status(pid);
	CHECK_ERR(access(path, F_OK), ENOENT, "a reaped process has not");
	CHECK_ERR(access("/proc/0", F_OK), ENOENT, "nor has pid 0");
	CHECK_ERR(mkdir("/proc/x", 0755), ENOENT, "nothing can be made there");
}

/* SPDX-License-Identifier: MIT */
/*
 * After exec /proc/PID/ shows the new program: cmdline, comm, environ, exe, auxv; and one's own
 * each.
 */
#include "lib/contract.h"

#include <sys/auxv.h>

int contract_role(const char *role, int argc, char **argv)
{
	char byte;

	if (write(1, "r", 1) != 1)
		return 1;
	return (int)read(0, &byte, 1);
}

static ssize_t read_of(pid_t pid, const char *file, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return read_file(path, buf, size);
}

void contract_main(void)
{
	char *argv[] = { "zero", "@hold", "", "three", NULL }, *envp[] = { "FIRST=1", "SECOND=two words", NULL };
	char buf[4096], link[PATH_MAX] = "", own[PATH_MAX] = "";
	int hold[2], started[2];
	pid_t pid;

	REQUIRE(pipe(hold) == 0 && pipe2(started, O_CLOEXEC) == 0);
	pid = fork_child();
	if (pid == 0) {
		dup2(hold[0], 0);
		dup2(started[1], 1);
		close(hold[0]);
		close(hold[1]);
		execve(contract_self(), argv, envp);
		_exit(1);
	}
	close(started[1]);
	REQUIRE(read(started[0], buf, 1) == 1);
	CHECK_INT(read_of(pid, "cmdline", buf, sizeof(buf)), 18,
		  "cmdline has each argument and its 0");
	CHECK(memcmp(buf, "zero\0@hold\0\0three\0", 18) == 0, "the child's own");
	CHECK_INT(read_of(pid, "environ", buf, sizeof(buf)), 25,
		  "environ has each variable and its 0");
	CHECK(memcmp(buf, "FIRST=1\0SECOND=two words\0", 25) == 0, "the child's own");
	REQUIRE(read_of(pid, "comm", buf, sizeof(buf)) > 0);
	CHECK_STR(buf, "proc_view\n", "comm is the file's name, not argv[0]");
	snprintf(buf, sizeof(buf), "/proc/%d/exe", (int)pid);
	REQUIRE(readlink(buf, link, sizeof(link) - 1) > 0 && readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
	CHECK_STR(link, own, "exe is the program");
	CHECK(read_of(pid, "auxv", buf, sizeof(buf)) % 16 == 0 && *(unsigned long *)buf != 0,
	      "auxv is pairs of words");
	REQUIRE(read_of(getpid(), "environ", buf, sizeof(buf)) >= 0);
	CHECK(memcmp(buf, "FIRST=1", 8) != 0, "the parent's environ is its own");
	close(hold[1]);
	CHECK_INT(wait_status(pid), 0, "the child ends well");
}

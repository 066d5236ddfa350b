/* SPDX-License-Identifier: MIT */
/* A process that changed its rights is not dumpable until it executes: no core file, no tracer of its new user. */
#include "lib/sysctl.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

/* What the machine's setting makes of such a process. */
static int undumpable(void)
{
	return (int)sysctl_get("fs/suid_dumpable");
}

int contract_role(const char *role, int argc, char **argv)
{
	if (!strcmp(role, "unreadable"))
		return prctl(PR_GET_DUMPABLE) == undumpable() ? 0 : 7;
	return prctl(PR_GET_DUMPABLE) == 1 ? 0 : 8;
}

static int changed(void *arg)
{
	CHECK_INT(prctl(PR_GET_DUMPABLE), 1, "dumpable at first");
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_INT(prctl(PR_GET_DUMPABLE), undumpable(), "no more when the user is another");
	CHECK_INT(run_role("readable", NULL, NULL, NULL), 0, "until it executes");
	return 0;
}

static int same(void *arg)
{
	REQUIRE(setresuid(0, 0, 0) == 0);
	CHECK_INT(prctl(PR_GET_DUMPABLE), 1, "the same user as before: nothing changed");
	REQUIRE(setregid(0, 1000) == 0);
	CHECK_INT(prctl(PR_GET_DUMPABLE), undumpable(), "another effective group");
	CHECK_INT(prctl(PR_SET_DUMPABLE, 1), 0, "PR_SET_DUMPABLE");
	CHECK_INT(prctl(PR_GET_DUMPABLE), 1, "takes it back");
	return 0;
}

static int crash(void *arg)
{
	struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };

	REQUIRE(setrlimit(RLIMIT_CORE, &rl) == 0 && setresuid(1000, 1000, 1000) == 0);
	abort();
}

static int sleeper(void *arg)
{
	int *ready = arg;

	REQUIRE(setresuid(1000, 1000, 1000) == 0 && write(ready[1], "x", 1) == 1);
	for (;;)
		pause();
}

static int tracer(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(ptrace(PTRACE_ATTACH, *(pid_t *)arg, 0, 0), EPERM, "its user may not trace it");
	return 0;
}

static int executes_unreadable(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	execl(arg, arg, "@unreadable", NULL);
	return 9;
}

static void unreadable(void)
{
	static char copy[300], data[4096];
	int in = open(contract_self(), O_RDONLY), out;
	ssize_t n;

	REQUIRE(chmod(tmp_dir(), 0755) == 0);
	snprintf(copy, sizeof(copy), "%s/copy", tmp_dir());
	out = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC, 0711);
	while ((n = read(in, data, sizeof(data))) > 0)
		REQUIRE(write(out, data, (size_t)n) == n);
	close(out);
	REQUIRE(chmod(copy, 0711) == 0);
	CHECK_EXIT(executes_unreadable, copy, 0, "a program it may not read");
}

void contract_main(void)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	need_root();
	if (undumpable() == 1)
		skip_all("fs.suid_dumpable is 1 here");
	CHECK_EXIT(changed, NULL, 0, "another user");
	CHECK_EXIT(same, NULL, 0, "the same user");
	status = run_child(crash, NULL);
	CHECK(WTERMSIG(status) == SIGABRT && !WCOREDUMP(status), "no core file");
	REQUIRE(pipe(ready) == 0);
	pid = fork_child();
	if (pid == 0)
		_exit(sleeper(ready));
	REQUIRE(read(ready[0], &byte, 1) == 1);
	CHECK_EXIT(tracer, &pid, 0, "the tracer ends well");
	kill(pid, SIGKILL);
	wait_status(pid);
	unreadable();
}

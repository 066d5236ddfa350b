/* SPDX-License-Identifier: MIT */
/* The pids controller: tasks are counted, zombies too; fork beyond pids.max gives EAGAIN and counts in pids.events. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/cgroup.h"

static void *sleep_thread(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

/* In a group with pids.max 3. */
static int fork_to_limit(void *arg)
{
	pthread_t t;
	pid_t one, two;

	(void)arg;
	REQUIRE_OK(cg_put("a", 0));
	one = fork();
	if (!one) {
		pause();
		_exit(0);
	}
	CHECK(one > 0, "second task");
	CHECK_INT(pthread_create(&t, NULL, sleep_thread, NULL), 0, "a thread is the third");
	CHECK_INT(atoi(cg_read("a", "pids.current")), 3, "pids.current");
	two = fork();
	if (!two)
		_exit(0);
	CHECK(two < 0 && errno == EAGAIN, "fork beyond the limit");
	CHECK_INT(pthread_create(&t, NULL, sleep_thread, NULL), EAGAIN, "a thread beyond it");
	CHECK_INT(cg_value("a", "pids.events", "max "), 2, "pids.events");
	kill(one, SIGKILL);
	waitid(P_PID, (id_t)one, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	CHECK_INT(atoi(cg_read("a", "pids.current")), 3, "a zombie counts");
	waitpid(one, NULL, 0);
	CHECK_INT(atoi(cg_read("a", "pids.current")), 2, "until it is reaped");
	CHECK(cg_write("a", "pids.max", "1") > 0, "a limit below what is there");
	two = fork();
	if (!two)
		_exit(0);
	CHECK(two < 0 && errno == EAGAIN, "fork under it");
	CHECK(cg_write("a", "pids.max", "max") > 0, "no limit");
	two = fork();
	if (!two)
		_exit(0);
	CHECK_INT(wait_status(two), 0, "fork without it");
	return 0;
}

static int fork_once(void *arg)
{
	pid_t pid;

	(void)arg;
	REQUIRE_OK(cg_put("a/b", 0));
	pid = fork();
	if (!pid)
		_exit(0);
	CHECK(pid < 0 && errno == EAGAIN, "the limit of the group above holds");
	return 0;
}

void contract_main(void)
{
	bool given;

	cg_setup();
	if (!strstr(cg_read("", "../cgroup.controllers"), "pids")) {
		cg_cleanup();
		skip_all("the pids controller is not in version 2 here");
	}
	given = strstr(cg_read("", "../cgroup.subtree_control"), "pids");
	if (!given)
		REQUIRE(cg_write("", "../cgroup.subtree_control", "+pids") > 0);
	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	CHECK_ERR(access(cg_path("a", "pids.max"), F_OK), ENOENT, "not enabled: no files");
	CHECK_ERR(cg_write("a", "cgroup.subtree_control", "+pids"), ENOENT, "nor given on");
	CHECK(cg_write("", "cgroup.subtree_control", "+pids") > 0, "enable");
	CHECK_STR(cg_read("a", "cgroup.controllers"), "pids\n", "the child has it");
	CHECK_STR(cg_read("a", "pids.max"), "max\n", "no limit");
	CHECK_STR(cg_read("a", "pids.current"), "0\n", "nobody");
	CHECK_ERR(cg_write("a", "pids.max", "x"), EINVAL, "no number");
	CHECK_ERR(cg_write("a", "pids.max", "-1"), EINVAL, "a negative limit");
	CHECK(cg_write("a", "pids.max", "3\n") > 0, "a limit");
	CHECK_STR(cg_read("a", "pids.max"), "3\n", "it is read back");
	CHECK_EXIT(fork_to_limit, NULL, 0, "a member");
	REQUIRE_OK(mkdir(cg_path("a/b", ""), 0755));
	CHECK(cg_write("a", "cgroup.subtree_control", "+pids") > 0, "enable below");
	CHECK_ERR(cg_write("", "cgroup.subtree_control", "-pids"), EBUSY, "a child still hands it on");
	CHECK(cg_write("a", "pids.max", "1") > 0, "the parent's limit");
	CHECK_EXIT(fork_once, NULL, 0, "a member of the child");
	{
		pid_t pid = fork_child();

		if (!pid) {
			pause();
			_exit(0);
		}
		REQUIRE_OK(cg_put("a/b", pid));
		CHECK_ERR(cg_put("a", getpid()), EBUSY, "no processes beside controlled children");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	cg_remove("a/b");
	CHECK(cg_write("a", "cgroup.subtree_control", "-pids") > 0, "disable below");
	cg_remove("a");
	CHECK(cg_write("", "cgroup.subtree_control", "-pids") > 0, "disable");
	if (!given)
		CHECK(cg_write("", "../cgroup.subtree_control", "-pids") > 0, "taken back from the root");
	cg_cleanup();
}

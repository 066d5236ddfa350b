/* SPDX-License-Identifier: MIT */
/*
 * A PID namespace: its first process is 1 there and has another number outside, signals from inside do not end it, it
 * adopts orphans, its end ends everybody in it; setns lets children in.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/prctl.h>

static volatile int *shared;

static int orphan_maker(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			while (getppid() != 1)
				sleep_ms(1);
			shared[1] = 1;
			_exit(0);
		}
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}

static void init_of_namespace(void)
{
	pid_t pid;

	shared[0] = getpid();
	kill(1, SIGTERM);
	kill(1, SIGKILL);
	if (orphan_maker())
		_exit(1);
	for (int i = 0; i < 3; i++) {
		pid = fork();
		if (pid == 0) {
			for (;;)
				pause();
		}
		if (i == 0)
			shared[2] = pid;
	}
	while (!shared[1])
		sleep_ms(1);
	shared[3] = 1;
	for (;;)
		pause();
}

static pid_t start(void)
{
	pid_t pid;

	memset((void *)shared, 0, PAGE);
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);
	REQUIRE(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		init_of_namespace();
	}
	REQUIRE(EVENTUALLY(shared[3], 5000));
	return pid;
}

static int enters(void *arg)
{
	int fd = *(int *)arg, status;
	pid_t pid;

	if (setns(fd, CLONE_NEWPID))
		return 1;
	pid = fork();
	if (pid < 0)
		return errno == ENOMEM ? 3 : 4;
	if (pid == 0)
		_exit(getpid() > 1 && getpid() < 50 && getppid() == 0 ? 0 : 1);
	return waitpid(pid, &status, 0) == pid ? status : 2;
}

static void by_unshare(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		pid_t child;
		int status;

		if (unshare(CLONE_NEWPID))
			_exit(1);
		child = fork();
		if (child == 0)
			_exit(getpid() == 1 ? 0 : 2);
		waitpid(child, &status, 0);
		if (status)
			_exit(3);
		_exit(fork() == -1 && errno == ENOMEM ? 0 : 4);
	}
	CHECK_INT(wait_status(pid), 0, "unshare: the first child is 1; after its end fork is ENOMEM");
}

void contract_main(void)
{
	char path[64], a[64] = "", b[64] = "";
	pid_t pid;
	int fd;

	need_root();
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	pid = start();
	CHECK_INT(shared[0], 1, "the first process is 1 inside");
	CHECK(pid > 1, "and has another number outside");
	CHECK_INT(process_state(pid), 'S', "signals from inside did not end it");
	CHECK_INT(shared[1], 1, "an orphan was adopted by it");
	CHECK(shared[2] > 1 && shared[2] < 20, "numbers inside are small");
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	REQUIRE(readlink(path, a, 63) > 0 && readlink("/proc/self/ns/pid", b, 63) > 0);
	CHECK(strncmp(a, "pid:[", 5) == 0 && strcmp(a, b) != 0, "two namespaces have two names");
	fd = open(path, O_RDONLY);
	CHECK_EXIT(enters, &fd, 0, "a child after setns is in it");
	kill(pid, SIGKILL);
	CHECK_INT(wait_status(pid), SIGKILL, "killed from outside");
	CHECK_EXIT(enters, &fd, 3, "nobody enters a namespace without init");
	close(fd);
	by_unshare();
}

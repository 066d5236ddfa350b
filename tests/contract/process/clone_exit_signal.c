/* SPDX-License-Identifier: MIT */
/*
 * clone: the exit signal is the one asked for; wait4 needs __WCLONE or __WALL for others than
 * SIGCHLD.
 */
#include "lib/contract.h"

#include <sched.h>

static volatile sig_atomic_t got_usr1, got_chld;

static void on_usr1(int sig) { (void)sig; got_usr1++; }
static void on_chld(int sig) { (void)sig; got_chld++; }

static pid_t start(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags, NULL, NULL, NULL, 0);

	if (pid == 0)
		_exit(9);
	REQUIRE(pid > 0);
	return (pid_t)pid;
}

void contract_main(void)
{
	int status;
	pid_t pid;

	on_signal(SIGUSR1, on_usr1, SA_RESTART);
	on_signal(SIGCHLD, on_chld, SA_RESTART);
	pid = start(SIGUSR1);
	CHECK_ERR(waitpid(pid, &status, 0), ECHILD, "plain waitpid does not see a SIGUSR1 child");
	CHECK_INT(waitpid(pid, &status, __WCLONE), pid, "__WCLONE waits for it");
	CHECK_INT(status, 9 << 8, "with its status");
	CHECK_INT(got_usr1, 1, "the parent got SIGUSR1 once");
	CHECK_INT(got_chld, 0, "and no SIGCHLD");

	pid = start(0);
	CHECK_INT(waitpid(pid, &status, __WALL), pid,
		  "__WALL waits for a child with exit signal 0");
	CHECK_INT(got_usr1 + got_chld, 1, "which sends no signal");

	pid = start(200);
	CHECK_ERR(waitpid(pid, &status, 0), ECHILD, "an exit signal that there is not");
	CHECK_INT(waitpid(pid, &status, __WCLONE), pid, "is one that is not SIGCHLD");
	CHECK_INT(got_usr1 + got_chld, 1, "and not sent");

	pid = start(SIGCHLD);
	CHECK_ERR(waitpid(pid, &status, __WCLONE), ECHILD, "__WCLONE does not see a SIGCHLD child");
	CHECK_INT(waitpid(pid, &status, 0), pid, "plain waitpid does");
	CHECK_INT(got_chld, 1, "and SIGCHLD came");
}

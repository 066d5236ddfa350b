/* SPDX-License-Identifier: MIT */
/*
 * An orphaned process group: stop signals of the terminal do nothing, reads are EIO, stopped
 * members get HUP.
 */
#include "lib/contract.h"

#include <sys/prctl.h>

#include "lib/pty.h"

static struct pty p;
static volatile sig_atomic_t hup, cont;

static void on_hup(int sig) { hup++; }
static void on_cont(int sig) { cont++; }

static int stopped_orphan(void *arg)
{
	int *report = arg;
	pid_t own = getppid();
	char byte;

	on_signal(SIGHUP, on_hup, 0);
	on_signal(SIGCONT, on_cont, 0);
	setpgid(0, 0);
	REQUIRE(write(report[1], &(pid_t){ getpid() }, sizeof(pid_t)) == sizeof(pid_t));
	raise(SIGSTOP);
	/* Runs again because the kernel sent SIGHUP and SIGCONT when the group was orphaned. */
	REQUIRE(EVENTUALLY(getppid() != own, 3000));
	CHECK_INT(hup, 1, "a stopped member of a newly orphaned group gets SIGHUP");
	CHECK_INT(cont, 1, "and SIGCONT");
	kill(getpid(), SIGTSTP);
	CHECK(true, "SIGTSTP does not stop an orphaned group");
	kill(getpid(), SIGTTIN);
	CHECK(true, "nor SIGTTIN");
	CHECK_ERR(read(p.slave, &byte, 1), EIO, "a background read of it is EIO");
	return 0;
}

/* The reaper must be outside the session, or the group is not orphaned: it is init or the test. */
void contract_main(void)
{
	int report[2], status;
	pid_t leader, middle, child;

	REQUIRE(pipe(report) == 0);
	REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	pty_open(&p);
	leader = fork_child();
	if (leader == 0) {
		pty_own(&p);
		middle = fork();
		if (middle == 0) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(stopped_orphan(report));
			REQUIRE(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
			_exit(0);
		}
		wait_status(middle);
		for (;;)
			pause();
	}
	REQUIRE(read(report[0], &child, sizeof(child)) == sizeof(child));
	/* It becomes a child of this process only when `middle` has ended. */
	CHECK(EVENTUALLY(waitpid(child, &status, WNOHANG) == child, 5000),
	      "the orphan is reaped here");
	CHECK_INT(status, 0, "and ended well");
	kill(leader, SIGKILL);
	wait_status(leader);
}

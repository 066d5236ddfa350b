/* SPDX-License-Identifier: MIT */
/*
 * pipe: writing without a reader is SIGPIPE and EPIPE; the last reader's close wakes a blocked
 * writer.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void handler(int sig) { (void)sig; got++; }

static int writes_broken(void *arg)
{
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	close(fds[0]);
	return (int)write(fds[1], "x", 1);
}

static int blocked_writer(void *arg)
{
	static char buf[1 << 20];
	int *fds = arg;

	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	errno = 0;
	/* The reader takes 100 bytes and closes: what went in so far is the result, then EPIPE. */
	CHECK_INT(write(fds[1], buf, sizeof(buf)), 65536,
		  "a blocked write ends short when the reader goes");
	CHECK_ERR(write(fds[1], buf, 1), EPIPE, "and the next is EPIPE");
	return 0;
}

void contract_main(void)
{
	int fds[2];
	pid_t pid;

	CHECK_SIGNALLED(writes_broken, NULL, SIGPIPE, "SIGPIPE ends a process by default");
	REQUIRE(pipe(fds) == 0);
	close(fds[0]);
	on_signal(SIGPIPE, handler, 0);
	CHECK_ERR(write(fds[1], "x", 1), EPIPE, "EPIPE with a handler");
	CHECK_INT(got, 1, "after it ran");
	CHECK_INT(write(fds[1], "x", 0), 0, "a write of 0 is not EPIPE");
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERR(write(fds[1], "x", 1), EPIPE, "EPIPE when it is ignored");
	REQUIRE(pipe(fds) == 0);
	pid = fork_child();
	if (pid == 0)
		_exit(blocked_writer(fds));
	close(fds[1]);
	wait_asleep(pid);
	close(fds[0]);
	CHECK_INT(wait_status(pid), 0, "the blocked writer ends well");
}

/* SPDX-License-Identifier: MIT */
/* A signal that is ignored or stops and continues the process does not end a blocking call. */
#include "lib/contract.h"

#include <poll.h>

static pid_t disturb(int fd)
{
	pid_t parent = getpid(), pid = fork_child();

	if (pid == 0) {
		wait_asleep(parent);
		kill(parent, SIGUSR1);
		kill(parent, SIGWINCH);
		sleep_ms(20);
		kill(parent, SIGSTOP);
		if (!EVENTUALLY(process_state(parent) == 'T', 3000))
			_exit(1);
		kill(parent, SIGCONT);
		sleep_ms(20);
		_exit(fd < 0 || write(fd, "x", 1) == 1 ? 0 : 1);
	}
	return pid;
}

void contract_main(void)
{
	struct timespec ts = { 0, 300000000 };
	struct pollfd pfd;
	int64_t start;
	int fds[2];
	char byte;
	pid_t pid;

	REQUIRE(pipe(fds) == 0);
	signal(SIGUSR1, SIG_IGN);
	pid = disturb(fds[1]);
	CHECK_INT(read(fds[0], &byte, 1), 1, "read goes on");
	CHECK_INT(wait_status(pid), 0, "after the stop");
	pid = disturb(fds[1]);
	pfd = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	CHECK_INT(poll(&pfd, 1, 10000), 1, "poll goes on with its time");
	CHECK_INT(wait_status(pid), 0, "after the stop");
	start = now_ns();
	pid = disturb(-1);
	CHECK_INT(nanosleep(&ts, NULL), 0, "nanosleep goes on");
	CHECK(now_ns() - start >= 300000000, "and sleeps its whole time");
	CHECK(now_ns() - start < 1000000000LL * contract_slow(), "and not a second one");
	CHECK_INT(wait_status(pid), 0, "after the stop");
}

/* SPDX-License-Identifier: MIT */
/*
 * SA_RESTART: read, write, wait4 and flock go on after a handler; without it they end with
 * EINTR.
 */
#include "lib/contract.h"

#include <sys/file.h>

static volatile sig_atomic_t got;

static void handler(int sig) { (void)sig; got++; }

/* Sends SIGUSR1 to a parent that sleeps, then lets its call end by closing or writing. */
static pid_t disturb(int fd, const char *data)
{
	pid_t parent = getpid(), pid = fork_child();

	if (pid == 0) {
		wait_asleep(parent);
		kill(parent, SIGUSR1);
		sleep_ms(30);
		if (fd >= 0 && write(fd, data, 1) != 1)
			_exit(1);
		_exit(0);
	}
	return pid;
}

static void check_read(int flags)
{
	int fds[2];
	char byte = 0;
	pid_t pid;

	REQUIRE(pipe(fds) == 0);
	on_signal(SIGUSR1, handler, flags);
	got = 0;
	pid = disturb(fds[1], "x");
	if (flags & SA_RESTART)
		CHECK_INT(read(fds[0], &byte, 1), 1, "read is restarted and gets the byte");
	else
		CHECK_ERR(read(fds[0], &byte, 1), EINTR, "read without SA_RESTART is EINTR");
	CHECK_INT(got, 1, "the handler ran");
	wait_status(pid);
	close(fds[0]);
	close(fds[1]);
}

static void check_wait(int flags)
{
	pid_t pid;
	int status;

	on_signal(SIGUSR1, handler, flags);
	pid = disturb(-1, NULL);
	if (flags & SA_RESTART) {
		CHECK_INT(waitpid(pid, &status, 0), pid, "waitpid is restarted");
	} else {
		CHECK_ERR(waitpid(pid, &status, 0), EINTR, "waitpid without SA_RESTART is EINTR");
		wait_status(pid);
	}
}

static void check_write(int flags)
{
	static char buf[65536];
	int fds[2];
	pid_t parent = getpid(), pid;

	REQUIRE(pipe(fds) == 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (write(fds[1], buf, 4096) > 0)
		;
	fcntl(fds[1], F_SETFL, 0);
	on_signal(SIGUSR1, handler, flags);
	pid = fork_child();
	if (pid == 0) {
		wait_asleep(parent);
		kill(parent, SIGUSR1);
		sleep_ms(30);
		_exit(read(fds[0], buf, sizeof(buf)) > 0 ? 0 : 1);
	}
	if (flags & SA_RESTART)
		CHECK_INT(write(fds[1], buf, 4096), 4096, "write is restarted");
	else
		CHECK_ERR(write(fds[1], buf, 4096), EINTR, "write without SA_RESTART is EINTR");
	wait_status(pid);
	close(fds[0]);
	close(fds[1]);
}

static void check_flock(int flags)
{
	int held = REQUIRE_OK(open("lock", O_CREAT | O_RDWR, 0600));
	int other = REQUIRE_OK(open("lock", O_RDWR));
	pid_t parent = getpid(), pid;

	REQUIRE(flock(held, LOCK_EX) == 0);
	on_signal(SIGUSR1, handler, flags);
	pid = fork_child();
	if (pid == 0) {
		wait_asleep(parent);
		kill(parent, SIGUSR1);
		sleep_ms(30);
		_exit(flock(held, LOCK_UN));
	}
	if (flags & SA_RESTART)
		CHECK_INT(flock(other, LOCK_EX), 0, "flock is restarted");
	else
		CHECK_ERR(flock(other, LOCK_EX), EINTR, "flock without SA_RESTART is EINTR");
	wait_status(pid);
	close(held);
	close(other);
}

void contract_main(void)
{
	tmp_dir();
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		check_read(flags);
		check_wait(flags);
		check_write(flags);
		check_flock(flags);
	}
}

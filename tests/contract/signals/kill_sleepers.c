/* SPDX-License-Identifier: MIT */
/*
 * SIGKILL ends a process in every kind of sleep, with all signals blocked (lesson 23): pipe, wait,
 * futex, poll, epoll, nanosleep, pause, flock, sigtimedwait.
 */
#include "lib/contract.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>

static int fds[2], lock_fd;
static volatile int word;

static void sleep_somehow(int kind)
{
	static char buf[1 << 20];
	struct pollfd pfd = { .fd = fds[0], .events = POLLIN };
	struct timespec ts = { 1000, 0 };
	struct epoll_event ev;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	switch (kind) {
	case 0:
		syscall(SYS_read, fds[0], buf, 1);
		break;
	case 1:
		syscall(SYS_write, fds[1], buf, sizeof(buf));
		break;
	case 2:
		if (fork_child() == 0)
			syscall(SYS_pause);
		waitpid(-1, NULL, 0);
		break;
	case 3:
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
		break;
	case 4:
		poll(&pfd, 1, -1);
		break;
	case 5:
		epoll_wait(epoll_create1(0), &ev, 1, -1);
		break;
	case 6:
		nanosleep(&ts, NULL);
		break;
	case 7:
		pause();
		break;
	case 8:
		flock(open("lock", O_RDONLY), LOCK_EX);
		break;
	case 9:
		sigtimedwait(&set, NULL, &ts);
		break;
	}
}

void contract_main(void)
{
	static const char *const names[] = {
		"read of a pipe", "write to a pipe", "wait4", "futex", "poll", "epoll_wait", "nanosleep",
		"pause", "flock", "sigtimedwait",
	};
	sigset_t all, old;
	pid_t pid;

	tmp_dir();
	lock_fd = REQUIRE_OK(open("lock", O_CREAT | O_RDWR, 0600));
	REQUIRE(flock(lock_fd, LOCK_EX) == 0);
	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		REQUIRE(pipe(fds) == 0);
		/* Blocked by the parent, so that they are from the child's start on. */
		sigprocmask(SIG_SETMASK, &all, &old);
		pid = fork_child();
		if (pid == 0) {
			sleep_somehow((int)i);
			_exit(1);
		}
		sigprocmask(SIG_SETMASK, &old, NULL);
		wait_asleep(pid);
		REQUIRE(kill(pid, SIGTERM) == 0);
		sleep_ms(5);
		CHECK_INT(process_state(pid), 'S', "%s: a blocked signal does not wake it",
			  names[i]);
		REQUIRE(kill(pid, SIGKILL) == 0);
		CHECK_INT(wait_status(pid), SIGKILL, "%s: SIGKILL does", names[i]);
		close(fds[0]);
		close(fds[1]);
	}
}

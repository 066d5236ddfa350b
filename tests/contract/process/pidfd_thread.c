/* SPDX-License-Identifier: MIT */
/*
 * PIDFD_THREAD (Linux 6.9): descriptors that name one thread: readable when that thread ends, signals go to it alone;
 * CLONE_PIDFD with CLONE_THREAD makes one. PIDFD_SIGNAL_*: thread, process, group whatever the descriptor names.
 */
#include "lib/contract.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#define THREAD		O_EXCL
#define TO_THREAD	1
#define TO_PROCESS	2
#define TO_GROUP	4

static volatile pid_t worker_tid, got_tid;
static volatile sig_atomic_t got_code;
static int go[2];

static void note_thread(int sig, siginfo_t *info, void *context)
{
	got_code = info->si_code;
	got_tid = (pid_t)syscall(SYS_gettid);
}

static void *worker(void *arg)
{
	char byte;

	worker_tid = (pid_t)syscall(SYS_gettid);
	while (read(go[0], &byte, 1) != 1)
		;
	return NULL;
}

static int open_pidfd(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static long send(int fd, int sig, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, NULL, flags);
}

static int ready(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1 ? pfd.revents : 0;
}

static void signals(int fd)
{
	on_siginfo(SIGUSR1, note_thread, SA_RESTART);
	CHECK_INT(send(fd, SIGUSR1, 0), 0, "a signal by the thread's descriptor");
	CHECK(EVENTUALLY(got_tid == worker_tid, 5000), "runs in that thread");
	CHECK_INT(got_code, SI_TKILL, "as from tkill");
	got_code = 1;
	CHECK_INT(send(fd, SIGUSR1, TO_THREAD), 0, "PIDFD_SIGNAL_THREAD");
	CHECK(EVENTUALLY(got_code == SI_TKILL, 5000), "is the same");
	got_code = 1;
	CHECK_INT(send(fd, SIGUSR1, TO_PROCESS), 0, "PIDFD_SIGNAL_THREAD_GROUP");
	CHECK(EVENTUALLY(got_code == SI_USER, 5000), "reaches its process");
	CHECK_ERR(send(fd, SIGUSR1, TO_PROCESS | TO_THREAD), EINVAL, "two targets are EINVAL");
	CHECK_ERR(send(fd, SIGUSR1, 8), EINVAL, "an unknown flag is EINVAL");
}

static int in_group(void *arg)
{
	int fd;

	setpgid(0, 0);
	fd = open_pidfd(getpid(), 0);
	on_siginfo(SIGUSR2, note_thread, 0);
	got_tid = 0;
	CHECK_INT(send(fd, SIGUSR2, TO_GROUP), 0, "PIDFD_SIGNAL_PROCESS_GROUP");
	CHECK_INT(got_tid, getpid(), "reaches the group");
	return 0;
}

static void reaped(void)
{
	siginfo_t info = { 0 };
	pid_t pid = fork_child();
	int fd;

	if (pid == 0)
		_exit(3);
	fd = open_pidfd(pid, O_NONBLOCK);
	CHECK_INT(ready(fd, 5000 * contract_slow()), POLLIN, "a zombie: POLLIN");
	CHECK_INT(waitid((idtype_t)3, (id_t)fd, &info, WEXITED), 0, "reaped by a descriptor that does not wait");
	CHECK_INT(ready(fd, 0), POLLIN | POLLHUP, "reaped: POLLHUP too");
	pid = fork_child();
	if (pid == 0)
		pause();
	fd = open_pidfd(pid, O_NONBLOCK);
	CHECK_ERR(waitid((idtype_t)3, (id_t)fd, &info, WEXITED), EAGAIN, "it runs: EAGAIN");
	kill(pid, SIGKILL);
	wait_status(pid);
}

void contract_main(void)
{
	pthread_t thread;
	int fd;

	fd = open_pidfd(getpid(), THREAD);
	if (fd < 0 && errno == EINVAL)
		skip_all("this Linux is older than 6.9");
	CHECK(fd >= 0, "PIDFD_THREAD of the leader");
	REQUIRE(pipe(go) == 0);
	REQUIRE(pthread_create(&thread, NULL, worker, NULL) == 0);
	REQUIRE(EVENTUALLY(worker_tid, 5000));
	fd = (int)CHECK_OK(open_pidfd(worker_tid, THREAD), "PIDFD_THREAD of another thread");
	CHECK_INT(open_pidfd(worker_tid, 0), -1, "which leads no process");
	CHECK_INT(ready(fd, 0), 0, "it runs: not readable");
	signals(fd);
	REQUIRE(write(go[1], "x", 1) == 1);
	CHECK(ready(fd, 5000 * contract_slow()) & POLLIN, "its end: POLLIN");
	REQUIRE(pthread_join(thread, NULL) == 0);
	CHECK(EVENTUALLY(ready(fd, 0) == (POLLIN | POLLHUP), 5000), "a thread is reaped at once: POLLHUP");
	CHECK_ERR(send(fd, 0, 0), ESRCH, "no signal reaches it");
	CHECK_EXIT(in_group, NULL, 0, "a group");
	reaped();
}

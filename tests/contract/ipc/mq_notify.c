/* SPDX-License-Identifier: MIT */
/* mq_notify(3): a signal for the first message of an empty queue, once; who may ask, and what ends it. */
#include "lib/contract.h"

#include <mqueue.h>
#include <sys/socket.h>

#define NAME "/contract_mq_notify"

static mqd_t q;
static char buf[64];

static long notify(int fd, int kind, int signo, int value)
{
	struct sigevent ev = { .sigev_notify = kind, .sigev_signo = signo, .sigev_value.sival_int = value };

	return syscall(SYS_mq_notify, fd, &ev);
}

static bool pending(int sig, siginfo_t *info)
{
	struct timespec none = { 0, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return sigtimedwait(&set, info, &none) == sig;
}

static int send_from_child(void *arg)
{
	return mq_send(q, arg, strlen(arg), 0) ? 1 : 0;
}

static int busy(void *arg)
{
	(void)arg;
	CHECK_ERR(notify(q, SIGEV_NONE, 0, 0), EBUSY, "another process may not, too");
	CHECK_INT(syscall(SYS_mq_notify, q, NULL), 0, "and ends nothing when it asks for none");
	return 0;
}

static void arguments(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD, .sigev_signo = 0, .sigev_value.sival_ptr = buf };
	int s;

	CHECK_ERR(notify(q, 17, SIGUSR1, 0), EINVAL, "an unknown kind");
	CHECK_ERR(notify(q, SIGEV_SIGNAL, 65, 0), EINVAL, "signal 65");
	CHECK_ERR(notify(q, SIGEV_SIGNAL, -1, 0), EINVAL, "signal -1");
	CHECK_ERR(notify(-1, SIGEV_SIGNAL, SIGUSR1, 0), EBADF, "no descriptor");
	CHECK_ERR(notify(0, SIGEV_SIGNAL, SIGUSR1, 0), EBADF, "no queue");
	CHECK_ERR(syscall(SYS_mq_notify, q, bad_pointer()), EFAULT, "no event there");
	CHECK_ERR(syscall(SYS_mq_notify, 0, NULL), EBADF, "no queue to be told no more of");
	s = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	ev.sigev_signo = s;
	CHECK_ERR(syscall(SYS_mq_notify, q, &ev), EINVAL, "SIGEV_THREAD wants a netlink socket");
	ev.sigev_signo = q;
	CHECK_ERR(syscall(SYS_mq_notify, q, &ev), ENOTSOCK, "a socket at least");
	ev.sigev_signo = -1;
	CHECK_ERR(syscall(SYS_mq_notify, q, &ev), EBADF, "a descriptor at least");
	ev.sigev_value.sival_ptr = bad_pointer();
	CHECK_ERR(syscall(SYS_mq_notify, q, &ev), EFAULT, "and a cookie");
	close(s);
}

static void told(void)
{
	siginfo_t info;
	pid_t pid;

	REQUIRE(notify(q, SIGEV_SIGNAL, SIGUSR1, 4711) == 0);
	CHECK_EXIT(busy, NULL, 0, "one at a time");
	CHECK_ERR(notify(q, SIGEV_NONE, 0, 0), EBUSY, "nor the same process again");
	pid = fork_child();
	if (!pid)
		_exit(send_from_child((char[]){ "first" }));
	REQUIRE(wait_status(pid) == 0);
	CHECK(pending(SIGUSR1, &info), "the message is told");
	CHECK_INT(info.si_code, SI_MESGQ, "si_code");
	CHECK_INT(info.si_value.sival_int, 4711, "si_value");
	CHECK_INT(info.si_pid, pid, "si_pid: who sent it");
	CHECK_INT(info.si_uid, getuid(), "si_uid");
	REQUIRE(mq_receive(q, buf, 64, NULL) == 5);
	REQUIRE(mq_send(q, "x", 1, 0) == 0);
	CHECK(!pending(SIGUSR1, &info), "once only");
	REQUIRE(notify(q, SIGEV_SIGNAL, SIGUSR1, 1) == 0);
	REQUIRE(mq_send(q, "y", 1, 0) == 0);
	CHECK(!pending(SIGUSR1, &info), "a queue that was not empty tells nothing");
	REQUIRE(mq_receive(q, buf, 64, NULL) == 1 && mq_receive(q, buf, 64, NULL) == 1);
	REQUIRE(mq_send(q, "z", 1, 0) == 0);
	CHECK(pending(SIGUSR1, &info), "the next first message does");
	REQUIRE(mq_receive(q, buf, 64, NULL) == 1);

	REQUIRE(notify(q, SIGEV_SIGNAL, SIGRTMIN, 5) == 0);
	pid = fork_child();
	if (!pid)
		_exit(mq_receive(q, buf, 64, NULL) == 1 ? 0 : 1);
	wait_asleep(pid);
	REQUIRE(mq_send(q, "r", 1, 0) == 0);
	CHECK_INT(wait_status(pid), 0, "a receiver that sleeps has the message");
	CHECK(!pending(SIGRTMIN, &info), "and nobody is told");
	CHECK_ERR(notify(q, SIGEV_NONE, 0, 0), EBUSY, "still registered");
	CHECK_INT(syscall(SYS_mq_notify, q, NULL), 0, "no more");
	CHECK_INT(syscall(SYS_mq_notify, q, NULL), 0, "and again");
	REQUIRE(mq_send(q, "r", 1, 0) == 0 && mq_receive(q, buf, 64, NULL) == 1);
	CHECK(!pending(SIGRTMIN, &info), "not told");

	CHECK_INT(notify(q, SIGEV_SIGNAL, 0, 5), 0, "signal 0 is accepted");
	REQUIRE(mq_send(q, "r", 1, 0) == 0 && mq_receive(q, buf, 64, NULL) == 1);
	CHECK_INT(notify(q, SIGEV_NONE, 0, 5), 0, "it counts as told");
	REQUIRE(mq_send(q, "r", 1, 0) == 0 && mq_receive(q, buf, 64, NULL) == 1);
	CHECK_INT(notify(q, SIGEV_NONE, 0, 5), 0, "so does SIGEV_NONE");
	REQUIRE(syscall(SYS_mq_notify, q, NULL) == 0);
}

static int register_and_exit(void *arg)
{
	(void)arg;
	return notify(q, SIGEV_SIGNAL, SIGUSR1, 0) ? 1 : 0;
}

static void ends(void)
{
	siginfo_t info;
	int other;

	CHECK_EXIT(register_and_exit, NULL, 0, "a child registers and exits");
	CHECK_INT(notify(q, SIGEV_SIGNAL, SIGUSR1, 0), 0, "its registration has ended");
	other = REQUIRE_OK(dup(q));
	close(other);
	CHECK_INT(notify(q, SIGEV_SIGNAL, SIGUSR1, 0), 0, "closing any descriptor of the queue ends it");
	REQUIRE(mq_send(q, "s", 1, 0) == 0);
	CHECK(pending(SIGUSR1, &info), "told");
	CHECK_INT(info.si_pid, getpid(), "by oneself");
}

void contract_main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 64 };
	sigset_t set;

	mq_unlink(NAME);
	q = REQUIRE_OK(mq_open(NAME, O_CREAT | O_RDWR, 0600, &attr));
	mq_unlink(NAME);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	arguments();
	told();
	ends();
}

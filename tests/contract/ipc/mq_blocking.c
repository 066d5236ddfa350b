/* SPDX-License-Identifier: MIT */
/* Full and empty queues make callers sleep: until there is room or a message, a time, a signal; who is served first. */
#include "lib/contract.h"

#include <mqueue.h>
#include <sys/resource.h>

#define NAME "/contract_mq_blocking"

static mqd_t q;
static char buf[64];

static void handler(int sig)
{
	(void)sig;
}

static struct timespec in_ms(int ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += ms % 1000 * 1000000L;
	ts.tv_sec += ms / 1000 + ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void timeouts(void)
{
	struct timespec ts, past = { 0, 0 }, bad = { 1, 1000000000 }, negative = { -1, 0 };
	int64_t start;

	CHECK_ERR(mq_timedreceive(q, buf, 64, NULL, &past), ETIMEDOUT, "a time long past, empty");
	CHECK_ERR(syscall(SYS_mq_timedreceive, q, buf, 64, NULL, &bad), EINVAL, "no such time");
	CHECK_ERR(syscall(SYS_mq_timedreceive, q, buf, 64, NULL, &negative), EINVAL, "before 1970");
	CHECK_ERR(syscall(SYS_mq_timedreceive, -1, buf, 64, NULL, &bad), EINVAL, "seen before the descriptor");
	CHECK_ERR(syscall(SYS_mq_timedreceive, q, buf, 64, NULL, bad_pointer()), EFAULT, "no time there");
	start = now_ns();
	ts = in_ms(50);
	CHECK_ERR(mq_timedreceive(q, buf, 64, NULL, &ts), ETIMEDOUT, "50 ms, empty");
	CHECK(now_ns() - start >= 49000000, "not sooner");
	REQUIRE(mq_send(q, "one", 3, 0) == 0 && mq_send(q, "two", 3, 0) == 0);
	CHECK_ERR(mq_timedsend(q, "x", 1, 0, &past), ETIMEDOUT, "a time long past, full");
	start = now_ns();
	ts = in_ms(50);
	CHECK_ERR(mq_timedsend(q, "x", 1, 0, &ts), ETIMEDOUT, "50 ms, full");
	CHECK(now_ns() - start >= 49000000, "not sooner");
	CHECK_INT(mq_timedreceive(q, buf, 64, NULL, &past), 3, "a message that is there needs no time");
	CHECK_INT(mq_receive(q, buf, 64, NULL), 3, "the other");
	CHECK_INT(mq_timedsend(q, "x", 1, 0, &past), 0, "nor does room");
	CHECK_INT(mq_receive(q, buf, 64, NULL), 1, "take it");
}

static int interrupted(void *arg)
{
	struct timespec ts = in_ms(10000);
	int flags = *(int *)arg;
	pid_t parent = getppid();

	on_signal(SIGALRM, handler, flags);
	alarm(1);
	if (!flags)
		return mq_timedreceive(q, buf, 64, NULL, &ts) == -1 && errno == EINTR ? 0 : 1;
	return mq_timedreceive(q, buf, 64, NULL, &ts) == 7 && getppid() == parent ? 0 : 1;
}

static void signals(void)
{
	int flags = 0;
	pid_t pid;

	CHECK_EXIT(interrupted, &flags, 0, "a handler ends it with EINTR");
	flags = SA_RESTART;
	pid = fork_child();
	if (!pid) {
		sleep_ms(1300);
		_exit(mq_send(q, "restart", 7, 0) ? 1 : 0);
	}
	CHECK_EXIT(interrupted, &flags, 0, "unless SA_RESTART");
	REQUIRE(wait_status(pid) == 0);
}

static pid_t receiver(int nice_value)
{
	pid_t pid = fork_child();

	if (!pid) {
		unsigned prio = 0;

		setpriority(PRIO_PROCESS, 0, nice_value);
		_exit(mq_receive(q, buf, 64, &prio) == -1 ? 100 : (int)prio);
	}
	wait_asleep(pid);
	return pid;
}

static int code_of(pid_t pid)
{
	int status = wait_status(pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void order(void)
{
	pid_t a = receiver(5), b = receiver(0), c = receiver(0);
	struct mq_attr attr;

	REQUIRE(mq_send(q, "1", 1, 11) == 0);
	CHECK_INT(code_of(b), 11, "the first of the higher priority is served first");
	REQUIRE(mq_send(q, "1", 1, 12) == 0);
	CHECK_INT(code_of(c), 12, "then the one that came later");
	REQUIRE(mq_send(q, "1", 1, 13) == 0);
	CHECK_INT(code_of(a), 13, "then the lower");

	REQUIRE(mq_send(q, "1", 1, 1) == 0 && mq_send(q, "2", 1, 2) == 0);
	a = fork_child();
	if (!a)
		_exit(mq_send(q, "sleeper", 7, 9) ? errno : 0);
	wait_asleep(a);
	CHECK_INT(mq_receive(q, buf, 64, NULL), 1, "take one of two");
	CHECK_INT(code_of(a), 0, "the sender goes on");
	CHECK_INT(mq_getattr(q, &attr), 0, "mq_getattr");
	CHECK_INT(attr.mq_curmsgs, 2, "full again");
	CHECK_INT(mq_receive(q, buf, 64, NULL), 7, "the sleeper's comes first: its priority is higher");
	CHECK_INT(mq_receive(q, buf, 64, NULL), 1, "the last");
}

static int killed_sender(void *arg)
{
	(void)arg;
	return mq_send(q, "never", 5, 3) ? 1 : 0;
}

void contract_main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 64 };
	pid_t pid;

	mq_unlink(NAME);
	q = REQUIRE_OK(mq_open(NAME, O_CREAT | O_RDWR, 0600, &attr));
	mq_unlink(NAME);
	timeouts();
	signals();
	order();
	REQUIRE(mq_send(q, "1", 1, 1) == 0 && mq_send(q, "2", 1, 2) == 0);
	pid = fork_child();
	if (!pid)
		_exit(killed_sender(NULL));
	wait_asleep(pid);
	kill(pid, SIGKILL);
	wait_status(pid);
	CHECK_INT(mq_receive(q, buf, 64, NULL), 1, "take one");
	CHECK_INT(mq_getattr(q, &attr), 0, "mq_getattr");
	CHECK_INT(attr.mq_curmsgs, 1, "a sender that was killed left nothing");
}

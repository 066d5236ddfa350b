/* SPDX-License-Identifier: MIT */
/*
 * Many senders and receivers on one small queue, with time-outs, signals and notifications in between: every message
 * arrives once, nobody sleeps for ever.
 */
#include "lib/contract.h"

#include <mqueue.h>
#include <sched.h>

#define NAME "/contract_mq_race"
#define SENDERS 4
#define RECEIVERS 4
#define EACH 600

static mqd_t q;
static struct { unsigned seen[SENDERS * EACH]; unsigned told, notified; } *shared;

static struct timespec soon(unsigned us)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += us * 1000L;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void nothing(int sig)
{
	(void)sig;
}

static int sender(unsigned me)
{
	for (unsigned i = 0; i < EACH;) {
		unsigned nr = me * EACH + i;
		struct timespec ts = soon(nr % 97);
		int err = i % 3 ? mq_send(q, (char *)&nr, sizeof(nr), nr % 5) :
				  mq_timedsend(q, (char *)&nr, sizeof(nr), nr % 5, &ts);

		if (!err)
			i++;
		else if (errno != ETIMEDOUT && errno != EINTR)
			return 1;
	}
	return 0;
}

static int receiver(unsigned me)
{
	unsigned nr, n = 0;

	for (;;) {
		struct timespec ts = soon(n++ % 113);
		ssize_t got = n % 3 + me % 2 ? mq_receive(q, (char *)&nr, sizeof(nr), NULL) :
					       mq_timedreceive(q, (char *)&nr, sizeof(nr), NULL, &ts);

		if (got == sizeof(nr)) {
			if (nr == UINT_MAX)
				return 0;
			__atomic_fetch_add(&shared->seen[nr], 1, __ATOMIC_RELAXED);
		} else if (got != -1 || (errno != ETIMEDOUT && errno != EINTR)) {
			return 1;
		}
	}
}

/* Registers, unregisters and hears all the time. */
static void listener(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };

	on_signal(SIGRTMIN, nothing, 0);
	for (unsigned i = 0;; i++) {
		if (mq_notify(q, &ev) == 0)
			__atomic_fetch_add(&shared->notified, 1, __ATOMIC_RELAXED);
		if (i % 2)
			sched_yield();
		mq_notify(q, NULL);
	}
}

void contract_main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 3, .mq_msgsize = sizeof(unsigned) };
	pid_t pid[SENDERS + RECEIVERS], ear;
	unsigned wrong = 0, stop = UINT_MAX;
	int status = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	mq_unlink(NAME);
	q = REQUIRE_OK(mq_open(NAME, O_CREAT | O_RDWR, 0600, &attr));
	mq_unlink(NAME);
	ear = fork_child();
	if (!ear)
		listener();
	for (unsigned i = 0; i < SENDERS + RECEIVERS; i++) {
		pid[i] = fork_child();
		if (pid[i])
			continue;
		on_signal(SIGUSR1, nothing, i % 2 ? SA_RESTART : 0);
		_exit(i < SENDERS ? sender(i) : receiver(i - SENDERS));
	}
	for (unsigned i = 0; i < 200; i++) {
		sleep_ms(1);
		if (i % SENDERS == 3)
			kill(pid[SENDERS + i / SENDERS % RECEIVERS], SIGUSR1);
	}
	for (unsigned i = 0; i < SENDERS; i++)
		status |= wait_status(pid[i]);
	CHECK_INT(status, 0, "the senders are done");
	for (unsigned i = 0; i < RECEIVERS; i++)
		REQUIRE(mq_send(q, (char *)&stop, sizeof(stop), 0) == 0);
	for (unsigned i = 0; i < RECEIVERS; i++)
		status |= wait_status(pid[SENDERS + i]);
	CHECK_INT(status, 0, "the receivers, too");
	kill(ear, SIGKILL);
	wait_status(ear);
	for (unsigned i = 0; i < SENDERS * EACH; i++)
		wrong += shared->seen[i] != 1;
	CHECK_INT(wrong, 0, "every message arrived once");
	CHECK(shared->notified > 0, "and somebody was to be told");
	REQUIRE(mq_getattr(q, &attr) == 0);
	CHECK_INT(attr.mq_curmsgs, 0, "nothing is left");
}

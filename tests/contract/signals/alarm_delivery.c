/* SPDX-License-Identifier: MIT */
/*
 * alarm: fires once with pause; alarm(0) cancels and returns what was left; fork does not
 * inherit it.
 */
#include "lib/contract.h"

static volatile sig_atomic_t fired;

static void on_alarm(int sig) { (void)sig; fired++; }

static int alarm_left(void *arg)
{
	return (int)alarm(0);
}

static int alarm_kills(void *arg)
{
	struct timespec ts = { 10, 0 };

	signal(SIGALRM, SIG_DFL);
	alarm(1);
	nanosleep(&ts, NULL);
	return 0;
}

void contract_main(void)
{
	int64_t start;

	on_signal(SIGALRM, on_alarm, 0);
	start = now_ns();
	CHECK_INT(alarm(1), 0, "the first alarm returns 0");
	CHECK_ERR(pause(), EINTR, "pause ends with EINTR");
	CHECK_INT(fired, 1, "after one SIGALRM");
	CHECK(now_ns() - start >= 990000000, "not before a second has gone");
	alarm(100);
	CHECK_INT(alarm(50), 100, "a new alarm returns the seconds left of the old");
	CHECK_EXIT(alarm_left, NULL, 0, "a fork's child has no alarm");
	CHECK_INT(alarm(0), 50, "alarm(0) cancels and returns them");
	CHECK_INT(alarm(0), 0, "then nothing is left");
	CHECK_INT(fired, 1, "and nothing fired");
	CHECK_SIGNALLED(alarm_kills, NULL, SIGALRM, "SIGALRM ends a process by default");
}

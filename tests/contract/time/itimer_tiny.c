/* SPDX-License-Identifier: MIT */
/*
 * An interval of a microsecond does not eat the machine while its signal is blocked or ignored: a timer runs on when
 * its signal is taken. setitimer(2).
 */
#include "lib/contract.h"

#include <sys/time.h>

static volatile sig_atomic_t alarms;

static void count(int sig)
{
	(void)sig;
	alarms = alarms + 1;
}

static void start(long usec)
{
	struct itimerval value = { .it_interval = { 0, usec }, .it_value = { 0, usec } };

	REQUIRE(setitimer(ITIMER_REAL, &value, NULL) == 0);
}

/* CPU work that ends, however slow it is made. */
static void work(void)
{
	for (volatile int i = 0; i < 100000; i++)
		;
}

void contract_main(void)
{
	sigset_t set, old;
	int before;

	on_signal(SIGALRM, count, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	REQUIRE(sigprocmask(SIG_BLOCK, &set, &old) == 0);
	start(1);
	work();
	CHECK_INT(alarms, 0, "blocked, a timer of a microsecond leaves the program its time");
	start(2000);
	sleep_ms(20);
	REQUIRE(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
	CHECK(EVENTUALLY(alarms > 10, 5000), "unblocked, one of two milliseconds goes on");
	start(0);
	sleep_ms(20);
	before = alarms;
	sleep_ms(50);
	CHECK_INT(alarms, before, "stopped");
	signal(SIGALRM, SIG_IGN);
	start(1);
	work();
	start(0);
	CHECK(true, "ignored, it leaves the program its time");
}

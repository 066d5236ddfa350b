/* SPDX-License-Identifier: MIT */
/*
 * setitimer ITIMER_REAL: one shot fires once, an interval repeats, cancelling returns what is
 * left.
 */
#include "lib/contract.h"

#include <sys/time.h>

static volatile sig_atomic_t fired;

static void on_alarm(int sig) { (void)sig; fired++; }

void contract_main(void)
{
	struct itimerval once = { { 0, 0 }, { 0, 50000 } }, every = { { 0, 10000 }, { 0, 10000 } };
	struct itimerval zero = { { 0, 0 }, { 0, 0 } }, far = { { 3, 0 }, { 100, 0 } }, old;
	int64_t start;

	on_signal(SIGALRM, on_alarm, 0);
	start = now_ns();
	CHECK_INT(setitimer(ITIMER_REAL, &once, &old), 0, "arm once");
	CHECK(!old.it_value.tv_sec && !old.it_value.tv_usec, "nothing was armed before");
	pause();
	CHECK(now_ns() - start >= 50000000, "not before 50 ms");
	sleep_ms(120);
	CHECK_INT(fired, 1, "it fired once");
	getitimer(ITIMER_REAL, &old);
	CHECK(!old.it_value.tv_sec && !old.it_value.tv_usec, "and is unarmed");
	fired = 0;
	REQUIRE(setitimer(ITIMER_REAL, &every, NULL) == 0);
	while (fired < 5)
		pause();
	CHECK(true, "an interval fires again and again");
	REQUIRE(setitimer(ITIMER_REAL, &zero, NULL) == 0);
	fired = 0;
	sleep_ms(50);
	CHECK_INT(fired, 0, "until it is cancelled");
	REQUIRE(setitimer(ITIMER_REAL, &far, NULL) == 0);
	CHECK_INT(setitimer(ITIMER_REAL, &zero, &old), 0, "cancelling");
	CHECK(old.it_value.tv_sec == 99 || old.it_value.tv_sec == 100, "returns what is left");
	CHECK_INT(old.it_interval.tv_sec, 3, "and the interval");
	once.it_value.tv_usec = 1000000;
	CHECK_ERR(setitimer(ITIMER_REAL, &once, NULL), EINVAL, "a million microseconds are EINVAL");
	CHECK_ERR(setitimer(99, &zero, NULL), EINVAL, "an unknown timer is EINVAL");
}

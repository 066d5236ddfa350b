/* SPDX-License-Identifier: MIT */
/* timer_create: a signal with its value, intervals and overruns, gettime, delete; errors. */
#include "lib/contract.h"

static volatile int count, value, code;

static void handler(int sig, siginfo_t *info, void *uc)
{
	count++;
	value = info->si_value.sival_int;
	code = info->si_code;
}

void contract_main(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77 };
	struct itimerspec once = { { 0, 0 }, { 0, 30000000 } }, every = { { 0, 5000000 }, { 0, 5000000 } };
	struct itimerspec off = { { 0, 0 }, { 0, 0 } }, got;
	sigset_t set, old;
	siginfo_t info;
	int64_t start;
	timer_t timer;

	on_siginfo(SIGUSR1, handler, 0);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &ev, &timer), 0, "timer_create");
	start = now_ns();
	REQUIRE(timer_settime(timer, 0, &once, NULL) == 0);
	while (count == 0)
		sleep_ms(1);
	CHECK(now_ns() - start >= 30000000, "not early");
	CHECK_INT(value, 77, "the signal carries the value");
	CHECK_INT(code, SI_TIMER, "and code SI_TIMER");
	sleep_ms(50);
	CHECK_INT(count, 1, "once");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	REQUIRE(timer_settime(timer, 0, &every, NULL) == 0);
	sleep_ms(100);
	CHECK_INT(sigwaitinfo(&set, &info), SIGUSR1, "blocked expirations are one signal");
	CHECK(info.si_overrun >= 10, "which counts the others as overruns");
	CHECK_INT(info.si_value.sival_int, 77, "and has the value");
	REQUIRE(timer_gettime(timer, &got) == 0);
	CHECK_INT(got.it_interval.tv_nsec, 5000000, "the interval reads back");
	REQUIRE(timer_settime(timer, 0, &off, &got) == 0);
	while (sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 }) == SIGUSR1)
		;
	sigprocmask(SIG_SETMASK, &old, NULL);
	count = 0;
	sleep_ms(30);
	CHECK_INT(count, 0, "disarmed it is silent");
	CHECK_INT(timer_delete(timer), 0, "timer_delete");
	CHECK_ERR(syscall(SYS_timer_settime, 0x7fff, 0, &once, NULL), EINVAL,
		  "an unknown timer is EINVAL");
	CHECK_ERR(timer_create(9999, &ev, &timer), EINVAL, "an unknown clock is EINVAL");
	ev.sigev_signo = 65;
	CHECK_ERR(timer_create(CLOCK_MONOTONIC, &ev, &timer), EINVAL, "signal 65 is EINVAL");
}

/* SPDX-License-Identifier: MIT */
/*
 * nanosleep, clock_nanosleep: EINTR tells what is left; absolute sleeps do not touch it;
 * restart after stop.
 */
#include "lib/contract.h"

static void handler(int sig) { }

static pid_t signal_later(int ms)
{
	pid_t parent = getpid(), pid = fork_child();

	if (pid == 0) {
		sleep_ms(ms);
		_exit(kill(parent, SIGUSR1));
	}
	return pid;
}

void contract_main(void)
{
	struct timespec ts = { 5, 0 }, left = { 99, 99 }, abs;
	int64_t slept, start;
	pid_t pid;

	on_signal(SIGUSR1, handler, SA_RESTART);
	pid = signal_later(100);
	start = now_ns();
	CHECK_ERR(nanosleep(&ts, &left), EINTR, "nanosleep is EINTR");
	slept = now_ns() - start;
	CHECK(llabs((int64_t)left.tv_sec * 1000000000 + left.tv_nsec + slept - 5000000000LL) <
	      200000000LL * contract_slow(), "slept and left make the whole");
	wait_status(pid);
	pid = signal_later(50);
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &left), EINTR,
		  "clock_nanosleep is EINTR");
	CHECK(left.tv_sec == 4, "and tells what is left");
	wait_status(pid);
	clock_gettime(CLOCK_MONOTONIC, &abs);
	abs.tv_sec += 10;
	left = (struct timespec){ 77, 77 };
	pid = signal_later(50);
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &abs, &left), EINTR,
		  "an absolute sleep is EINTR");
	CHECK(left.tv_sec == 77 && left.tv_nsec == 77, "and writes nothing");
	wait_status(pid);
	pid = signal_later(50);
	CHECK_ERR(nanosleep(&ts, NULL), EINTR, "a NULL remainder is fine");
	wait_status(pid);
}

/* SPDX-License-Identifier: MIT */
/*
 * Timers and sleeps on clocks of CPU time: of the process, of a thread, of another process; they stand still with it.
 * Which clocks are refused.
 */
#include "lib/contract.h"

#include <sys/syscall.h>

#define PROCESS_CLOCK(pid)	((clockid_t)(~(unsigned)(pid) << 3 | 2))

static volatile sig_atomic_t hits;
static volatile int value;

static void note_timer(int sig, siginfo_t *info, void *context)
{
	hits++;
	value = info->si_value.sival_int;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	REQUIRE(clock_gettime(clock, &ts) == 0);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void burn(clockid_t clock, int64_t ns)
{
	int64_t end = clock_ns(clock) + ns;

	while (clock_ns(clock) < end)
		;
}

static timer_t make(clockid_t clock)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 55 };
	timer_t timer;

	CHECK_INT(timer_create(clock, &ev, &timer), 0, "timer_create on clock %d", (int)clock);
	return timer;
}

static void set(timer_t timer, long value_ns, long interval_ns, int flags)
{
	struct itimerspec it = { { 0, interval_ns }, { value_ns / 1000000000, value_ns % 1000000000 } };

	CHECK_INT(timer_settime(timer, flags, &it, NULL), 0, "timer_settime");
}

static void timers(clockid_t clock, const char *name)
{
	struct itimerspec it;
	timer_t timer = make(clock);
	int before;

	hits = 0;
	set(timer, 60000000, 0, 0);
	sleep_ms(150);
	CHECK_INT(hits, 0, "%s: sleeping takes no CPU time", name);
	CHECK(timer_gettime(timer, &it) == 0 && it.it_value.tv_nsec > 10000000, "most of it remains");
	burn(clock, 100000000);
	CHECK(EVENTUALLY(hits == 1, 1000), "it fires");
	CHECK_INT(value, 55, "with its value");
	CHECK(timer_gettime(timer, &it) == 0 && it.it_value.tv_sec == 0 && it.it_value.tv_nsec == 0, "once");
	hits = 0;
	set(timer, 20000000, 20000000, 0);
	burn(clock, 150000000);
	CHECK(hits >= 3, "periodic: several times");
	set(timer, 0, 0, 0);
	before = hits;
	burn(clock, 60000000);
	CHECK(hits <= before + 1, "disarmed");
	hits = 0;
	set(timer, clock_ns(clock) + 30000000, 0, TIMER_ABSTIME);
	burn(clock, 80000000);
	CHECK(EVENTUALLY(hits == 1, 1000), "absolute");
	CHECK_INT(timer_delete(timer), 0, "timer_delete");
}

/* SIGEV_NONE, as memset leaves the rest: no signal, whatever number, when its time comes. */
static void silent(clockid_t clock)
{
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };
	struct itimerspec it;
	timer_t timer;

	CHECK_INT(timer_create(clock, &ev, &timer), 0, "SIGEV_NONE on clock %d", (int)clock);
	set(timer, 5000000, 0, 0);
	burn(clock, 40000000);
	CHECK(timer_gettime(timer, &it) == 0 && it.it_value.tv_sec == 0 && it.it_value.tv_nsec == 0, "it is over");
	set(timer, 5000000, 3000000, 0);
	burn(clock, 40000000);
	CHECK(timer_gettime(timer, &it) == 0 && it.it_value.tv_nsec > 0 && it.it_value.tv_nsec <= 3000000,
	      "a periodic one tells how long to the next");
	CHECK_INT(timer_delete(timer), 0, "timer_delete");
}

static void of_another(void)
{
	clockid_t clock;
	timer_t timer;
	struct timespec ts;
	pid_t pid = fork_child();

	if (pid == 0) {
		for (;;)
			;
	}
	CHECK_INT(clock_getcpuclockid(pid, &clock), 0, "clock_getcpuclockid of a child");
	CHECK_INT(clock, PROCESS_CLOCK(pid), "its number");
	timer = make(clock);
	hits = 0;
	set(timer, 30000000, 0, 0);
	CHECK(EVENTUALLY(hits == 1, 5000), "a timer on the child's CPU time");
	ts = (struct timespec){ 0, 50000000 };
	CHECK_INT(syscall(SYS_clock_nanosleep, clock, 0, &ts, NULL), 0, "a sleep on it");
	kill(pid, SIGSTOP);
	REQUIRE(EVENTUALLY(process_state(pid) == 'T', 5000));
	set(timer, 30000000, 0, 0);
	sleep_ms(100);
	CHECK_INT(hits, 1, "it is stopped: so is its clock");
	kill(pid, SIGKILL);
	wait_status(pid);
	CHECK_INT(timer_delete(timer), 0, "it is gone, the timer is not");
	CHECK(clock_gettime(clock, &ts) == -1 && errno == EINVAL, "its clock is EINVAL");
}

static void errors(void)
{
	struct timespec ts = { 0, 1000000 };
	timer_t timer;

	CHECK_INT(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL) < 0, 1,
		  "sleeping on one's own thread's time is refused");
	CHECK_ERR(timer_create(PROCESS_CLOCK(0x7fffff), NULL, &timer), EINVAL, "a process that is not there");
	CHECK_ERR(syscall(SYS_clock_nanosleep, PROCESS_CLOCK(0x7fffff), 0, &ts, NULL), EINVAL, "for a sleep too");
}

/* Each period that passes would be a signal: the machine must not drown in them. */
static void fine_periods(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	struct itimerspec it = { { 0, 1 }, { 0, 1 } };
	siginfo_t info;
	sigset_t set;
	timer_t timer;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	REQUIRE(timer_create(CLOCK_MONOTONIC, &ev, &timer) == 0);
	CHECK_INT(timer_settime(timer, 0, &it, NULL), 0, "a period of 1 ns");
	sleep_ms(20);
	CHECK_INT(sigwaitinfo(&set, &info), SIGUSR2, "a signal");
	CHECK(info.si_overrun >= 10000000, "stands for all periods");
	CHECK(timer_getoverrun(timer) >= 10000000, "as timer_getoverrun says");
	CHECK_INT(sigwaitinfo(&set, &info), SIGUSR2, "the next comes");
	signal(SIGUSR2, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sleep_ms(20);
	CHECK_INT(timer_delete(timer), 0, "ignored, it costs nothing either");
}

void contract_main(void)
{
	on_siginfo(SIGUSR1, note_timer, SA_RESTART);
	timers(CLOCK_PROCESS_CPUTIME_ID, "process");
	timers(CLOCK_THREAD_CPUTIME_ID, "thread");
	silent(CLOCK_PROCESS_CPUTIME_ID);
	silent(CLOCK_THREAD_CPUTIME_ID);
	of_another();
	errors();
	fine_periods();
}

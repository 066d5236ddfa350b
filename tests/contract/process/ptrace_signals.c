/* SPDX-License-Identifier: MIT */
/*
 * Signal stops: the tracer passes a signal, swallows it, puts another in its place, edits siginfo; ignored signals are
 * seen; SIGKILL is not; masks and queues can be read and set; a stop that is not a signal's takes none.
 */
#include "lib/trace.h"

#ifndef PTRACE_GETSIGMASK
#define PTRACE_GETSIGMASK 0x420a
#define PTRACE_SETSIGMASK 0x420b
#endif

static volatile int got, value;

static void note_signal(int sig, siginfo_t *info, void *context)
{
	got = sig;
	value = info->si_value.sival_int;
}

static void raises(void)
{
	union sigval v = { .sival_int = 11 };

	signal(SIGURG, SIG_IGN);
	on_siginfo(SIGUSR1, note_signal, 0);
	on_siginfo(SIGUSR2, note_signal, 0);
	raise(SIGUSR1);
	if (got)
		_exit(1);
	raise(SIGUSR1);
	if (got != SIGUSR2)
		_exit(2);
	sigqueue(getpid(), SIGUSR1, v);
	if (got != SIGUSR1 || value != 22)
		_exit(3);
	raise(SIGURG);
	raise(SIGUSR1);
	for (;;)
		pause();
}

static void next(pid_t pid, int sig, int want)
{
	REQUIRE(trace(PTRACE_CONT, pid, 0, (unsigned long)sig) == 0);
	CHECK_STOP(pid, want, "signal %d is seen", want);
}

static void masks(pid_t pid)
{
	struct ptrace_peeksiginfo_args args = { .nr = 4, .flags = PTRACE_PEEKSIGINFO_SHARED };
	siginfo_t info[4];
	uint64_t mask = 0;

	CHECK_INT(trace(PTRACE_GETSIGMASK, pid, 8, (unsigned long)&mask), 0, "GETSIGMASK");
	CHECK_INT(mask & 1UL << (SIGUSR2 - 1), 0, "SIGUSR2 is not blocked");
	mask |= 1UL << (SIGUSR2 - 1);
	CHECK_INT(trace(PTRACE_SETSIGMASK, pid, 8, (unsigned long)&mask), 0, "SETSIGMASK");
	CHECK_ERR(trace(PTRACE_GETSIGMASK, pid, 4, (unsigned long)&mask), EINVAL, "a wrong size is EINVAL");
	kill(pid, SIGUSR2);
	CHECK_INT(trace(PTRACE_PEEKSIGINFO, pid, (unsigned long)&args, (unsigned long)info), 1, "PEEKSIGINFO");
	CHECK_INT(info[0].si_signo, SIGUSR2, "shows what is pending");
	args.off = 1;
	CHECK_INT(trace(PTRACE_PEEKSIGINFO, pid, (unsigned long)&args, (unsigned long)info), 0, "and no more");
}

void contract_main(void)
{
	pid_t pid = traced_child(raises);
	siginfo_t info;

	next(pid, 0, SIGUSR1);
	CHECK_INT(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info), 0, "GETSIGINFO");
	CHECK_INT(info.si_signo, SIGUSR1, "si_signo");
	CHECK_INT(info.si_pid, pid, "si_pid");
	next(pid, 0, SIGUSR1);		/* the first was swallowed */
	next(pid, SIGUSR2, SIGUSR1);	/* the second became another */
	CHECK_INT(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info), 0, "GETSIGINFO");
	CHECK_INT(info.si_value.sival_int, 11, "the value");
	info.si_value.sival_int = 22;
	CHECK_INT(trace(PTRACE_SETSIGINFO, pid, 0, (unsigned long)&info), 0, "SETSIGINFO");
	next(pid, SIGUSR1, SIGURG);	/* edited; the next is ignored, but seen */
	next(pid, SIGURG, SIGUSR1);
	masks(pid);
	kill(pid, SIGKILL);
	CHECK_INT(trace_wait(pid), SIGKILL, "SIGKILL ends a stopped tracee, unseen");
}

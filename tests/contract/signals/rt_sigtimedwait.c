/* SPDX-License-Identifier: MIT */
/*
 * sigtimedwait: takes a pending signal with its siginfo; EAGAIN at the time's end; EINTR for
 * others.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void handler(int sig) { (void)sig; got++; }

void contract_main(void)
{
	struct timespec short_time = { 0, 30000000 }, zero = { 0, 0 }, bad = { 0, 1000000000 };
	sigset_t set;
	siginfo_t info;
	int64_t start;
	pid_t pid, parent = getpid();

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start = now_ns();
	CHECK_ERR(sigtimedwait(&set, &info, &short_time), EAGAIN, "EAGAIN when the time is up");
	CHECK(now_ns() - start >= 30000000, "and not before");
	CHECK_ERR(sigtimedwait(&set, &info, &zero), EAGAIN, "a zero time polls");
	kill(parent, SIGUSR1);
	CHECK_INT(sigtimedwait(&set, &info, &zero), SIGUSR1, "a pending signal is returned");
	CHECK_INT(info.si_code, SI_USER, "with code SI_USER");
	CHECK_INT(info.si_pid, parent, "the sender's pid");
	CHECK_ERR(sigtimedwait(&set, NULL, &zero), EAGAIN, "and is no longer pending");
	sigqueue(parent, SIGRTMIN + 2, (union sigval){ .sival_int = 4711 });
	CHECK_INT(sigwaitinfo(&set, &info), SIGRTMIN + 2, "a queued signal is returned");
	CHECK_INT(info.si_code, SI_QUEUE, "with code SI_QUEUE");
	CHECK_INT(info.si_value.sival_int, 4711, "and its value");
	CHECK_ERR(sigtimedwait(&set, &info, &bad), EINVAL, "a bad time is EINVAL");
	on_signal(SIGUSR2, handler, SA_RESTART);
	pid = fork_child();
	if (pid == 0) {
		wait_asleep(parent);
		_exit(kill(parent, SIGUSR2));
	}
	CHECK_ERR(syscall(SYS_rt_sigtimedwait, &set, &info, &(struct timespec){ 10, 0 }, 8), EINTR,
		  "a signal not in the set interrupts, SA_RESTART or not");
	CHECK_INT(got, 1, "after its handler");
	wait_status(pid);
	pid = fork_child();
	if (pid == 0) {
		wait_asleep(parent);
		_exit(kill(parent, SIGUSR1));
	}
	CHECK_INT(sigtimedwait(&set, &info, &(struct timespec){ 10, 0 }), SIGUSR1,
		  "a sleeper is woken");
	CHECK_INT(info.si_pid, pid, "by this sender");
	wait_status(pid);
}

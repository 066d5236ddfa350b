/* SPDX-License-Identifier: MIT */
/* What a filter may answer: ERRNO, TRAP with its siginfo, KILL_THREAD, KILL_PROCESS, LOG, TRACE, USER_NOTIF alone. */
#include "lib/seccomp.h"

#include <pthread.h>

static siginfo_t seen;

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	seen = *info;
}

static int with_errno(void *arg)
{
	(void)arg;
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_ERRNO | 77), ON(SYS_getpgrp, SECCOMP_RET_ERRNO),
			ON(SYS_getsid, SECCOMP_RET_ERRNO | 0xffff), RET(SECCOMP_RET_ALLOW)) == 0);
	CHECK_ERR(syscall(SYS_getppid), 77, "SECCOMP_RET_ERRNO | 77");
	CHECK_INT(syscall(SYS_getpgrp), 0, "errno 0 is a result of 0");
	CHECK_ERR(syscall(SYS_getsid, 0), 4095, "at most 4095");
	CHECK_INT(syscall(SYS_getpid), getpid(), "others are made");
	CHECK_INT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 2, "PR_GET_SECCOMP");
	return 0;
}

static int with_trap(void *arg)
{
	(void)arg;
	on_siginfo(SIGSYS, on_sigsys, 0);
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_TRAP | 42), RET(SECCOMP_RET_ALLOW)) == 0);
	CHECK_INT(syscall(SYS_getppid), SYS_getppid, "the call is not made: its number stays");
	CHECK(seen.si_signo == SIGSYS && seen.si_code == 1 && seen.si_errno == 42 && seen.si_syscall == SYS_getppid &&
	      seen.si_arch == AUDIT_ARCH_X86_64 && seen.si_call_addr, "SIGSYS says which call, and why");
	return 0;
}

static volatile pid_t caller_tid;

static void *caller(void *arg)
{
	caller_tid = gettid();
	syscall(SYS_getppid);
	return arg;
}

static int kill_thread(void *arg)
{
	pthread_t t;

	(void)arg;
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_KILL_THREAD), RET(SECCOMP_RET_ALLOW)) == 0);
	REQUIRE(pthread_create(&t, NULL, caller, NULL) == 0);
	/* No join: the thread has no time to tell libc of its end. */
	CHECK(EVENTUALLY(caller_tid && syscall(SYS_tgkill, getpid(), caller_tid, 0) == -1, 5000), "the thread is gone");
	return 7;
}

static int kill_alone(void *arg)
{
	uint32_t action = *(uint32_t *)arg;

	signal(SIGSYS, SIG_IGN);
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, action), RET(SECCOMP_RET_ALLOW)) == 0);
	syscall(SYS_getppid);
	return 1;
}

static int kill_process(void *arg)
{
	pthread_t t;

	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_KILL_PROCESS), RET(SECCOMP_RET_ALLOW)) == 0);
	REQUIRE(pthread_create(&t, NULL, caller, arg) == 0);
	pthread_join(t, NULL);
	sleep_ms(5000);
	return 1;
}

static int mild(void *arg)
{
	(void)arg;
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_LOG), ON(SYS_getpgrp, SECCOMP_RET_TRACE | 5),
			ON(SYS_getsid, SECCOMP_RET_USER_NOTIF), RET(SECCOMP_RET_ALLOW)) == 0);
	CHECK_INT(syscall(SYS_getppid), getppid(), "SECCOMP_RET_LOG makes the call");
	CHECK_ERR(syscall(SYS_getpgrp), ENOSYS, "SECCOMP_RET_TRACE without a tracer");
	CHECK_ERR(syscall(SYS_getsid, 0), ENOSYS, "SECCOMP_RET_USER_NOTIF without a listener");
	return 0;
}

static int strictest(void *arg)
{
	(void)arg;
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_ERRNO | 1), RET(SECCOMP_RET_ALLOW)) == 0);
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_ERRNO | 2), ON(SYS_getpgrp, SECCOMP_RET_LOG),
			RET(SECCOMP_RET_ALLOW)) == 0);
	CHECK_ERR(syscall(SYS_getppid), 2, "of two equals the newest counts");
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_LOG), RET(SECCOMP_RET_ALLOW)) == 0);
	CHECK_ERR(syscall(SYS_getppid), 2, "a milder one changes nothing");
	return 0;
}

void contract_main(void)
{
	uint32_t thread = SECCOMP_RET_KILL_THREAD, process = SECCOMP_RET_KILL_PROCESS, unknown = 0x12340000;

	CHECK_EXIT(with_errno, NULL, 0, "errors");
	CHECK_EXIT(with_trap, NULL, 0, "traps");
	CHECK_EXIT(kill_thread, NULL, 7, "KILL_THREAD ends one thread");
	CHECK_SIGNALLED(kill_alone, &thread, SIGSYS, "KILL_THREAD of the only thread, SIGSYS ignored");
	CHECK_SIGNALLED(kill_alone, &process, SIGSYS, "KILL_PROCESS");
	CHECK_SIGNALLED(kill_alone, &unknown, SIGSYS, "an unknown action");
	CHECK_SIGNALLED(kill_process, NULL, SIGSYS, "KILL_PROCESS ends all threads");
	CHECK_EXIT(mild, NULL, 0, "log, trace, notify");
	CHECK_EXIT(strictest, NULL, 0, "several filters");
}

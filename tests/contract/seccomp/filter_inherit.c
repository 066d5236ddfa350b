/* SPDX-License-Identifier: MIT */
/* Filters pass to children, threads and programs, TSYNC to the threads there are; strict mode. */
#include "lib/seccomp.h"

#include <pthread.h>
#include <semaphore.h>

static sem_t go, ready;

int contract_role(const char *role, int argc, char **argv)
{
	(void)role, (void)argc, (void)argv;
	return syscall(SYS_getppid) == -1 && errno == 33 ? 0 : 1;
}

static void refuse_getppid(void)
{
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_ERRNO | 33), RET(SECCOMP_RET_ALLOW)) == 0);
}

static void *asks(void *arg)
{
	sem_post(&ready);
	sem_wait(&go);
	*(int *)arg = syscall(SYS_getppid) == -1 ? errno : 0;
	return NULL;
}

static int inherited(void *arg)
{
	int got = 0;
	pthread_t t;
	pid_t pid;

	(void)arg;
	refuse_getppid();
	pid = fork_child();
	if (pid == 0)
		_exit(syscall(SYS_getppid) == -1 && errno == 33 ? 0 : 1);
	CHECK_INT(wait_status(pid), 0, "a child");
	sem_post(&go);
	REQUIRE(pthread_create(&t, NULL, asks, &got) == 0 && pthread_join(t, NULL) == 0);
	CHECK_INT(got, 33, "a new thread");
	CHECK_INT(run_role("asks", NULL, NULL, NULL), 0, "a program");
	return 0;
}

static int synchronised(void *arg)
{
	int got = 0;
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, asks, &got) == 0);
	sem_wait(&ready);
	give_up_privileges();
	REQUIRE(INSTALL(arg ? SECCOMP_FILTER_FLAG_TSYNC : 0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_ERRNO | 33),
			RET(SECCOMP_RET_ALLOW)) == 0);
	sem_post(&go);
	pthread_join(t, NULL);
	CHECK_INT(got, arg ? 33 : 0, arg ? "TSYNC reaches a thread" : "without it a thread is not reached");
	return 0;
}

static pid_t stray_tid;

static void *stray(void *arg)
{
	refuse_getppid();
	stray_tid = gettid();
	sem_post(&ready);
	sem_wait(&go);
	return arg;
}

static int cannot_follow(void *arg)
{
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, stray, arg) == 0);
	sem_wait(&ready);
	give_up_privileges();
	CHECK_INT(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, RET(SECCOMP_RET_ALLOW)), stray_tid,
		  "a thread with a filter of its own: its id");
	CHECK_ERR(INSTALL(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH, RET(SECCOMP_RET_ALLOW)), ESRCH,
		  "or ESRCH");
	CHECK_INT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0, "nothing was installed");
	sem_post(&go);
	pthread_join(t, NULL);
	return 0;
}

static int strict(void *arg)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	if (write(1, "", 0))
		return 2;
	if (arg)
		syscall(SYS_getpid);
	syscall(SYS_exit, 9);
	return 3;
}

void contract_main(void)
{
	sem_init(&go, 0, 0);
	sem_init(&ready, 0, 0);
	CHECK_EXIT(inherited, NULL, 0, "inheritance");
	CHECK_EXIT(synchronised, NULL, 0, "one thread");
	CHECK_EXIT(synchronised, &go, 0, "all threads");
	CHECK_EXIT(cannot_follow, NULL, 0, "a thread that cannot follow");
	CHECK_EXIT(strict, NULL, 9, "strict mode: write and exit");
	CHECK_SIGNALLED(strict, &go, SIGKILL, "anything else");
}

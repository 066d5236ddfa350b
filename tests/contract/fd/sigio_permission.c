/* SPDX-License-Identifier: MIT */
/* SIGIO goes only where whoever made the owner might have sent a signal; a thread as owner gets it itself. */
#include "lib/contract.h"

#include <pthread.h>

static int p[2];
static volatile sig_atomic_t got;
static volatile pid_t where;
static pid_t tid;

static void on_io(int sig)
{
	(void)sig;
	got++;
	where = (pid_t)syscall(SYS_gettid);
}

static void *thread(void *arg)
{
	__atomic_store_n(&tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	while (!got)
		sleep_ms(1);
	return arg;
}

static void own_thread(void)
{
	struct f_owner_ex ex = { F_OWNER_TID, 0 };
	pthread_t t;

	got = 0;
	on_signal(SIGIO, on_io, 0);
	REQUIRE(pthread_create(&t, NULL, thread, NULL) == 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	ex.pid = tid;
	REQUIRE(fcntl(p[0], F_SETOWN_EX, &ex) == 0);
	REQUIRE(write(p[1], "x", 1) == 1);
	pthread_join(t, NULL);
	CHECK_INT(got, 1, "one signal");
	CHECK_INT(where, tid, "to the thread that owns the pipe");
}

/* Of user 4001, tells the owner's pipe of a process of user `uid` made it the owner. */
static int stranger(void *arg)
{
	pid_t target = *(pid_t *)arg;

	if (setgid(4001) || setuid(4001))
		return 100;
	if (fcntl(p[0], F_SETOWN, target))
		return 101;
	return write(p[1], "x", 1) == 1 ? 0 : 102;
}

void contract_main(void)
{
	pid_t self = getpid();

	need_root();
	REQUIRE(pipe(p) == 0 && fcntl(p[0], F_SETFL, O_ASYNC) == 0);
	own_thread();
	on_signal(SIGIO, on_io, 0);
	got = 0;
	CHECK_EXIT(stranger, &self, 0, "another user makes this process the owner");
	sleep_ms(20);
	CHECK_INT(got, 0, "it is sent nothing");
	REQUIRE(fcntl(p[0], F_SETOWN, getpid()) == 0);
	REQUIRE(write(p[1], "x", 1) == 1);
	CHECK(EVENTUALLY(got == 1, 1000), "until it makes itself the owner");
}

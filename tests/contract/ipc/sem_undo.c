/* SPDX-License-Identifier: MIT */
/* SEM_UNDO: given back at exit and at a kill, cleared by SETVAL, kept over exec, not inherited by fork, by threads. */
#include "lib/contract.h"

#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>

static int set;

static int change(int by)
{
	struct sembuf op = { 0, (short)by, SEM_UNDO };

	return semop(set, &op, 1);
}

static int value(void)
{
	return semctl(set, 0, GETVAL);
}

static void assign(int v)
{
	union { int val; void *p; } arg = { .val = v };

	REQUIRE(semctl(set, 0, SETVAL, arg) == 0);
}

static int take_and_exit(void *arg)
{
	(void)arg;
	return change(-2) || value() != 3;
}

static int take_and_die(void *arg)
{
	(void)arg;
	change(-2);
	kill(getpid(), SIGKILL);
	return 1;
}

static int take_set_exit(void *arg)
{
	(void)arg;
	change(-1);
	assign(7);
	return 0;
}

static void *taker(void *arg)
{
	(void)arg;
	change(-1);
	return NULL;
}

/* Threads share one list: the end of one gives nothing back. */
static int threads(void *arg)
{
	pthread_t t;

	(void)arg;
	if (pthread_create(&t, NULL, taker, NULL) || pthread_join(t, NULL))
		return 2;
	return value() == 4 ? 0 : 1;
}

/* The parent's undo is not the child's. */
static int forked(void *arg)
{
	pid_t pid;

	(void)arg;
	change(-1);
	pid = fork_child();
	if (pid == 0)
		_exit(0);
	wait_status(pid);
	return value() == 4 ? 0 : 1;
}

int contract_role(const char *role, int argc, char **argv)
{
	(void)argc, (void)role;
	set = atoi(argv[2]);
	return value();
}

static int execs(void *arg)
{
	char text[16];

	(void)arg;
	snprintf(text, sizeof(text), "%d", set);
	change(-1);
	execl(contract_self(), contract_self(), "@value", text, NULL);
	return 99;
}

static int below_zero(void *arg)
{
	(void)arg;
	change(3);
	assign(5);
	change(3);		/* now 8, to be undone by -3 */
	struct sembuf op = { 0, -7, 0 };

	return semop(set, &op, 1);	/* 1 left */
}

void contract_main(void)
{
	set = semget(IPC_PRIVATE, 2, 0600);
	REQUIRE(set >= 0);
	assign(5);
	CHECK_EXIT(take_and_exit, NULL, 0, "takes two");
	CHECK_INT(value(), 5, "exit gave them back");
	CHECK_SIGNALLED(take_and_die, NULL, SIGKILL, "is killed");
	CHECK_INT(value(), 5, "which gave them back, too");
	CHECK_EXIT(take_set_exit, NULL, 0, "SETVAL after a change");
	CHECK_INT(value(), 7, "nothing is undone after SETVAL");
	assign(5);
	CHECK_EXIT(threads, NULL, 0, "a thread's end gives nothing back");
	CHECK_INT(value(), 5, "the process's does");
	CHECK_EXIT(forked, NULL, 0, "a child's exit does not undo what its parent did");
	CHECK_INT(value(), 5, "the parent's does");
	CHECK_EXIT(execs, NULL, 4, "exec keeps it");
	CHECK_INT(value(), 5, "until the new program ends");
	CHECK_EXIT(below_zero, NULL, 0, "leaves less than is to be undone");
	CHECK_INT(value(), 0, "undone as far as 0");
	semctl(set, 0, IPC_RMID);
}

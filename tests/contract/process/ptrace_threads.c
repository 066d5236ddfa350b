/* SPDX-License-Identifier: MIT */
/*
 * Threads of a tracee: PTRACE_EVENT_CLONE, each is waited for by its number, its end is reported, its own registers;
 * exec by a thread takes the leader's number; a process of threads ends one by one.
 */
#include "lib/trace.h"

#include <pthread.h>

int contract_role(const char *role, int argc, char **argv)
{
	return 4;
}

static void *works(void *arg)
{
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	return NULL;
}

static void *execs(void *arg)
{
	execl(contract_self(), contract_self(), "@role", NULL);
	_exit(1);
}

static void with_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, works, NULL))
		_exit(1);
	pthread_join(t, NULL);
	if (pthread_create(&t, NULL, execs, NULL))
		_exit(1);
	pause();
	_exit(2);
}

#define EVENT(name) (SIGTRAP | PTRACE_EVENT_##name << 8)

static pid_t new_thread(pid_t pid)
{
	pid_t tid;

	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, EVENT(CLONE), "PTRACE_EVENT_CLONE");
	tid = (pid_t)trace_message(pid);
	CHECK(tid != pid, "its message is the thread");
	CHECK_STOP(tid, SIGSTOP, "which starts stopped");
	return tid;
}

void contract_main(void)
{
	pid_t pid = traced_child(with_thread), tid;
	int status;

	REQUIRE(trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) == 0);
	tid = new_thread(pid);
	CHECK(trace_regs(tid).rsp != trace_regs(pid).rsp, "it has registers of its own");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	REQUIRE(trace(PTRACE_CONT, tid, 0, 0) == 0);
	CHECK_STOP(tid, SIGUSR1, "its signal stops it");
	CHECK_INT(thread_state(pid, tid), 't', "in state t");
	CHECK(EVENTUALLY(thread_state(pid, pid) == 'S', 2000), "while the other sleeps");
	CHECK_INT(waitpid(pid, &status, WNOHANG | __WALL), 0, "and has no news");
	REQUIRE(trace(PTRACE_CONT, tid, 0, 0) == 0);
	CHECK_INT(trace_wait(tid), 0, "its end is reported");
	CHECK_STOP(pid, EVENT(CLONE), "another thread");
	tid = (pid_t)trace_message(pid);
	CHECK_STOP(tid, SIGSTOP, "starts stopped");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	REQUIRE(trace(PTRACE_CONT, tid, 0, 0) == 0);
	CHECK_STOP(pid, EVENT(EXEC), "its exec is the leader's");
	CHECK_INT(trace_message(pid), tid, "with its old number");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_INT(trace_wait(pid), 4 << 8, "the new program ends");
	CHECK_ERR(waitpid(-1, &status, __WALL), ECHILD, "nobody is left");
}

/* SPDX-License-Identifier: MIT */
/*
 * The tracer ends: tracees go on, stopped ones too; with PTRACE_O_EXITKILL they end. The tracee's end is told to
 * its tracer by SIGCHLD; a tracee's zombie keeps for its tracer.
 */
#include "lib/trace.h"

static volatile int *shared;

static pid_t busy(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		for (;;) {
			shared[0]++;
			sleep_ms(1);
		}
	}
	return pid;
}

static int attaches(void *arg)
{
	pid_t pid = *(pid_t *)arg;

	if (trace(PTRACE_ATTACH, pid, 0, 0) || trace_wait(pid) != STOPPED_BY(SIGSTOP))
		return 1;
	return 0;
}

static int seizes_to_kill(void *arg)
{
	return trace(PTRACE_SEIZE, *(pid_t *)arg, 0, PTRACE_O_EXITKILL) ? 1 : 0;
}

static volatile int sigchld_code, sigchld_pid;

static void on_child(int sig, siginfo_t *info, void *context)
{
	sigchld_code = info->si_code;
	sigchld_pid = info->si_pid;
}

static void stops(void)
{
	raise(SIGUSR1);
}

void contract_main(void)
{
	int before;
	pid_t pid;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	pid = busy();
	CHECK_EXIT(attaches, &pid, 0, "a tracer ends with its tracee stopped");
	before = shared[0];
	CHECK(EVENTUALLY(shared[0] > before + 3, 2000), "which goes on");
	CHECK_EXIT(seizes_to_kill, &pid, 0, "a tracer with PTRACE_O_EXITKILL ends");
	CHECK_INT(wait_status(pid), SIGKILL, "so does its tracee");
	on_siginfo(SIGCHLD, on_child, SA_RESTART);
	pid = traced_child(stops);
	CHECK_INT(sigchld_code, CLD_TRAPPED, "a stop is SIGCHLD with CLD_TRAPPED");
	CHECK_INT(sigchld_pid, pid, "of the tracee");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGUSR1, "it stops again");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK(EVENTUALLY(process_state(pid) == 'Z', 2000), "it ends as a zombie");
	CHECK_ERR(trace(PTRACE_CONT, pid, 0, 0), ESRCH, "that takes no requests");
	CHECK_INT(trace_wait(pid), 0, "until it is waited for");
	CHECK_INT(sigchld_code, CLD_EXITED, "its end is SIGCHLD with CLD_EXITED");
}

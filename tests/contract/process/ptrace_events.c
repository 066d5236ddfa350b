/* SPDX-License-Identifier: MIT */
/*
 * PTRACE_O_TRACEFORK, VFORK, VFORKDONE, CLONE, EXEC, EXIT: events, their messages, and new children that are traced
 * and start stopped.
 */
#include "lib/trace.h"

#include <sched.h>

int contract_role(const char *role, int argc, char **argv)
{
	return 9;
}

static void does_all(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(1);
	waitpid(pid, NULL, 0);
	pid = (pid_t)syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0)
		syscall(SYS_exit, 2);
	waitpid(pid, NULL, 0);
	pid = (pid_t)syscall(SYS_clone, SIGUSR2, NULL, NULL, NULL, 0);
	if (pid == 0)
		syscall(SYS_exit, 3);
	waitpid(pid, NULL, __WALL);
	execl(contract_self(), contract_self(), "@role", NULL);
}

#define EVENT(name) (SIGTRAP | PTRACE_EVENT_##name << 8)

/* Follow one child from its first stop to its end; SIGCHLD and others of `pid` are passed on. */
static void follow_child(pid_t child, int code, int first)
{
	CHECK_STOP(child, first, "the child starts stopped");
	CHECK_INT(trace(PTRACE_CONT, child, 0, 0), 0, "it is traced");
	CHECK_STOP(child, EVENT(EXIT), "PTRACE_EVENT_EXIT of the child");
	CHECK_INT(trace_message(child), code << 8, "the message is its status");
	REQUIRE(trace(PTRACE_CONT, child, 0, 0) == 0);
	CHECK_INT(trace_wait(child), code << 8, "its end");
}

static int next_event(pid_t pid)
{
	for (;;) {
		int status;

		REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
		status = trace_wait(pid);
		if (status != STOPPED_BY(SIGCHLD) && status != STOPPED_BY(SIGUSR2))
			return status;
	}
}

static void all_events(bool seize)
{
	unsigned long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT;
	int first = seize ? SIGTRAP | PTRACE_EVENT_STOP << 8 : SIGSTOP;
	pid_t pid, child;

	if (seize) {
		pid = fork_child();
		if (pid == 0) {
			raise(SIGSTOP);
			does_all();
		}
		REQUIRE(waitpid(pid, NULL, WUNTRACED) == pid);
		REQUIRE(trace(PTRACE_SEIZE, pid, 0, options) == 0);
		CHECK_STOP(pid, SIGSTOP | PTRACE_EVENT_STOP << 8, "seized in a group stop");
		kill(pid, SIGCONT);
		REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
		if (trace_wait(pid) == STOPPED_BY(first)) {
			REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
			CHECK_STOP(pid, SIGCONT, "SIGCONT arrives");
		}
	} else {
		pid = traced_child(does_all);
		REQUIRE(trace(PTRACE_SETOPTIONS, pid, 0, options) == 0);
	}
	CHECK_INT(next_event(pid), STOPPED_BY(EVENT(FORK)), "PTRACE_EVENT_FORK");
	child = (pid_t)trace_message(pid);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	follow_child(child, 1, first);
	for (;;) {
		int status = trace_wait(pid);

		if (status == STOPPED_BY(EVENT(VFORK)))
			break;
		REQUIRE(status == STOPPED_BY(SIGCHLD) && trace(PTRACE_CONT, pid, 0, 0) == 0);
	}
	child = (pid_t)trace_message(pid);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	follow_child(child, 2, first);
	CHECK_STOP(pid, EVENT(VFORK_DONE), "PTRACE_EVENT_VFORK_DONE");
	CHECK_INT(trace_message(pid), child, "its message is the child");
	CHECK_INT(next_event(pid), STOPPED_BY(EVENT(CLONE)), "another exit signal: PTRACE_EVENT_CLONE");
	child = (pid_t)trace_message(pid);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	follow_child(child, 3, first);
	for (;;) {
		int status = trace_wait(pid);

		if (status == STOPPED_BY(EVENT(EXEC)))
			break;
		REQUIRE(WIFSTOPPED(status) && trace(PTRACE_CONT, pid, 0, 0) == 0);
	}
	CHECK_INT(trace_message(pid), pid, "PTRACE_EVENT_EXEC: the message is the thread's number before");
	CHECK_INT(next_event(pid), STOPPED_BY(EVENT(EXIT)), "PTRACE_EVENT_EXIT");
	CHECK_INT(trace_message(pid), 9 << 8, "with the status");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_INT(trace_wait(pid), 9 << 8, "the end");
}

void contract_main(void)
{
	all_events(/*seize=*/false);
	all_events(/*seize=*/true);
}

/* SPDX-License-Identifier: MIT */
/* SIGCONT sent while the tracer looks at a stop signal cancels the stop, even if the tracer passes the signal on. */
#include "lib/trace.h"

static void stops(void)
{
	raise(SIGTSTP);
	_exit(5);
}

static void cancelled(int passed)
{
	pid_t pid = traced_child(stops);

	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTSTP, "the tracer sees SIGTSTP");
	kill(pid, SIGCONT);
	REQUIRE(trace(PTRACE_CONT, pid, 0, (unsigned long)passed) == 0);
	CHECK_STOP(pid, SIGCONT, "signal %d does not stop it: SIGCONT is next", passed);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_INT(trace_wait(pid), 5 << 8, "and it runs on");
}

static void not_cancelled(void)
{
	pid_t pid = traced_child(stops);

	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTSTP, "the tracer sees SIGTSTP");
	REQUIRE(trace(PTRACE_CONT, pid, 0, SIGSTOP) == 0);
	CHECK_STOP(pid, SIGSTOP, "without SIGCONT the signal put in its place stops it");
	kill(pid, SIGKILL);
	CHECK_INT(trace_wait(pid), SIGKILL, "it ends");
}

void contract_main(void)
{
	cancelled(SIGTSTP);
	cancelled(SIGSTOP);
	not_cancelled();
}

/* SPDX-License-Identifier: MIT */
/*
 * A call that a tracer interrupts goes on: through restart_syscall, after a detach at its exit, and with the time that
 * is left; the program never sees ERESTART values.
 */
#include "lib/trace.h"

static pid_t naps(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		struct timespec t = { 0, 250000000 };
		int64_t begin = now_ns();

		if (syscall(SYS_nanosleep, &t, NULL))
			_exit(errno < 128 ? errno : 127);
		_exit(now_ns() - begin >= 250000000 ? 0 : 126);
	}
	wait_asleep(pid);
	return pid;
}

static void detach_at_exit(void)
{
	pid_t pid = naps();

	REQUIRE(trace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
	REQUIRE(trace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP | PTRACE_EVENT_STOP << 8, "interrupted");
	CHECK_INT(trace_regs(pid).rax, -516, "its result says so");
	REQUIRE(trace(PTRACE_SYSCALL, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP | 0x80, "the next call");
	CHECK_INT(trace_regs(pid).orig_rax, SYS_restart_syscall, "is restart_syscall");
	REQUIRE(trace(PTRACE_SYSCALL, pid, 0, 0) == 0);
	REQUIRE(trace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP | 0x80, "interrupted again: its exit");
	CHECK_INT(trace_regs(pid).rax, -516, "with the same result");
	REQUIRE(trace(PTRACE_DETACH, pid, 0, 0) == 0);
	CHECK_INT(wait_status(pid), 0, "let go, it sleeps to the end");
}

static void many_times(void)
{
	pid_t pid = naps();

	for (int i = 0; i < 10; i++) {
		REQUIRE(trace(PTRACE_ATTACH, pid, 0, 0) == 0);
		REQUIRE(trace_wait(pid) == STOPPED_BY(SIGSTOP));
		REQUIRE(trace(PTRACE_DETACH, pid, 0, 0) == 0);
	}
	CHECK_INT(wait_status(pid), 0, "attached to ten times, it sleeps as long as it should");
}

void contract_main(void)
{
	detach_at_exit();
	many_times();
}

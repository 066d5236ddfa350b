/* SPDX-License-Identifier: MIT */
/*
 * PTRACE_SEIZE does not stop; INTERRUPT does; a group stop is an event of its own that LISTEN keeps, SIGCONT shows by
 * another trap; options come with SEIZE.
 */
#include "lib/trace.h"

#define EVENT_STOP (PTRACE_EVENT_STOP << 8)

static pid_t sleeper(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		for (;;)
			pause();
	}
	wait_asleep(pid);
	return pid;
}

void contract_main(void)
{
	siginfo_t info;
	int status;
	pid_t pid = sleeper();

	CHECK_ERR(trace(PTRACE_SEIZE, pid, 1, 0), EIO, "SEIZE with an address is EIO");
	CHECK_ERR(trace(PTRACE_SEIZE, pid, 0, 1UL << 30), EIO, "with an unknown option EIO");
	CHECK_INT(trace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0, "SEIZE");
	sleep_ms(20);
	CHECK_INT(waitpid(pid, &status, WNOHANG | __WALL), 0, "does not stop it");
	CHECK_INT(process_state(pid), 'S', "it sleeps on");
	CHECK_ERR(trace(PTRACE_CONT, pid, 0, 0), ESRCH, "a running tracee is ESRCH");
	CHECK_INT(trace(PTRACE_INTERRUPT, pid, 0, 0), 0, "INTERRUPT");
	CHECK_STOP(pid, SIGTRAP | EVENT_STOP, "stops it by PTRACE_EVENT_STOP");
	CHECK_INT(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info), 0, "GETSIGINFO");
	CHECK_INT(info.si_code, SIGTRAP | EVENT_STOP, "si_code says so too");
	CHECK_INT(trace(PTRACE_CONT, pid, 0, 0), 0, "CONT");
	kill(pid, SIGSTOP);
	CHECK_STOP(pid, SIGSTOP, "SIGSTOP: first its signal stop");
	REQUIRE(trace(PTRACE_CONT, pid, 0, SIGSTOP) == 0);
	CHECK_STOP(pid, SIGSTOP | EVENT_STOP, "then the group stop");
	CHECK_INT(trace(PTRACE_LISTEN, pid, 0, 0), 0, "LISTEN");
	CHECK_INT(waitpid(pid, &status, WNOHANG | __WALL), 0, "keeps it stopped without news");
	CHECK_INT(process_state(pid), 't', "in state t");
	CHECK_ERR(trace(PTRACE_CONT, pid, 0, 0), ESRCH, "it takes no requests");
	kill(pid, SIGCONT);
	CHECK_STOP(pid, SIGTRAP | EVENT_STOP, "SIGCONT traps");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGCONT, "then comes as a signal");
	REQUIRE(trace(PTRACE_CONT, pid, 0, SIGCONT) == 0);
	CHECK(EVENTUALLY(process_state(pid) == 'S', 2000), "and it runs");
	REQUIRE(trace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP | EVENT_STOP, "INTERRUPT again");
	CHECK_INT(trace(PTRACE_DETACH, pid, 0, 0), 0, "DETACH");
	CHECK(EVENTUALLY(process_state(pid) == 'S', 2000), "it goes on");
	CHECK_ERR(trace(PTRACE_INTERRUPT, pid, 0, 0), ESRCH, "and is nobody's");
	trace_end(pid);
}

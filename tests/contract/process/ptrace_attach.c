/* SPDX-License-Identifier: MIT */
/*
 * PTRACE_ATTACH: a sleeping process, which goes on with its call after DETACH; a stopped one; DETACH with a signal;
 * a process that was stopped stays so; the parent does not see the stops; permissions.
 */
#include "lib/trace.h"

static volatile int *shared;

static pid_t sleeper(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		char byte;
		int fds[2];

		if (pipe(fds))
			_exit(1);
		shared[0] = fds[1];
		_exit(read(fds[0], &byte, 1) == 1 ? 5 : 6);
	}
	wait_asleep(pid);
	return pid;
}

static void stays_in_its_call(void)
{
	pid_t pid = sleeper();
	struct user_regs_struct regs;

	CHECK_INT(trace(PTRACE_ATTACH, pid, 0, 0), 0, "ATTACH");
	CHECK_STOP(pid, SIGSTOP, "stops it by SIGSTOP");
	regs = trace_regs(pid);
	CHECK_INT(regs.orig_rax, SYS_read, "in its call");
	CHECK_INT(regs.rax, -512, "which says it was interrupted");
	CHECK_INT(trace(PTRACE_DETACH, pid, 0, 0), 0, "DETACH");
	CHECK(EVENTUALLY(process_state(pid) == 'S', 2000), "it sleeps again");
	kill(pid, SIGKILL);
	CHECK_INT(wait_status(pid), SIGKILL, "and is ended");
}

static void with_signal(void)
{
	pid_t pid = sleeper();

	REQUIRE(trace(PTRACE_ATTACH, pid, 0, 0) == 0);
	REQUIRE(trace_wait(pid) == STOPPED_BY(SIGSTOP));
	CHECK_INT(trace(PTRACE_DETACH, pid, 0, SIGTERM), 0, "DETACH with a signal");
	CHECK_INT(wait_status(pid), SIGTERM, "delivers it");
}

static void stopped_before(void)
{
	pid_t pid = sleeper();

	kill(pid, SIGSTOP);
	REQUIRE(EVENTUALLY(process_state(pid) == 'T', 2000));
	CHECK_INT(trace(PTRACE_ATTACH, pid, 0, 0), 0, "ATTACH to a stopped process");
	CHECK_STOP(pid, SIGSTOP, "it is stopped for the tracer");
	CHECK_INT(process_state(pid), 't', "state t");
	CHECK_INT(trace(PTRACE_DETACH, pid, 0, 0), 0, "DETACH");
	CHECK(EVENTUALLY(process_state(pid) == 'T', 2000), "it stays stopped");
	kill(pid, SIGCONT);
	CHECK(EVENTUALLY(process_state(pid) == 'S', 2000), "until SIGCONT");
	kill(pid, SIGKILL);
	wait_status(pid);
}

/* A grandchild of the tracer: its parent waits in vain while it is traced, and gets the end after the tracer. */
static void other_parent(void)
{
	pid_t parent, pid;

	shared[1] = shared[2] = 0;
	parent = fork_child();
	if (parent == 0) {
		pid = fork_child();
		if (pid == 0) {
			for (;;)
				pause();
		}
		shared[1] = pid;
		pid = wait_status(pid);
		shared[2] = 1;
		_exit(pid == SIGTERM ? 0 : 1);
	}
	REQUIRE(EVENTUALLY(shared[1], 2000));
	pid = shared[1];
	REQUIRE(trace(PTRACE_ATTACH, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGSTOP, "a grandchild is attached to");
	kill(pid, SIGTERM);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTERM, "its signals are seen");
	REQUIRE(trace(PTRACE_CONT, pid, 0, SIGTERM) == 0);
	sleep_ms(30);
	CHECK_INT(shared[2], 0, "its parent does not see the end before the tracer");
	CHECK_INT(trace_wait(pid), SIGTERM, "the tracer sees it");
	CHECK_INT(wait_status(parent), 0, "then the parent does");
}

/* Requests work as soon as the attach has returned. */
static void stopped_at_once(void)
{
	pid_t pid = sleeper();
	int status;

	kill(pid, SIGSTOP);
	REQUIRE(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK_INT(trace(PTRACE_ATTACH, pid, 0, 0), 0, "attach to a stopped process");
	CHECK_INT(trace(PTRACE_SETOPTIONS, pid, 0, 0), 0, "it is stopped for its tracer, without a wait");
	kill(pid, SIGKILL);
	wait_status(pid);
}

static int as_nobody(void *arg)
{
	if (setresuid(65534, 65534, 65534))
		return 1;
	CHECK_ERR(trace(PTRACE_ATTACH, shared[3], 0, 0), EPERM, "another user's process is EPERM");
	return 0;
}

void contract_main(void)
{
	pid_t pid;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	stays_in_its_call();
	with_signal();
	stopped_before();
	stopped_at_once();
	other_parent();
	if (geteuid())
		return;
	pid = sleeper();
	shared[3] = pid;
	CHECK_EXIT(as_nobody, NULL, 0, "the unprivileged child ends well");
	kill(pid, SIGKILL);
	wait_status(pid);
}

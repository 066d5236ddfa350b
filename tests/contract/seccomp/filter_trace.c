/* SPDX-License-Identifier: MIT */
/* SECCOMP_RET_TRACE: the tracer sees PTRACE_EVENT_SECCOMP with the data, and may skip or change the call. */
#include "lib/seccomp.h"
#include "lib/trace.h"

#define EVENT (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)

static void tracee(void)
{
	give_up_privileges();
	REQUIRE(INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_TRACE | 11), RET(SECCOMP_RET_ALLOW)) == 0);
	if (syscall(SYS_getppid) <= 0)
		_exit(1);
	if (syscall(SYS_getppid) != 555)
		_exit(2);
	_exit(syscall(SYS_getppid) == getpid() ? 0 : 3);
}

/* Let it run into the next one, and have these registers there. */
static void next_stop(pid_t pid, struct user_regs_struct *regs)
{
	unsigned long data = 0;

	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, EVENT, "stops at the call");
	CHECK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&data) == 0 && data == 11, "the filter's data");
	REQUIRE(trace(PTRACE_GETREGS, pid, 0, (unsigned long)regs) == 0);
	CHECK_INT(regs->orig_rax, SYS_getppid, "which is this");
}

static void set_call(pid_t pid, struct user_regs_struct *regs, unsigned long nr, unsigned long result)
{
	regs->orig_rax = nr;
	regs->rax = result;
	REQUIRE(trace(PTRACE_SETREGS, pid, 0, (unsigned long)regs) == 0);
}

void contract_main(void)
{
	struct ptrace_syscall_info info;
	struct user_regs_struct regs;
	pid_t pid = traced_child(tracee);

	REQUIRE(trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP) == 0);
	next_stop(pid, &regs);
	CHECK(trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (unsigned long)&info) > 0 && info.op == 3 &&
	      info.seccomp.nr == SYS_getppid && info.seccomp.ret_data == 11, "PTRACE_GET_SYSCALL_INFO");
	next_stop(pid, &regs);
	set_call(pid, &regs, -1UL, 555);
	next_stop(pid, &regs);
	set_call(pid, &regs, SYS_getpid, regs.rax);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_INT(trace_wait(pid), 0, "it saw what the tracer made of each call");
}

/* SPDX-License-Identifier: MIT */
/*
 * PTRACE_SYSCALL: stops at entry and exit, GET_SYSCALL_INFO tells which; arguments, number and result may be changed, a
 * call may be skipped; SYSEMU stops at entry alone.
 */
#include "lib/trace.h"

#include <linux/audit.h>

static void calls(void)
{
	int fd = (int)syscall(SYS_dup, 1000);

	if (fd != -1 || errno != EBADF)
		_exit(1);
	if (syscall(SYS_getppid) != 4711)
		_exit(2);
	if (syscall(SYS_dup, 1001) != -1 || errno != ENOSYS)
		_exit(3);
	if (syscall(SYS_gettid) != 815)
		_exit(4);
}

static struct __ptrace_syscall_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t ip, sp;
	union {
		struct { uint64_t nr, args[6]; } entry;
		struct { int64_t rval; uint8_t is_error; } exit;
	};
} info;

static long get_info(pid_t pid)
{
	memset(&info, 0xee, sizeof(info));
	return trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (unsigned long)&info);
}

static void next_stop(pid_t pid, const char *what)
{
	REQUIRE(trace(PTRACE_SYSCALL, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP | 0x80, "%s", what);
}

static void first_call(pid_t pid)
{
	next_stop(pid, "entry of dup");
	CHECK_INT(get_info(pid), 80, "GET_SYSCALL_INFO at entry");
	CHECK_INT(info.op, PTRACE_SYSCALL_INFO_ENTRY, "says entry");
	CHECK_INT(info.arch, AUDIT_ARCH_X86_64, "the architecture");
	CHECK_INT(info.entry.nr, SYS_dup, "the number");
	CHECK_INT(info.entry.args[0], 1000, "the argument");
	CHECK_INT(info.ip, trace_regs(pid).rip, "the instruction pointer");
	CHECK_INT(info.sp, trace_regs(pid).rsp, "the stack pointer");
	CHECK_INT(trace_regs(pid).orig_rax, SYS_dup, "orig_rax");
	CHECK_INT(trace_regs(pid).rax, -ENOSYS, "rax is -ENOSYS");
	CHECK_INT(trace_message(pid), PTRACE_EVENTMSG_SYSCALL_ENTRY, "the message says entry");
	next_stop(pid, "exit of dup");
	CHECK_INT(get_info(pid), 33, "GET_SYSCALL_INFO at exit");
	CHECK_INT(info.op, PTRACE_SYSCALL_INFO_EXIT, "says exit");
	CHECK_INT(info.exit.rval, -EBADF, "the result");
	CHECK_INT(info.exit.is_error, 1, "is an error");
	CHECK_INT(trace_message(pid), PTRACE_EVENTMSG_SYSCALL_EXIT, "the message says exit");
}

static void change_calls(pid_t pid)
{
	struct user_regs_struct regs;

	next_stop(pid, "entry of getppid");
	next_stop(pid, "exit of getppid");
	regs = trace_regs(pid);
	regs.rax = 4711;
	trace_set_regs(pid, &regs);
	next_stop(pid, "entry of the second dup");
	regs = trace_regs(pid);
	regs.orig_rax = -1UL;
	trace_set_regs(pid, &regs);
	next_stop(pid, "exit of a call that was skipped");
	next_stop(pid, "entry of gettid");
	regs = trace_regs(pid);
	regs.orig_rax = SYS_getppid;
	trace_set_regs(pid, &regs);
	next_stop(pid, "exit of what became getppid");
	regs = trace_regs(pid);
	CHECK_INT(regs.rax, getpid(), "its result is getppid's");
	regs.rax = 815;
	trace_set_regs(pid, &regs);
}

static void emulated(void)
{
	_exit(syscall(SYS_getppid) == 12345 ? 0 : 1);
}

static void emulate(void)
{
	pid_t pid = traced_child(emulated);
	struct user_regs_struct regs;

	REQUIRE(trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
	REQUIRE(trace(PTRACE_SYSEMU, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP | 0x80, "SYSEMU: entry");
	regs = trace_regs(pid);
	CHECK_INT(regs.orig_rax, SYS_getppid, "of getppid");
	regs.rax = 12345;
	trace_set_regs(pid, &regs);
	REQUIRE(trace(PTRACE_SYSEMU, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP | 0x80, "the next stop is the next call's entry");
	CHECK_INT(trace_regs(pid).orig_rax, SYS_exit_group, "of exit_group");
	CHECK_INT(trace_regs(pid).rdi, 0, "which got the emulated result");
	trace_end(pid);
}

void contract_main(void)
{
	pid_t pid = traced_child(calls);

	CHECK_INT(get_info(pid), 24, "GET_SYSCALL_INFO in a signal stop");
	CHECK_INT(info.op, PTRACE_SYSCALL_INFO_NONE, "says none");
	CHECK_INT(trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0, "PTRACE_O_TRACESYSGOOD");
	first_call(pid);
	change_calls(pid);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_INT(trace_wait(pid), 0, "the tracee saw what was made of its calls");
	emulate();
}

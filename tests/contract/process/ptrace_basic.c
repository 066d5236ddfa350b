/* SPDX-License-Identifier: MIT */
/*
 * ptrace: TRACEME and signal stops; words of memory, also in read-only text; registers; who may not; state letter
 * and TracerPid; exec of a tracee is a SIGTRAP.
 */
#include "lib/trace.h"

static volatile unsigned long word = 0x1122334455667788;
static const unsigned long constant __attribute__((used)) = 77;

int contract_role(const char *role, int argc, char **argv)
{
	return 3;
}

static void run(void)
{
	if (word != 42)
		_exit(1);
	execl(contract_self(), contract_self(), "@role", NULL);
}

static void status_line(pid_t pid, const char *want)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	REQUIRE(read_file(path, text, sizeof(text)) > 0);
	CHECK(strstr(text, want), "status has \"%s\"", want);
}

static void words(pid_t pid)
{
	unsigned long value = 0;

	CHECK_INT(trace(PTRACE_PEEKDATA, pid, (unsigned long)&word, (unsigned long)&value), 0, "PEEKDATA");
	CHECK_INT(value, 0x1122334455667788, "reads the tracee's word");
	CHECK_INT(trace(PTRACE_PEEKTEXT, pid, (unsigned long)&word + 1, (unsigned long)&value), 0, "misaligned too");
	CHECK_INT(trace(PTRACE_POKEDATA, pid, (unsigned long)&word, 42), 0, "POKEDATA");
	CHECK_INT(word, 0x1122334455667788, "changes the tracee's only");
	CHECK_INT(trace(PTRACE_POKETEXT, pid, (unsigned long)&constant, 78), 0, "POKETEXT of read-only memory");
	CHECK_INT(trace(PTRACE_PEEKTEXT, pid, (unsigned long)&constant, (unsigned long)&value), 0, "reads back");
	CHECK_INT(value, 78, "what was written");
	CHECK_INT(*(volatile const unsigned long *)&constant, 77, "in a private copy");
	CHECK_ERR(trace(PTRACE_PEEKDATA, pid, 16, (unsigned long)&value), EIO, "no memory is EIO");
	CHECK_ERR(trace(PTRACE_POKEDATA, pid, 16, 0), EIO, "for writing too");
}

static void refusals(pid_t pid)
{
	CHECK_ERR(trace(PTRACE_CONT, pid, 0, 65), EIO, "no such signal is EIO");
	CHECK_ERR(trace(PTRACE_ATTACH, pid, 0, 0), EPERM, "attaching twice is EPERM");
	CHECK_ERR(trace(PTRACE_ATTACH, getpid(), 0, 0), EPERM, "attaching to itself is EPERM");
	CHECK_ERR(trace(PTRACE_CONT, getppid(), 0, 0), ESRCH, "a process that is not a tracee is ESRCH");
	CHECK_ERR(trace(PTRACE_ATTACH, 0x7ffffffe, 0, 0), ESRCH, "nobody is ESRCH");
	CHECK_ERR(trace(0x7777, pid, 0, 0), EIO, "an unknown request is EIO");
	CHECK_ERR(trace(PTRACE_SETOPTIONS, pid, 0, 1UL << 30), EINVAL, "an unknown option is EINVAL");
}

void contract_main(void)
{
	pid_t pid = traced_child(run);
	struct user_regs_struct regs = trace_regs(pid);
	char want[64];

	CHECK_INT(process_state(pid), 't', "the state letter is t");
	snprintf(want, sizeof(want), "TracerPid:\t%d\n", getpid());
	status_line(pid, want);
	status_line(pid, "State:\tt (tracing stop)");
	CHECK(regs.rip && regs.rsp, "GETREGS shows registers");
	CHECK_INT(regs.cs, 0x33, "cs");
	CHECK_INT(regs.ss, 0x2b, "ss");
	words(pid);
	refusals(pid);
	regs.r15 = 0x5555;
	trace_set_regs(pid, &regs);
	CHECK_INT(trace_regs(pid).r15, 0x5555, "SETREGS changes them");
	CHECK_INT(trace(PTRACE_CONT, pid, 0, 0), 0, "CONT");
	CHECK_STOP(pid, SIGTRAP, "exec stops it by SIGTRAP");
	CHECK_INT(trace(PTRACE_CONT, pid, 0, 0), 0, "CONT");
	CHECK_INT(trace_wait(pid), 3 << 8, "the new program ends");
}

/* SPDX-License-Identifier: MIT */
/*
 * Single steps instruction by instruction, over a system call and into a handler; a breakpoint instruction;
 * hardware breakpoints and watchpoints through the debug registers of struct user.
 */
#include "lib/trace.h"

#include <stddef.h>

static volatile unsigned long watched[8];

__asm__(".globl stepped, step_a, step_b, step_c, step_d\n"
	"stepped:\n"
	"step_a: mov $1, %eax\n"
	"step_b: add $2, %eax\n"
	"step_c: nop\n"
	"step_d: ret\n");
extern char stepped[], step_a[], step_b[], step_c[], step_d[];

__asm__(".globl one_call, call_at, call_after\n"
	"one_call:	mov $39, %eax\n"
	"call_at:	syscall\n"
	"call_after:	nop\n"
	"	ret\n");
extern char one_call[], call_at[], call_after[];

static void calls_stepped(void)
{
	((void (*)(void))stepped)();
	((void (*)(void))one_call)();
	watched[3] = 7;
	__asm__ volatile("" ::: "memory");
}

static void handler(int sig)
{
	watched[0] = 1;
}

static void loops(void)
{
	on_signal(SIGUSR1, handler, 0);
	raise(SIGUSR2);
	for (;;)
		__asm__ volatile("nop");
}

#define DEBUGREG(n) (offsetof(struct user, u_debugreg) + (n) * sizeof(long))

static void debugreg(pid_t pid, int n, unsigned long value)
{
	CHECK_INT(trace(PTRACE_POKEUSR, pid, DEBUGREG(n), value), 0, "debug register %d", n);
}

static void goes_to(pid_t pid, const char *label, const char *what)
{
	CHECK_INT(trace(PTRACE_SINGLESTEP, pid, 0, 0), 0, "SINGLESTEP");
	CHECK_STOP(pid, SIGTRAP, "stops by SIGTRAP");
	CHECK_INT(trace_regs(pid).rip, (unsigned long)label, "%s", what);
}

/* Put a breakpoint instruction at a label, run to it, take it away and step back. */
static void run_to(pid_t pid, char *label)
{
	struct user_regs_struct regs;
	unsigned long word;
	siginfo_t info;

	REQUIRE(trace(PTRACE_PEEKTEXT, pid, (unsigned long)label, (unsigned long)&word) == 0);
	REQUIRE(trace(PTRACE_POKETEXT, pid, (unsigned long)label, (word & ~0xffUL) | 0xcc) == 0);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP, "the breakpoint is hit");
	regs = trace_regs(pid);
	CHECK_INT(regs.rip, (unsigned long)label + 1, "one byte further");
	CHECK_INT(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info), 0, "GETSIGINFO");
	CHECK_INT(info.si_code, SI_KERNEL, "si_code of a breakpoint instruction");
	regs.rip--;
	trace_set_regs(pid, &regs);
	REQUIRE(trace(PTRACE_POKETEXT, pid, (unsigned long)label, word) == 0);
}

static void steps(void)
{
	pid_t pid = traced_child(calls_stepped);
	siginfo_t info;

	run_to(pid, step_a);
	goes_to(pid, step_b, "past mov");
	CHECK_INT(trace_regs(pid).rax, 1, "which was executed");
	CHECK_INT(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info), 0, "GETSIGINFO");
	CHECK_INT(info.si_code, TRAP_TRACE, "si_code of a step");
	goes_to(pid, step_c, "past add");
	CHECK_INT(trace_regs(pid).rax, 3, "which was executed");
	CHECK_INT(trace_regs(pid).eflags & 0x100, 0, "TF is not shown");
	goes_to(pid, step_d, "past nop");
	run_to(pid, call_at);
	goes_to(pid, call_after, "past a system call, and not further");
	CHECK_INT(trace_regs(pid).rax, pid, "it was done");
	trace_end(pid);
}

static void hardware(void)
{
	pid_t pid = traced_child(calls_stepped);
	unsigned long dr6 = 0;
	siginfo_t info;

	debugreg(pid, 0, (unsigned long)step_c);
	debugreg(pid, 7, 1);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP, "a hardware breakpoint is hit");
	CHECK_INT(trace_regs(pid).rip, (unsigned long)step_c, "before its instruction");
	CHECK_INT(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info), 0, "GETSIGINFO");
	CHECK_INT(info.si_code, TRAP_HWBKPT, "si_code of a hardware breakpoint");
	CHECK_INT(trace(PTRACE_PEEKUSR, pid, DEBUGREG(6), (unsigned long)&dr6), 0, "PEEKUSER of DR6");
	CHECK_INT(dr6 & 15, 1, "says which");
	debugreg(pid, 7, 0);
	debugreg(pid, 1, (unsigned long)&watched[3]);
	debugreg(pid, 7, 1UL << 2 | 1UL << 20 | 2UL << 22);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGTRAP, "a watchpoint is hit");
	REQUIRE(trace(PTRACE_PEEKUSR, pid, DEBUGREG(6), (unsigned long)&dr6) == 0);
	CHECK_INT(dr6 & 15, 2, "the second");
	CHECK_ERR(trace(PTRACE_POKEUSR, pid, DEBUGREG(0), 0xffffffff80000000UL), EINVAL, "a kernel address is EINVAL");
	CHECK_ERR(trace(PTRACE_PEEKUSR, pid, 4, (unsigned long)&dr6), EIO, "a misaligned offset is EIO");
	CHECK_ERR(trace(PTRACE_PEEKUSR, pid, 4096, (unsigned long)&dr6), EIO, "one outside is EIO");
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_INT(trace_wait(pid), 0, "it runs to its end");
}

static void into_handler(void)
{
	pid_t pid = traced_child(loops);

	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_STOP(pid, SIGUSR2, "a signal stop");
	CHECK_INT(trace(PTRACE_SINGLESTEP, pid, 0, SIGUSR1), 0, "SINGLESTEP with a signal that has a handler");
	CHECK_STOP(pid, SIGTRAP, "stops");
	CHECK_INT(trace_regs(pid).rip, (unsigned long)handler, "at the handler's first instruction");
	trace_end(pid);
}

void contract_main(void)
{
	steps();
	hardware();
	into_handler();
}

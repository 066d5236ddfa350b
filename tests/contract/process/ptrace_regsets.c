/* SPDX-License-Identifier: MIT */
/*
 * Register sets: PRSTATUS, PRFPREG, X86_XSTATE by GETREGSET and SETREGSET, with short buffers; FPU and AVX registers
 * that the tracer changes are changed; words of struct user.
 */
#include "lib/trace.h"

#include <elf.h>
#include <stddef.h>
#include <sys/uio.h>

static void spins(void)
{
	double x = 2.5;
	uint64_t out = 0;

	__asm__ volatile(
		"	movsd	%1, %%xmm7\n"
		"	mov	$1, %%r12\n"
		"1:	pause\n"
		"	test	%%r12, %%r12\n"
		"	jnz	1b\n"
		"	movq	%%xmm7, %0\n"
		: "=r"(out) : "m"(x) : "r12", "xmm7", "memory");
	memcpy(&x, &out, sizeof(x));
	_exit(x == 7.75 ? 0 : 1);
}

static long regset(long request, pid_t pid, unsigned type, void *buf, size_t *size)
{
	struct iovec iov = { buf, *size };
	long got = trace(request, pid, type, (unsigned long)&iov);

	*size = iov.iov_len;
	return got;
}

static void general(pid_t pid)
{
	struct user_regs_struct regs = trace_regs(pid), again;
	unsigned long word = 0;
	size_t size = sizeof(again) + 64;
	char buf[sizeof(again) + 64];

	CHECK_INT(regset(PTRACE_GETREGSET, pid, NT_PRSTATUS, buf, &size), 0, "NT_PRSTATUS");
	CHECK_INT(size, sizeof(again), "its length is stored");
	memcpy(&again, buf, sizeof(again));
	CHECK(!memcmp(&regs, &again, sizeof(regs)), "it is what GETREGS gives");
	size = 16;
	CHECK_INT(regset(PTRACE_GETREGSET, pid, NT_PRSTATUS, buf, &size), 0, "a short buffer");
	CHECK_INT(size, 16, "is filled");
	size = 12;
	CHECK_ERR(regset(PTRACE_GETREGSET, pid, NT_PRSTATUS, buf, &size), EINVAL, "an odd length is EINVAL");
	size = sizeof(buf);
	CHECK_ERR(regset(PTRACE_GETREGSET, pid, 0x7777, buf, &size), EINVAL, "an unknown set is EINVAL");
	CHECK_INT(trace(PTRACE_PEEKUSR, pid, offsetof(struct user, regs.rsp), (unsigned long)&word), 0, "PEEKUSER");
	CHECK_INT(word, regs.rsp, "of rsp");
	CHECK_INT(trace(PTRACE_POKEUSR, pid, offsetof(struct user, regs.r13), 99), 0, "POKEUSER");
	CHECK_INT(trace_regs(pid).r13, 99, "of r13");
}

static void floating(pid_t pid)
{
	struct user_fpregs_struct fp;
	unsigned char xstate[16384];
	size_t size = sizeof(xstate);
	uint64_t mask;
	double x;

	CHECK_INT(trace(PTRACE_GETFPREGS, pid, 0, (unsigned long)&fp), 0, "GETFPREGS");
	memcpy(&x, (char *)fp.xmm_space + 7 * 16, sizeof(x));
	CHECK(x == 2.5, "xmm7 is what the tracee loaded");
	CHECK_INT(fp.mxcsr, 0x1f80, "mxcsr");
	if (regset(PTRACE_GETREGSET, pid, NT_X86_XSTATE, xstate, &size) == 0) {
		CHECK(size >= 576, "NT_X86_XSTATE has its header");
		memcpy(&mask, xstate + 464, sizeof(mask));
		CHECK_INT(mask & 3, 3, "and says which components there are");
		x = 7.75;
		memcpy(xstate + 160 + 7 * 16, &x, sizeof(x));
		CHECK_INT(regset(PTRACE_SETREGSET, pid, NT_X86_XSTATE, xstate, &size), 0, "SETREGSET");
	} else {
		x = 7.75;
		memcpy((char *)fp.xmm_space + 7 * 16, &x, sizeof(x));
		CHECK_INT(trace(PTRACE_SETFPREGS, pid, 0, (unsigned long)&fp), 0, "SETFPREGS");
	}
	fp.mxcsr = 0xffffffff;
	CHECK_ERR(trace(PTRACE_SETFPREGS, pid, 0, (unsigned long)&fp), EINVAL, "impossible bits of mxcsr are EINVAL");
}

void contract_main(void)
{
	pid_t pid = traced_child(spins);
	struct user_regs_struct regs;

	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	sleep_ms(30);
	kill(pid, SIGUSR1);
	CHECK_STOP(pid, SIGUSR1, "stopped in its loop");
	general(pid);
	floating(pid);
	regs = trace_regs(pid);
	regs.r12 = 0;
	trace_set_regs(pid, &regs);
	REQUIRE(trace(PTRACE_CONT, pid, 0, 0) == 0);
	CHECK_INT(trace_wait(pid), 0, "the tracee leaves its loop with the new value");
}

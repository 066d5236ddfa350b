/* SPDX-License-Identifier: MIT */
/*
 * A system call changes rax, rcx and r11 only: all other registers come back, also after a
 * signal or a block.
 */
#include "lib/contract.h"

static void handler(int sig) { }

/* Runs the call with known values in the others; returns how many changed. */
static long changed(long number, long a, long b, long c, long *result)
{
	long bad = 0;

	__asm__ volatile("push %%rbp\n"
			 "mov $0x1111, %%rbx; mov $0x2222, %%rbp; mov $0x4444, %%r8; mov $0x5555, %%r9\n"
			 "mov $0x6666, %%r10; mov $0x7777, %%r12; mov $0x8888, %%r13; mov $0x9999, %%r14\n"
			 "mov $0xaaaa, %%r15\n"
			 "syscall\n"
			 "xor $0x1111, %%rbx; xor $0x2222, %%rbp; xor $0x4444, %%r8; xor $0x5555, %%r9\n"
			 "xor $0x6666, %%r10; xor $0x7777, %%r12; xor $0x8888, %%r13; xor $0x9999, %%r14\n"
			 "xor $0xaaaa, %%r15\n"
			 "or %%rbp, %%rbx; or %%r8, %%rbx; or %%r9, %%rbx; or %%r10, %%rbx\n"
			 "or %%r12, %%rbx; or %%r13, %%rbx; or %%r14, %%rbx; or %%r15, %%rbx\n"
			 "pop %%rbp\n"
			 : "=a"(*result), "=&b"(bad), "+D"(a), "+S"(b), "+d"(c) : "a"(number)
			 : "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	return bad;
}

static long rcx_is_rip(void)
{
	long rcx, r11, flags, here;

	__asm__ volatile("pushfq; pop %2; mov $39, %%eax; lea 1f(%%rip), %3; syscall; 1: mov %%rcx, %0; mov %%r11, %1"
			 : "=&r"(rcx), "=&r"(r11), "=&r"(flags), "=&r"(here) :: "rax", "rcx", "r11", "memory");
	return rcx == here && (r11 & 0xcd5) == (flags & 0xcd5);
}

void contract_main(void)
{
	struct timespec ts = { 0, 20000000 };
	char buf[16];
	long result;
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	on_signal(SIGUSR1, handler, 0);
	CHECK_INT(changed(SYS_getpid, 1, 2, 3, &result), 0, "getpid");
	CHECK_INT(result, getpid(), "its result");
	CHECK_INT(changed(SYS_write, fds[1], (long)"data", 4, &result), 0, "write");
	CHECK_INT(result, 4, "its result");
	CHECK_INT(changed(SYS_read, fds[0], (long)buf, 16, &result), 0, "read");
	CHECK_INT(result, 4, "its result");
	CHECK_INT(changed(SYS_nanosleep, (long)&ts, 0, 0, &result), 0, "nanosleep, which blocks");
	CHECK_INT(result, 0, "its result");
	CHECK_INT(changed(SYS_kill, getpid(), SIGUSR1, 0, &result), 0,
		  "kill, with a handler on the way out");
	CHECK_INT(result, 0, "its result");
	CHECK_INT(changed(9999, 1, 2, 3, &result), 0, "an unknown number");
	CHECK_INT(result, -ENOSYS, "its result");
	CHECK_INT(changed(SYS_open, 8, 0, 0, &result), 0, "a failing call");
	CHECK_INT(result, -EFAULT, "its result");
	CHECK_INT(rcx_is_rip(), 1, "rcx is the address behind the call, r11 the flags");
}

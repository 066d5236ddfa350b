/* SPDX-License-Identifier: MIT */
/*
 * System calls keep DF clear for the kernel and all flags for the program; handlers start with
 * DF and TF clear.
 */
#include "lib/contract.h"

#include <ucontext.h>

static volatile long handler_flags;

static void handler(int sig)
{
	long flags;

	__asm__ volatile("pushfq; pop %0" : "=r"(flags));
	handler_flags = flags;
}

/* A system call with these flags set; returns the flags after it. */
static long call_with_flags(long flags, long number, long a, long b, long c, long *result)
{
	long after;

	__asm__ volatile("push %[flags]; popfq; syscall; pushfq; pop %[after]; push $0x202; popfq"
			 : [after] "=r"(after), "=a"(*result)
			 : [flags] "r"(flags), "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory", "cc");
	return after;
}

/* Calls that clear or copy whole structures, which compilers do with string instructions (lesson 27). */
static void clears_structures(long flags, const int fds[2])
{
	struct { int fd; short events, revents; } poll[1] = { { fds[0], 1, -1 } };
	long pid, result;
	int status = -1;

	call_with_flags(flags, SYS_fork, 0, 0, 0, &pid);
	if (!pid)
		syscall(SYS_exit_group, 7);
	CHECK(pid > 0, "fork with DF set");
	call_with_flags(flags, SYS_wait4, pid, (long)&status, 0, &result);
	CHECK_INT(result, pid, "wait4 with DF set");
	CHECK_INT(status, 7 << 8, "gives the status");
	call_with_flags(flags, SYS_poll, (long)poll, 1, 0, &result);
	CHECK_INT(result, 0, "poll with DF set");
	CHECK_INT(poll[0].revents, 0, "of an empty pipe");
	tmp_dir();
	write_file("file", "text", 4);
	call_with_flags(flags, SYS_chmod, (long)"file", 0640, 0, &result);
	CHECK_INT(result, 0, "chmod with DF set");
	call_with_flags(flags, SYS_rename, (long)"file", (long)"other", 0, &result);
	CHECK_INT(result, 0, "rename with DF set");
}

void contract_main(void)
{
	static char from[64] = "0123456789", to[64];
	long result, base, after, flags = 0x246 | 0x400 | 0x801 | 0x40000;
	int fds[2];

	__asm__ volatile("pushfq; pop %0" : "=r"(base));
	REQUIRE(pipe(fds) == 0);
	on_signal(SIGUSR1, handler, 0);
	after = call_with_flags(flags, SYS_write, fds[1], (long)from, 10, &result);
	CHECK_INT(result, 10, "write with DF, OF, CF and AC set");
	CHECK_INT(after & 0xcd5, flags & 0xcd5, "the arithmetic flags and DF come back");
	CHECK_INT(after & 0x40000, 0x40000, "and AC");
	after = call_with_flags(flags, SYS_read, fds[0], (long)to, 64, &result);
	CHECK_INT(result, 10, "read with DF set");
	CHECK(memcmp(to, "0123456789\0\0", 12) == 0, "fills the buffer forwards");
	call_with_flags(flags & ~0x40000L, SYS_kill, getpid(), SIGUSR1, 0, &result);
	CHECK_INT(handler_flags & 0x400, 0, "a handler starts with DF clear");
	clears_structures(flags & ~0x40000L, fds);
	after = call_with_flags(0x246 | 0x4000, SYS_getpid, 0, 0, 0, &result);
	CHECK_INT(result, getpid(), "NT set does no harm");
	call_with_flags(0x246 | 0x4000, SYS_kill, getpid(), SIGUSR1, 0, &result);
	CHECK_INT(result, 0, "nor where the kernel leaves by IRET, to a handler");
}

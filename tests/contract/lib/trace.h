/* SPDX-License-Identifier: MIT */
/* Helpers of the ptrace tests: raw requests, waiting for stops, names of stops. */
#pragma once

#include "lib/contract.h"

#include <linux/ptrace.h>
#include <sys/user.h>

/* The raw call: PEEK requests store through `data` here, and sizes are unsigned long. */
static inline long trace(long request, pid_t pid, unsigned long addr, unsigned long data)
{
	return syscall(SYS_ptrace, request, (long)pid, addr, data);
}

/* Wait status of a stop by `sig` (or sig | event << 8). */
#define STOPPED_BY(code) ((code) << 8 | 0x7f)

/* waitpid(pid, __WALL) with its status. */
static inline int trace_wait(pid_t pid)
{
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, __WALL);
	} while (got == -1 && errno == EINTR);
	REQUIRE(got == pid);
	return status;
}

#define CHECK_STOP(pid, code, ...) CHECK_INT(trace_wait(pid), STOPPED_BY(code), __VA_ARGS__)

/* A child that asks to be traced, stops by SIGSTOP, then runs fn. The stop has been waited for. */
static inline pid_t traced_child(void (*fn)(void))
{
	pid_t pid = fork_child();

	if (pid == 0) {
		if (trace(PTRACE_TRACEME, 0, 0, 0))
			_exit(99);
		syscall(SYS_kill, getpid(), SIGSTOP);
		fn();
		_exit(0);
	}
	REQUIRE(trace_wait(pid) == STOPPED_BY(SIGSTOP));
	return pid;
}

static inline struct user_regs_struct trace_regs(pid_t pid)
{
	struct user_regs_struct regs;

	REQUIRE(trace(PTRACE_GETREGS, pid, 0, (unsigned long)&regs) == 0);
	return regs;
}

static inline void trace_set_regs(pid_t pid, const struct user_regs_struct *regs)
{
	REQUIRE(trace(PTRACE_SETREGS, pid, 0, (unsigned long)regs) == 0);
}

static inline unsigned long trace_message(pid_t pid)
{
	unsigned long message = 0;

	REQUIRE(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&message) == 0);
	return message;
}

static inline void trace_end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) == pid)
		;
}

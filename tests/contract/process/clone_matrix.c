/* SPDX-License-Identifier: MIT */
/*
 * clone3: every flag with every other, alone, under CLONE_VM | CLONE_SIGHAND and for a thread; as root and as an
 * ordinary user: which Linux accepts, and what it says to the others. A namespace that this kernel was built without is
 * left out.
 */
#include "lib/contract.h"

#include <linux/sched.h>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | \
		    CLONE_NEWTIME)

static const struct {
	uint64_t flag;
	const char *name;
} flags[] = {
	{ CLONE_VM, "VM" }, { CLONE_FS, "FS" }, { CLONE_FILES, "FILES" }, { CLONE_SIGHAND, "SIGHAND" },
	{ CLONE_PIDFD, "PIDFD" }, { CLONE_PTRACE, "PTRACE" }, { CLONE_VFORK, "VFORK" }, { CLONE_PARENT, "PARENT" },
	{ CLONE_THREAD, "THREAD" }, { CLONE_NEWNS, "NEWNS" }, { CLONE_SYSVSEM, "SYSVSEM" },
	{ CLONE_PARENT_SETTID, "PARENT_SETTID" }, { CLONE_CHILD_CLEARTID, "CHILD_CLEARTID" },
	{ CLONE_DETACHED, "DETACHED" }, { CLONE_UNTRACED, "UNTRACED" }, { CLONE_CHILD_SETTID, "CHILD_SETTID" },
	{ CLONE_NEWCGROUP, "NEWCGROUP" }, { CLONE_NEWUTS, "NEWUTS" }, { CLONE_NEWIPC, "NEWIPC" },
	{ CLONE_NEWPID, "NEWPID" }, { CLONE_NEWNET, "NEWNET" }, { CLONE_IO, "IO" },
	{ CLONE_CLEAR_SIGHAND, "CLEAR_SIGHAND" }, { CLONE_NEWTIME, "NEWTIME" },
};

static char child_stack[1 << 16] __attribute__((aligned(16)));

/* The child, which may share everything, ends at once and touches nothing. */
static long try_clone(uint64_t f)
{
	static int words[4];
	struct clone_args a = {
		.flags = f, .exit_signal = f & (CLONE_THREAD | CLONE_PARENT) ? 0 : SIGCHLD,
		.pidfd = (uintptr_t)&words[0], .child_tid = (uintptr_t)&words[1], .parent_tid = (uintptr_t)&words[2],
	};
	long result;

	if (f & CLONE_VM) {
		a.stack = (uintptr_t)child_stack;
		a.stack_size = sizeof(child_stack);
	}
	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmov %2, %%eax\n\txor %%edi, %%edi\n\tsyscall\n1:"
			 : "=a"(result) : "0"(SYS_clone3), "i"(SYS_exit), "D"(&a), "S"(sizeof(a))
			 : "rcx", "r11", "rdx", "memory");
	return result < 0 ? -result : 0;
}

/* In a process of its own: what is unshared or traced goes with it. */
static int try_apart(void *arg)
{
	pid_t pid = fork();		/* CLONE_PARENT's child becomes ours */

	if (!pid)
		_exit((int)try_clone(*(uint64_t *)arg));
	return wait_status(pid) >> 8;
}

static int expected(uint64_t f, bool root)
{
	if (f & CLONE_DETACHED)
		return EINVAL;
	if ((f & CLONE_FS) && (f & CLONE_NEWNS))
		return EINVAL;
	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return EINVAL;
	if ((f & CLONE_SIGHAND) && (!(f & CLONE_VM) || (f & CLONE_CLEAR_SIGHAND)))
		return EINVAL;
	if ((f & CLONE_THREAD) && (f & CLONE_NEWPID))
		return EINVAL;
	if ((f & NAMESPACES) && !root)
		return EPERM;
	return (f & CLONE_NEWIPC) && (f & CLONE_SYSVSEM) ? EINVAL : 0;
}

static uint64_t absent;			/* namespaces that are not there */

static void check(uint64_t f, bool root, const char *a, const char *b)
{
	pid_t pid;

	if (f & absent)
		return;
	pid = fork_child();
	if (!pid) {
		if (!root && setresuid(65534, 65534, 65534))
			_exit(200);
		_exit(try_apart(&f));
	}
	CHECK_INT(wait_status(pid) >> 8, expected(f, root), "%s %s%s", a, b, root ? "" : ", an ordinary user");
}

static void probe(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		uint64_t f = flags[i].flag;
		pid_t pid = fork_child();

		if (!pid)
			_exit(f & NAMESPACES ? try_apart(&f) == EINVAL : 0);
		if (wait_status(pid))
			absent |= f;
	}
}

void contract_main(void)
{
	const uint64_t threads = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;

	need_root();
	probe();
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		check(CLONE_VM | CLONE_SIGHAND | flags[i].flag, true, "VM SIGHAND", flags[i].name);
		check(threads | flags[i].flag, true, "VM SIGHAND THREAD", flags[i].name);
		check(threads | flags[i].flag, false, "VM SIGHAND THREAD", flags[i].name);
		for (size_t j = i; j < ARRAY_SIZE(flags); j++)
			check(flags[i].flag | flags[j].flag, true, flags[i].name, flags[j].name);
		for (size_t j = i; j < ARRAY_SIZE(flags); j++) {
			if ((flags[i].flag | flags[j].flag) & NAMESPACES)
				check(flags[i].flag | flags[j].flag, false, flags[i].name, flags[j].name);
		}
	}
}

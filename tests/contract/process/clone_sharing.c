/* SPDX-License-Identifier: MIT */
/*
 * clone: each flag decides exactly one sharing (lesson 13). Every combination of VM, FILES, FS and
 * SIGHAND (SIGHAND only with VM): the child changes all four, the parent looks which it sees.
 */
#include "lib/contract.h"

#include <sched.h>

static volatile int memory;
static char stack[65536] __attribute__((aligned(16)));

static void handler_a(int sig) { (void)sig; }
static void handler_b(int sig) { (void)sig; }

static int child(void *arg)
{
	int probe_fd = *(int *)arg;
	struct sigaction sa = { .sa_handler = handler_b };

	memory = 2;
	close(probe_fd);
	chdir("/");
	umask(0123);
	sigaction(SIGUSR1, &sa, NULL);
	return 17;
}

static void try_flags(int flags)
{
	struct sigaction sa = { .sa_handler = handler_a };
	int fd = dup(1), status;
	char cwd[256];
	mode_t mask;
	pid_t pid;

	memory = 1;
	REQUIRE(chdir("/proc") == 0);
	umask(022);
	sigaction(SIGUSR1, &sa, NULL);
	pid = clone(child, stack + sizeof(stack), flags | SIGCHLD, &fd);
	REQUIRE(pid > 0);
	status = wait_status(pid);
	CHECK_INT(status, 17 << 8, "flags %#x: the child returns its status", flags);
	CHECK_INT(memory, flags & CLONE_VM ? 2 : 1, "flags %#x: CLONE_VM alone shares memory",
		  flags);
	CHECK_INT(fcntl(fd, F_GETFD), flags & CLONE_FILES ? -1 : 0,
		  "flags %#x: CLONE_FILES alone shares descriptors", flags);
	close(fd);
	REQUIRE(getcwd(cwd, sizeof(cwd)));
	CHECK_STR(cwd, flags & CLONE_FS ? "/" : "/proc", "flags %#x: CLONE_FS alone shares the cwd",
		  flags);
	mask = umask(022);
	CHECK_INT(mask, flags & CLONE_FS ? 0123 : 022, "flags %#x: and the umask", flags);
	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == (flags & CLONE_SIGHAND ? handler_b : handler_a),
	      "flags %#x: CLONE_SIGHAND alone shares handlers", flags);
}

void contract_main(void)
{
	static const int bits[] = { CLONE_VM, CLONE_FILES, CLONE_FS, CLONE_SIGHAND };

	for (unsigned int i = 0; i < 16; i++) {
		int flags = 0;

		for (unsigned int b = 0; b < 4; b++)
			flags |= i & (1u << b) ? bits[b] : 0;
		if (!(flags & CLONE_SIGHAND) || (flags & CLONE_VM))
			try_flags(flags);
	}
}

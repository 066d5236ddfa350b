/* SPDX-License-Identifier: MIT */
/* vfork: a signal to the waiting parent is held until the child has gone (lesson 6). */
#include "lib/contract.h"

static volatile sig_atomic_t handled_at;
static volatile int phase;

static void on_usr1(int sig) { (void)sig; handled_at = phase; }

static __attribute__((noinline)) pid_t child_signals_parent(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		struct timespec ts = { 0, 50000000 };

		phase = 1;
		syscall(SYS_kill, syscall(SYS_getppid), SIGUSR1);
		syscall(SYS_nanosleep, &ts, NULL);
		phase = 2;
		_exit(4);
	}
	return pid;
}

void contract_main(void)
{
	pid_t pid;

	on_signal(SIGUSR1, on_usr1, 0);
	pid = child_signals_parent();
	REQUIRE(pid > 0);
	CHECK_INT(handled_at, 2, "the handler ran after the child's exit");
	CHECK_INT(wait_status(pid), 4 << 8, "the child was not disturbed");
}

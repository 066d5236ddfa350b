/* SPDX-License-Identifier: MIT */
/*
 * futex: a handler ends FUTEX_WAIT without time by restart, with a time it is restarted with
 * what is left.
 */
#include "lib/contract.h"

#include <linux/futex.h>

static volatile sig_atomic_t got;

static void handler(int sig) { got++; }

static pid_t signals_then_wakes(volatile int *word, int wake_after)
{
	pid_t parent = getpid(), pid = fork_child();

	if (pid == 0) {
		wait_asleep(parent);
		kill(parent, SIGUSR1);
		if (wake_after) {
			sleep_ms(30);
			wait_asleep(parent);
			syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
		}
		_exit(0);
	}
	return pid;
}

void contract_main(void)
{
	volatile int *word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec ts = { 0, 300000000 };
	int64_t start;
	pid_t pid;

	REQUIRE(word != MAP_FAILED);
	on_signal(SIGUSR1, handler, 0);
	pid = signals_then_wakes(word, 0);
	CHECK_ERR(syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0), EINTR,
		  "without SA_RESTART EINTR");
	wait_status(pid);
	on_signal(SIGUSR1, handler, SA_RESTART);
	pid = signals_then_wakes(word, 1);
	CHECK_INT(syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0), 0,
		  "with SA_RESTART it goes on until woken");
	wait_status(pid);
	pid = signals_then_wakes(word, 0);
	start = now_ns();
	CHECK_ERR(syscall(SYS_futex, word, FUTEX_WAIT, 0, &ts, NULL, 0), EINTR,
		  "with a time a handler ends it with EINTR, SA_RESTART or not");
	CHECK(now_ns() - start < 250000000LL * contract_slow(), "before its time");
	wait_status(pid);
	CHECK_INT(got, 3, "the handler ran each time");
}

/* SPDX-License-Identifier: MIT */
/*
 * pause: returns EINTR after a handler, also with SA_RESTART; an ignored signal does not wake
 * it.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void handler(int sig) { (void)sig; got++; }

static int sends(pid_t parent)
{
	wait_asleep(parent);
	kill(parent, SIGUSR2);
	sleep_ms(30);
	kill(parent, SIGUSR1);
	return 0;
}

void contract_main(void)
{
	pid_t parent = getpid(), pid;

	signal(SIGUSR2, SIG_IGN);
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		on_signal(SIGUSR1, handler, flags);
		got = 0;
		pid = fork_child();
		if (pid == 0)
			_exit(sends(parent));
		CHECK_ERR(pause(), EINTR, "pause is EINTR, flags %#x", flags);
		CHECK_INT(got, 1, "after the handler");
		wait_status(pid);
	}
}

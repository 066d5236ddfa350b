/* SPDX-License-Identifier: MIT */
/*
 * sigsuspend: waits under another mask, ends with EINTR after the handler, and the old mask is
 * back.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got, mask_inside;

static void handler(int sig)
{
	sigset_t now;

	(void)sig;
	got++;
	sigprocmask(SIG_SETMASK, NULL, &now);
	mask_inside = sigismember(&now, SIGUSR1) + 2 * sigismember(&now, SIGHUP);
}

void contract_main(void)
{
	sigset_t block, wait_mask, now;

	on_signal(SIGUSR1, handler, 0);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGUSR1);
	CHECK_INT(got, 0, "blocked at first");
	sigemptyset(&wait_mask);
	sigaddset(&wait_mask, SIGHUP);
	CHECK_ERR(sigsuspend(&wait_mask), EINTR, "sigsuspend is EINTR");
	CHECK_INT(got, 1, "after the handler");
	CHECK_INT(mask_inside, 3, "which ran with the temporary mask and its own signal blocked");
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGHUP), "the old mask is back");
	CHECK_ERR(syscall(SYS_rt_sigsuspend, &wait_mask, 4), EINVAL, "a set size of 4 is EINVAL");
	CHECK_ERR(syscall(SYS_rt_sigsuspend, bad_pointer(), 8), EFAULT, "a bad pointer is EFAULT");
}

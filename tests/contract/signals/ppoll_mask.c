/* SPDX-License-Identifier: MIT */
/*
 * ppoll, pselect, epoll_pwait: the mask holds only during the call; a pending signal ends it at
 * once.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static volatile sig_atomic_t got;

static void handler(int sig) { got++; }

static bool still_blocked(void)
{
	sigset_t now;

	sigprocmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, SIGUSR1) && !sigismember(&now, SIGHUP);
}

void contract_main(void)
{
	struct timespec ts = { 5, 0 };
	struct epoll_event ev;
	sigset_t block, inside;
	int ep = REQUIRE_OK(epoll_create1(0));

	on_signal(SIGUSR1, handler, 0);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	sigemptyset(&inside);
	sigaddset(&inside, SIGHUP);
	raise(SIGUSR1);
	CHECK_INT(poll(NULL, 0, 10), 0, "poll does not see a blocked signal");
	CHECK_ERR(ppoll(NULL, 0, &ts, &inside), EINTR, "ppoll unblocks it and is EINTR");
	CHECK_INT(got, 1, "after the handler");
	CHECK(still_blocked(), "the mask is back");
	raise(SIGUSR1);
	CHECK_ERR(pselect(0, NULL, NULL, NULL, &ts, &inside), EINTR, "pselect");
	CHECK_INT(got, 2, "after the handler");
	CHECK(still_blocked(), "the mask is back");
	raise(SIGUSR1);
	CHECK_ERR(epoll_pwait(ep, &ev, 1, 5000, &inside), EINTR, "epoll_pwait");
	CHECK_INT(got, 3, "after the handler");
	CHECK(still_blocked(), "the mask is back");
	ts = (struct timespec){ 0, 0 };
	CHECK_INT(ppoll(NULL, 0, &ts, &inside), 0, "without a pending signal it times out");
	CHECK(still_blocked(), "the mask is back");
}

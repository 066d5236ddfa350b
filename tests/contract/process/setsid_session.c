/* SPDX-License-Identifier: MIT */
/*
 * setsid: the new session's id is the pid, a second call is EPERM, and a fork inherits the
 * session.
 */
#include "lib/contract.h"

static int inherits(void *arg)
{
	return getsid(0) == *(pid_t *)arg && getpgrp() == *(pid_t *)arg ? 0 : 1;
}

static int session(void *arg)
{
	pid_t pid = getpid(), old = getsid(0);

	CHECK(old != pid, "a child is no session leader at first");
	CHECK_INT(setsid(), pid, "setsid returns the pid");
	CHECK_ERR(setsid(), EPERM, "a second call is EPERM");
	CHECK_EXIT(inherits, &pid, 0, "a fork inherits session and group");
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO, "there is no controlling terminal");
	return 0;
}

void contract_main(void)
{
	CHECK_EXIT(session, NULL, 0, "the child ends well");
}

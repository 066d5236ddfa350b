/* SPDX-License-Identifier: MIT */
/* getpriority, setpriority: 0, then 5; process, group, user; raw values; errors. */
#include "lib/contract.h"

#include <sys/resource.h>

static int lowers(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_INT(setpriority(PRIO_PROCESS, 0, 10), 0, "a user may be nicer");
	CHECK_ERR(setpriority(PRIO_PROCESS, 0, 4), EACCES, "but not take it back");
	CHECK_ERR(setpriority(PRIO_PROCESS, getppid(), 10), EPERM, "nor change another's");
	return 0;
}

void contract_main(void)
{
	need_root();
	REQUIRE(setpriority(PRIO_PROCESS, 0, 0) == 0);	/* whoever runs the tests may be nice */
	errno = 0;
	CHECK_INT(getpriority(PRIO_PROCESS, 0), 0, "nice 0");
	CHECK_INT(setpriority(PRIO_PROCESS, 0, 5), 0, "set 5");
	CHECK_INT(getpriority(PRIO_PROCESS, 0), 5, "read 5");
	CHECK_INT(getpriority(PRIO_PROCESS, getpid()), 5, "by pid");
	CHECK_INT(getpriority(PRIO_PGRP, 0), 5, "the lowest value of the group");
	CHECK_INT(syscall(SYS_getpriority, PRIO_PROCESS, 0), 15, "the raw call returns 20 - nice");
	CHECK_INT(setpriority(PRIO_PROCESS, 0, 100), 0, "above 19");
	CHECK_INT(getpriority(PRIO_PROCESS, 0), 19, "is 19");
	CHECK_INT(setpriority(PRIO_PROCESS, 0, -100), 0, "below -20");
	CHECK_INT(getpriority(PRIO_PROCESS, 0), -20, "is -20");
	REQUIRE(setpriority(PRIO_PROCESS, 0, 5) == 0);
	CHECK_EXIT(lowers, NULL, 0, "the unprivileged child ends well");
	CHECK_ERR(getpriority(9, 0), EINVAL, "an unknown kind is EINVAL");
	CHECK_ERR(getpriority(PRIO_PROCESS, 0x7ffffffe), ESRCH, "nobody is ESRCH");
}

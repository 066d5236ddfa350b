/* SPDX-License-Identifier: MIT */
/* getpgrp equals getpgid(0) and getpgid(own pid), and a fork inherits it. */
#include "lib/contract.h"

static int same_group(void *arg)
{
	return getpgrp() == *(pid_t *)arg ? 0 : 1;
}

void contract_main(void)
{
	pid_t group = getpgrp();

	CHECK_INT(getpgid(0), group, "getpgid(0)");
	CHECK_INT(getpgid(getpid()), group, "getpgid(own pid)");
	CHECK_INT(syscall(SYS_getpgrp), group, "the old getpgrp call");
	CHECK_ERR(getpgid(0x7ffffffe), ESRCH, "getpgid of nobody is ESRCH");
	CHECK_EXIT(same_group, &group, 0, "a child has the same group");
}

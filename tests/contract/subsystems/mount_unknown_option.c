/* SPDX-License-Identifier: MIT */
/* /proc and /sys refuse options they do not know: EINVAL, and nothing is mounted. Source: mount(2). */
#include "lib/contract.h"

#include <sys/mount.h>

void contract_main(void)
{
	tmp_dir();
	REQUIRE(mkdir("at", 0700) == 0);
	CHECK_ERR(mount("proc", "at", "proc", 0, "no_such_option=1"), EINVAL, "proc");
	CHECK_ERR(mount("sysfs", "at", "sysfs", 0, "no_such_option=1"), EINVAL, "sysfs");
	CHECK_INT(rmdir("at"), 0, "nothing is mounted there");
}

/* SPDX-License-Identifier: MIT */
/*
 * uname: Linux, a release of at least 4, x86_64, no field empty; personality changes the
 * release of UNAME26.
 */
#include "lib/contract.h"

#include <sys/utsname.h>

void contract_main(void)
{
	struct utsname u;
	int major = 0, minor = -1;

	CHECK_INT(uname(&u), 0, "uname");
	CHECK_STR(u.sysname, "Linux", "the system");
	CHECK_STR(u.machine, "x86_64", "the machine");
	CHECK(u.nodename[0] && u.release[0] && u.version[0], "no field is empty");
	CHECK(sscanf(u.release, "%d.%d", &major, &minor) == 2 && major >= 4, "release %s",
	      u.release);
	CHECK_ERR(syscall(SYS_uname, bad_pointer()), EFAULT, "a bad pointer is EFAULT");
}

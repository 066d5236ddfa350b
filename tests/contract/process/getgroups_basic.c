/* SPDX-License-Identifier: MIT */
/* getgroups/setgroups: size 0 counts, the list reads back in order, a small buffer is EINVAL. */
#include "lib/contract.h"

#include <grp.h>

void contract_main(void)
{
	gid_t set[3] = { 30, 10, 20 }, got[8];

	need_root();
	REQUIRE(setgroups(3, set) == 0);
	CHECK_INT(getgroups(0, NULL), 3, "size 0 gives the count");
	CHECK_INT(getgroups(8, got), 3, "the list has three entries");
	CHECK(got[0] == 10 && got[1] == 20 && got[2] == 30, "and is sorted by the kernel");
	CHECK_ERR(getgroups(2, got), EINVAL, "a buffer too small is EINVAL");
	CHECK_ERR(syscall(SYS_getgroups, -1, got), EINVAL, "a negative size is EINVAL");
	CHECK_ERR(syscall(SYS_setgroups, 65537, set), EINVAL, "more than NGROUPS_MAX is EINVAL");
	CHECK_INT(setgroups(0, NULL), 0, "the list can be emptied");
	CHECK_INT(getgroups(0, NULL), 0, "and then has no entry");
	REQUIRE(setresuid(65534, 65534, 65534) == 0);
	CHECK_ERR(syscall(SYS_setgroups, 3, set), EPERM,
		  "without the capability setgroups is EPERM");
}

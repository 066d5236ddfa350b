/* SPDX-License-Identifier: MIT */
/* unshare(0) does nothing; CLONE_NEWUTS isolates the host name; unknown flags are EINVAL. */
#include "lib/contract.h"

#include <sched.h>
#include <sys/utsname.h>

static int isolated(void *arg)
{
	struct utsname u;

	CHECK_INT(unshare(CLONE_NEWUTS), 0, "unshare(CLONE_NEWUTS)");
	REQUIRE(sethostname("elsewhere", 9) == 0);
	REQUIRE(uname(&u) == 0);
	CHECK_STR(u.nodename, "elsewhere", "the name changed inside");
	return 0;
}

void contract_main(void)
{
	struct utsname before, after;

	need_root();
	REQUIRE(uname(&before) == 0);
	CHECK_INT(unshare(0), 0, "unshare(0)");
	CHECK_EXIT(isolated, NULL, 0, "the isolated child ends well");
	REQUIRE(uname(&after) == 0);
	CHECK_STR(after.nodename, before.nodename, "and not outside");
	CHECK_ERR(unshare(0x1), EINVAL, "an unknown flag is EINVAL");
	CHECK_INT(unshare(CLONE_FILES | CLONE_FS), 0, "CLONE_FILES and CLONE_FS are accepted");
}

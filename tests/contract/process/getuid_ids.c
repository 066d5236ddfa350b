/* SPDX-License-Identifier: MIT */
/* getuid, geteuid, getgid, getegid: real equals effective, and a fork inherits all. */
#include "lib/contract.h"

static int same_ids(void *arg)
{
	uid_t *want = arg;

	return getuid() == want[0] && geteuid() == want[1] && getgid() == want[2] && getegid() == want[3] ? 0 : 1;
}

void contract_main(void)
{
	uid_t ids[4] = { getuid(), geteuid(), getgid(), getegid() };

	CHECK_INT(ids[0], ids[1], "real user equals effective");
	CHECK_INT(ids[2], ids[3], "real group equals effective");
	CHECK_EXIT(same_ids, ids, 0, "a child inherits them");
	if (geteuid() != 0)
		return;
	REQUIRE(setresgid(10, 20, 30) == 0 && setresuid(1, 2, 3) == 0);
	ids[0] = 1, ids[1] = 2, ids[2] = 10, ids[3] = 20;
	CHECK_EXIT(same_ids, ids, 0, "a child inherits different real and effective ids");
}

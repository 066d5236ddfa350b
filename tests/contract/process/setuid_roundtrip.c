/* SPDX-License-Identifier: MIT */
/* setuid, setgid: to the same id without effect; as root all three change for good. */
#include "lib/contract.h"

static int drop(void *arg)
{
	uid_t r, e, s;

	REQUIRE(setgid(100) == 0 && setuid(1000) == 0);
	getresuid(&r, &e, &s);
	CHECK(r == 1000 && e == 1000 && s == 1000, "root's setuid sets all three user ids");
	getresgid(&r, &e, &s);
	CHECK(r == 100 && e == 100 && s == 100, "and setgid all three group ids");
	CHECK_ERR(setuid(0), EPERM, "there is no way back");
	CHECK_ERR(setgid(0), EPERM, "for the group neither");
	CHECK_INT(setuid(1000), 0, "the same id is accepted");
	return 0;
}

void contract_main(void)
{
	need_root();
	CHECK_INT(setuid(getuid()), 0, "setuid to the same id");
	CHECK_INT(setgid(getgid()), 0, "setgid to the same id");
	CHECK_INT(getuid(), 0, "changes nothing");
	CHECK_ERR(syscall(SYS_setuid, -1), EINVAL, "id -1 is EINVAL");
	CHECK_EXIT(drop, NULL, 0, "the child that drops ends well");
}

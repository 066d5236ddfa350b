/* SPDX-License-Identifier: MIT */
/*
 * getresuid/setresuid and their group forms: three ids, -1 keeps, effective id changes and
 * returns.
 */
#include "lib/contract.h"

static int dance(void *arg)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	CHECK_INT(setresgid(1, 2, 3), 0, "setresgid as root");
	getresgid(&gr, &ge, &gs);
	CHECK(gr == 1 && ge == 2 && gs == 3, "three different group ids read back");
	CHECK_INT(setresuid(-1, 1000, -1), 0, "set only the effective user");
	getresuid(&r, &e, &s);
	CHECK(r == 0 && e == 1000 && s == 0, "-1 leaves real and saved");
	CHECK_ERR(setresuid(1001, -1, -1), EPERM, "without privilege a foreign id is EPERM");
	CHECK_INT(seteuid(0), 0, "the saved id lets it return");
	CHECK_INT(geteuid(), 0, "to root");
	CHECK_INT(setresuid(5, 6, 7), 0, "set all three");
	getresuid(&r, &e, &s);
	CHECK(r == 5 && e == 6 && s == 7, "and read them");
	CHECK_INT(setresuid(7, 5, 6), 0, "an unprivileged process may permute its three ids");
	CHECK_ERR(setuid(0), EPERM, "but not become root");
	CHECK_INT(setreuid(-1, 7), 0, "setreuid: effective to real");
	getresuid(&r, &e, &s);
	CHECK(r == 7 && e == 7 && s == 6, "keeps the saved id when only euid = ruid is set");
	CHECK_ERR(syscall(SYS_getresuid, (void *)8, &e, &s), EFAULT, "a bad pointer is EFAULT");
	return 0;
}

void contract_main(void)
{
	uid_t r, e, s;

	need_root();
	CHECK_INT(getresuid(&r, &e, &s), 0, "getresuid");
	CHECK(r == 0 && e == 0 && s == 0, "all three are 0");
	CHECK_EXIT(dance, NULL, 0, "the child that changes ids ends well");
}

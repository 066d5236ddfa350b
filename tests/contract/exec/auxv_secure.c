/* SPDX-License-Identifier: MIT */
/* A set-user-id program gets AT_SECURE 1 and its effective id; AT_UID stays the caller's. */
#include "lib/contract.h"

#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>

int contract_role(const char *role, int argc, char **argv)
{
	if (getauxval(AT_UID) != 1000 || getuid() != 1000)
		return 1;
	if (getauxval(AT_EUID) != (unsigned long)geteuid() || getauxval(AT_EGID) != (unsigned long)getegid())
		return 2;
	return (getauxval(AT_SECURE) ? 100 : 50) + (geteuid() == 0 ? 5 : 0) + (getegid() == 0 ? 7 : 0);
}

static int as_user(void *mode)
{
	REQUIRE(chmod("copy", (mode_t)(uintptr_t)mode) == 0);
	REQUIRE(setresgid(1000, 1000, 1000) == 0 && setresuid(1000, 1000, 1000) == 0);
	execl("./copy", "./copy", "@ids", (char *)NULL);
	return 1;
}

static int no_new_privs(void *mode)
{
	REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return as_user(mode);
}

void contract_main(void)
{
	static char buf[4 << 20];
	struct statvfs vfs;
	ssize_t size;

	need_root();
	tmp_dir();
	REQUIRE(statvfs(".", &vfs) == 0);
	if (vfs.f_flag & ST_NOSUID)
		skip_all("the scratch folder is mounted nosuid");
	size = read_file(contract_self(), buf, sizeof(buf));
	REQUIRE(size > 0);
	write_file("copy", buf, (size_t)size);
	CHECK_EXIT(as_user, (void *)0755UL, 50, "plain: AT_SECURE 0, own ids");
	CHECK_EXIT(as_user, (void *)04755UL, 105, "set-user-id: AT_SECURE 1, effective user 0");
	CHECK_EXIT(as_user, (void *)02755UL, 107, "set-group-id: AT_SECURE 1, effective group 0");
	CHECK_EXIT(as_user, (void *)06755UL, 112, "both");
	CHECK_EXIT(as_user, (void *)02745UL, 50, "set-group-id without group execute is no set-id");
	CHECK_EXIT(no_new_privs, (void *)06755UL, 50, "PR_SET_NO_NEW_PRIVS: no set-id");
}

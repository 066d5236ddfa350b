/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes in memory file systems: create, replace, read, list, remove; lengths; the name spaces' rules.
 */
#include "lib/contract.h"

#include <sys/mount.h>
#include <sys/xattr.h>

static int user_view(void *arg)
{
	char buf[256];

	(void)arg;
	if (setresuid(1234, 1234, 1234))
		return 1;
	if (getxattr("f", "trusted.t", buf, sizeof(buf)) != -1 || errno != ENODATA)
		return 2;
	if (setxattr("f", "trusted.t", "x", 1, 0) != -1 || errno != EPERM)
		return 3;
	if (setxattr("f", "security.s", "x", 1, 0) != -1 || errno != EPERM)
		return 4;
	if (getxattr("f", "security.s", buf, sizeof(buf)) != 3)
		return 5;
	if (setxattr("f", "user.u", "x", 1, 0) != -1 || errno != EACCES)
		return 6;
	return listxattr("f", buf, sizeof(buf)) == 11 && !strcmp(buf, "security.s") ? 0 : 7;
}

void contract_main(void)
{
	char buf[256], *big = malloc(65537);

	need_root();
	REQUIRE_OK(chmod(tmp_dir(), 0755));
	REQUIRE_OK(mkdir("m", 0755));
	if (mount("none", "m", "tmpfs", 0, "mode=755") == 0)
		REQUIRE_OK(chdir("m"));
	umask(022);
	write_file("f", "text", 4);
	CHECK_INT(listxattr("f", buf, sizeof(buf)), 0, "a file begins without attributes");
	CHECK_ERR(getxattr("f", "trusted.t", buf, sizeof(buf)), ENODATA, "what is not there");
	CHECK_ERR(setxattr("f", "trusted.t", "abc", 3, XATTR_REPLACE), ENODATA, "cannot be replaced");
	CHECK_INT(setxattr("f", "trusted.t", "abc", 3, XATTR_CREATE), 0, "but created");
	CHECK_ERR(setxattr("f", "trusted.t", "abc", 3, XATTR_CREATE), EEXIST, "once");
	CHECK_INT(getxattr("f", "trusted.t", NULL, 0), 3, "length");
	CHECK_INT(getxattr("f", "trusted.t", buf, 3), 3, "value");
	CHECK_INT(memcmp(buf, "abc", 3), 0, "as set");
	CHECK_ERR(getxattr("f", "trusted.t", buf, 2), ERANGE, "a buffer too small");
	CHECK_INT(setxattr("f", "trusted.t", "longer", 6, XATTR_REPLACE), 0, "replace");
	CHECK_INT(getxattr("f", "trusted.t", buf, sizeof(buf)), 6, "the new length");
	CHECK_INT(setxattr("f", "trusted.empty", "", 0, 0), 0, "an empty value");
	CHECK_INT(getxattr("f", "trusted.empty", buf, sizeof(buf)), 0, "is there");
	CHECK_INT(removexattr("f", "trusted.empty"), 0, "remove");
	CHECK_ERR(removexattr("f", "trusted.empty"), ENODATA, "is gone");
	CHECK_INT(setxattr("f", "security.s", "sec", 3, 0), 0, "security.*");
	CHECK_INT(listxattr("f", NULL, 0), 21, "length of the list");
	CHECK_ERR(listxattr("f", buf, 20), ERANGE, "list into too little");
	CHECK_EXIT(user_view, NULL, 0, "what a plain user sees and may");
	CHECK_ERR(setxattr("f", "nonsense", "x", 1, 0), EOPNOTSUPP, "a name without a name space");
	CHECK_ERR(setxattr("f", "trusted.t", big, 65537, 0), E2BIG, "a value too long");
	CHECK_ERR(setxattr("f", "trusted.t", "x", 1, 4), EINVAL, "a flag there is not");
	REQUIRE_OK(symlink("f", "l"));
	CHECK_INT(lsetxattr("l", "trusted.l", "link", 4, 0), 0, "of a link itself");
	CHECK_ERR(getxattr("l", "trusted.l", buf, sizeof(buf)), ENODATA, "not of what it leads to");
	CHECK_ERR(lsetxattr("l", "user.l", "x", 1, 0), EPERM, "no user.* on links");
	REQUIRE_OK(chdir("/"));
}

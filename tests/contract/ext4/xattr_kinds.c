/* SPDX-License-Identifier: MIT */
/*
 * trusted.* and security.* attributes, attributes of links, and who may see which.
 */
#include "lib/pattern.h"
#include <sys/xattr.h>

static int as_nobody(void *arg)
{
	char buf[100];

	if (setgid(65534) || setuid(65534))
		return 1;
	if (getxattr("file", "trusted.t", buf, sizeof(buf)) >= 0 || errno != ENODATA)
		return 2;
	if (setxattr("file", "trusted.t", "x", 1, 0) == 0 || errno != EPERM)
		return 3;
	if (listxattr("file", buf, sizeof(buf)) < 0 || memmem(buf, sizeof(buf), "trusted", 7))
		return 4;
	return setxattr("file", "user.u", "x", 1, 0) == 0 || errno != EACCES ? 5 : 0;
}

void contract_main(void)
{
	char buf[100] = "";

	need_root();
	tmp_dir();
	close(pattern_file("file", 10, 1));
	CHECK_INT(setxattr("file", "trusted.t", "tv", 2, 0), 0, "trusted");
	CHECK_INT(setxattr("file", "security.s", "sv", 2, 0), 0, "security");
	CHECK_INT(setxattr("file", "user.u", "uv", 2, 0), 0, "user");
	CHECK_INT(getxattr("file", "trusted.t", buf, sizeof(buf)), 2, "trusted is there");
	CHECK_INT(getxattr("file", "security.s", buf, sizeof(buf)), 2, "security is there");
	CHECK_INT(listxattr("file", buf, sizeof(buf)), 10 + 11 + 7, "all three are listed");
	CHECK_EXIT(as_nobody, NULL, 0, "another user sees and changes only what he may");
	REQUIRE(symlink("file", "link") == 0);
	CHECK_ERR(lsetxattr("link", "user.u", "x", 1, 0), EPERM, "user of a link is EPERM");
	CHECK_INT(lsetxattr("link", "trusted.t", "link", 4, 0), 0, "trusted of a link");
	CHECK_INT(lgetxattr("link", "trusted.t", buf, sizeof(buf)), 4, "is the link's");
	CHECK_INT(getxattr("link", "trusted.t", buf, sizeof(buf)), 2, "not the file's");
	CHECK_INT(removexattr("file", "trusted.t"), 0, "removed");
	CHECK_INT(listxattr("file", buf, sizeof(buf)), 11 + 7, "two are left");
}

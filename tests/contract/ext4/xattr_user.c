/* SPDX-License-Identifier: MIT */
/*
 * user.* attributes: set, got, replaced, listed, removed; flags and small buffers.
 */
#include "lib/pattern.h"
#include <sys/xattr.h>

static bool listed(const char *path, const char *name)
{
	char list[4096];
	ssize_t n = listxattr(path, list, sizeof(list));

	for (char *p = list; n > 0 && p < list + n; p += strlen(p) + 1) {
		if (!strcmp(p, name))
			return true;
	}
	return false;
}

void contract_main(void)
{
	char buf[300];

	tmp_dir();
	close(pattern_file("file", 10, 1));
	CHECK_INT(setxattr("file", "user.one", "value", 5, 0), 0, "set");
	CHECK_INT(getxattr("file", "user.one", buf, sizeof(buf)), 5, "got");
	CHECK(!memcmp(buf, "value", 5), "the same");
	CHECK_INT(getxattr("file", "user.one", NULL, 0), 5, "its size");
	CHECK_ERR(getxattr("file", "user.one", buf, 4), ERANGE, "a small buffer is ERANGE");
	CHECK_ERR(setxattr("file", "user.one", "x", 1, XATTR_CREATE), EEXIST, "XATTR_CREATE is EEXIST");
	CHECK_ERR(setxattr("file", "user.two", "x", 1, XATTR_REPLACE), ENODATA, "XATTR_REPLACE is ENODATA");
	CHECK_INT(setxattr("file", "user.one", "longer value", 12, XATTR_REPLACE), 0, "replaced");
	CHECK_INT(getxattr("file", "user.one", buf, sizeof(buf)), 12, "by a longer one");
	CHECK_INT(setxattr("file", "user.empty", "", 0, 0), 0, "an empty one");
	CHECK_INT(getxattr("file", "user.empty", buf, sizeof(buf)), 0, "is empty");
	CHECK(listed("file", "user.one") && listed("file", "user.empty"), "both are listed");
	CHECK_INT(removexattr("file", "user.one"), 0, "removed");
	CHECK_ERR(getxattr("file", "user.one", buf, sizeof(buf)), ENODATA, "it is gone");
	CHECK_ERR(removexattr("file", "user.one"), ENODATA, "again is ENODATA");
	CHECK(!listed("file", "user.one") && listed("file", "user.empty"), "one is listed");
	memset(buf, 'n', sizeof(buf));
	memcpy(buf, "user.", 5);
	buf[255] = 0;
	CHECK_INT(setxattr("file", buf, "x", 1, 0), 0, "a name of 255 bytes");
	CHECK(listed("file", buf), "is listed");
	buf[255] = 'n', buf[256] = 0;
	CHECK_ERR(setxattr("file", buf, "x", 1, 0), ERANGE, "256 are ERANGE");
	CHECK_ERR(setxattr("file", "strange.one", "x", 1, 0), EOPNOTSUPP, "an unknown prefix is EOPNOTSUPP");
	CHECK_ERR(setxattr("file", "user.", "x", 1, 0), EINVAL, "no name is EINVAL");
	REQUIRE(mkdir("dir", 0755) == 0);
	CHECK_INT(setxattr("dir", "user.dir", "d", 1, 0), 0, "of a folder");
	CHECK_INT(getxattr("dir", "user.dir", buf, sizeof(buf)), 1, "too");
	CHECK_INT(rename("file", "moved"), 0, "the file is renamed");
	CHECK(listed("moved", "user.empty"), "and keeps them");
}

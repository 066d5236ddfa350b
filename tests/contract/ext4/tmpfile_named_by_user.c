/* SPDX-License-Identifier: MIT */
/*
 * A process that gave its privileges up names its O_TMPFILE as open(2) says: by the link in /proc/self/fd, which is its
 * own to walk, whether it may be traced or not. In a folder that is removed there is no O_TMPFILE.
 */
#include "lib/contract.h"
#include <sys/prctl.h>

static int as_user(void *arg)
{
	char path[64], text[64];
	int fd;

	(void)arg;
	if (setgid(1000) || setuid(1000))
		return 1;
	fd = open("pub", O_TMPFILE | O_RDWR, 0644);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0)
		return 2;
	CHECK_INT(prctl(PR_GET_DUMPABLE), 0, "it may not be traced");
	CHECK(readlink(path, text, sizeof(text)) > 0, "its descriptor's link can be read");
	CHECK_OK(linkat(AT_FDCWD, path, AT_FDCWD, "pub/named", AT_SYMLINK_FOLLOW), "a name by /proc/self/fd");
	CHECK_OK(access("pub/named", F_OK), "is there");
	CHECK_OK(open("/proc/self/fd", O_RDONLY | O_DIRECTORY), "its descriptors can be listed");
	return 0;
}

void contract_main(void)
{
	int gone;

	need_root();
	tmp_dir();
	REQUIRE(chmod(".", 0755) == 0 && mkdir("pub", 0777) == 0 && chmod("pub", 0777) == 0);
	CHECK_EXIT(as_user, NULL, 0, "as a user");
	REQUIRE(mkdir("gone", 0755) == 0);
	gone = REQUIRE_OK(open("gone", O_RDONLY | O_DIRECTORY));
	REQUIRE(rmdir("gone") == 0);
	CHECK_ERR(openat(gone, ".", O_TMPFILE | O_RDWR, 0600), EPERM, "O_TMPFILE in a removed folder");
}

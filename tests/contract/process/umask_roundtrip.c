/* SPDX-License-Identifier: MIT */
/*
 * umask: returns the one before, applies to open, mkdir, mknod; 0 gives the full mode;
 * inherited.
 */
#include "lib/contract.h"

static mode_t mode_of(const char *path)
{
	struct stat st;

	REQUIRE(stat(path, &st) == 0);
	return st.st_mode & 07777;
}

static int inherited(void *arg)
{
	return umask(0) == 0037 ? 0 : 1;
}

void contract_main(void)
{
	tmp_dir();
	umask(022);
	CHECK_INT(umask(0027), 022, "the mask before is returned");
	close(REQUIRE_OK(open("a", O_CREAT | O_WRONLY, 0777)));
	CHECK_INT(mode_of("a"), 0750, "applied by open");
	REQUIRE(mkdir("d", 0777) == 0);
	CHECK_INT(mode_of("d"), 0750, "by mkdir");
	REQUIRE(mknod("f", S_IFIFO | 0666, 0) == 0);
	CHECK_INT(mode_of("f"), 0640, "and by mknod");
	REQUIRE(chmod("a", 0777) == 0);
	CHECK_INT(mode_of("a"), 0777, "not by chmod");
	CHECK_INT(umask(0), 0027, "the second mask is returned");
	close(REQUIRE_OK(open("b", O_CREAT | O_WRONLY, 0777)));
	CHECK_INT(mode_of("b"), 0777, "mask 0 gives 0777");
	CHECK_INT(umask(010037), 0, "bits above 0777 are ignored");
	CHECK_EXIT(inherited, NULL, 0, "a fork inherits the mask");
}

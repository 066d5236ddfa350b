/* SPDX-License-Identifier: MIT */
/*
 * open(O_CREAT): a new file is empty, has the mode the umask leaves, one link, and no blocks.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	struct stat st, parent;
	int fd;

	tmp_dir();
	umask(027);
	parent = stat_of(".");
	fd = CHECK_OK(open("new", O_RDWR | O_CREAT | O_EXCL, 0666), "a new file");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, 0, "is empty");
	CHECK_INT(st.st_blocks, 0, "has no blocks");
	CHECK_INT(st.st_nlink, 1, "has one link");
	CHECK_INT(st.st_mode, S_IFREG | 0640, "has the mode the umask leaves");
	CHECK_INT(st.st_uid, geteuid(), "is its maker's");
	CHECK_INT(st.st_dev, parent.st_dev, "is on the folder's device");
	CHECK(st.st_ino > 10, "has a number of its own");
	CHECK(st.st_mtim.tv_sec == st.st_ctim.tv_sec && st.st_mtim.tv_nsec == st.st_ctim.tv_nsec,
	      "its times are the same");
	CHECK_ERR(open("new", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST, "O_EXCL again is EEXIST");
	CHECK_OK(open("new", O_RDWR | O_CREAT, 0600), "without O_EXCL it is opened");
	CHECK_INT(stat_of("new").st_mode, S_IFREG | 0640, "with the mode it had");
	CHECK_ERR(open("none/new", O_RDWR | O_CREAT, 0600), ENOENT, "in a missing folder is ENOENT");
	CHECK_ERR(open("new/new", O_RDWR | O_CREAT, 0600), ENOTDIR, "in a file is ENOTDIR");
	CHECK_ERR(open(".", O_RDWR | O_CREAT, 0600), EISDIR, "a folder is EISDIR");
	CHECK_INT(stat_of(".").st_mtim.tv_sec >= parent.st_mtim.tv_sec, 1, "the folder's time is set");
	CHECK_INT(count_names("."), 1, "the folder has one name");
}

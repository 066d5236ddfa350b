/* SPDX-License-Identifier: MIT */
/*
 * A volume without free inodes: ENOSPC for new objects, names and blocks are still to be had.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <sys/vfs.h>

void contract_main(void)
{
	char name[64];
	struct statfs fs;
	int made = 0, fd;

	volume_mount();
	for (;; made++) {
		snprintf(name, sizeof(name), "vol/%d", made);
		fd = open(name, O_CREAT | O_WRONLY, 0644);
		if (fd < 0)
			break;
		close(fd);
	}
	CHECK_INT(errno, ENOSPC, "after %d files: ENOSPC", made);
	REQUIRE(statfs("vol", &fs) == 0);
	CHECK_INT(fs.f_ffree, 0, "no inode is free");
	CHECK_ERR(mkdir("vol/dir", 0755), ENOSPC, "for a folder");
	CHECK_ERR(symlink("x", "vol/link"), ENOSPC, "for a link");
	CHECK_INT(link("vol/0", "vol/other"), 0, "another name is to be had");
	CHECK_INT(unlink("vol/1"), 0, "one removed");
	CHECK_INT(mkdir("vol/dir", 0755), 0, "is one to be had");
	CHECK(pattern_is("vol/2", 0, 0), "the others are there");
	close(pattern_file("vol/3", 100000, 3));
	CHECK(pattern_is("vol/3", 100000, 3), "and can be written");
	volume_clear();
	volume_umount();
}

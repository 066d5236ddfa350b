/* SPDX-License-Identifier: MIT */
/*
 * Remounted read-only: everything is on the disk, and nothing more goes there; then writable again.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <sys/mount.h>

void contract_main(void)
{
	int fd;

	volume_mount();
	fd = pattern_file("vol/file", 100000, 1);
	CHECK_ERR(mount(NULL, "vol", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY, "with a file open for writing: EBUSY");
	close(fd);
	CHECK_INT(mount(NULL, "vol", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0, "read-only");
	CHECK(pattern_is("vol/file", 100000, 1), "what is there can be read");
	CHECK_ERR(open("vol/file", O_WRONLY), EROFS, "opening for writing is EROFS");
	CHECK_ERR(open("vol/new", O_CREAT | O_WRONLY, 0644), EROFS, "making a file");
	CHECK_ERR(mkdir("vol/dir", 0755), EROFS, "a folder");
	CHECK_ERR(unlink("vol/file"), EROFS, "removing");
	CHECK_ERR(rename("vol/file", "vol/x"), EROFS, "renaming");
	CHECK_ERR(chmod("vol/file", 0600), EROFS, "changing a mode");
	CHECK_ERR(truncate("vol/file", 0), EROFS, "cutting");
	CHECK_INT(mount(NULL, "vol", NULL, MS_REMOUNT, NULL), 0, "writable again");
	close(pattern_file("vol/new", 5000, 2));
	volume_umount();
	volume_mount_again();
	CHECK(pattern_is("vol/file", 100000, 1) && pattern_is("vol/new", 5000, 2), "both are there after all");
	volume_clear();
	volume_umount();
}

/* SPDX-License-Identifier: MIT */
/*
 * mount and umount2: a new tmpfs hides what was there, has its own root, size option; EBUSY,
 * EINVAL, EPERM.
 */
#include "lib/contract.h"

#include <sys/mount.h>
#include <sys/statfs.h>

static int unprivileged(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(mount("x", "m", "tmpfs", 0, NULL), EPERM, "mount without privilege is EPERM");
	CHECK_ERR(umount2("m", 0), EPERM, "umount too");
	return 0;
}

void contract_main(void)
{
	struct stat before, after;
	struct statfs fs;
	int fd;

	need_root();
	tmp_dir();
	REQUIRE(mkdir("m", 0755) == 0);
	write_file("m/hidden", "x", 1);
	REQUIRE(stat("m", &before) == 0);
	CHECK_INT(mount("none", "m", "tmpfs", 0, "size=1m,mode=0700"), 0, "mount a tmpfs");
	REQUIRE(stat("m", &after) == 0);
	CHECK(before.st_dev != after.st_dev, "another device");
	CHECK_INT(after.st_mode & 07777, 0700, "mode=");
	CHECK_INT(after.st_size, 40, "st_size of an empty folder");
	CHECK_ERR(access("m/hidden", F_OK), ENOENT, "hides what was there");
	REQUIRE(statfs("m", &fs) == 0);
	CHECK_INT(fs.f_blocks * (unsigned long)fs.f_bsize, 1 << 20, "size=");
	write_file("m/new", "y", 1);
	CHECK_ERR(rename("m/new", "new"), EXDEV, "rename across is EXDEV");
	CHECK_ERR(link("m/new", "new"), EXDEV, "link across is EXDEV");
	CHECK_ERR(rmdir("m"), EBUSY, "a mount point cannot be removed");
	fd = REQUIRE_OK(open("m/new", O_RDONLY));
	CHECK_ERR(umount2("m", 0), EBUSY, "with an open file it is EBUSY");
	close(fd);
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
	CHECK_INT(umount2("m", 0), 0, "umount");
	CHECK_INT(access("m/hidden", F_OK), 0, "what was hidden is back");
	CHECK_ERR(umount2("m", 0), EINVAL, "a folder that is no mount point is EINVAL");
	CHECK_ERR(mount("none", "m", "nosuchfs", 0, NULL), ENODEV, "an unknown type is ENODEV");
	CHECK_ERR(mount("none", "none", "tmpfs", 0, NULL), ENOENT, "a missing target is ENOENT");
	CHECK_ERR(mount("none", "m/hidden", "tmpfs", 0, NULL), ENOTDIR,
		  "a file as target is ENOTDIR");
	CHECK_INT(mount("none", "m", "tmpfs", MS_RDONLY, NULL), 0, "read-only");
	CHECK_ERR(mkdir("m/d", 0755), EROFS, "refuses changes with EROFS");
	CHECK_INT(umount2("m", MNT_DETACH), 0, "MNT_DETACH");
}

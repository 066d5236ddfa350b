/* SPDX-License-Identifier: MIT */
/*
 * Immutable and append-only files; FS_IOC_GETVERSION, FS_IOC_FSGETXATTR.
 */
#include "lib/pattern.h"
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <linux/stat.h>

static int set_flags(const char *path, int flags)
{
	int fd = REQUIRE_OK(open(path, O_RDONLY)), got, err;

	REQUIRE(ioctl(fd, FS_IOC_GETFLAGS, &got) == 0);
	got = (got & ~(FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NOATIME_FL)) | flags;
	err = ioctl(fd, FS_IOC_SETFLAGS, &got);
	close(fd);
	return err;
}

void contract_main(void)
{
	struct fsxattr attr;
	struct statx sx;
	int fd, both, flags = 0;
	long version = 0;

	need_root();
	tmp_dir();
	fd = pattern_file("file", 1000, 1);
	CHECK_INT(ioctl(fd, FS_IOC_GETFLAGS, &flags), 0, "FS_IOC_GETFLAGS");
	CHECK(!(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)), "neither at first");
	CHECK_INT(set_flags("file", FS_IMMUTABLE_FL), 0, "immutable");
	CHECK_ERR(open("file", O_WRONLY), EPERM, "cannot be opened for writing");
	CHECK_ERR(unlink("file"), EPERM, "removed");
	CHECK_ERR(rename("file", "other"), EPERM, "renamed");
	CHECK_ERR(link("file", "other"), EPERM, "linked");
	CHECK_ERR(chmod("file", 0600), EPERM, "or changed");
	CHECK_ERR(truncate("file", 0), EPERM, "or cut");
	CHECK_ERR(pwrite(fd, "x", 1, 0), EPERM, "or written by who has it open");
	CHECK_INT(set_flags("file", FS_APPEND_FL), 0, "append-only");
	CHECK_ERR(open("file", O_WRONLY), EPERM, "cannot be opened for writing");
	CHECK_INT(syscall(SYS_statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, &sx), 0, "statx");
	CHECK((sx.stx_attributes_mask & sx.stx_attributes & STATX_ATTR_APPEND), "shows it");
	CHECK(!(sx.stx_attributes & STATX_ATTR_IMMUTABLE), "and not the other");
	fd = CHECK_OK(open("file", O_WRONLY | O_APPEND), "but for appending");
	CHECK_INT(write(fd, "x", 1), 1, "which works");
	both = REQUIRE_OK(open("file", O_RDWR | O_APPEND));
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, both, 0) == MAP_FAILED && errno == EACCES,
	      "it cannot be mapped to be written");
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, both, 0) != MAP_FAILED, "but privately");
	CHECK_ERR(unlink("file"), EPERM, "it cannot be removed");
	CHECK_INT(set_flags("file", FS_NOATIME_FL), 0, "neither again");
	REQUIRE(ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0);
	CHECK(flags & FS_NOATIME_FL, "another flag is kept");
	CHECK_INT(rename("file", "other"), 0, "and everything is allowed");
	CHECK_INT(ioctl(fd, FS_IOC_GETVERSION, &version), 0, "FS_IOC_GETVERSION");
	CHECK_INT(ioctl(fd, FS_IOC_FSGETXATTR, &attr), 0, "FS_IOC_FSGETXATTR");
	CHECK(attr.fsx_xflags & FS_XFLAG_NOATIME, "shows the flag");
}

/* SPDX-License-Identifier: MIT */
/* fstatfs and statfs: the types of proc and devices' file systems, sane counts, EBADF, ENOENT. */
#include "lib/contract.h"

#include <sys/statfs.h>

void contract_main(void)
{
	struct statfs fs, by_path;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open(".", O_RDONLY));
	CHECK_INT(fstatfs(fd, &fs), 0, "fstatfs of the scratch folder");
	CHECK_INT(statfs(".", &by_path), 0, "statfs of it");
	CHECK(fs.f_type == by_path.f_type && fs.f_bsize == by_path.f_bsize && fs.f_blocks == by_path.f_blocks,
	      "agree");
	CHECK(fs.f_bfree <= fs.f_blocks && fs.f_bavail <= fs.f_bfree, "free is not more than all");
	CHECK_INT(fs.f_namelen, 255, "names up to 255 bytes");
	fd = REQUIRE_OK(open("/proc/self/stat", O_RDONLY));
	CHECK_INT(fstatfs(fd, &fs), 0, "a file in /proc");
	CHECK_INT(fs.f_type, 0x9fa0, "is of type PROC_SUPER_MAGIC");
	fd = REQUIRE_OK(open("/dev/null", O_RDONLY));
	CHECK_INT(fstatfs(fd, &fs), 0, "/dev/null");
	CHECK_INT(fs.f_type, 0x01021994, "lies on a tmpfs");
	CHECK_ERR(fstatfs(999, &fs), EBADF, "a closed descriptor is EBADF");
	CHECK_ERR(statfs("none", &fs), ENOENT, "a missing path is ENOENT");
	CHECK_ERR(syscall(SYS_statfs, ".", bad_pointer()), EFAULT, "a bad pointer is EFAULT");
}

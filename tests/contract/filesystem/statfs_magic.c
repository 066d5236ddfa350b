/* SPDX-License-Identifier: MIT */
/*
 * statfs: a new tmpfs has TMPFS_MAGIC, 4096-byte blocks and counts that follow its use; proc,
 * devpts, sysfs magics.
 */
#include "lib/contract.h"

#include <sys/mount.h>
#include <sys/statfs.h>

void contract_main(void)
{
	static char data[100 * 4096];
	struct statfs fs, after;

	need_root();
	tmp_dir();
	REQUIRE(mkdir("m", 0755) == 0 && mount("none", "m", "tmpfs", 0, "size=4m,nr_inodes=100") == 0);
	CHECK_INT(statfs("m", &fs), 0, "tmpfs");
	CHECK_INT(fs.f_type, 0x01021994, "TMPFS_MAGIC");
	CHECK_INT(fs.f_bsize, 4096, "blocks of 4096");
	CHECK_INT(fs.f_blocks, 1024, "1024 of them");
	CHECK_INT(fs.f_files, 100, "100 inodes");
	write_file("m/f", data, sizeof(data));
	REQUIRE(statfs("m", &after) == 0);
	CHECK_INT(fs.f_bfree - after.f_bfree, 100, "a file of 100 blocks takes 100");
	CHECK_INT(fs.f_ffree - after.f_ffree, 1, "and one inode");
	REQUIRE(unlink("m/f") == 0 && statfs("m", &after) == 0);
	CHECK_INT(after.f_bfree, fs.f_bfree, "removed, it gives them back");
	CHECK_INT(umount("m"), 0, "umount");
	REQUIRE(statfs("/proc", &fs) == 0);
	CHECK_INT(fs.f_type, 0x9fa0, "/proc: PROC_SUPER_MAGIC");
	REQUIRE(statfs("/dev/pts", &fs) == 0);
	CHECK_INT(fs.f_type, 0x1cd1, "/dev/pts: DEVPTS_SUPER_MAGIC");
	REQUIRE(statfs("/sys", &fs) == 0);
	CHECK_INT(fs.f_type, 0x62656572, "/sys: SYSFS_MAGIC");
}

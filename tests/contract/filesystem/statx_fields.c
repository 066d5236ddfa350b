/* SPDX-License-Identifier: MIT */
/*
 * statx: size, mode, type, links, times, mask; AT_EMPTY_PATH; unknown flags and masks; blocks
 * of sparse files.
 */
#include "lib/contract.h"

#include <linux/stat.h>

static long statx_(int fd, const char *path, int flags, unsigned int mask, struct statx *x)
{
	return syscall(SYS_statx, fd, path, flags, mask, x);
}

void contract_main(void)
{
	struct statx x;
	struct stat st;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0640));
	REQUIRE(write(fd, "0123456789", 10) == 10 && fstat(fd, &st) == 0);
	CHECK_INT(statx_(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x), 0, "statx");
	CHECK_INT(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS, "all basic fields are filled");
	CHECK_INT(x.stx_size, 10, "size");
	CHECK_INT(x.stx_mode, S_IFREG | 0640, "mode and type");
	CHECK_INT(x.stx_nlink, 1, "links");
	CHECK_INT(x.stx_ino, st.st_ino, "inode");
	CHECK_INT(x.stx_mtime.tv_sec, st.st_mtim.tv_sec, "mtime");
	CHECK_INT(x.stx_mtime.tv_nsec, st.st_mtim.tv_nsec, "to the nanosecond");
	CHECK_INT(x.stx_blksize, st.st_blksize, "block size");
	CHECK_INT(statx_(fd, "", AT_EMPTY_PATH, STATX_SIZE, &x), 0, "AT_EMPTY_PATH");
	CHECK_INT(x.stx_size, 10, "size");
	CHECK_ERR(statx_(AT_FDCWD, "", 0, STATX_SIZE, &x), ENOENT,
		  "an empty path without it is ENOENT");
	CHECK_ERR(statx_(AT_FDCWD, "none", 0, STATX_SIZE, &x), ENOENT, "a missing file too");
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "f", 0x80000, STATX_SIZE, &x), EINVAL,
		  "an unknown flag is EINVAL");
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000, &x), EINVAL,
		  "a reserved mask is EINVAL");
	REQUIRE(ftruncate(fd, 1 << 20) == 0 && fstat(fd, &st) == 0);
	CHECK(st.st_blocks < 100, "a sparse file has few blocks");
	REQUIRE(symlink("f", "l") == 0);
	CHECK_INT(statx_(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &x), 0,
		  "AT_SYMLINK_NOFOLLOW");
	CHECK_INT(x.stx_mode & S_IFMT, S_IFLNK, "is the link");
}

/* SPDX-License-Identifier: MIT */
/* Calls for files on a block device: fallocate(2), sync_file_range(2), posix_fadvise(2), readahead(2). */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <linux/falloc.h>

#define PART	65536

static char saved[PART], data[PART];

static bool all(char byte, off_t first, off_t end)
{
	for (off_t i = first; i < end; i++) {
		if (data[i] != byte)
			return false;
	}
	return true;
}

static void check_fallocate(int fd, off_t at, off_t size)
{
	memset(data, 'd', PART);
	CHECK_INT(pwrite(fd, data, PART, at), PART, "written");
	CHECK_INT(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at + PAGE, PAGE), 0, "a hole");
	CHECK_INT(fallocate(fd, FALLOC_FL_ZERO_RANGE, at + 3 * PAGE, PAGE), 0, "zeroes");
	CHECK_INT(pread(fd, data, PART, at), PART, "are read");
	CHECK(all(0, PAGE, 2 * PAGE) && all(0, 3 * PAGE, 4 * PAGE), "where they are to be");
	CHECK(all('d', 0, PAGE) && all('d', 2 * PAGE, 3 * PAGE) && all('d', 4 * PAGE, PART), "and nowhere else");
	CHECK_ERR(fallocate(fd, 0, at, PAGE), EOPNOTSUPP, "a device has its room");
	CHECK_ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, at, PAGE), EOPNOTSUPP, "and keeps its size");
	CHECK_ERR(fallocate(fd, FALLOC_FL_ZERO_RANGE, size, PAGE), EINVAL, "behind its end");
	CHECK_ERR(fallocate(fd, FALLOC_FL_ZERO_RANGE, at + 1, PAGE), EINVAL, "between sectors");
}

static void check_cache(int fd, off_t at)
{
	memset(data, 'e', PART);
	CHECK_INT(pwrite(fd, data, PART, at), PART, "written");
	CHECK_INT(sync_file_range(fd, at, PAGE + 1, 7), 0, "sync_file_range");
	CHECK_INT(posix_fadvise(fd, at, PART, POSIX_FADV_DONTNEED), 0, "out of the cache");
	CHECK_INT(readahead(fd, at, PART), 0, "and back");
	CHECK_INT(posix_fadvise(fd, at, PART, POSIX_FADV_WILLNEED), 0, "twice");
	CHECK(pread(fd, data, PART, at) == PART && all('e', 0, PART), "unchanged");
}

void contract_main(void)
{
	off_t size;
	int fd;

	need_root();
	volume_mount();
	REQUIRE(mknod("device", S_IFBLK | 0600, stat_of("vol").st_dev) == 0);
	fd = REQUIRE_OK(open("device", O_RDWR));
	volume_umount();
	size = REQUIRE_OK(lseek(fd, 0, SEEK_END));
	REQUIRE(pread(fd, saved, PART, size - PART) == PART);
	check_fallocate(fd, size - PART, size);
	check_cache(fd, size - PART);
	REQUIRE(pwrite(fd, saved, PART, size - PART) == PART);
	CHECK_OK(fsync(fd), "as it was");
}

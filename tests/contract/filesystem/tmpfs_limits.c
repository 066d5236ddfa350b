/* SPDX-License-Identifier: MIT */
/*
 * A full tmpfs: ENOSPC for data and inodes, short writes, room again after removal; holes cost
 * nothing.
 */
#include "lib/contract.h"

#include <fcntl.h>
#include <sys/mount.h>

void contract_main(void)
{
	static char data[65536];
	char name[32];
	long total = 0, n;
	int fd, made = 0;

	need_root();
	tmp_dir();
	REQUIRE(mkdir("m", 0755) == 0 && mount("none", "m", "tmpfs", 0, "size=1m,nr_inodes=20") == 0);
	fd = REQUIRE_OK(open("m/f", O_CREAT | O_RDWR, 0600));
	while ((n = write(fd, data, sizeof(data))) > 0)
		total += n;
	CHECK_INT(errno, ENOSPC, "a full tmpfs is ENOSPC");
	CHECK_INT(total, 1 << 20, "after exactly its size");
	CHECK_INT(ftruncate(fd, 4096), 0, "truncate");
	CHECK_INT(pwrite(fd, data, 65536, 4096), 65536, "makes room");
	CHECK_INT(ftruncate(fd, 1L << 40), 0, "a hole of a terabyte");
	CHECK_INT(pwrite(fd, "x", 1, (1L << 40) - 1), 1, "costs nothing");
	CHECK_INT(pread(fd, data, 10, 1L << 39), 10, "and reads");
	CHECK_INT(data[5], 0, "as zero");
	CHECK_ERR(fallocate(fd, 0, 1L << 20, 1L << 50), ENOSPC, "fallocate of more than there is");
	CHECK_INT(fallocate(fd, 0, 0, 1 << 16), 0, "of what is there");
	CHECK_INT(pwrite(fd, data, 65536, 1L << 21), 65536, "write far away");
	CHECK_ERR(fallocate(fd, 0, INT64_MAX - 1023, 1024), EFBIG, "fallocate beyond the largest offset is EFBIG");
	CHECK_ERR(fallocate(fd, FALLOC_FL_KEEP_SIZE, 1024, INT64_MAX), EFBIG, "however long");
	for (; made < 100; made++) {
		snprintf(name, sizeof(name), "m/n%d", made);
		if (mkdir(name, 0755) != 0)
			break;
	}
	CHECK_INT(errno, ENOSPC, "without inodes it is ENOSPC");
	CHECK_INT(made, 18, "after 20, the root and the file included");
	REQUIRE(rmdir("m/n3") == 0);
	CHECK_INT(mkdir("m/again", 0755), 0, "a removed one can be used again");
	close(fd);
	CHECK_INT(umount("m"), 0, "umount");
}

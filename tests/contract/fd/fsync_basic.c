/* SPDX-License-Identifier: MIT */
/* fsync, fdatasync, sync_file_range, syncfs: 0 on files, EINVAL on pipes, EBADF. */
#include "lib/contract.h"

void contract_main(void)
{
	int fd, fds[2];

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_INT(fsync(fd), 0, "fsync of an empty file");
	REQUIRE(write(fd, "data", 4) == 4);
	CHECK_INT(fsync(fd), 0, "fsync after a write");
	CHECK_INT(fdatasync(fd), 0, "fdatasync");
	CHECK_INT(syncfs(fd), 0, "syncfs");
	CHECK_INT(sync_file_range(fd, 0, 4, SYNC_FILE_RANGE_WRITE), 0, "sync_file_range");
	CHECK_ERR(sync_file_range(fd, 0, 4, 0x100), EINVAL, "an unknown flag is EINVAL");
	CHECK_ERR(fsync(999), EBADF, "fsync of a closed descriptor is EBADF");
	CHECK_ERR(fdatasync(999), EBADF, "fdatasync too");
	CHECK_ERR(syncfs(999), EBADF, "syncfs too");
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(fsync(fds[0]), EINVAL, "a pipe is EINVAL");
	sync();
	CHECK(true, "sync returns");
}

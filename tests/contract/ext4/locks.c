/* SPDX-License-Identifier: MIT */
/*
 * flock between processes, and record locks, on files of this file system.
 */
#include "lib/pattern.h"
#include <sys/file.h>

static int try_flock(void *arg)
{
	int fd = open("file", O_RDWR);

	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 1;
	return 0;
}

static int try_record(void *arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 50, .l_len = 100 };
	int fd = open("file", O_RDWR);

	if (fcntl(fd, F_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES))
		return 1;
	lock.l_start = 1000;
	return fcntl(fd, F_SETLK, &lock) == 0 ? 0 : 2;
}

void contract_main(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 100 };
	int fd;

	tmp_dir();
	fd = pattern_file("file", 2000, 1);
	CHECK_INT(flock(fd, LOCK_EX), 0, "an exclusive lock");
	CHECK_EXIT(try_flock, NULL, 0, "keeps another out");
	CHECK_INT(flock(fd, LOCK_UN), 0, "given back");
	CHECK_INT(fcntl(fd, F_SETLK, &lock), 0, "a record lock");
	CHECK_EXIT(try_record, NULL, 0, "keeps another out of its bytes");
}

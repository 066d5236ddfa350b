/* SPDX-License-Identifier: MIT */
/* posix_fadvise: advice values are accepted on files, ESPIPE on pipes, EINVAL and EBADF. */
#include "lib/contract.h"

static long advise(int fd, off_t off, off_t len, int advice)
{
	return syscall(SYS_fadvise64, fd, off, len, advice);
}

void contract_main(void)
{
	int fd, fds[2];

	tmp_dir();
	write_file("f", "abc", 3);
	fd = REQUIRE_OK(open("f", O_RDWR));
	for (int advice = POSIX_FADV_NORMAL; advice <= POSIX_FADV_NOREUSE; advice++)
		CHECK_INT(advise(fd, 0, 0, advice), 0, "advice %d", advice);
	CHECK_ERR(advise(fd, 0, 0, 77), EINVAL, "an unknown advice is EINVAL");
	CHECK_ERR(advise(fd, 0, -1, POSIX_FADV_NORMAL), EINVAL, "a negative length is EINVAL");
	CHECK_ERR(advise(999, 0, 0, POSIX_FADV_NORMAL), EBADF, "a closed descriptor is EBADF");
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(advise(fds[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE, "a pipe is ESPIPE");
}

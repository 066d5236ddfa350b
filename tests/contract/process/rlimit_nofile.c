/* SPDX-License-Identifier: MIT */
/* RLIMIT_NOFILE: open, dup, pipe and F_DUPFD stop at the limit with EMFILE, dup2 with EBADF. */
#include "lib/contract.h"

#include <sys/resource.h>

static int at_limit(void *arg)
{
	struct rlimit r = { 16, 16 };
	int fds[2], fd, last = -1;

	REQUIRE(setrlimit(RLIMIT_NOFILE, &r) == 0);
	while ((fd = dup(1)) >= 0)
		last = fd;
	CHECK_INT(errno, EMFILE, "dup ends with EMFILE");
	CHECK_INT(last, 15, "the last descriptor is limit - 1");
	CHECK_ERR(open("/dev/null", O_RDONLY), EMFILE, "open is EMFILE");
	CHECK_ERR(pipe(fds), EMFILE, "pipe is EMFILE");
	close(15);
	CHECK_ERR(pipe(fds), EMFILE, "pipe with one slot left is EMFILE");
	CHECK_INT(open("/dev/null", O_RDONLY), 15, "and took nothing");
	CHECK_ERR(fcntl(1, F_DUPFD, 16), EINVAL, "F_DUPFD from the limit up is EINVAL");
	CHECK_ERR(fcntl(1, F_DUPFD, 10), EMFILE, "F_DUPFD below it is EMFILE");
	CHECK_ERR(dup2(1, 16), EBADF, "dup2 to the limit is EBADF");
	CHECK_INT(dup2(1, 15), 15, "dup2 over a used slot works");
	return 0;
}

void contract_main(void)
{
	CHECK_EXIT(at_limit, NULL, 0, "the limited child ends well");
}

/* SPDX-License-Identifier: MIT */
/* process_madvise(2): which advice, whose memory, how much. */
#include "lib/contract.h"

#include <sys/uio.h>

#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

static long advise(int fd, struct iovec *v, size_t n, int advice, unsigned flags)
{
	return syscall(SYS_process_madvise, fd, v, n, advice, flags);
}

void contract_main(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v[2] = { { p, PAGE }, { p + 2 * PAGE, 2 * PAGE } };
	pid_t pid;
	int fd;

	REQUIRE(p != MAP_FAILED);
	memset(p, 'x', 4 * PAGE);
	pid = fork_child();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	fd = REQUIRE_OK(syscall(SYS_pidfd_open, pid, 0));
	CHECK_INT(advise(fd, v, 2, MADV_COLD, 0), 3 * PAGE, "bytes advised are counted");
	CHECK_INT(advise(fd, v, 2, MADV_WILLNEED, 0), 3 * PAGE, "MADV_WILLNEED");
	CHECK_INT(advise(fd, v, 1, MADV_PAGEOUT, 0), PAGE, "MADV_PAGEOUT");
	CHECK_INT(advise(fd, v, 0, MADV_COLD, 0), 0, "nothing to advise is 0");
	CHECK_ERR(advise(fd, v, 1, MADV_FREE, 0), EINVAL, "destructive advice to another is EINVAL");
	CHECK_ERR(advise(fd, v, 1, MADV_COLD, 1), EINVAL, "flags must be 0");
	CHECK_ERR(advise(-1, v, 1, MADV_COLD, 0), EBADF, "no descriptor is EBADF");
	CHECK_ERR(advise(0, v, 1, MADV_COLD, 0), EBADF, "no pidfd is EBADF");
	v[1].iov_base = (char *)v[1].iov_base + 1;
	CHECK_INT(advise(fd, v, 2, MADV_COLD, 0), PAGE, "a bad second segment cuts the count");
	v[0].iov_base = (char *)v[0].iov_base + 1;
	CHECK_ERR(advise(fd, v, 2, MADV_COLD, 0), EINVAL, "a bad first one is the error");
	REQUIRE_OK(kill(pid, SIGKILL));
	wait_status(pid);
	v[0].iov_base = p;
	CHECK_ERR(advise(fd, v, 1, MADV_COLD, 0), ESRCH, "an ended process is ESRCH");
	CHECK(p[0] == 'x' && p[4 * PAGE - 1] == 'x', "no content was lost");
}

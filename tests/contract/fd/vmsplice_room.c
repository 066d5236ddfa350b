/* SPDX-License-Identifier: MIT */
/* vmsplice waits for the first room in the pipe only: it takes what fits and says so. Source: vmsplice(2). */
#include "lib/contract.h"

#include <sys/uio.h>

void contract_main(void)
{
	static char back[4 * PAGE] __attribute__((aligned(PAGE)));
	struct iovec vec = { NULL, 32 * PAGE };
	int fds[2];

	vec.iov_base = mmap(NULL, vec.iov_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(vec.iov_base != MAP_FAILED && pipe(fds) == 0);
	memset(vec.iov_base, 'v', vec.iov_len);
	CHECK_INT(vmsplice(fds[1], &vec, 1, 0), 16 * PAGE, "a pipe of 16 pages takes 16 of 32, without waiting");
	CHECK_ERR(vmsplice(fds[1], &vec, 1, SPLICE_F_NONBLOCK), EAGAIN, "then it is full");
	REQUIRE(read(fds[0], back, sizeof(back)) == sizeof(back));
	CHECK(back[0] == 'v' && back[sizeof(back) - 1] == 'v', "the bytes come out");
	CHECK_INT(vmsplice(fds[1], &vec, 1, 0), 4 * PAGE, "again what fits");
	if (fork_child() == 0) {
		sleep_ms(100);
		REQUIRE(read(fds[0], back, PAGE) == PAGE);
		_exit(0);
	}
	CHECK_INT(vmsplice(fds[1], &vec, 1, 0), PAGE, "a full one is waited for");
}

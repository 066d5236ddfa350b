/* SPDX-License-Identifier: MIT */
/*
 * pselect: times out, tells readable, end of file counts as readable; the raw call writes the
 * time left.
 */
#include "lib/contract.h"

#include <sys/select.h>

void contract_main(void)
{
	struct timespec ts = { 0, 30000000 };
	int64_t start;
	int fds[2];
	fd_set set;

	REQUIRE(pipe(fds) == 0);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	start = now_ns();
	CHECK_INT(pselect(fds[0] + 1, &set, NULL, NULL, &ts, NULL), 0, "nothing: 0");
	CHECK(now_ns() - start >= 30000000, "after the time");
	CHECK(!FD_ISSET(fds[0], &set), "the bit is cleared");
	REQUIRE(write(fds[1], "x", 1) == 1);
	FD_SET(fds[0], &set);
	CHECK_INT(pselect(fds[0] + 1, &set, NULL, NULL, NULL, NULL), 1, "data: 1");
	CHECK(FD_ISSET(fds[0], &set), "the bit is set");
	REQUIRE(read(fds[0], &(char){ 0 }, 1) == 1);
	close(fds[1]);
	CHECK_INT(pselect(fds[0] + 1, &set, NULL, NULL, NULL, NULL), 1,
		  "end of file counts as readable");
	ts = (struct timespec){ 0, 1000000000 };
	CHECK_ERR(pselect(fds[0] + 1, &set, NULL, NULL, &ts, NULL), EINVAL, "a bad time is EINVAL");
	CHECK_ERR(syscall(SYS_pselect6, -1, &set, NULL, NULL, NULL, NULL), EINVAL,
		  "a negative count is EINVAL");
}

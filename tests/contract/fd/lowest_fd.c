/* SPDX-License-Identifier: MIT */
/* Each call that makes a descriptor takes the lowest free one (lesson 20). */
#include "lib/contract.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

void contract_main(void)
{
	int base, fds[2];

	base = REQUIRE_OK(open("/dev/null", O_RDONLY));
	for (int fd = base + 1; fd < base + 10; fd++)
		REQUIRE(dup2(base, fd) == fd);
	close(base + 3);
	close(base + 5);
	close(base + 8);
	CHECK_INT(open("/dev/null", O_RDONLY), base + 3, "open takes the first hole");
	REQUIRE(pipe(fds) == 0);
	CHECK(fds[0] == base + 5 && fds[1] == base + 8, "pipe takes the next two");
	close(base + 1);
	CHECK_INT(fcntl(base, F_DUPFD, 0), base + 1, "F_DUPFD 0 takes the hole");
	close(base + 2);
	close(base + 4);
	CHECK_INT(fcntl(base, F_DUPFD, base + 3), base + 4,
		  "F_DUPFD with a minimum takes the first above");
	CHECK_INT(eventfd(0, 0), base + 2, "eventfd");
	CHECK_INT(epoll_create1(0), base + 10, "epoll_create1 behind the last");
	CHECK_INT(fcntl(base, F_DUPFD, 200), 200, "far away");
	CHECK_INT(dup(base), base + 11, "does not change what is lowest");
}

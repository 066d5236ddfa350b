/* SPDX-License-Identifier: MIT */
/*
 * poll: pipe writer ready, empty pipe not, POLLIN, POLLHUP, POLLERR, POLLNVAL, files, negative
 * fds (lesson 22).
 */
#include "lib/contract.h"

#include <poll.h>

static int poll_one(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events, .revents = 0x7777 };
	int n = poll(&p, 1, 0);

	return n < 0 ? n : n << 16 | p.revents;
}

void contract_main(void)
{
	struct pollfd p[3];
	int fds[2], file;
	int64_t start;

	REQUIRE(pipe(fds) == 0);
	file = REQUIRE_OK(open("/proc/self/exe", O_RDONLY));
	CHECK_INT(poll_one(fds[1], POLLOUT), 0x10000 | POLLOUT, "an empty pipe can be written");
	CHECK_INT(poll_one(fds[0], POLLIN), 0, "and not read");
	REQUIRE(write(fds[1], "x", 1) == 1);
	CHECK_INT(poll_one(fds[0], POLLIN), 0x10000 | POLLIN, "with data it can be read");
	CHECK_INT(poll_one(fds[0], POLLIN | POLLRDNORM), 0x10000 | POLLIN | POLLRDNORM,
		  "POLLRDNORM too");
	CHECK_INT(poll_one(fds[0], 0), 0, "no event asked for, none told");
	CHECK_INT(poll_one(file, POLLIN | POLLOUT), 0x10000 | POLLIN | POLLOUT,
		  "a regular file is always ready");
	CHECK_INT(poll_one(open("/dev/null", O_RDWR), POLLIN | POLLOUT), 0x10000 | POLLIN | POLLOUT,
		  "/dev/null too");
	CHECK_INT(poll_one(999, POLLIN), 0x10000 | POLLNVAL,
		  "a closed descriptor is POLLNVAL, not an error");
	CHECK_INT(poll_one(-1, POLLIN), 0, "a negative one is passed over");
	close(fds[1]);
	CHECK_INT(poll_one(fds[0], POLLIN), 0x10000 | POLLIN | POLLHUP,
		  "data and no writer: POLLIN POLLHUP");
	REQUIRE(read(fds[0], &(char){ 0 }, 1) == 1);
	CHECK_INT(poll_one(fds[0], POLLIN), 0x10000 | POLLHUP, "no data and no writer: POLLHUP");
	CHECK_INT(poll_one(fds[0], 0), 0x10000 | POLLHUP, "asked for or not");
	REQUIRE(pipe(fds) == 0);
	close(fds[0]);
	CHECK_INT(poll_one(fds[1], POLLOUT), 0x10000 | POLLOUT | POLLERR, "no reader: POLLERR");
	p[0] = (struct pollfd){ .fd = 999, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = file, .events = POLLIN };
	p[2] = (struct pollfd){ .fd = -5, .events = POLLIN, .revents = 7 };
	CHECK_INT(poll(p, 3, -1), 2, "two of three are ready");
	CHECK(p[0].revents == POLLNVAL && p[1].revents == POLLIN && p[2].revents == 0,
	      "each with its own answer");
	start = now_ns();
	CHECK_INT(poll(NULL, 0, 60), 0, "no descriptor: it sleeps");
	CHECK(now_ns() - start >= 60000000, "not shorter than asked");
	CHECK(now_ns() - start < 2000000000LL * contract_slow(), "nor much longer");
	CHECK_ERR(syscall(SYS_poll, p, 0x7fffffff, 0), EINVAL,
		  "more than RLIMIT_NOFILE entries are EINVAL");
}

/* SPDX-License-Identifier: MIT */
/* socketpair: both directions, end of file, EPIPE with SIGPIPE, large transfers, record types. */
#include "lib/contract.h"

#include <sys/socket.h>

#define TOTAL (1 << 20)

static volatile sig_atomic_t got;

static void handler(int sig) { got++; }

void contract_main(void)
{
	static char buf[TOTAL];
	int s[2], q[2], wrong = 0;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	CHECK_INT(write(s[0], "there", 5), 5, "one direction");
	CHECK_INT(read(s[1], buf, 10), 5, "arrives");
	CHECK_INT(write(s[1], "back", 4), 4, "the other");
	CHECK_INT(read(s[0], buf, 10), 4, "arrives");
	pid = fork_child();
	if (pid == 0) {
		for (size_t i = 0; i < TOTAL; i++)
			buf[i] = (char)(i * 17 + i / 253);
		_exit(write(s[0], buf, TOTAL) == TOTAL ? 0 : 1);
	}
	while (have < TOTAL && (n = read(s[1], buf + have, TOTAL - have)) > 0)
		have += (size_t)n;
	for (size_t i = 0; i < TOTAL; i++)
		wrong += buf[i] != (char)(i * 17 + i / 253);
	CHECK(have == TOTAL && wrong == 0, "a megabyte arrives in order");
	CHECK_INT(wait_status(pid), 0, "by one blocking write");
	close(s[0]);
	CHECK_INT(read(s[1], buf, 10), 0, "the peer's close is end of file");
	on_signal(SIGPIPE, handler, 0);
	CHECK_ERR(write(s[1], "x", 1), EPIPE, "writing is EPIPE");
	CHECK_INT(got, 1, "with SIGPIPE");
	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, q) == 0);
	REQUIRE(write(q[0], "one", 3) == 3 && write(q[0], "four", 4) == 4);
	CHECK_INT(read(q[1], buf, 10), 3, "SOCK_SEQPACKET keeps boundaries");
	CHECK_INT(read(q[1], buf, 2), 2, "cuts what does not fit");
	close(q[0]);
	CHECK_INT(read(q[1], buf, 10), 0, "and ends");
}

/* SPDX-License-Identifier: MIT */
/* pipe: writes up to PIPE_BUF, also by writev, are not mixed with those of others (lesson 29). */
#include "lib/contract.h"

#include <sys/uio.h>

#define WRITERS 4
#define RECORDS 300

struct record {
	char head[8], body[400], tail[8];
};

static int writer(int fd, char letter)
{
	struct record r;

	memset(&r, letter, sizeof(r));
	for (int i = 0; i < RECORDS; i++) {
		struct iovec v[3] = { { r.head, 8 }, { r.body, 400 }, { r.tail, 8 } };

		if (i % 2 ? write(fd, &r, sizeof(r)) != sizeof(r) : writev(fd, v, 3) != sizeof(r))
			return 1;
	}
	return 0;
}

void contract_main(void)
{
	int fds[2], mixed = 0, counts[WRITERS] = { 0 };
	pid_t pid[WRITERS];
	struct record r;

	REQUIRE(pipe(fds) == 0);
	for (int i = 0; i < WRITERS; i++) {
		pid[i] = fork_child();
		if (pid[i] == 0)
			_exit(writer(fds[1], (char)('a' + i)));
	}
	close(fds[1]);
	for (int i = 0; i < WRITERS * RECORDS; i++) {
		size_t got = 0;
		ssize_t n;

		while (got < sizeof(r) && (n = read(fds[0], (char *)&r + got, sizeof(r) - got)) > 0)
			got += (size_t)n;
		REQUIRE(got == sizeof(r));
		for (size_t j = 1; j < sizeof(r); j++)
			mixed += ((char *)&r)[j] != r.head[0];
		if (r.head[0] >= 'a' && r.head[0] < 'a' + WRITERS)
			counts[r.head[0] - 'a']++;
	}
	CHECK_INT(mixed, 0, "no record is mixed with another");
	CHECK_INT(read(fds[0], &r, 1), 0, "nothing is left");
	for (int i = 0; i < WRITERS; i++) {
		CHECK_INT(counts[i], RECORDS, "all records of writer %d arrived", i);
		CHECK_INT(wait_status(pid[i]), 0, "and it ended well");
	}
}

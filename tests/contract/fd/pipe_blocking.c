/* SPDX-License-Identifier: MIT */
/*
 * pipe: a reader sleeps until data, a writer until room; both ways through a child, megabytes
 * long.
 */
#include "lib/contract.h"

#define TOTAL (4 << 20)

static int producer(int fd)
{
	static unsigned char buf[10007];
	unsigned long at = 0;

	while (at < TOTAL) {
		size_t size = sizeof(buf) < TOTAL - at ? sizeof(buf) : TOTAL - at;

		for (size_t i = 0; i < size; i++)
			buf[i] = (unsigned char)((at + i) * 13 + (at + i) / 257);
		if (write(fd, buf, size) != (ssize_t)size)
			return 1;
		at += size;
	}
	return 0;
}

void contract_main(void)
{
	static unsigned char buf[7919];
	unsigned long at = 0;
	int fds[2], wrong = 0;
	ssize_t n;
	pid_t pid;

	REQUIRE(pipe(fds) == 0);
	pid = fork_child();
	if (pid == 0)
		_exit(producer(fds[1]));
	close(fds[1]);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			wrong += buf[i] != (unsigned char)((at + (size_t)i) * 13 + (at + (size_t)i) / 257);
		at += (unsigned long)n;
	}
	CHECK_INT(n, 0, "end of file at the end");
	CHECK_INT(at, TOTAL, "4 MiB arrived");
	CHECK_INT(wrong, 0, "each byte right");
	CHECK_INT(wait_status(pid), 0, "a blocking write is never short");
}

/* SPDX-License-Identifier: MIT */
/* Pipes, event descriptors, sockets: what programs wait on and talk through. */
#include "../lib/bench.h"

#include <poll.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Write a page, read it back, in one process. */
BENCH(pipe, 256, 32)
{
	static char page[4096];
	int ends[2];

	MUST(pipe(ends));
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(write(ends[1], page, sizeof(page)));
		MUST(read(ends[0], page, sizeof(page)));
	}
	bench_stop(b);
	b->bytes = (uint64_t)b->iterations * sizeof(page);
	close(ends[0]);
	close(ends[1]);
}

/* One byte there and one back, between two processes. */
BENCH(pipe_pingpong, 50000, 500)
{
	int there[2], back[2], status;
	char byte = 0;
	pid_t pid;

	MUST(pipe(there));
	MUST(pipe(back));
	pid = MUST(fork());
	if (pid == 0) {
		close(there[1]);
		while (read(there[0], &byte, 1) == 1)
			if (write(back[1], &byte, 1) != 1)
				_exit(1);
		_exit(0);
	}
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(write(there[1], &byte, 1));
		MUST(read(back[0], &byte, 1));
	}
	bench_stop(b);
	close(there[1]);
	close(there[0]);
	MUST(waitpid(pid, &status, 0));
	close(back[0]);
	close(back[1]);
	if (status)
		bench_failed("child", __FILE__, __LINE__);
}

BENCH(eventfd, 500000, 5000)
{
	int fd = MUST(eventfd(0, 0));
	uint64_t value = 1;

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(write(fd, &value, sizeof(value)));
		MUST(read(fd, &value, sizeof(value)));
	}
	bench_stop(b);
	close(fd);
}

BENCH(epoll_wait, 500000, 5000)
{
	int epoll = MUST(epoll_create1(0)), fd = MUST(eventfd(0, 0));
	struct epoll_event event = { .events = EPOLLIN };

	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	BENCH_LOOP(b, epoll_wait(epoll, &event, 1, 0));
	close(fd);
	close(epoll);
}

BENCH(poll, 500000, 5000)
{
	struct pollfd entry = { .fd = MUST(open("/dev/null", O_RDWR)), .events = POLLIN };

	BENCH_LOOP(b, poll(&entry, 1, 0));
	close(entry.fd);
}

BENCH(socketpair, 200000, 2000)
{
	int ends[2];

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
		close(ends[0]);
		close(ends[1]);
	}
	bench_stop(b);
}

BENCH(setsockopt, 500000, 5000)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), on = 1;

	BENCH_LOOP(b, setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	close(fd);
}

BENCH(getsockopt, 500000, 5000)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), on = 0;
	socklen_t size = sizeof(on);

	BENCH_LOOP(b, getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, &size));
	close(fd);
}

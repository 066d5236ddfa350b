/* SPDX-License-Identifier: MIT */
/*
 * memhog: takes what a machine has, for memory_test.py. Runs as root or not, and alone or many times.
 *
 * memhog: takes what a machine has, for memory_test.py. Runs as root or not, and alone or many times.
 *	memhog shared		the same with shared memory
 *	memhog bomb SECONDS	each process forks without end until the time is over, then all end
 *	memhog limited SECONDS	the same as user 1000 with RLIMIT_NPROC 40: exactly 40 processes at most
 *	memhog file PATH	write until an error: prints its name
 *	memhog pipes		open pipes and fill them until an error: prints its name
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP	(1UL << 20)

static char block[65536];

static int grow(int flags)
{
	for (;;) {
		char *p = mmap(NULL, STEP, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			printf("mmap: %s\n", strerror(errno));
			return 3;
		}
		for (size_t i = 0; i < STEP; i += 4096)
			p[i] = 1;
	}
}

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Every process forks until the time is over; the first one tells whether any was refused. */
static int bomb(long seconds)
{
	volatile char *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long end = now() + seconds;
	pid_t first = getpid();

	if (seen == MAP_FAILED)
		return 4;
	while (now() < end) {
		pid_t pid = fork();

		if (pid > 0)
			seen[0] = 1;
		if (pid < 0) {
			if (errno != EAGAIN && errno != ENOMEM) {
				printf("fork: %s\n", strerror(errno));
				return 4;
			}
			seen[1] = 1;
			usleep(20000);
		}
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	if (getpid() == first)
		printf("forked %s, refused %s\n", seen[0] ? "some" : "none", seen[1] ? "some" : "none");
	return 0;
}

static int limited(long seconds)
{
	struct rlimit limit = { 40, 40 };

	if (setrlimit(RLIMIT_NPROC, &limit) || setgid(1000) || setuid(1000)) {
		perror("limit");
		return 4;
	}
	return bomb(seconds);
}

static int fill(int fd)
{
	ssize_t n;

	while ((n = write(fd, block, sizeof(block))) > 0)
		;
	printf("write: %s\n", n < 0 ? strerror(errno) : "0");
	return 0;
}

static int pipes(void)
{
	struct rlimit limit = { 100000, 100000 };
	int fd[2];

	if (setrlimit(RLIMIT_NOFILE, &limit))
		perror("limit");
	while (pipe2(fd, O_NONBLOCK) == 0) {
		while (write(fd[1], block, sizeof(block)) > 0)
			;
		if (errno != EAGAIN) {
			printf("write: %s\n", strerror(errno));
			return 0;
		}
	}
	printf("pipe: %s\n", strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *more = argc > 2 ? argv[2] : "";

	if (!strcmp(what, "grow"))
		return grow(MAP_PRIVATE);
	if (!strcmp(what, "shared"))
		return grow(MAP_SHARED);
	if (!strcmp(what, "bomb"))
		return bomb(atol(more));
	if (!strcmp(what, "limited"))
		return limited(atol(more));
	if (!strcmp(what, "file"))
		return fill(open(more, O_WRONLY | O_CREAT | O_TRUNC, 0600));
	if (!strcmp(what, "pipes"))
		return pipes();
	fprintf(stderr, "usage: memhog grow | shared | bomb SECONDS | limited SECONDS | file PATH | pipes\n");
	return 2;
}

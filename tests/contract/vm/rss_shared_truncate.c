/* SPDX-License-Identifier: MIT */
/*
 * A file that shrinks takes private copies of its pages from every process: each counts less, the parent of a fork and
 * its children alike, whoever shrinks it.
 */
#include "lib/contract.h"

#define PAGES	1024L
#define SIZE	(PAGES * (long)PAGE)
#define KIB	(SIZE / 1024)
#define CHILDREN 3

static long status_kib(pid_t pid, const char *key)
{
	char text[8192], path[64], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	REQUIRE(read_file(path, text, sizeof(text)) > 0);
	at = strstr(text, key);
	REQUIRE(at);
	return atol(at + strlen(key));
}

/* Counters may lag behind by some pages on Linux. */
static bool near(long got, long want)
{
	return got >= want - 1024 && got <= want + 1024;
}

static pid_t idle_child(void)
{
	pid_t pid = fork_child();

	if (!pid) {
		for (;;)
			pause();
	}
	return pid;
}

static void shrink(int fd)
{
	const char *key = "RssAnon:";
	long before = status_kib(getpid(), key), base[CHILDREN];
	pid_t child[CHILDREN];
	char *map;

	REQUIRE(ftruncate(fd, SIZE) == 0);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(map != MAP_FAILED);
	for (long i = 0; i < PAGES; i++)
		map[i * (long)PAGE] = 1;
	CHECK(near(status_kib(getpid(), key), before + KIB), "the copies count");
	for (int i = 0; i < CHILDREN; i++) {
		child[i] = idle_child();
		base[i] = status_kib(child[i], key);
	}
	REQUIRE(ftruncate(fd, SIZE / 2) == 0);
	CHECK(near(status_kib(getpid(), key), before + KIB / 2), "half is gone");
	for (int i = 0; i < CHILDREN; i++)
		CHECK(near(status_kib(child[i], key), base[i] - KIB / 2), "from a child as well");
	REQUIRE(ftruncate(fd, 0) == 0);
	CHECK(near(status_kib(getpid(), key), before), "all is gone");
	for (int i = 0; i < CHILDREN; i++) {
		CHECK(near(status_kib(child[i], key), base[i] - KIB), "from a child as well");
		REQUIRE(kill(child[i], SIGKILL) == 0);
		wait_status(child[i]);
	}
	munmap(map, SIZE);
}

void contract_main(void)
{
	int fd = REQUIRE_OK(memfd_create("m", 0));

	shrink(fd);
	close(fd);
	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0600));
	shrink(fd);
	close(fd);
}

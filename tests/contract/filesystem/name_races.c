/* SPDX-License-Identifier: MIT */
/*
 * Walks beside the removal of what they find: each finds a name as it was before or after, whole. A name that is
 * renamed over is never missing, nor is a working directory that is removed and left a place without an inode.
 */
#include "lib/contract.h"

#include <pthread.h>

enum { ROUNDS = 1500 };

static bool stop;
static unsigned long missing;

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void *open_file(void *arg)
{
	struct stat st;
	int fd;

	while (!stopped()) {
		fd = open("f", O_RDONLY);
		if (fd >= 0) {
			if (fstat(fd, &st) || !S_ISREG(st.st_mode))
				CHECK(false, "what was opened is no file");
			close(fd);
		}
		chmod("f", 0600);
		access("d/none", F_OK);
		mkdir("d/sub", 0700);
	}
	return NULL;
}

static void *open_replaced(void *arg)
{
	int fd;

	while (!stopped()) {
		fd = open("link/always", O_RDONLY);	/* by way of a link: not by the fastest walk */
		if (fd < 0 && errno == ENOENT)
			__atomic_fetch_add(&missing, 1, __ATOMIC_RELAXED);
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static void *stat_here(void *arg)
{
	struct stat st;

	while (!stopped()) {
		stat("x", &st);
		stat(".", &st);
	}
	return NULL;
}

static void run(void *(*beside)(void *), void (*round)(void))
{
	pthread_t threads[2];

	stop = false;
	for (unsigned i = 0; i < 2; i++)
		REQUIRE(pthread_create(&threads[i], NULL, beside, NULL) == 0);
	for (unsigned i = 0; i < ROUNDS; i++)
		round();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++)
		REQUIRE(pthread_join(threads[i], NULL) == 0);
}

static void make_and_remove(void)
{
	close(REQUIRE_OK(open("f", O_CREAT | O_WRONLY, 0600)));
	REQUIRE(mkdir("d", 0700) == 0);
	unlink("f");
	while (rmdir("d"))
		rmdir("d/sub");
}

static void replace(void)
{
	close(REQUIRE_OK(open("dir/new", O_CREAT | O_WRONLY, 0600)));
	REQUIRE(rename("dir/new", "dir/always") == 0);
}

static char base[4096];

static void leave_removed(void)
{
	REQUIRE(mkdir("cwd", 0700) == 0 && chdir("cwd") == 0);
	REQUIRE(rmdir("../cwd") == 0);
	REQUIRE(chdir(base) == 0);
}

void contract_main(void)
{
	tmp_dir();
	REQUIRE(getcwd(base, sizeof(base)));
	REQUIRE(mkdir("dir", 0700) == 0 && symlink("dir", "link") == 0);
	write_file("dir/always", "x", 1);
	run(open_file, make_and_remove);
	run(open_replaced, replace);
	CHECK_INT(missing, 0, "a name that is renamed over is always there");
	run(stat_here, leave_removed);
	CHECK(true, "working directories were left");
}

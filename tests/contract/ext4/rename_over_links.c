/* SPDX-License-Identifier: MIT */
/*
 * Two names of a file go at the same time, in two folders, one because another file is renamed over it: the file then
 * has no links. One name goes that way while another is made: it then has two less one.
 */
#include "lib/volume.h"
#include <sched.h>

enum { ROUNDS = 2000 };

struct shared {
	unsigned turn, ready;
};

static int fresh(bool both)
{
	int fd = REQUIRE_OK(open("d1/a", O_RDWR | O_CREAT | O_EXCL, 0644));

	REQUIRE(link("d1/a", "d2/a") == 0);
	close(REQUIRE_OK(open("d2/x", O_RDWR | O_CREAT | O_EXCL, 0644)));
	(void)both;
	return fd;
}

/* The other process: what it does to d1/a in each turn. */
static void other(struct shared *shared)
{
	for (unsigned i = 1; i <= 2 * ROUNDS; i++) {
		while (__atomic_load_n(&shared->turn, __ATOMIC_ACQUIRE) != i)
			;
		if (i <= ROUNDS)
			unlink("d1/a");
		else
			(void)!link("d1/a", "d1/b");
		__atomic_store_n(&shared->ready, i, __ATOMIC_RELEASE);
	}
	_exit(0);
}

void contract_main(void)
{
	struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned wrong[2] = { 0, 0 };
	struct stat st;
	pid_t pid;
	int fd;

	need_cpus(2);
	volume_mount();
	REQUIRE(chdir("vol") == 0 && mkdir("d1", 0755) == 0 && mkdir("d2", 0755) == 0);
	pid = fork_child();
	if (!pid)
		other(shared);
	for (unsigned i = 1; i <= 2 * ROUNDS; i++) {
		fd = fresh(true);
		__atomic_store_n(&shared->turn, i, __ATOMIC_RELEASE);
		for (volatile unsigned k = 0; k < i % 64 * 20; k++)
			;
		REQUIRE(rename("d2/x", "d2/a") == 0);
		while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) != i)
			;
		REQUIRE(fstat(fd, &st) == 0);
		wrong[i > ROUNDS] += st.st_nlink != (i > ROUNDS ? 2 : 0);
		close(fd);
		unlink("d1/a");
		unlink("d1/b");
		unlink("d2/a");
	}
	CHECK_INT(wait_status(pid), 0, "the other ended");
	CHECK_INT(wrong[0], 0, "both names gone: no links");
	CHECK_INT(wrong[1], 0, "one gone, one made: two links");
	REQUIRE(chdir("..") == 0);
	volume_umount();
}

/* SPDX-License-Identifier: MIT */
/*
 * A file that ends inside of a page is written to behind its end, while somebody stores into that page through a
 * mapping: what is stored behind the old end, once the write has returned, is in the file, also when blocks are smaller
 * than a page.
 */
#include "lib/pattern.h"
#include <sched.h>

enum { ROUNDS = 60, OLD_END = 100, STORED = 2000, FAR = 2 * PAGE };

struct shared {
	unsigned begun;			/* the file is about to grow this often */
	unsigned grown;			/* it has */
	unsigned stored;		/* and then it was stored to; from here on nobody stores until the next one */
	bool stop;
};

static int writer(struct shared *shared, volatile char *map)
{
	unsigned begun;

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		begun = __atomic_load_n(&shared->begun, __ATOMIC_ACQUIRE);
		if (begun == shared->stored) {
			sched_yield();
			continue;
		}
		map[OLD_END / 2] = 'x';
		if (__atomic_load_n(&shared->grown, __ATOMIC_ACQUIRE) != begun)
			continue;
		map[STORED] = 'y';
		__atomic_store_n(&shared->stored, begun, __ATOMIC_RELEASE);
	}
	return 0;
}

/* What has no block after fsync is not in the file. The source is not in memory: the write waits in its middle. */
static unsigned lost_stores(struct shared *shared, int fd, int source_fd)
{
	char *source = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, source_fd, 0);
	unsigned lost = 0;

	REQUIRE(source != MAP_FAILED);
	for (unsigned i = 1; i <= ROUNDS; i++) {
		REQUIRE(ftruncate(fd, OLD_END) == 0);
		REQUIRE(madvise(source, PAGE, MADV_DONTNEED) == 0);
		REQUIRE(posix_fadvise(source_fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
		__atomic_store_n(&shared->begun, i, __ATOMIC_RELEASE);
		REQUIRE(pwrite(fd, source, 10, FAR) == 10);
		__atomic_store_n(&shared->grown, i, __ATOMIC_RELEASE);
		while (__atomic_load_n(&shared->stored, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		REQUIRE(fsync(fd) == 0);
		lost += lseek(fd, STORED, SEEK_DATA) != STORED;
	}
	return lost;
}

void contract_main(void)
{
	struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd, source_fd;
	char *map, c;
	pid_t pid;

	tmp_dir();
	source_fd = pattern_file("source", PAGE, 2);
	REQUIRE(fsync(source_fd) == 0);
	fd = pattern_file("file", FAR, 1);
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED && shared != MAP_FAILED);
	pid = fork_child();
	if (!pid)
		_exit(writer(shared, map));
	CHECK_INT(lost_stores(shared, fd, source_fd), 0, "stores that did not reach the file");
	shared->stop = true;
	CHECK_INT(wait_status(pid), 0, "the writer stored");
	REQUIRE(munmap(map, PAGE) == 0 && fsync(fd) == 0);
	REQUIRE(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	CHECK(pread(fd, &c, 1, STORED) == 1 && c == 'y', "the last one is read back");
}

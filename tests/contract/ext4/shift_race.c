/* SPDX-License-Identifier: MIT */
/*
 * Ranges inserted and collapsed below pages that others store to through a mapping: no store is lost, nothing comes
 * twice, and each page is where it was or where it is moved to. Each page counts the additions that were made to it;
 * where it lies then does not matter.
 */
#include "lib/pattern.h"
#include <linux/falloc.h>
#include <sched.h>

enum { PAGES = 24, AT = 4, FIRST = 8, COUNT = 8, WRITERS = 2, ROUNDS = 60 };

struct record {
	uint64_t id;			/* number that the page had at first, + 1 */
	uint64_t sum;
	char rest[PAGE - 16];
};

struct shared {
	bool stop;
	uint64_t added[WRITERS];
};

static bool moved_or_not(uint64_t id, unsigned page)
{
	return id == page || id == page + 1;	/* one page lies below it, or not */
}

static int writer(struct shared *shared, unsigned me, struct record *map)
{
	for (unsigned i = me; !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); i++) {
		struct record *record = &map[FIRST + i % COUNT];

		__atomic_fetch_add(&record->sum, 1, __ATOMIC_RELAXED);
		shared->added[me]++;
		if (!moved_or_not(__atomic_load_n(&record->id, __ATOMIC_RELAXED), FIRST + i % COUNT))
			return 1;
		if (i % 64 == 0)
			sched_yield();
	}
	return 0;
}

static int reader(struct shared *shared, int fd)
{
	uint64_t id;

	for (unsigned i = 0; !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); i++) {
		unsigned page = FIRST + i % COUNT;

		if (pread(fd, &id, sizeof(id), page * PAGE) != sizeof(id) || !moved_or_not(id, page))
			return 1;
		if (i % 16 == 0)
			readahead(fd, 0, PAGES * PAGE);
		sched_yield();
	}
	return 0;
}

static void check_result(int fd, const struct shared *shared)
{
	uint64_t added = 0, sum = 0;
	struct record record;
	unsigned good = 0;

	for (unsigned i = 0; i < WRITERS; i++)
		added += shared->added[i];
	REQUIRE(fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	for (unsigned i = 0; i < PAGES; i++) {
		REQUIRE(pread(fd, &record, PAGE, i * PAGE) == PAGE);
		good += record.id == i + 1;
		sum += record.sum;
	}
	CHECK_INT(good, PAGES, "every page is in its place");
	CHECK_INT(sum, added, "and holds what was stored to it");
	CHECK_INT(size_of("file"), PAGES * PAGE, "the size");
}

void contract_main(void)
{
	struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[WRITERS + 1];
	struct record *map;
	unsigned done = 0;
	int fd;

	tmp_dir();
	need_extents();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	for (unsigned i = 0; i < PAGES; i++)
		REQUIRE(pwrite(fd, &(struct record){ .id = i + 1 }, PAGE, i * PAGE) == PAGE);
	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED && shared != MAP_FAILED);
	for (unsigned i = 0; i <= WRITERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			_exit(i < WRITERS ? writer(shared, i, map) : reader(shared, fd));
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		done += fallocate(fd, FALLOC_FL_INSERT_RANGE, AT * PAGE, PAGE) == 0;
		sched_yield();
		done += fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, AT * PAGE, PAGE) == 0;
		sched_yield();
	}
	shared->stop = true;
	CHECK_INT(done, 2 * ROUNDS, "ranges inserted and collapsed");
	for (unsigned i = 0; i < WRITERS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "writer %u saw its pages", i);
	CHECK_INT(wait_status(pids[WRITERS]), 0, "so did the reader");
	check_result(fd, shared);
}

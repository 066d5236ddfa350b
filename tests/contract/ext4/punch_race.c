/* SPDX-License-Identifier: MIT */
/*
 * Holes made, and ranges zeroed, where others store through a mapping: what they find is their last store or zero, one
 * hole makes a page empty once, and what is stored after the last hole is on the disk. First whole pages, then a part
 * of each, which is whole blocks where those are small.
 */
#include "lib/pattern.h"
#include <linux/falloc.h>
#include <sched.h>

enum { PAGES = 8, ROUNDS = 16, PUNCH = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
       ZERO = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE };

struct shared {
	bool stop;
	unsigned round;			/* holes begun */
};

/* What one page is known to hold. */
struct known {
	uint8_t value;			/* stored last */
	unsigned round;			/* before that store */
	unsigned emptied;		/* the round that certainly made it zero last; 0: none */
};

/* 0: good; 1: neither the last store nor zero; 2: one hole made it zero twice. */
static int look(struct known *known, uint8_t found, unsigned round)
{
	if (found == known->value)
		return 0;
	if (found)
		return 1;
	if (known->round != round)
		return 0;
	if (known->emptied == round)
		return 2;
	known->emptied = round;
	return 0;
}

static int writer(const struct shared *shared, volatile uint8_t *map, bool whole)
{
	struct known known[PAGES] = { { 0 } };
	uint8_t next = 0;
	int bad;

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		for (unsigned i = 0; i < PAGES; i++) {
			uint8_t found = map[i * PAGE];

			bad = look(&known[i], found, __atomic_load_n(&shared->round, __ATOMIC_ACQUIRE));
			if (bad == 1 || (bad && whole))
				return bad;
			known[i].round = __atomic_load_n(&shared->round, __ATOMIC_ACQUIRE);
			next += next == UINT8_MAX ? 2 : 1;
			map[i * PAGE] = known[i].value = next;
		}
	}
	for (unsigned i = 0; i < PAGES; i++)
		map[i * PAGE] = 1;
	return 0;
}

/* Have old content read back at any time. */
static int reader(const struct shared *shared, int fd)
{
	char buf[PAGE];

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		readahead(fd, 0, PAGES * PAGE);
		for (unsigned i = 0; i < PAGES; i++)
			if (pread(fd, buf, PAGE, i * PAGE) != PAGE)
				return 1;
		sched_yield();
	}
	return 0;
}

/* The stores go to byte `at` of each page; [start, start + len) of it is the hole. */
static void race(struct shared *shared, int modes, unsigned at, unsigned start)
{
	unsigned len = start ? 2048 : PAGE, good = 0;
	int fd = pattern_file("file", PAGES * PAGE, 1);
	char *map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), c;
	pid_t pids[2];

	REQUIRE(map != MAP_FAILED);
	*shared = (struct shared){ 0 };
	for (unsigned i = 0; i < PAGES; i++)
		map[i * PAGE + at] = 0;
	for (unsigned i = 0; i < 2; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			_exit(i ? reader(shared, fd) : writer(shared, (uint8_t *)map + at, !start));
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		int mode = modes == PUNCH || i % 2 ? PUNCH : ZERO;

		__atomic_fetch_add(&shared->round, 1, __ATOMIC_RELEASE);
		sched_yield();
		if (!start)
			good += fallocate(fd, mode, 0, PAGES * PAGE) == 0;
		for (unsigned j = 0; start && j < PAGES; j++)
			good += fallocate(fd, mode, j * PAGE + start, len) == 0;
		if (i % 4 == 3)
			REQUIRE(fdatasync(fd) == 0);
	}
	shared->stop = true;
	CHECK_INT(good, start ? ROUNDS * PAGES : ROUNDS, "holes of %u bytes", len);
	CHECK_INT(wait_status(pids[0]), 0, "the writer found nothing else than its stores or zero");
	CHECK_INT(wait_status(pids[1]), 0, "the reader read");
	REQUIRE(munmap(map, PAGES * PAGE) == 0 && fsync(fd) == 0);
	REQUIRE(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	good = 0;
	for (unsigned i = 0; i < PAGES; i++)
		good += pread(fd, &c, 1, i * PAGE + at) == 1 && c == 1;
	CHECK_INT(good, PAGES, "what was stored last is on the disk");
	close(fd);
	REQUIRE(unlink("file") == 0);
}

/* Neither growing by a size nor by fallocate loses what is stored behind the old end, in a page that was mapped. */
static void grown(bool by_fallocate)
{
	int fd = pattern_file("file", 700, 1);
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), c;

	REQUIRE(map != MAP_FAILED);
	map[0] = 'a';
	map[3000] = 'x';
	REQUIRE(by_fallocate ? fallocate(fd, 0, 0, PAGE) == 0 : ftruncate(fd, PAGE) == 0);
	CHECK_INT(map[3000], 0, "what was stored behind the end is zero when the file grows");
	map[3500] = 'b';
	REQUIRE(munmap(map, PAGE) == 0 && fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	CHECK(pread(fd, &c, 1, 3500) == 1 && c == 'b', "what is stored there then stays");
	CHECK(pread(fd, &c, 1, 0) == 1 && c == 'a' && pread(fd, &c, 1, 3000) == 1 && c == 0, "and the rest, too");
	close(fd);
	REQUIRE(unlink("file") == 0);
}

void contract_main(void)
{
	struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd, modes;

	REQUIRE(shared != MAP_FAILED);
	tmp_dir();
	fd = pattern_file("probe", 0, 0);
	modes = fallocate(fd, ZERO, 0, PAGE) == 0 ? ZERO : PUNCH;
	race(shared, modes, 0, 0);
	race(shared, modes, 1536, 1024);
	grown(/*by_fallocate=*/false);
	if (modes == ZERO)
		grown(/*by_fallocate=*/true);
}

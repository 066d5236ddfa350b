/* SPDX-License-Identifier: MIT */
/*
 * Files of the root file system: what the page cache and the name cache give, and what has to come from the disk.
 *
 * /root/data is DATA_SIZE bytes of a pattern that lib/systems.py puts into the image: word n of the file is n. Each
 * read is checked by one word, so that a benchmark of pages that were never filled fails. "Cold" rows first
 * drop the file from the cache with POSIX_FADV_DONTNEED; how much QEMU's host has cached is the same for both systems.
 */
#include "../lib/bench.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define DATA		"/root/data"
#define DATA_SIZE	(8L << 20)
#define PAGE		4096L
#define CHUNK		(64L << 10)

static uint32_t buf[CHUNK / 4];

static int open_data(void)
{
	int fd = MUST(open(DATA, O_RDONLY));
	struct stat st;

	MUST(fstat(fd, &st));
	if (st.st_size != DATA_SIZE)
		bench_failed("size of " DATA, __FILE__, __LINE__);
	return fd;
}

static void read_at(int fd, long at, long size)
{
	if (pread(fd, buf, (size_t)size, at) != size || buf[0] != at / 4)
		bench_failed("pread", __FILE__, __LINE__);
}

static void read_all(int fd)
{
	for (long at = 0; at < DATA_SIZE; at += CHUNK)
		read_at(fd, at, CHUNK);
}

static void advise(int fd, int advice)
{
	errno = posix_fadvise(fd, 0, 0, advice);
	if (errno)
		bench_failed("posix_fadvise", __FILE__, __LINE__);
}

BENCH(stat_root, 200000, 5000)
{
	struct stat st;

	MUST(stat(DATA, &st));
	BENCH_LOOP(b, stat(DATA, &st));
}

BENCH(open_close_root, 100000, 2000)
{
	bench_start(b);
	for (long i = 0; i < b->iterations; i++)
		close(MUST(open(DATA, O_RDONLY)));
	bench_stop(b);
}

/* Cached pages, one a call, in an order that no read-ahead guesses. */
BENCH(pread_4k, 200000, 2000)
{
	int fd = open_data();

	read_all(fd);
	bench_start(b);
	for (long i = 0; i < b->iterations; i++)
		read_at(fd, i * 7 % (DATA_SIZE / PAGE) * PAGE, PAGE);
	bench_stop(b);
	b->bytes = (uint64_t)(b->iterations * PAGE);
	close(fd);
}

/* An iteration is 64 KiB of a file that is cached. */
BENCH(reread, 4096, 128)
{
	int fd = open_data();

	read_all(fd);
	bench_start(b);
	for (long i = 0; i < b->iterations; i++)
		read_at(fd, i * CHUNK % DATA_SIZE, CHUNK);
	bench_stop(b);
	b->bytes = (uint64_t)(b->iterations * CHUNK);
	close(fd);
}

/* The same of a file that is not, with read-ahead; once through the file for each 128 iterations. */
BENCH(read_sequential, 512, 128)
{
	int fd = open_data();

	bench_start_disk(b);
	for (long i = 0; i < b->iterations; i++) {
		if (i * CHUNK % DATA_SIZE == 0)
			advise(fd, POSIX_FADV_DONTNEED);
		read_at(fd, i * CHUNK % DATA_SIZE, CHUNK);
	}
	bench_stop_disk(b);
	b->bytes = (uint64_t)(b->iterations * CHUNK);
	close(fd);
}

/* Single pages that are not cached, each once, far from each other. */
BENCH(read_random, 1024, 128)
{
	int fd = open_data();

	advise(fd, POSIX_FADV_RANDOM);
	advise(fd, POSIX_FADV_DONTNEED);
	bench_start_disk(b);
	for (long i = 0; i < b->iterations; i++)
		read_at(fd, i * 1103 % (DATA_SIZE / PAGE) * PAGE, PAGE);
	bench_stop_disk(b);
	b->bytes = (uint64_t)(b->iterations * PAGE);
	close(fd);
}

/* A cached file mapped, a word of each page read, unmapped; an iteration is a page. */
BENCH(mmap_read, 2048 * 8, 2048)
{
	int fd = open_data();

	read_all(fd);
	bench_start(b);
	for (long i = 0; i < b->iterations; i += DATA_SIZE / PAGE) {
		const volatile uint32_t *data = MUST(mmap(NULL, DATA_SIZE, PROT_READ, MAP_SHARED, fd, 0));

		for (long at = 0; at < DATA_SIZE; at += PAGE)
			if (data[at / 4] != at / 4)
				bench_failed("mapped data", __FILE__, __LINE__);
		MUST(munmap((void *)data, DATA_SIZE));
	}
	bench_stop(b);
	close(fd);
}

/* All names of /bin, some hundred. */
BENCH(readdir, 2000, 50)
{
	static char entries[32 << 10];
	long bytes;

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		int fd = MUST(open("/bin", O_RDONLY | O_DIRECTORY));

		for (bytes = 0;;) {
			long got = MUST(syscall(SYS_getdents64, fd, entries, sizeof(entries)));

			if (!got)
				break;
			bytes += got;
		}
		close(fd);
		if (bytes < 1000)
			bench_failed("names of /bin", __FILE__, __LINE__);
	}
	bench_stop(b);
}

/* SPDX-License-Identifier: MIT */
/*
 * What is made and written in the root file system, in the folder /root/store, which each row makes and removes.
 *
 * bench_start_disk() and bench_stop_disk() count what reached the disk while the clock ran. Rows whose name says
 * fsync, write or untar bring their data to the disk before it stops; file_create, file_unlink and rewrite_4k work
 * in memory, as on any Unix, and their line shows what the system's own write-back did meanwhile.
 */
#include "../lib/bench.h"

#include <fcntl.h>
#include <sys/stat.h>

#define STORE		"/root/store"
#define FILE_SIZE	(8L << 20)
#define PAGE		4096L
#define CHUNK		(64L << 10)
#define BULK		64		/* files of one round of fsync_bulk */

static uint32_t data[CHUNK / 4];

static const char *name_of(long i)
{
	static char path[64];

	snprintf(path, sizeof(path), STORE "/file-%ld", i);
	return path;
}

static int make_file(long i)
{
	return MUST(open(name_of(i), O_RDWR | O_CREAT | O_EXCL, 0644));
}

static void write_at(int fd, long at, long size)
{
	data[0] = (uint32_t)(at / 4);
	if (pwrite(fd, data, (size_t)size, at) != size)
		bench_failed("pwrite", __FILE__, __LINE__);
}

/* What earlier rows left is on the disk before the clock starts. */
static void begin(struct bench *b)
{
	sync();
	bench_start_disk(b);
}

static void remove_files(long count)
{
	for (long i = 0; i < count; i++)
		MUST(unlink(name_of(i)));
	MUST(rmdir(STORE));
}

/* Empty files in one folder. */
BENCH(file_create, 10000, 500)
{
	MUST(mkdir(STORE, 0755));
	begin(b);
	for (long i = 0; i < b->iterations; i++)
		close(make_file(i));
	bench_stop_disk(b);
	remove_files(b->iterations);
}

/* Files of one block that are on the disk. */
BENCH(file_unlink, 5000, 500)
{
	MUST(mkdir(STORE, 0755));
	for (long i = 0; i < b->iterations; i++) {
		int fd = make_file(i);

		write_at(fd, 0, PAGE);
		close(fd);
	}
	begin(b);
	for (long i = 0; i < b->iterations; i++)
		MUST(unlink(name_of(i)));
	bench_stop_disk(b);
	MUST(rmdir(STORE));
}

/* 64 KiB at a time into a new file of 8 MiB, fsync at its end. */
BENCH(write_sequential, 1024, 128)
{
	int fd = -1;

	MUST(mkdir(STORE, 0755));
	begin(b);
	for (long i = 0; i < b->iterations; i++) {
		long at = i * CHUNK % FILE_SIZE;

		if (!at)
			fd = make_file(i * CHUNK / FILE_SIZE);
		write_at(fd, at, CHUNK);
		if (at + CHUNK == FILE_SIZE) {
			MUST(fsync(fd));
			close(fd);
		}
	}
	bench_stop_disk(b);
	b->bytes = (uint64_t)(b->iterations * CHUNK);
	remove_files(b->iterations * CHUNK / FILE_SIZE);
}

static int written_file(void)
{
	int fd = make_file(0);

	for (long at = 0; at < FILE_SIZE; at += CHUNK)
		write_at(fd, at, CHUNK);
	MUST(fsync(fd));
	return fd;
}

/* Pages of a file of 8 MiB, far from each other, fsync after each 1,024. */
BENCH(write_random, 4096, 1024)
{
	int fd;

	MUST(mkdir(STORE, 0755));
	fd = written_file();
	begin(b);
	for (long i = 0; i < b->iterations; i++) {
		write_at(fd, i * 1103 % (FILE_SIZE / PAGE) * PAGE, PAGE);
		if (i % 1024 == 1023)
			MUST(fsync(fd));
	}
	bench_stop_disk(b);
	b->bytes = (uint64_t)(b->iterations * PAGE);
	close(fd);
	remove_files(1);
}

/* Cached pages written again, not brought to the disk. */
BENCH(rewrite_4k, 100000, 2000)
{
	int fd;

	MUST(mkdir(STORE, 0755));
	fd = written_file();
	begin(b);
	for (long i = 0; i < b->iterations; i++)
		write_at(fd, i * 7 % (FILE_SIZE / PAGE) * PAGE, PAGE);
	bench_stop_disk(b);
	b->bytes = (uint64_t)(b->iterations * PAGE);
	close(fd);
	remove_files(1);
}

/* 4 KiB appended, and on the disk: a log. */
BENCH(fsync_4k, 500, 50)
{
	int fd;

	MUST(mkdir(STORE, 0755));
	fd = make_file(0);
	begin(b);
	for (long i = 0; i < b->iterations; i++) {
		write_at(fd, i * PAGE, PAGE);
		MUST(fsync(fd));
	}
	bench_stop_disk(b);
	close(fd);
	remove_files(1);
}

/* 4 KiB of a file written again, and on the disk: a data base. */
BENCH(fsync_rewrite, 500, 50)
{
	int fd;

	MUST(mkdir(STORE, 0755));
	fd = written_file();
	begin(b);
	for (long i = 0; i < b->iterations; i++) {
		write_at(fd, i * 1103 % (FILE_SIZE / PAGE) * PAGE, PAGE);
		MUST(fsync(fd));
	}
	bench_stop_disk(b);
	close(fd);
	remove_files(1);
}

/* 64 files of 16 KiB are made, then each is brought to the disk; an iteration is a file. */
BENCH(fsync_bulk, 1024, 64)
{
	int fd[BULK];

	MUST(mkdir(STORE, 0755));
	begin(b);
	for (long i = 0; i < b->iterations; i += BULK) {
		for (int f = 0; f < BULK; f++) {
			fd[f] = make_file(i + f);
			write_at(fd[f], 0, 4 * PAGE);
		}
		for (int f = 0; f < BULK; f++) {
			MUST(fsync(fd[f]));
			close(fd[f]);
		}
	}
	bench_stop_disk(b);
	remove_files(b->iterations);
}

/* /root/tree.tar, 520 files of up to 16 KiB in 20 folders, and sync(2). */
BENCH(untar, 20, 3)
{
	const char *const make[] = { "/bin/tar", "xf", "/root/tree.tar", "-C", STORE, NULL };
	const char *const clean[] = { "/bin/rm", "-r", STORE, NULL };

	b->total_ns = 0;
	for (long i = 0; i < b->iterations; i++) {
		uint64_t before = b->total_ns;

		MUST(mkdir(STORE, 0755));
		begin(b);
		bench_spawn(make);
		sync();
		bench_stop_disk(b);
		b->total_ns += before;
		bench_spawn(clean);
	}
}

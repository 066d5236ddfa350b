/* SPDX-License-Identifier: MIT */
/*
 * The load "append": logs as servers write them. Each worker has a log of its own and its own way to the disk
 * (fdatasync, O_DSYNC, O_SYNC into blocks made ahead, fsync in batches), and all write to one shared log. One more
 * maps a file and calls msync().
 *
 * Marks: "log WORKER RECORDS", "shared WORKER RECORDS": so many of this worker's records are there, whole.
 * "sector PATH INDEX VERSION" as in mix.c.
 */
#include "load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOGS		4
#define MAP_SECTORS	256
#define RECORD_MAX	4096
#define LOG_MAX		(1 << 20)	/* bytes of one worker's log: the volume has room */

struct log {
	struct worker *worker;
	int own, shared;
	unsigned records, shared_records;
	size_t bytes;
};

/* Record n of a worker: "W N LENGTH xxx...\n"; the length follows from the two. The checker makes the same. */
static size_t make_record(char *record, unsigned worker, unsigned n)
{
	unsigned length = 24 + (worker * 7919 + n * 104729) % (n % 16 ? 400 : 3900);
	int used = snprintf(record, RECORD_MAX, "%u %u %u ", worker, n, length);

	for (unsigned i = (unsigned)used; i < length - 1; i++)
		record[i] = (char)('a' + (n + i) % 26);
	record[length - 1] = '\n';
	return length;
}

static void write_record(struct log *log, int fd, unsigned n)
{
	static char record[RECORD_MAX];
	size_t length = make_record(record, log->worker->number, n);

	if (write(fd, record, length) != (ssize_t)length)
		die("write of a record");
	log->bytes += length;
}

static void write_own(struct log *log)
{
	static const unsigned batches[LOGS] = { 1, 1, 1, 7 };
	unsigned way = log->worker->number;

	for (unsigned i = batches[way]; i; i--)
		write_record(log, log->own, log->records++);
	if (way == 0)
		must(fdatasync(log->own), "fdatasync");
	else if (way == 3)
		must(fsync(log->own), "fsync");
	mark(log->worker, "log %u %u", way, log->records);
}

static void write_shared(struct log *log)
{
	write_record(log, log->shared, log->shared_records++);
	must(fdatasync(log->shared), "fdatasync");
	mark(log->worker, "shared %u %u", log->worker->number, log->shared_records);
}

static void keep_log(struct worker *worker)
{
	static const int flags[LOGS] = { 0, O_DSYNC, O_SYNC, O_APPEND };
	struct log log = { .worker = worker };
	char path[40];

	snprintf(path, sizeof(path), "log-%u", worker->number);
	log.own = (int)must(open(path, O_WRONLY | O_CREAT | flags[worker->number], 0644), path);
	if (worker->number == 2)
		must(fallocate(log.own, FALLOC_FL_KEEP_SIZE, 0, LOG_MAX), "fallocate");
	log.shared = (int)must(open("shared", O_WRONLY | O_CREAT | O_APPEND, 0644), "shared");
	sync_folder(".");
	while (now() < worker->end && log.bytes < LOG_MAX) {
		if (pick(worker, 3))
			write_own(&log);
		else
			write_shared(&log);
	}
}

static void keep_map(struct worker *worker)
{
	int fd = (int)must(open("map", O_RDWR | O_CREAT, 0644), "map");
	unsigned version = 0, at, nr;
	char *map;

	must(ftruncate(fd, MAP_SECTORS * SECTOR), "ftruncate");
	map = mmap(NULL, MAP_SECTORS * SECTOR, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	must(fsync(fd), "fsync");
	while (now() < worker->end) {
		at = pick(worker, MAP_SECTORS);
		nr = 1 + pick(worker, 6);
		version++;
		for (unsigned i = at; i < at + nr && i < MAP_SECTORS; i++)
			content_sector(map + i * SECTOR, "map", version);
		must(msync(map, MAP_SECTORS * SECTOR, MS_SYNC), "msync");
		for (unsigned i = at; i < at + nr && i < MAP_SECTORS; i++)
			mark(worker, "sector map %u %u", i, version);
	}
}

static void work(struct worker *worker)
{
	if (worker->number < LOGS)
		keep_log(worker);
	else
		keep_map(worker);
}

void load_append(void)
{
	run_workers(LOGS + 1, work);
}

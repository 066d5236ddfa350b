/* SPDX-License-Identifier: MIT */
/*
 * What the guest runs while its disk is recorded. The volume under test is on LOAD_FOLDER; the last MARKS_ROOM bytes of
 * its disk belong to no volume: marks are written there, so that they stand in the record among the other writes.
 *
 * A mark is a text. It is written past every cache, without a flush, and the writer waits for it: what is recorded
 * before it had ended before it, nothing recorded behind it had begun. crash.py reads them: "will PATH" before a change
 * to something that had been promised, everything else after the call returned that promises it.
 *
 * Contents follow from names and numbers, so that the checker can tell what a file should have: content_write().
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define LOAD_FOLDER	"/mnt"
#define MARKS_ROOM	(1 << 20)
#define SECTOR		512
#define WORKERS_MAX	16

struct worker {
	unsigned number;		/* 0.. */
	unsigned long random;
	unsigned marks;			/* written */
	double end;			/* by now() */
};

/* Ends the program with a line that names the failure: a load that does not run proves nothing. */
__attribute__((__format__(__printf__, 1, 2), __noreturn__)) void die(const char *format, ...);
/* A call that must not fail. */
long must(long result, const char *what);

double now(void);
/* Below n. */
unsigned pick(struct worker *worker, unsigned n);

/* To the disk, through this worker's own sectors. */
__attribute__((__format__(__printf__, 2, 3))) void mark(struct worker *worker, const char *format, ...);

/* One worker a process, until `seconds` have passed; each gets its own struct. */
void run_workers(unsigned nr, void (*body)(struct worker *));

/* The line "name version size" again and again, `size` bytes in all, at the file's position. */
void content_write(int fd, const char *name, unsigned version, size_t size);
/* The same, as one sector of memory. */
void content_sector(char *sector, const char *name, unsigned version);

void sync_folder(const char *path);

/* The loads. */
void load_mix(void);
void load_append(void);
void load_sqlite_wal(void);
void load_sqlite_delete(void);
/* Not one to be recorded: reads everything that a recovered volume has. */
void load_read(void);

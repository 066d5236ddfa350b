/* SPDX-License-Identifier: MIT */
/*
 * bench.h: one micro-benchmark is a BENCH() body: set up, bench_start(), b->iterations rounds, bench_stop(), clean up.
 *
 *	BENCH(getpid, 1000000, 10000)
 *	{
 *		bench_start(b);
 *		for (long i = 0; i < b->iterations; i++)
 *			MUST(syscall(SYS_getpid));
 *		bench_stop(b);
 *	}
 *
 * The numbers are iterations of a full and of a --quick run. MUST() ends the program with the place and errno
 * when a call fails: a benchmark of failing calls measures nothing.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Requests that the disk of the root file system has done. */
struct bench_disk {
	uint64_t reads, read_kib, writes, written_kib, flushes;
};

struct bench {
	const char *name;
	void (*run)(struct bench *b);
	long full, quick;
	struct bench *next;
	long iterations;		/* for this run */
	uint64_t started_ns, total_ns;
	uint64_t bytes;			/* moved in all; not 0: a BENCH_EXTRA line tells MB/s */
	bool on_disk;			/* a BENCH_DISK line tells what reached the disk */
	struct bench_disk disk;
};

void bench_register(struct bench *b);
uint64_t bench_now_ns(void);
void bench_failed(const char *what, const char *file, int line) __attribute__((noreturn));
/* Path of a scratch file in /tmp, made with `size` bytes; -1: not made. The string is static. */
const char *bench_file(const char *name, long size);
/* fork, exec argv, wait; ends the program unless the child exits with 0. */
void bench_spawn(const char *const argv[]);

static inline void bench_start(struct bench *b)
{
	b->started_ns = bench_now_ns();
}

static inline void bench_stop(struct bench *b)
{
	b->total_ns = bench_now_ns() - b->started_ns;
}

/* The same, counting what the disk does meanwhile; several pairs add up their counts, not their times. */
void bench_start_disk(struct bench *b);
void bench_stop_disk(struct bench *b);

#define BENCH(id, full_, quick_)							\
	static void bench_fn_##id(struct bench *b);					\
	__attribute__((constructor)) static void bench_reg_##id(void)			\
	{										\
		static struct bench it = { .name = #id, .run = bench_fn_##id,		\
					   .full = full_, .quick = quick_ };		\
		bench_register(&it);							\
	}										\
	static void bench_fn_##id(struct bench *b)

#define MUST(call)									\
	__extension__ ({								\
		__typeof__(call) must_ = (call);					\
		if ((long)must_ == -1)							\
			bench_failed(#call, __FILE__, __LINE__);			\
		must_;									\
	})

/* Time `call` alone, b->iterations times. */
#define BENCH_LOOP(b, call)								\
	do {										\
		bench_start(b);								\
		for (long i_ = 0; i_ < (b)->iterations; i_++)				\
			MUST(call);							\
		bench_stop(b);								\
	} while (0)

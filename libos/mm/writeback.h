/* SPDX-License-Identifier: MIT */
/*
 * writeback: when dirty pages are written though nobody asked, and how fast programs may make more.
 *
 * Model, with Linux's numbers. Every 5 seconds, while anything is dirty, what has been so for 30 seconds is written;
 * above a tenth of memory, everything. Above a fifth a writer waits until there is less. Who knows what is dirty
 * (the VFS: inodes and block devices) registers as a client and does the writing; this is the clock and the limits.
 *
 *	page_mark_dirty() -> writeback_dirtied() -> [5 s] -> clients: write what is old -> [5 s] -> ... -> nothing left
 *	above a limit, memory short -> writeback_kick() -> clients: write everything
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

struct address_space;
struct inode;

#define WRITEBACK_INTERVAL_NS	5000000000ULL
#define WRITEBACK_AGE_NS	30000000000ULL

/* Who writes. Field legend: [I] immutable after registration */
struct writeback_client {
	/* Write what became dirty at or before `before_ns` (clock_ns()). True: something is dirty still. May sleep. */
	bool (*write_old)(uint64_t before_ns);	/* [I] */
	/* A file got its first dirty page. Any context that may take spin locks, page-table locks held. NULL: none. */
	void (*dirtied)(struct inode *host);	/* [I] */
	struct list_head link;			/* [I] */
};
/* During start-up. */
void writeback_register(struct writeback_client *client);

/* Something is dirty that was not: the clock runs. host: of its pages; NULL: a device's, or no pages. As dirtied(). */
void writeback_dirtied(struct inode *host);
/* Write everything soon. Any context. */
void writeback_kick(void);
/*
 * A writer made pages of `as` dirty: wait while there are too many. The caller may hold the inode's lock, no page
 * locks, and nothing that writing needs. May sleep.
 */
void writeback_throttle(struct address_space *as);
/* Memory is short and pages are dirty: have them written, wait a little. True: worth looking again. May sleep. */
bool writeback_for_reclaim(void);
/* A page was written: who waits for fewer may go on. Any context. */
void writeback_page_done(void);

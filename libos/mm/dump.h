/* SPDX-License-Identifier: MIT */
/*
 * dump: what of an address space goes into a core file. Source: core(5), proc(5) on coredump_filter.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct mm;
struct vma;

/* Bits of /proc/PID/coredump_filter. */
enum dump_filter {
	DUMP_ANON_PRIVATE = 1,
	DUMP_ANON_SHARED = 2,
	DUMP_FILE_PRIVATE = 4,
	DUMP_FILE_SHARED = 8,
	DUMP_ELF_HEADERS = 16,
	DUMP_FILTER_DEFAULT = 0x33,	/* with Linux's bit for huge private pages */
	DUMP_FILTER_BITS = 0x1ff,
};

/* mm->dumpable, prctl(2) PR_SET_DUMPABLE: core files, tracers, owners in /proc. */
enum dumpable { DUMPABLE_NO, DUMPABLE_USER, DUMPABLE_ROOT };

/*
 * Bytes of the area that are dumped, from its start on; 0 with *header: its first page, if mm_dump_is_elf() says so. mm
 * lock held for reading.
 */
size_t vma_dump_size(struct vma *vma, unsigned filter, bool *header);
/* The first page of a program or library is there: debuggers find its build id in it. Takes the mm lock; sleeps. */
bool mm_dump_is_elf(struct mm *mm, vaddr_t addr);
/*
 * The next page of [*addr, end) that has content: *addr moves to it, and buf (a page) is filled. False: only holes are
 * left. Takes the mm lock; sleeps.
 */
bool __must_check mm_dump_next(struct mm *mm, vaddr_t *addr, vaddr_t end, void *buf);

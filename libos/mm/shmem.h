/* SPDX-License-Identifier: MIT */
/*
 * shmem: memory that several address spaces share without a file: MAP_SHARED|MAP_ANONYMOUS, SysV segments; and
 * the page operations of tmpfs and memfd, whose pages are their only copy.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/refcount.h"
#include "mm/mmap.h"
#include "mm/pagecache.h"

/* Field legend: [I] immutable, [a] atomic */
struct shmem {
	struct refcount refs;		/* [a] one per area, one per creator */
	loff_t size;			/* [I] bytes */
	int64_t committed;		/* [I] pages counted by mm/commit.h */
	struct address_space as;
};

/* Page operations for memory-only files: pages start as zeroes and are never written back. */
extern const struct address_space_ops shmem_as_ops;

/*
 * An object of size bytes with one reference; reserve: its memory is promised (mm/commit.h), as all is
 * under OVERCOMMIT_NEVER. NULL: no memory.
 */
struct shmem *shmem_create(size_t size, bool reserve);
void shmem_put(struct shmem *shm);
/* Make *req a mapping of a new object. The caller drops its reference after mapping. NULL: no memory. */
struct shmem *shmem_map_anon(struct map_request *req, size_t size);

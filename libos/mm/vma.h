/* SPDX-License-Identifier: MIT */
/*
 * vma: one area of an address space, and the tree of them.
 *
 * Areas do not overlap; neighbours with equal flags, the same file at continuing offsets and no private ops state are
 * merged. All under the mm's lock: reading the tree with it held for reading, changing it for writing.
 */
#pragma once

#include "arch/mmu.h"
#include "lib/compiler.h"
#include "lib/interval_tree.h"
#include "lib/rbtree.h"
#include "lib/types.h"

struct address_space;
struct file;
struct mm;
struct vma;

enum vma_flags {
	VM_READ = 1 << 0,
	VM_WRITE = 1 << 1,
	VM_EXEC = 1 << 2,
	VM_SHARED = 1 << 3,
	VM_MAYREAD = 1 << 4,		/* mprotect may add it */
	VM_MAYWRITE = 1 << 5,
	VM_MAYEXEC = 1 << 6,
	VM_GROWSDOWN = 1 << 8,
	VM_LOCKED = 1 << 9,
	VM_LOCKONFAULT = 1 << 10,
	VM_DONTCOPY = 1 << 11,		/* madvise(MADV_DONTFORK) */
	VM_WIPEONFORK = 1 << 12,
	VM_DONTEXPAND = 1 << 13,
	VM_NORESERVE = 1 << 14,
	VM_DONTDUMP = 1 << 16,
	VM_SPECIAL = 1 << 17,		/* pages belong to the kernel: vDSO */
	VM_HUGE = 1 << 18,		/* madvise(MADV_HUGEPAGE) */
	VM_NOHUGE = 1 << 19,
	VM_RAND_READ = 1 << 20,
	VM_SEQ_READ = 1 << 21,
	VM_STACK = 1 << 22,		/* the process's stack, for /proc */
	VM_PROT = VM_READ | VM_WRITE | VM_EXEC,
};

/* What stands behind an area; NULL slots do nothing. Called with the mm lock held. */
struct vma_ops {
	void (*open)(struct vma *vma);	/* a copy of the area came to be: fork, split */
	void (*close)(struct vma *vma);	/* the area goes */
	/* Page for the kernel's own areas (VM_SPECIAL): without reference. NULL: SIGBUS. */
	struct page *(*special_page)(struct vma *vma, uint64_t pgoff);
	const char *(*name)(struct vma *vma);	/* for /proc/PID/maps: "[vdso]" */
	/*
	 * msync(MS_SYNC): bytes [from, to) of the file are on the disk afterwards, and what is needed to find them.
	 * Called with the mm lock held for reading; releases it meanwhile: the area may be gone when it returns.
	 * 0 or -errno. NULL: there is no disk.
	 */
	int (*sync)(struct vma *vma, loff_t from, loff_t to);
	/* MADV_REMOVE: a hole in the file. The same of locks. NULL: -EINVAL. */
	int (*punch)(struct vma *vma, loff_t from, loff_t to);
};

/* Field legend: [I] immutable, [m] mm->lock, [i] mapping->i_mmap_lock */
struct vma {
	vaddr_t start, end;		/* [m] page-aligned, end exclusive */
	uint32_t flags;			/* [m] */
	struct mm *mm;			/* [I] */
	uint64_t pgoff;			/* [m] page of the file at start; anonymous: start >> PAGE_SHIFT at creation */
	struct address_space *mapping;	/* [I] NULL: private anonymous */
	struct file *file;		/* [I] opaque; owned through ops->open/close */
	const struct vma_ops *ops;	/* [I] may be NULL */
	void *private;			/* [I] the ops' */
	struct rb_node node;		/* [m] */
	struct interval_tree_node i_mmap;/* [i] pages [pgoff, pgoff + n - 1] of mapping */
};

/* Lowest area with end > addr; NULL: none. mm lock held. */
struct vma *vma_find(struct mm *mm, vaddr_t addr);
/* First area that overlaps [start, end), or NULL. */
struct vma *vma_intersects(struct mm *mm, vaddr_t start, vaddr_t end);
struct vma *vma_first(struct mm *mm);
struct vma *vma_last(struct mm *mm);
struct vma *vma_next(const struct vma *vma);
struct vma *vma_prev(const struct vma *vma);
/* A zeroed area of mm; NULL: no memory. */
struct vma *vma_alloc(struct mm *mm);
void vma_free(struct vma *vma);		/* not in the tree; no close() */
/* Into the tree (and the mapping's). mm lock held for writing. */
void vma_insert(struct vma *vma);
/* The same for an area that is no copy of another: -EPERM, and nothing has happened, where no_writers forbids it. */
int __must_check vma_insert_new(struct vma *vma);
/* Out of the tree and the mapping's; close() is called; freed. */
void vma_remove(struct vma *vma);
/* Cut in two at addr (start < addr < end, page-aligned): vma keeps the low part. 0 or -ENOMEM. */
int __must_check vma_split(struct vma *vma, vaddr_t addr);
/* The same for munmap(2), which vm.max_map_count does not always stop. */
int __must_check vma_split_unlimited(struct vma *vma, vaddr_t addr);
/* Merge with neighbours where possible; returns the surviving area. */
struct vma *vma_merge(struct vma *vma);
/* Move bounds of an area already in the tree (stack growth, brk). */
void vma_set_bounds(struct vma *vma, vaddr_t start, vaddr_t end);

static inline uint64_t vma_pages(const struct vma *vma)
{
	return (vma->end - vma->start) >> PAGE_SHIFT;
}

/* Does a store through it change the file, now or after mprotect(2)? */
static inline bool vma_is_writer(const struct vma *vma)
{
	return (vma->flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

/* File page shown at addr. */
static inline uint64_t vma_pgoff_at(const struct vma *vma, vaddr_t addr)
{
	return vma->pgoff + ((addr - vma->start) >> PAGE_SHIFT);
}

/* SPDX-License-Identifier: MIT */
/*
 * mmap.h: the calls that change an address space. Source: mmap(2), munmap(2), mprotect(2), mremap(2),
 * brk(2), madvise(2),
 * mlock(2), mincore(2), msync(2). All take the mm lock themselves unless named _locked, and may sleep.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "mm/mm.h"
#include "mm/vma.h"

/* What to map. File fields come from the file's mmap operation (vfs). */
struct map_request {
	vaddr_t addr;			/* hint, or the place with MAP_FIXED */
	size_t size;			/* bytes, > 0 */
	unsigned prot;			/* PROT_* */
	unsigned flags;			/* MAP_* */
	uint64_t pgoff;
	uint32_t vm_flags;		/* more VM_* (MAYWRITE limits: see mask) */
	uint32_t vm_clear;		/* VM_MAY* taken away (file not open for writing, noexec) */
	struct address_space *mapping;	/* NULL: anonymous */
	struct file *file;
	const struct vma_ops *ops;
	void *private;
};

/* Address, or -EINVAL, -ENOMEM, -EEXIST, -EPERM, -EAGAIN. On success ops->open was called for the new area. */
long __must_check mm_map(struct mm *mm, const struct map_request *req);
/* The same with the lock held for writing; size is whole pages, and the request checked. */
long __must_check mm_map_locked(struct mm *mm, const struct map_request *req, size_t size);
/* Anonymous memory at a fixed place in a program being loaded; prot PROT_*. */
long __must_check mm_map_anon_fixed(struct mm *mm, vaddr_t addr, size_t size, unsigned prot);
/* A free range of size bytes below mmap_base, or -ENOMEM. Lock held or nobody else's mm. */
long __must_check mm_find_area(struct mm *mm, vaddr_t hint, size_t size);
/*
 * Would `pages` more of an area with these flags stay within limits: 0, -ENOMEM, or -EAGAIN
 * (RLIMIT_MEMLOCK). Lock held.
 */
int __must_check mm_check_limits(const struct mm *mm, uint32_t flags, uint64_t pages);
/* Count an area of these flags in (or out: negative). mm lock held for writing. */
void mm_account(struct mm *mm, uint32_t flags, int64_t pages);
int __must_check mm_unmap(struct mm *mm, vaddr_t addr, size_t size);
int __must_check mm_unmap_locked(struct mm *mm, vaddr_t start, vaddr_t end);
int __must_check mm_protect(struct mm *mm, vaddr_t addr, size_t size, unsigned prot, bool imply_exec);
long __must_check mm_remap(struct mm *mm, vaddr_t addr, size_t old_size, size_t new_size, unsigned flags,
			   vaddr_t new_addr);
/* remap_file_pages(2): another part of the file at [addr, addr + size) of a shared mapping. 0, -EINVAL, -ENOMEM. */
int __must_check mm_remap_file_pages(struct mm *mm, vaddr_t addr, size_t size, uint64_t pgoff, bool nonblock);
/* brk(2): the break in force afterwards (unchanged on failure). */
vaddr_t mm_brk(struct mm *mm, vaddr_t brk);
int __must_check mm_advise(struct mm *mm, vaddr_t addr, size_t size, int advice);
int __must_check mm_sync(struct mm *mm, vaddr_t addr, size_t size, int flags);
/* One byte per page into vec (kernel memory). */
int __must_check mm_incore(struct mm *mm, vaddr_t addr, size_t nr_pages, uint8_t *vec);
int __must_check mm_lock_range(struct mm *mm, vaddr_t addr, size_t size, uint32_t vm_locked, bool lock);
int __must_check mm_lock_all(struct mm *mm, int flags);
/* Make pages of [start, end) present (MAP_POPULATE, mlock). Lock not held. */
int __must_check mm_populate(struct mm *mm, vaddr_t start, vaddr_t end);
/* A fault just below a VM_GROWSDOWN area: grow it to cover addr. Takes the lock for writing. 0 or -EFAULT, -ENOMEM. */
int __must_check mm_grow_stack(struct mm *mm, vaddr_t addr);

/* SPDX-License-Identifier: MIT */
/*
 * mmap: placing, making and removing areas.
 *
 * New mappings go to the highest gap below mmap_base that is large enough, else to the lowest above it. A gap of
 * STACK_GUARD_GAP stays free below an area that grows down. Adjacent equal areas merge.
 */
#include "mm/mmap.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "arch/upcall.h"
#include "lib/align.h"
#include "mm/commit.h"
#include "mm/page_alloc.h"
#include "mm/pagecache.h"
#include "mm/pgtable.h"
#include "mm/shmem.h"

#define STACK_GUARD_GAP	(256 * PAGE_SIZE)	/* stack_guard_gap of Linux */
#define MMAP_MIN_ADDR	0x10000UL		/* vm.mmap_min_addr */

/* Lowest address mappings may use when `vma` follows. */
static vaddr_t gap_end(const struct vma *vma)
{
	if (!(vma->flags & VM_GROWSDOWN))
		return vma->start;
	return vma->start > STACK_GUARD_GAP ? vma->start - STACK_GUARD_GAP : 0;
}

static bool range_free(struct mm *mm, vaddr_t addr, size_t size)
{
	struct vma *vma = vma_find(mm, addr);

	return !vma || addr + size <= gap_end(vma);
}

/* Highest gap of size bytes ending at or below top. 0: none. */
static vaddr_t find_below(struct mm *mm, vaddr_t top, size_t size)
{
	struct vma *vma = vma_find(mm, top), *prev;
	vaddr_t end = top;

	if (vma && vma->start < top)
		end = gap_end(vma);
	else if (vma)
		end = min(end, gap_end(vma));
	prev = vma ? vma_prev(vma) : vma_last(mm);
	for (;;) {
		vaddr_t start = prev ? prev->end : MMAP_MIN_ADDR;

		if (end > start && end - start >= size)
			return end - size;
		if (!prev)
			return 0;
		end = min(end, gap_end(prev));
		prev = vma_prev(prev);
	}
}

static vaddr_t find_above(struct mm *mm, vaddr_t bottom, size_t size)
{
	struct vma *vma = vma_find(mm, bottom);
	vaddr_t start = bottom;

	for (; vma; start = vma->end, vma = vma_next(vma)) {
		if (gap_end(vma) > start && gap_end(vma) - start >= size)
			return start;
		start = max(start, vma->end);
	}
	return ARCH_USER_MAX - start >= size ? start : 0;
}

long mm_find_area(struct mm *mm, vaddr_t hint, size_t size)
{
	vaddr_t addr;

	if (size > ARCH_USER_MAX)
		return -ENOMEM;
	hint = ALIGN_UP(hint, PAGE_SIZE);
	if (hint >= MMAP_MIN_ADDR && hint <= ARCH_USER_MAX - size && range_free(mm, hint, size))
		return (long)hint;
	addr = mm->limits.bottom_up ? 0 : find_below(mm, mm->mmap_base, size);
	if (!addr)
		addr = find_above(mm, mm->mmap_base, size);
	return addr ? (long)addr : -ENOMEM;
}

static uint32_t flags_of(const struct map_request *req)
{
	uint32_t f = req->vm_flags | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

	f |= (req->prot & PROT_READ ? VM_READ : 0) | (req->prot & PROT_WRITE ? VM_WRITE : 0) |
	     (req->prot & PROT_EXEC ? VM_EXEC : 0);
	f |= (req->flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0) | (req->flags & MAP_LOCKED ? VM_LOCKED : 0) |
	     (req->flags & MAP_NORESERVE && READ_ONCE(mm_sysctl.overcommit) != OVERCOMMIT_NEVER ? VM_NORESERVE : 0);
	if ((req->flags & MAP_TYPE) != MAP_PRIVATE)
		f |= VM_SHARED;
	if (req->flags & MAP_STACK)
		f |= VM_NOHUGE;		/* of a thread's stack only the top is used */
	return f & ~req->vm_clear;
}

static bool counts_as_data(uint32_t flags)
{
	return (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

void mm_account(struct mm *mm, uint32_t flags, int64_t pages)
{
	mm->total_vm += pages;
	if (counts_as_data(flags))
		mm->data_vm += pages;
	if (flags & VM_GROWSDOWN)
		mm->stack_vm += pages;
	if ((flags & (VM_EXEC | VM_WRITE)) == VM_EXEC)
		mm->exec_vm += pages;
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	if (commit_counts(flags)) {
		mm->committed += pages;
		commit_add(pages);
	}
	mm->hiwater_vm = max(mm->hiwater_vm, mm->total_vm);
}

/* Pages that a new mapping replaces, by the limits they count in. Field legend: [o] of the caller */
struct replaced {
	uint64_t all, data, promised;	/* [o] */
};

static int check_limits(const struct mm *mm, uint32_t flags, uint64_t pages, const struct replaced *old)
{
	if (mm->total_vm - old->all + pages > mm->limits.as >> PAGE_SHIFT)
		return -ENOMEM;
	if (counts_as_data(flags) && mm->data_vm - old->data + pages > mm->limits.data >> PAGE_SHIFT)
		return -ENOMEM;
	if ((flags & VM_LOCKED) && mm->locked_vm + pages > mm->limits.memlock >> PAGE_SHIFT)
		return -EAGAIN;
	return commit_counts(flags) && pages > old->promised ? commit_check(pages - old->promised) : 0;
}

int mm_check_limits(const struct mm *mm, uint32_t flags, uint64_t pages)
{
	return check_limits(mm, flags, pages, &(struct replaced){ 0 });
}

/* The same where MAP_FIXED takes away what is there. */
static int check_replacing(struct mm *mm, uint32_t flags, vaddr_t start, vaddr_t end)
{
	struct replaced old = { 0 };
	struct vma *vma;

	for (vma = vma_find(mm, start); vma && vma->start < end; vma = vma_next(vma)) {
		uint64_t n = (min(end, vma->end) - max(start, vma->start)) >> PAGE_SHIFT;

		old.all += n;
		old.data += counts_as_data(vma->flags) ? n : 0;
		old.promised += commit_counts(vma->flags) ? n : 0;
	}
	return check_limits(mm, flags, (end - start) >> PAGE_SHIFT, &old);
}

static int check_request(const struct map_request *req)
{
	if (req->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (req->addr & ~PAGE_MASK)
			return -EINVAL;
		if (req->addr < MMAP_MIN_ADDR)
			return -EPERM;
		if (req->size > ARCH_USER_MAX || req->addr > ARCH_USER_MAX - req->size)
			return -ENOMEM;
	}
	return 0;
}

/* Where the request goes; clears what is there for MAP_FIXED. */
static long choose_address(struct mm *mm, const struct map_request *req, size_t size)
{
	int err;

	if (!(req->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return mm_find_area(mm, req->addr, size);
	if (vma_intersects(mm, req->addr, req->addr + size)) {
		if (req->flags & MAP_FIXED_NOREPLACE)
			return -EEXIST;
		err = mm_unmap_locked(mm, req->addr, req->addr + size);
		if (err)
			return err;
	}
	return (long)req->addr;
}

long mm_map_locked(struct mm *mm, const struct map_request *req, size_t size)
{
	uint32_t flags = flags_of(req) | mm->lock_future;
	struct vma *vma;
	long addr;
	int err;

	assert_held(&mm->lock);
	if (mm->nr_vmas > READ_ONCE(mm_sysctl.max_map_count))
		return -ENOMEM;
	err = req->flags & MAP_FIXED ? check_replacing(mm, flags, req->addr, req->addr + size) :
	      mm_check_limits(mm, flags, size >> PAGE_SHIFT);
	if (err)
		return err;
	vma = vma_alloc(mm);
	if (!vma)
		return -ENOMEM;
	addr = choose_address(mm, req, size);
	if (addr < 0) {
		vma_free(vma);
		return addr;
	}
	vma->start = addr;
	vma->end = addr + size;
	vma->flags = flags;
	vma->mapping = req->mapping;
	vma->file = req->file;
	vma->ops = req->ops;
	vma->private = req->private;
	vma->pgoff = req->mapping || (flags & VM_SPECIAL) ? req->pgoff : (uint64_t)addr >> PAGE_SHIFT;
	if (vma->ops && vma->ops->open)
		vma->ops->open(vma);
	err = vma_insert_new(vma);
	if (err) {
		if (vma->ops && vma->ops->close)
			vma->ops->close(vma);
		vma_free(vma);
		return err;
	}
	mm_account(mm, flags, size >> PAGE_SHIFT);
	vma_merge(vma);
	return addr;
}

long mm_map(struct mm *mm, const struct map_request *request)
{
	struct map_request req = *request;
	size_t size = ALIGN_UP(req.size, PAGE_SIZE);
	struct shmem *shm = NULL;
	bool populate;
	long ret;

	if (!req.size)
		return -EINVAL;
	if (size < req.size || size > ARCH_USER_MAX)
		return -ENOMEM;
	ret = check_request(&req);
	if (ret)
		return ret;
	if (!req.mapping && !(req.vm_flags & VM_SPECIAL) && (req.flags & MAP_TYPE) != MAP_PRIVATE) {
		shm = shmem_map_anon(&req, size);
		if (!shm)
			return -ENOMEM;
	}
	ret = down_write_killable(&mm->lock);
	if (ret)
		goto out;
	ret = mm_map_locked(mm, &req, size);
	populate = (req.flags & (MAP_POPULATE | MAP_LOCKED)) || (mm->lock_future & VM_LOCKED);
	up_write(&mm->lock);
	if (ret >= 0 && populate && !(req.flags & MAP_NONBLOCK))
		ignore_result(mm_populate(mm, ret, ret + size));	/* mmap(2): failure is not reported */
out:
	if (shm)
		shmem_put(shm);		/* the area holds its own reference */
	return ret;
}

long mm_map_anon_fixed(struct mm *mm, vaddr_t addr, size_t size, unsigned prot)
{
	struct map_request req = { .addr = addr, .size = size, .prot = prot,
				   .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED };

	return mm_map(mm, &req);
}

/* Make area boundaries at start and end. */
static int split_edges(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *vma = vma_find(mm, start);
	int err;

	if (vma && vma->start < start) {
		if (mm->nr_vmas >= READ_ONCE(mm_sysctl.max_map_count) && vma->end > end)
			return -ENOMEM;
		err = vma_split_unlimited(vma, start);
		if (err)
			return err;
	}
	vma = vma_find(mm, end - 1);
	if (vma && vma->start < end && vma->end > end)
		return vma_split_unlimited(vma, end);
	return 0;
}

int mm_unmap_locked(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *vma, *next, *prev;
	struct mmu_gather g;
	int err;

	assert_held(&mm->lock);
	if (!vma_intersects(mm, start, end))
		return 0;
	mm->hiwater_rss = max(mm->hiwater_rss, mm_rss(mm));
	err = split_edges(mm, start, end);
	if (err)
		return err;
	gather_init(&g, mm);
	err = pt_unmap_range(&g, start, end);
	if (err) {
		gather_flush(&g);
		return err;
	}
	for (vma = vma_find(mm, start); vma && vma->start < end; vma = next) {
		next = vma_next(vma);
		mm_account(mm, vma->flags, -(int64_t)vma_pages(vma));
		vma_remove(vma);
	}
	vma = vma_find(mm, start);
	prev = vma ? vma_prev(vma) : vma_last(mm);
	pt_free_range(&g, start, end, prev ? prev->end : 0, vma ? vma->start : ARCH_USER_MAX);
	gather_flush(&g);
	return 0;
}

int mm_unmap(struct mm *mm, vaddr_t addr, size_t size)
{
	size_t len = ALIGN_UP(size, PAGE_SIZE);
	int err;

	if ((addr & ~PAGE_MASK) || !len || len < size || addr > ARCH_USER_MAX || len > ARCH_USER_MAX - addr)
		return -EINVAL;
	err = down_write_killable(&mm->lock);
	if (err)
		return err;
	err = mm_unmap_locked(mm, addr, addr + len);
	up_write(&mm->lock);
	return err;
}

vaddr_t mm_brk(struct mm *mm, vaddr_t brk)
{
	vaddr_t old, from, to;
	struct map_request req = { .prot = PROT_READ | PROT_WRITE,
				   .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED };

	if (down_write_killable(&mm->lock))
		return mm->brk;
	old = mm->brk;
	from = ALIGN_UP(old, PAGE_SIZE);
	to = ALIGN_UP(brk, PAGE_SIZE);
	if (brk < mm->start_brk || to >= ARCH_USER_MAX || to < brk)
		goto out;
	if (mm->limits.data != UINT64_MAX &&
	    brk - mm->start_brk + (mm->end_data - mm->start_data) > mm->limits.data)
		goto out;
	if (to > from) {
		req.addr = from;
		if (!range_free(mm, from, to - from + PAGE_SIZE) || mm_map_locked(mm, &req, to - from) < 0)
			goto out;
	} else if (to < from && mm_unmap_locked(mm, to, from)) {
		goto out;
	}
	mm->brk = brk;
out:
	brk = mm->brk;
	up_write(&mm->lock);
	if (brk > old && (mm->lock_future & VM_LOCKED))
		ignore_result(mm_populate(mm, from, ALIGN_UP(brk, PAGE_SIZE)));	/* as mlockall(2): best effort */
	return brk;
}

int mm_grow_stack(struct mm *mm, vaddr_t addr)
{
	struct vma *vma, *prev;
	vaddr_t start = addr & PAGE_MASK;
	int err = -EFAULT;
	uint64_t grow;

	mm_write_lock(mm);
	vma = vma_find(mm, addr);
	if (!vma || (vma->start > addr && !(vma->flags & VM_GROWSDOWN)))
		goto out;
	err = 0;
	if (vma->start <= addr)
		goto out;		/* another thread grew it */
	err = -ENOMEM;
	if (vma->end - start > mm->limits.stack || start < MMAP_MIN_ADDR)
		goto out;
	prev = vma_prev(vma);
	if (prev && !(prev->flags & VM_GROWSDOWN) && (prev->flags & VM_PROT) && start - prev->end < STACK_GUARD_GAP)
		goto out;
	if (prev && start < prev->end)
		goto out;
	grow = (vma->start - start) >> PAGE_SHIFT;
	if (mm->total_vm + grow > mm->limits.as >> PAGE_SHIFT || commit_check(grow))
		goto out;
	vma_set_bounds(vma, start, vma->end);
	mm_account(mm, vma->flags, grow);
	err = 0;
out:
	mm_write_unlock(mm);
	return err;
}

/* The access that makes a page of the area present as its owner would use it. */
static unsigned populate_access(const struct vma *vma)
{
	if ((vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		return FAULT_WRITE;
	return vma->flags & (VM_READ | VM_WRITE) ? FAULT_READ : FAULT_EXEC;
}

int mm_populate(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *vma;
	int err = 0;

	for (; start < end && !err; start += PAGE_SIZE) {
		mm_read_lock(mm);
		vma = vma_find(mm, start);
		if (vma && vma->start <= start && (vma->flags & VM_PROT))
			err = mm_fault_locked(mm, start, populate_access(vma));
		mm_read_unlock(mm);
	}
	return err;
}

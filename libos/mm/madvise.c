/* SPDX-License-Identifier: MIT */
/*
 * madvise, mincore, msync, mlock: calls that go over the areas of a range. Source: the man pages of those names.
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "arch/upcall.h"
#include "lib/align.h"
#include "mm/huge.h"
#include "mm/mmap.h"
#include "mm/pagecache.h"
#include "mm/pgtable.h"
#include "sched/sched.h"
#include "sync/rcu.h"

/* Set and clear flags on [start, end) of vma; the areas that result keep merging. */
static int change_flags(struct vma **at, vaddr_t start, vaddr_t end, uint32_t set, uint32_t clear)
{
	struct vma *vma = *at;
	uint32_t flags = (vma->flags & ~clear) | set;
	int err;

	if (flags == vma->flags)
		return 0;
	if (vma->start < start) {
		err = vma_split(vma, start);
		if (err)
			return err;
		vma = vma_next(vma);
	}
	if (vma->end > end) {
		err = vma_split(vma, end);
		if (err)
			return err;
	}
	vma->flags = flags;
	*at = vma_merge(vma);
	return 0;
}

/* `locked`: of mlock()ed areas, too. */
static int drop_pages(struct vma *vma, vaddr_t start, vaddr_t end, bool locked)
{
	struct mmu_gather g;
	int err;

	if (vma->flags & (locked ? VM_SPECIAL : VM_LOCKED | VM_SPECIAL))
		return -EINVAL;
	gather_init(&g, vma->mm);
	err = pt_unmap_range(&g, start, end);
	gather_flush(&g);
	return err;
}

/* The mm lock is released meanwhile: vma may be gone afterwards. */
static int remove_pages(struct vma *vma, vaddr_t start, vaddr_t end)
{
	loff_t from = (loff_t)vma_pgoff_at(vma, start) << PAGE_SHIFT;

	if ((vma->flags & VM_LOCKED) || !vma->mapping || (!vma->mapping->shmem && (!vma->ops || !vma->ops->punch)))
		return -EINVAL;
	if ((vma->flags & (VM_SHARED | VM_MAYWRITE)) != (VM_SHARED | VM_MAYWRITE))
		return -EACCES;
	if (end - start > (uint64_t)(INT64_MAX - from))	/* mremap may grow an area past the last position */
		return -EFBIG;
	if (!vma->mapping->shmem)
		return vma->ops->punch(vma, from, from + (loff_t)(end - start));
	pagecache_punch(vma->mapping, from, from + (loff_t)(end - start));
	return 0;
}

static int populate_pages(struct vma *vma, vaddr_t start, vaddr_t end, unsigned access)
{
	int err = 0;

	for (; start < end && !err; start += PAGE_SIZE)
		err = mm_fault_locked(vma->mm, start, access);
	return err == -EACCES ? -EINVAL : err == -EIO ? -EFAULT : err;	/* EIO: SIGBUS to whom it happens */
}

/* One area's part of the range; *vma moves on when the area is split or merged. */
static int advise_vma(struct vma **vma, vaddr_t start, vaddr_t end, int advice)
{
	switch (advice) {
	case MADV_NORMAL:
		return change_flags(vma, start, end, 0, VM_RAND_READ | VM_SEQ_READ);
	case MADV_RANDOM:
		return change_flags(vma, start, end, VM_RAND_READ, VM_SEQ_READ);
	case MADV_SEQUENTIAL:
		return change_flags(vma, start, end, VM_SEQ_READ, VM_RAND_READ);
	case MADV_DONTFORK:
		return change_flags(vma, start, end, VM_DONTCOPY, 0);
	case MADV_DOFORK:
		return (*vma)->flags & VM_SPECIAL ? -EINVAL : change_flags(vma, start, end, 0, VM_DONTCOPY);
	case MADV_WIPEONFORK:
		return (*vma)->mapping || ((*vma)->flags & VM_SHARED) ?
			-EINVAL : change_flags(vma, start, end, VM_WIPEONFORK, 0);
	case MADV_KEEPONFORK:
		return change_flags(vma, start, end, 0, VM_WIPEONFORK);
	case MADV_DONTDUMP:
		return change_flags(vma, start, end, VM_DONTDUMP, 0);
	case MADV_DODUMP:
		return change_flags(vma, start, end, 0, VM_DONTDUMP);
	case MADV_HUGEPAGE:
		return change_flags(vma, start, end, VM_HUGE, VM_NOHUGE);
	case MADV_NOHUGEPAGE:
		return change_flags(vma, start, end, VM_NOHUGE, VM_HUGE);
	case MADV_FREE:
		if ((*vma)->mapping)
			return -EINVAL;
		return drop_pages(*vma, start, end, /*locked=*/false);
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
		return drop_pages(*vma, start, end, advice == MADV_DONTNEED_LOCKED);
	case MADV_REMOVE:
		return remove_pages(*vma, start, end);
	case MADV_POPULATE_READ:
		return populate_pages(*vma, start, end, FAULT_READ);
	case MADV_POPULATE_WRITE:
		return populate_pages(*vma, start, end, FAULT_WRITE);
	case MADV_WILLNEED:
		if ((*vma)->mapping && !(*vma)->mapping->shmem)
			pagecache_readahead((*vma)->mapping, vma_pgoff_at(*vma, start),
					    (end - start) >> PAGE_SHIFT);
		return 0;
	default:			/* MADV_COLD, MADV_PAGEOUT: hints that no policy here uses */
		return (*vma)->flags & (VM_LOCKED | VM_SPECIAL) ? -EINVAL : 0;
	}
}

static bool advice_known(int advice)
{
	static const uint64_t known = 1ULL << MADV_NORMAL | 1ULL << MADV_RANDOM | 1ULL << MADV_SEQUENTIAL |
		1ULL << MADV_WILLNEED | 1ULL << MADV_DONTNEED | 1ULL << MADV_FREE | 1ULL << MADV_REMOVE |
		1ULL << MADV_DONTFORK | 1ULL << MADV_DOFORK | 1ULL << MADV_HUGEPAGE | 1ULL << MADV_NOHUGEPAGE |
		1ULL << MADV_DONTDUMP | 1ULL << MADV_DODUMP | 1ULL << MADV_WIPEONFORK | 1ULL << MADV_KEEPONFORK |
		1ULL << MADV_COLD | 1ULL << MADV_PAGEOUT | 1ULL << MADV_POPULATE_READ | 1ULL << MADV_POPULATE_WRITE |
		1ULL << MADV_DONTNEED_LOCKED;

	return advice >= 0 && advice < 64 && (known >> advice & 1);
}

static bool advice_needs_write_lock(int advice)
{
	return advice != MADV_DONTNEED && advice != MADV_DONTNEED_LOCKED && advice != MADV_FREE &&
	       advice != MADV_REMOVE && advice != MADV_WILLNEED && advice != MADV_POPULATE_READ &&
	       advice != MADV_POPULATE_WRITE;
}

static int advise_locked(struct mm *mm, vaddr_t start, vaddr_t end, int advice)
{
	struct vma *vma = vma_find(mm, start);
	int err, unmapped = 0;
	vaddr_t next;

	assert_held(&mm->lock);
	while (start < end) {
		if (!vma || vma->start >= end)
			return -ENOMEM;
		if (vma->start > start) {
			unmapped = -ENOMEM;
			start = vma->start;
			if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
				return -ENOMEM;		/* what lies behind a hole is not touched */
		}
		next = vma->end;
		err = advise_vma(&vma, start, min(end, next), advice);
		if (err)
			return err;
		start = advice == MADV_REMOVE ? next : vma->end;
		vma = advice == MADV_REMOVE ? vma_find(mm, start) : vma_next(vma);
	}
	return unmapped;
}

/* Which way the lock is taken depends on the advice: more than clang's analysis follows. */
int __no_lock_check mm_advise(struct mm *mm, vaddr_t addr, size_t size, int advice)
{
	size_t len = ALIGN_UP(size, PAGE_SIZE);
	bool write = advice_needs_write_lock(advice);
	int err;

	if (!advice_known(advice) || (addr & ~PAGE_MASK) || len < size || addr + len < addr)
		return -EINVAL;
	if (!len)
		return 0;
	if (write)
		mm_write_lock(mm);
	else
		mm_read_lock(mm);
	err = advise_locked(mm, addr, addr + len, advice);
	if (write)
		mm_write_unlock(mm);
	else
		mm_read_unlock(mm);
	return err;
}

/* The mm lock is released meanwhile: vma may be gone afterwards. */
static int sync_vma(struct vma *vma, vaddr_t start, vaddr_t end, int flags)
{
	loff_t from = (loff_t)vma_pgoff_at(vma, start) << PAGE_SHIFT;

	if ((flags & MS_INVALIDATE) && (vma->flags & VM_LOCKED))
		return -EBUSY;
	if (!(flags & MS_SYNC) || !(vma->flags & VM_SHARED) || !vma->ops || !vma->ops->sync)
		return 0;
	return vma->ops->sync(vma, from, from + (loff_t)min(end - start, (uint64_t)(INT64_MAX - from)));
}

int mm_sync(struct mm *mm, vaddr_t addr, size_t size, int flags)
{
	size_t len = ALIGN_UP(size, PAGE_SIZE);
	vaddr_t end = addr + len, next;
	struct vma *vma;
	int err = 0, unmapped = 0;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) || (addr & ~PAGE_MASK) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (end < addr)
		return -ENOMEM;
	mm_read_lock(mm);
	while (addr < end && !err) {
		vma = vma_find(mm, addr);
		if (!vma || vma->start >= end) {
			unmapped = -ENOMEM;
			break;
		}
		if (vma->start > addr) {
			unmapped = -ENOMEM;
			addr = vma->start;
		}
		next = vma->end;
		err = sync_vma(vma, addr, min(end, next), flags);
		addr = next;
	}
	mm_read_unlock(mm);
	return err ? err : unmapped;
}

static bool page_resident(struct vma *vma, vaddr_t addr)
{
	struct page *table, *page;
	bool mapped;
	pte_t *pte;

	pte = pt_pmd(vma->mm, addr);
	if (pte && pt_is_huge(arch_pte_load(pte)))
		return true;
	rcu_read_lock();
	pte = pt_peek(vma->mm, addr, &table);
	mapped = pte && !arch_pte_none(arch_pte_load(pte));
	rcu_read_unlock();
	if (mapped)
		return true;
	if (!vma->mapping)
		return false;
	page = pagecache_find(vma->mapping, vma_pgoff_at(vma, addr));
	if (!page)
		return false;
	put_page(page);
	return true;
}

int mm_incore(struct mm *mm, vaddr_t addr, size_t nr_pages, uint8_t *vec)
{
	struct vma *vma;
	int err = 0;

	mm_read_lock(mm);
	for (size_t i = 0; i < nr_pages; i++, addr += PAGE_SIZE) {
		vma = vma_find(mm, addr);
		if (!vma || vma->start > addr) {
			err = -ENOMEM;
			break;
		}
		vec[i] = page_resident(vma, addr);
	}
	mm_read_unlock(mm);
	return err;
}

static int lock_locked(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t set)
{
	const uint32_t bits = VM_LOCKED | VM_LOCKONFAULT;
	struct vma *vma = vma_find(mm, start);
	uint32_t old;
	int err;

	assert_held(&mm->lock);
	while (start < end) {
		if (!vma || vma->start > start)
			return -ENOMEM;
		old = vma->flags;
		if (!(old & VM_SPECIAL)) {
			vaddr_t to = min(end, vma->end);

			err = change_flags(&vma, start, to, set, bits & ~set);
			if (err)
				return err;
			if (!(old & VM_LOCKED) && (set & VM_LOCKED))
				mm->locked_vm += (to - start) >> PAGE_SHIFT;
			if ((old & VM_LOCKED) && !(set & VM_LOCKED))
				mm->locked_vm -= (to - start) >> PAGE_SHIFT;
		}
		start = vma->end;
		vma = vma_next(vma);
	}
	return 0;
}

/* Would locking [start, end) stay within RLIMIT_MEMLOCK? What is locked already does not count twice. */
static bool lock_within_limit(struct mm *mm, vaddr_t start, vaddr_t end)
{
	uint64_t pages = mm->locked_vm + ((end - start) >> PAGE_SHIFT), limit = mm->limits.memlock >> PAGE_SHIFT;
	struct vma *vma;

	assert_held(&mm->lock);
	if (pages <= limit)
		return true;
	for (vma = vma_find(mm, start); vma && vma->start < end; vma = vma_next(vma)) {
		if (vma->flags & VM_LOCKED)
			pages -= (min(end, vma->end) - max(start, vma->start)) >> PAGE_SHIFT;
	}
	return pages <= limit;
}

int mm_lock_range(struct mm *mm, vaddr_t addr, size_t size, uint32_t vm_locked, bool lock)
{
	vaddr_t start = ALIGN_DOWN(addr, PAGE_SIZE), end = ALIGN_UP(addr + size, PAGE_SIZE);
	int err;

	if (addr + size < addr || end < start)
		return -EINVAL;
	if (start == end)
		return 0;
	mm_write_lock(mm);
	if (lock && !lock_within_limit(mm, start, end))
		err = -ENOMEM;
	else
		err = lock_locked(mm, start, end, lock ? vm_locked : 0);
	mm_write_unlock(mm);
	if (!err && lock && !(vm_locked & VM_LOCKONFAULT))
		err = mm_populate(mm, start, end);
	return err == -EFAULT || err == -EACCES ? -ENOMEM : err;
}

/* mlockall(2): best effort, area by area. */
static void populate_all(struct mm *mm)
{
	vaddr_t at = 0, end;
	struct vma *vma;

	for (;;) {
		mm_read_lock(mm);
		vma = vma_find(mm, at);
		at = vma ? max(at, vma->start) : 0;
		end = vma ? vma->end : 0;
		mm_read_unlock(mm);
		if (!vma)
			return;
		ignore_result(mm_populate(mm, at, end));	/* what cannot be present is not */
		at = end;
	}
}

int mm_lock_all(struct mm *mm, int flags)
{
	uint32_t set = flags ? VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0) : 0;
	struct vma *vma, *next;
	int err = 0;

	mm_write_lock(mm);
	if ((flags & MCL_CURRENT) && mm->total_vm > mm->limits.memlock >> PAGE_SHIFT) {
		mm_write_unlock(mm);
		return -ENOMEM;
	}
	mm->lock_future = flags & MCL_FUTURE ? set : 0;
	for (vma = vma_first(mm); vma && (!flags || (flags & MCL_CURRENT)) && !err; vma = next) {
		vaddr_t end = vma->end;

		err = lock_locked(mm, vma->start, end, set);
		next = vma_find(mm, end);
	}
	mm_write_unlock(mm);
	if (!err && (flags & MCL_CURRENT) && !(flags & MCL_ONFAULT))
		populate_all(mm);
	return err;
}

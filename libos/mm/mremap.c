/* SPDX-License-Identifier: MIT */
/*
 * mremap: grow, shrink or move an area. Pages move by their entries; nothing is copied. Source: mremap(2).
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "lib/align.h"
#include "mm/commit.h"
#include "mm/mmap.h"
#include "mm/pagecache.h"
#include "mm/pgtable.h"

#define MOVE_BATCH	64		/* entries carried from table to table at once */

/* One leaf entry and its table. */
struct place {
	pte_t *pte;
	struct page *table;
	unsigned index;
};

/*
 * nr entries, in one leaf table, go to another place, in one leaf table; both owned. With the mapping's
 * i_mmap_lock held
 * for writing, truncation does not look for a page while it is in neither. The mm lock, held for
 * writing, keeps faults out.
 */
static void __no_lock_check move_batch(struct address_space *as, struct place from, struct place to, unsigned nr)
{
	pte_t carried[MOVE_BATCH];

	if (as)
		down_write(&as->i_mmap_lock);
	spin_lock(&from.table->ptl);
	for (unsigned i = 0; i < nr; i++)
		carried[i] = arch_pte_none(arch_pte_load(&from.pte[i])) ? 0 : arch_pte_xchg(&from.pte[i], 0);
	spin_unlock(&from.table->ptl);
	spin_lock(&to.table->ptl);
	for (unsigned i = 0; i < nr; i++) {
		if (arch_pte_none(carried[i]))
			continue;
		pt_note(to.table, to.index + i);
		arch_pte_store(&to.pte[i], carried[i]);
	}
	spin_unlock(&to.table->ptl);
	if (as)
		up_write(&as->i_mmap_lock);
}

static vaddr_t table_end(vaddr_t addr)
{
	return ALIGN_DOWN(addr, HUGE_SIZE) + HUGE_SIZE;
}

/* Move the entries of [from, from + size) to `to`. Old translations are flushed by the caller. 0 or -ENOMEM. */
static int move_entries(struct vma *vma, vaddr_t from, vaddr_t to, size_t size)
{
	struct mm *mm = vma->mm;
	struct place src, dst;
	pte_t *pmd;
	size_t n;
	int err;

	for (; size; from += n, to += n, size -= n) {
		n = min(size, table_end(from) - from);
		pmd = pt_pmd(mm, from);
		if (!pmd || arch_pte_none(arch_pte_load(pmd)))
			continue;
		n = min(min(n, table_end(to) - to), MOVE_BATCH * PAGE_SIZE);
		err = pt_own(mm, from, &src.pte, &src.table);
		if (!err)
			err = pt_own(mm, to, &dst.pte, &dst.table);
		if (err)
			return err;
		dst.index = arch_pt_index(to, 0);
		move_batch(vma->mapping, src, dst, (unsigned)(n >> PAGE_SHIFT));
	}
	return 0;
}

struct remap {
	struct mm *mm;
	struct vma *vma;		/* area at addr */
	vaddr_t addr, new_addr;
	size_t old_len, new_len;
	unsigned flags;
};

/* An area like r->vma's part, at new_addr. */
static struct vma *clone_area(const struct remap *r)
{
	struct vma *vma = vma_alloc(r->mm);

	if (!vma)
		return NULL;
	*vma = *r->vma;
	vma->start = r->new_addr;
	vma->end = r->new_addr + r->new_len;
	vma->pgoff = vma_pgoff_at(r->vma, r->addr);
	if (vma->ops && vma->ops->open)
		vma->ops->open(vma);
	vma_insert(vma);
	return vma;
}

static long move(struct remap *r)
{
	struct mm *mm = r->mm;
	struct vma *fresh;
	uint64_t pages = r->new_len >> PAGE_SHIFT;
	int err;

	/* The old area goes as the new one comes: only what is more counts. */
	err = mm_check_limits(mm, r->vma->flags, r->flags & MREMAP_DONTUNMAP || !r->old_len ? pages :
			      r->new_len > r->old_len ? (r->new_len - r->old_len) >> PAGE_SHIFT : 0);
	if (!err && mm->nr_vmas + 3 >= READ_ONCE(mm_sysctl.max_map_count))
		err = -ENOMEM;
	if (err)
		return err;
	fresh = clone_area(r);
	if (!fresh)
		return -ENOMEM;
	mm_account(mm, fresh->flags, (int64_t)pages);
	err = move_entries(fresh, r->addr, r->new_addr, min(r->old_len, r->new_len));
	arch_tlb_flush(&mm->arch, r->addr, r->addr + r->old_len, /*tables=*/false);
	if (err) {
		/* Cannot fail: the tables are there, and the area is whole. */
		ignore_result(move_entries(fresh, r->new_addr, r->addr, min(r->old_len, r->new_len)));
		arch_tlb_flush(&mm->arch, r->new_addr, r->new_addr + r->new_len, /*tables=*/false);
		ignore_result(mm_unmap_locked(mm, r->new_addr, r->new_addr + r->new_len));
		return err;
	}
	if (!(r->flags & MREMAP_DONTUNMAP) && r->old_len) {
		err = mm_unmap_locked(mm, r->addr, r->addr + r->old_len);
		if (err)
			return err;
	}
	vma_merge(fresh);
	return (long)r->new_addr;
}

/* Room to grow in place? */
static bool can_extend(const struct remap *r)
{
	struct vma *next = vma_next(r->vma);
	vaddr_t end = r->addr + r->new_len;

	return r->vma->end == r->addr + r->old_len && end <= ARCH_USER_MAX && end > r->addr &&
	       (!next || end <= next->start);
}

static long extend(struct remap *r)
{
	uint64_t pages = (r->new_len - r->old_len) >> PAGE_SHIFT;
	int err = mm_check_limits(r->mm, r->vma->flags, pages);

	if (err)
		return err;
	vma_set_bounds(r->vma, r->vma->start, r->addr + r->new_len);
	mm_account(r->mm, r->vma->flags, (int64_t)pages);
	vma_merge(r->vma);
	return (long)r->addr;
}

/* The area must cover the old range, and allow what is asked. */
static int check_area(const struct remap *r)
{
	const struct vma *vma = r->vma;

	if (!vma || vma->start > r->addr)
		return -EFAULT;
	if (!r->old_len && !(vma->flags & VM_SHARED))
		return -EINVAL;
	if ((r->flags & MREMAP_DONTUNMAP) && (vma->flags & (VM_DONTEXPAND | VM_SPECIAL)))
		return -EINVAL;
	if (r->addr + r->old_len > vma->end)
		return -EFAULT;
	if (r->new_len > r->old_len && (vma->flags & (VM_DONTEXPAND | VM_SPECIAL)))
		return -EFAULT;
	return 0;
}

static long remap_fixed(struct remap *r)
{
	int err;

	if ((r->new_addr & ~PAGE_MASK) || r->new_len > ARCH_USER_MAX || r->new_addr > ARCH_USER_MAX - r->new_len)
		return -EINVAL;
	if (r->addr + r->old_len > r->new_addr && r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	err = mm_unmap_locked(r->mm, r->new_addr, r->new_addr + r->new_len);
	if (err)
		return err;
	if (r->old_len > r->new_len) {
		err = mm_unmap_locked(r->mm, r->addr + r->new_len, r->addr + r->old_len);
		if (err)
			return err;
		r->old_len = r->new_len;
	}
	r->vma = vma_find(r->mm, r->addr);
	err = check_area(r);
	return err ? err : move(r);
}

static long remap_locked(struct remap *r)
{
	long addr;
	int err;

	assert_held(&r->mm->lock);
	if (r->flags & MREMAP_FIXED)
		return remap_fixed(r);
	if (r->new_len <= r->old_len && !(r->flags & MREMAP_DONTUNMAP)) {
		if (!r->vma || r->vma->start > r->addr)
			return -EFAULT;
		if (r->new_len == r->old_len)
			return (long)r->addr;
		err = mm_unmap_locked(r->mm, r->addr + r->new_len, r->addr + r->old_len);
		return err ? err : (long)r->addr;
	}
	err = check_area(r);
	if (err)
		return err;
	if (!(r->flags & MREMAP_DONTUNMAP) && r->old_len && can_extend(r))
		return extend(r);
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	addr = mm_find_area(r->mm, r->flags & MREMAP_DONTUNMAP ? r->new_addr : 0, r->new_len);
	if (addr < 0)
		return addr;
	r->new_addr = addr;
	return move(r);
}

long mm_remap(struct mm *mm, vaddr_t addr, size_t old_size, size_t new_size, unsigned flags, vaddr_t new_addr)
{
	struct remap r = { .mm = mm, .addr = addr, .new_addr = new_addr, .flags = flags,
			   .old_len = ALIGN_UP(old_size, PAGE_SIZE), .new_len = ALIGN_UP(new_size, PAGE_SIZE) };
	bool locked;
	long ret;

	if ((flags & ~(unsigned)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) || (addr & ~PAGE_MASK) ||
	    ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE)) || !r.new_len ||
	    ((flags & MREMAP_DONTUNMAP) && r.old_len != r.new_len) || addr + r.old_len < addr)
		return -EINVAL;
	ret = down_write_killable(&mm->lock);
	if (ret)
		return ret;
	r.vma = vma_find(mm, addr);
	locked = r.vma && (r.vma->flags & (VM_LOCKED | VM_LOCKONFAULT)) == VM_LOCKED && r.new_len > r.old_len;
	ret = remap_locked(&r);
	up_write(&mm->lock);
	if (ret >= 0 && locked)		/* as mlock(2) would: best effort */
		ignore_result(mm_populate(mm, (vaddr_t)ret + r.old_len, (vaddr_t)ret + r.new_len));
	return ret;
}

/* The request that makes an area like `like`, elsewhere in the same file. */
static struct map_request request_like(const struct vma *like, vaddr_t addr, size_t size, uint64_t pgoff)
{
	struct map_request req = {
		.addr = addr, .size = size, .pgoff = pgoff, .flags = MAP_SHARED | MAP_FIXED,
		.prot = (like->flags & VM_READ ? PROT_READ : 0) | (like->flags & VM_WRITE ? PROT_WRITE : 0) |
			(like->flags & VM_EXEC ? PROT_EXEC : 0),
		.vm_clear = (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC) & ~like->flags,
		.mapping = like->mapping, .file = like->file, .ops = like->ops, .private = like->private,
	};

	return req;
}

/* The whole range must be of one file. */
static bool one_file(const struct vma *vma, vaddr_t end)
{
	const struct vma *next;

	for (; end > vma->end; vma = next) {
		next = vma_next(vma);
		if (!next || next->start != vma->end || next->mapping != vma->mapping || next->flags != vma->flags)
			return false;
	}
	return true;
}

static int remap_file_locked(struct mm *mm, const struct map_request *want)
{
	struct vma *vma = vma_find(mm, want->addr), *hold;
	struct map_request req;
	long ret;

	assert_held(&mm->lock);
	if (!vma || vma->start > want->addr || !(vma->flags & VM_SHARED) || !vma->mapping ||
	    !one_file(vma, want->addr + want->size))
		return -EINVAL;
	hold = vma_alloc(mm);		/* keeps the file while the old area goes */
	if (!hold)
		return -ENOMEM;
	*hold = *vma;
	if (hold->ops && hold->ops->open)
		hold->ops->open(hold);
	req = request_like(vma, want->addr, want->size, want->pgoff);
	req.flags |= vma->flags & VM_LOCKED ? MAP_LOCKED : 0;
	ret = mm_map_locked(mm, &req, want->size);
	if (hold->ops && hold->ops->close)
		hold->ops->close(hold);
	vma_free(hold);
	return ret < 0 ? (int)ret : 0;
}

int mm_remap_file_pages(struct mm *mm, vaddr_t addr, size_t size, uint64_t pgoff, bool nonblock)
{
	struct map_request want = { .addr = addr, .size = size, .pgoff = pgoff };
	int err;

	if (!size || addr + size < addr || pgoff + (size >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	err = down_write_killable(&mm->lock);
	if (err)
		return err;
	err = remap_file_locked(mm, &want);
	up_write(&mm->lock);
	if (!err && !nonblock)
		ignore_result(mm_populate(mm, addr, addr + size));	/* best effort, as MAP_POPULATE */
	return err;
}

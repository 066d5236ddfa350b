/* SPDX-License-Identifier: MIT */
/*
 * mprotect: change what an area allows, and the entries with it. Entries lose rights at once; rights gained come
 * with the next fault, so that copy-on-write and dirty tracking see every first write.
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "lib/align.h"
#include "mm/commit.h"
#include "mm/huge.h"
#include "mm/mmap.h"
#include "mm/pgtable.h"
#include "sched/sched.h"

static unsigned entry_prot(uint32_t flags)
{
	return PTE_PROT_USER | (flags & VM_PROT ? PTE_PROT_READ : 0) | (flags & VM_EXEC ? PTE_PROT_EXEC : 0);
}

/* Entries of [start, end), inside one leaf table, get the rights of flags without write. */
static int protect_table(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t flags)
{
	struct page *table;
	pte_t *pte, e;
	int err = pt_own(mm, start, &pte, &table);

	if (err)
		return err;
	spin_lock(&table->ptl);
	for (; start < end; start += PAGE_SIZE, pte++) {
		e = arch_pte_load(pte);
		if (arch_pte_present(e) || arch_pte_is_protnone(e))
			arch_pte_store(pte, arch_pte_set_prot(e, entry_prot(flags)));
	}
	spin_unlock(&table->ptl);
	return 0;
}

int pt_protect_range(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t flags)
{
	vaddr_t from = start, next;
	pte_t *pmd;
	int err = 0;

	for (; start < end && !err; start = next) {
		next = min(end, ALIGN_DOWN(start, HUGE_SIZE) + HUGE_SIZE);
		pmd = pt_pmd(mm, start);
		if (pmd && next - start == HUGE_SIZE && pt_is_huge(arch_pte_load(pmd)) &&
		    huge_protect(pmd, entry_prot(flags)))
			continue;
		if (pmd && !arch_pte_none(arch_pte_load(pmd)))
			err = protect_table(mm, start, next, flags);
		cond_resched();
	}
	arch_tlb_flush(&mm->arch, from, end, /*tables=*/false);
	return err;
}

/* What becomes private and writable counts against RLIMIT_DATA from now on. */
static int check_data(const struct vma *vma, uint32_t flags, int64_t pages)
{
	const struct mm *mm = vma->mm;

	if ((flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) != VM_WRITE || (vma->flags & VM_WRITE))
		return 0;
	return mm->data_vm + (uint64_t)pages > mm->limits.data >> PAGE_SHIFT ? -ENOMEM : 0;
}

/* VM_MAYEXEC in prot: VM_EXEC as well where it is allowed. */
static int protect_vma(struct vma **at, vaddr_t start, vaddr_t end, uint32_t prot)
{
	struct vma *vma = *at;
	uint32_t flags;
	int64_t pages;
	int err;

	if (prot & VM_MAYEXEC)
		prot = (prot & ~(uint32_t)VM_MAYEXEC) | (vma->flags & VM_MAYEXEC ? VM_EXEC : 0);
	flags = (vma->flags & ~(uint32_t)VM_PROT) | prot;

	if ((prot & VM_READ && !(vma->flags & VM_MAYREAD)) || (prot & VM_WRITE && !(vma->flags & VM_MAYWRITE)) ||
	    (prot & VM_EXEC && !(vma->flags & VM_MAYEXEC)))
		return -EACCES;
	if (flags == vma->flags)
		return 0;
	pages = (int64_t)((min(end, vma->end) - max(start, vma->start)) >> PAGE_SHIFT);
	err = check_data(vma, flags, pages);
	if (!err && commit_counts(flags) && !commit_counts(vma->flags))
		err = commit_check((uint64_t)pages);
	if (err)
		return err;
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
	err = pt_protect_range(vma->mm, vma->start, vma->end, flags);
	if (err)
		return err;
	mm_account(vma->mm, vma->flags, -pages);
	mm_account(vma->mm, flags, pages);
	vma->flags = flags;
	*at = vma_merge(vma);
	return 0;
}

static int protect_locked(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t prot)
{
	struct vma *vma = vma_find(mm, start);
	vaddr_t at = start;
	int err;

	assert_held(&mm->lock);
	if (!vma || vma->start > start)
		return -ENOMEM;
	while (at < end) {
		if (!vma || vma->start > at)
			return -ENOMEM;
		err = protect_vma(&vma, at, end, prot);
		if (err)
			return err;
		at = vma->end;
		vma = vma_next(vma);
	}
	return 0;
}

int mm_protect(struct mm *mm, vaddr_t addr, size_t size, unsigned prot, bool imply_exec)
{
	size_t len = ALIGN_UP(size, PAGE_SIZE);
	uint32_t bits = (prot & PROT_READ ? VM_READ : 0) | (prot & PROT_WRITE ? VM_WRITE : 0) |
			(prot & PROT_EXEC ? VM_EXEC : 0);
	struct vma *vma;
	int err;

	if ((prot & ~(unsigned)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP)) ||
	    (addr & ~PAGE_MASK) || (prot & (PROT_GROWSDOWN | PROT_GROWSUP)) == (PROT_GROWSDOWN | PROT_GROWSUP))
		return -EINVAL;
	if (!size)
		return 0;
	if (len < size || addr + len < addr || addr + len > ARCH_USER_MAX)
		return -ENOMEM;
	if (imply_exec && (bits & (VM_READ | VM_EXEC)) == VM_READ)
		bits |= VM_MAYEXEC;
	err = down_write_killable(&mm->lock);
	if (err)
		return err;
	vma = vma_find(mm, addr);
	if (prot & PROT_GROWSUP) {
		err = -EINVAL;
	} else if (prot & PROT_GROWSDOWN) {
		if (!vma || vma->start >= addr + len)
			err = -ENOMEM;
		else if (!(vma->flags & VM_GROWSDOWN))
			err = -EINVAL;
		else
			err = protect_locked(mm, vma->start, addr + len, bits);
	} else {
		err = protect_locked(mm, addr, addr + len, bits);
	}
	up_write(&mm->lock);
	return err;
}

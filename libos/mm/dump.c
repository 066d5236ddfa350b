/* SPDX-License-Identifier: MIT */
/* dump: see dump.h. Memory that nobody touched is a hole, and is not made for the dump. */
#include "mm/dump.h"

#include "abi/elf.h"
#include "abi/mman.h"
#include "lib/string.h"
#include "mm/huge.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/pgtable.h"
#include "mm/vma.h"

#define TABLE_SPAN	(PAGE_SIZE * PAGE_SIZE / sizeof(pte_t))	/* what one leaf table maps */

enum content { CONTENT_NONE, CONTENT_FILE, CONTENT_OWN };

/* What the entry for addr shows. *next: where to look on. */
static enum content entry_content(struct mm *mm, vaddr_t addr, vaddr_t *next)
{
	enum content found = CONTENT_NONE;
	struct page *table;
	pte_t *pmd = pt_pmd(mm, addr), *pte, entry;

	*next = addr + PAGE_SIZE;
	if (!pmd || arch_pte_none(arch_pte_load(pmd))) {
		*next = (addr / TABLE_SPAN + 1) * TABLE_SPAN;
		return CONTENT_NONE;
	}
	if (pt_is_huge(arch_pte_load(pmd)))
		return CONTENT_OWN;
	rcu_read_lock();
	pte = pt_peek(mm, addr, &table);
	if (pte) {
		entry = arch_pte_load(pte);
		if (!arch_pte_none(entry) && !arch_pte_special(entry))
			found = page_head(phys_to_page(arch_pte_paddr(entry)))->flags & PG_ANON ? CONTENT_OWN :
											       CONTENT_FILE;
	}
	rcu_read_unlock();
	return found;
}

/* Somebody wrote to the private area. */
static bool has_own_pages(struct vma *vma)
{
	vaddr_t addr = vma->start, next;

	for (; addr < vma->end; addr = next) {
		if (entry_content(vma->mm, addr, &next) == CONTENT_OWN)
			return true;
	}
	return false;
}

bool mm_dump_is_elf(struct mm *mm, vaddr_t addr)
{
	char magic[SELFMAG];

	return mm_access(mm, addr, magic, SELFMAG, false, true) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG);
}

size_t vma_dump_size(struct vma *vma, unsigned filter, bool *header)
{
	size_t all = vma->end - vma->start;

	*header = false;
	if (vma->flags & VM_SPECIAL)
		return vma->flags & VM_EXEC ? all : 0;		/* the vDSO, not its data */
	if (vma->flags & VM_DONTDUMP)
		return 0;
	if (vma->flags & VM_SHARED)
		return filter & (vma->file ? DUMP_FILE_SHARED : DUMP_ANON_SHARED) ? all : 0;
	if ((filter & DUMP_ANON_PRIVATE) && (!vma->mapping || has_own_pages(vma)))
		return all;
	if (vma->mapping && (filter & DUMP_FILE_PRIVATE))
		return all;
	*header = (filter & DUMP_ELF_HEADERS) && vma->file && !vma->pgoff && (vma->flags & VM_READ);
	return 0;
}

/* Is there anything to read at addr of the area? *next: where to look on if not. */
static bool has_content(struct vma *vma, vaddr_t addr, vaddr_t *next)
{
	struct page *page;

	if (vma->flags & VM_SPECIAL)
		return true;
	if (entry_content(vma->mm, addr, next) != CONTENT_NONE)
		return true;
	if (!vma->mapping)
		return false;
	*next = addr + PAGE_SIZE;
	if (vma->file)
		return true;		/* the file has it; past its end the read fails, and it is a hole */
	page = pagecache_find(vma->mapping, vma_pgoff_at(vma, addr));
	if (!page)
		return false;
	put_page(page);
	return true;
}

bool mm_dump_next(struct mm *mm, vaddr_t *addr, vaddr_t end, void *buf)
{
	vaddr_t next = *addr;
	struct vma *vma;
	bool found;

	for (; *addr < end; *addr = next) {
		mm_read_lock(mm);
		vma = vma_find(mm, *addr);
		found = vma && vma->start <= *addr && has_content(vma, *addr, &next);
		mm_read_unlock(mm);
		if (!vma)
			break;
		if (found && mm_access(mm, *addr, buf, PAGE_SIZE, false, true) == PAGE_SIZE)
			return true;
		if (found || next <= *addr)
			next = *addr + PAGE_SIZE;
	}
	*addr = end;
	return false;
}

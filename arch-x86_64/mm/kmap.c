/* SPDX-License-Identifier: MIT */
/*
 * Kernel mappings in ARCH_KVMAP. The caller owns the range, so leaves need no lock; tables are shared by neighbours
 * and are put in with compare-and-swap, the loser giving its page back. Tables are never freed.
 */
#include "arch/mmu.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "machine/boot.h"
#include "machine/pages.h"
#include "machine/tlb.h"

#define KERNEL_TABLE	(X86_PTE_P | X86_PTE_W | X86_PTE_A)

/* The table below *slot, made if missing; NULL: no memory. */
static pte_t *table_below(pte_t *slot)
{
	pte_t old = arch_pte_load(slot);
	void *page;

	if (!arch_pte_none(old))
		return arch_phys_to_virt(arch_pte_paddr(old));
	page = kernel_pages_alloc(0, 0);
	if (!page)
		return NULL;
	memset(page, 0, PAGE_SIZE);
	if (arch_pte_cmpxchg(slot, &old, arch_virt_to_phys(page) | KERNEL_TABLE))
		return page;
	kernel_pages_free(page, 0);
	return arch_phys_to_virt(arch_pte_paddr(old));
}

/* The leaf entry of va; NULL: no memory. */
static pte_t *leaf_of(vaddr_t va)
{
	pte_t *table = arch_phys_to_virt(kernel_root);

	for (unsigned l = ARCH_PT_ROOT_LEVEL; l > 0; l--) {
		table = table_below(&table[arch_pt_index(va, l)]);
		if (!table)
			return NULL;
	}
	return &table[arch_pt_index(va, 0)];
}

int arch_kmap(vaddr_t va, paddr_t pa, size_t size, unsigned prot)
{
	prot |= PTE_PROT_GLOBAL | PTE_PROT_DIRTY | PTE_PROT_YOUNG;
	for (size_t done = 0; done < size; done += PAGE_SIZE) {
		pte_t *leaf = leaf_of(va + done);

		if (!leaf)
			return -ENOMEM;	/* what is mapped so far is the caller's to unmap */
		arch_pte_store(leaf, arch_pte_leaf(pa + done, prot, 0));
	}
	return 0;
}

void arch_kclear(vaddr_t va, size_t size)
{
	for (size_t done = 0; done < size; done += PAGE_SIZE) {
		pte_t *leaf = leaf_of(va + done);

		if (leaf)
			arch_pte_store(leaf, 0);
	}
}

void arch_kflush(vaddr_t start, vaddr_t end)
{
	tlb_flush_kernel(start, end);
}

void arch_kunmap(vaddr_t va, size_t size)
{
	arch_kclear(va, size);
	arch_kflush(va, va + size);
}

paddr_t arch_kvmap_phys(vaddr_t va)
{
	pte_t *table = arch_phys_to_virt(kernel_root);
	pte_t pte = 0;

	for (unsigned l = ARCH_PT_ROOT_LEVEL + 1; l-- > 0;) {
		pte = arch_pte_load(&table[arch_pt_index(va, l)]);
		if (!arch_pte_present(pte))
			return 0;
		table = arch_phys_to_virt(arch_pte_paddr(pte));
	}
	return arch_pte_paddr(pte) + (va & ~PAGE_MASK);
}

/* SPDX-License-Identifier: MIT */
/*
 * arch/mmu.h: page tables and translation caches.
 *
 * Model. A tree of tables of ARCH_PT_ENTRIES entries; level 0 holds 4 KiB leaves, level 1 entries cover
 * 2 MiB and are tables or huge leaves, level 2 1 GiB, the root is level ARCH_PT_ROOT_LEVEL. Portable code in
 * mm/ owns every table of the user half: it allocates, walks, shares and frees them. The kernel half is
 * the same in all roots. A table page's struct page carries its lock and share count (mm/page.h).
 *
 * machine/mmu.h provides as inlines on pte_t (a scalar):
 *   pte_t arch_pte_leaf(paddr_t pa, unsigned prot, unsigned level)   a leaf; prot: PTE_PROT_*
 *   pte_t arch_pte_table(paddr_t table)      an entry pointing to a lower table, user, writable
 *   bool arch_pte_none/present/writable/executable/dirty/young/is_leaf/special(pte_t, [level])
 *   paddr_t arch_pte_paddr(pte_t)            target of a leaf or table entry
 *   bool arch_pte_present_huge(pte_t)        present, and a leaf at level 1
 *   paddr_t arch_pte_present_paddr(pte_t), pte_t arch_pte_present_wrprotect(pte_t)   of one that is known to be present
 *     (of several entries ANDed, arch_pte_present_huge() says that all are; ORed and all present, arch_pte_writable()
 *     that one is)
 *   pte_t arch_pte_set_prot(pte_t, unsigned prot)      same target, other protection, dirty/young kept
 *   pte_t arch_pte_wrprotect(pte_t), _mkclean(pte_t), _mkold(pte_t), _mkdirty(pte_t), _mkwrite(pte_t)
 *     (wrprotect and mkwrite also work on table entries: that is how a shared table is write-protected)
 *   pte_t arch_pte_split(pte_t huge, paddr_t pa)      level-0 leaf for pa with all else as the huge leaf has it
 *   pte_t arch_pte_soft(uint64_t payload), bool arch_pte_is_soft(pte_t), uint64_t arch_pte_soft_payload(pte_t)
 *     a non-present, non-none marker with >= 32 bits of payload (PROT_NONE, in-transit marks)
 *   bool arch_pte_is_protnone(pte_t)         a soft entry that keeps target, dirty, young, special and size: made by
 *     arch_pte_leaf/_set_prot without PTE_PROT_READ; arch_pte_paddr and _set_prot work on it
 *   pte_t arch_pte_load(const pte_t *); void arch_pte_store(pte_t *, pte_t);
 *   pte_t arch_pte_xchg(pte_t *, pte_t); bool arch_pte_cmpxchg(pte_t *, pte_t *expected, pte_t)
 *   void *arch_phys_to_virt(paddr_t); paddr_t arch_virt_to_phys(const void *)   direct map only
 *   unsigned arch_pt_index(vaddr_t, unsigned level)
 * and the constants ARCH_PT_ENTRIES, ARCH_PT_ROOT_LEVEL, ARCH_USER_MAX (first address users cannot map),
 * ARCH_KVMAP_START/END (range mm/kvmap.c hands out), ARCH_DIRECT_MAP.
 *
 * Write protection in a table entry denies writes below it whatever the leaves say.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define HUGE_SHIFT	21
#define HUGE_SIZE	(1UL << HUGE_SHIFT)

enum pte_prot {
	PTE_PROT_READ = 1 << 0,		/* present; without it the entry is a soft PROT_NONE marker */
	PTE_PROT_WRITE = 1 << 1,
	PTE_PROT_EXEC = 1 << 2,
	PTE_PROT_USER = 1 << 3,
	PTE_PROT_GLOBAL = 1 << 4,
	PTE_PROT_DEVICE = 1 << 5,	/* uncached */
	PTE_PROT_DIRTY = 1 << 6,
	PTE_PROT_SPECIAL = 1 << 7,	/* software: target has no reference count (zero page, vvar) */
	PTE_PROT_YOUNG = 1 << 8,
};

#include <machine/mmu.h>	/* also: struct arch_mm, embedded in struct mm */

/*
 * Prepare an address space: *am gets a root whose kernel half is in place. The root page was allocated and
 * zeroed by the caller (mm/mm.c). Context: any. am must live until arch_mm_fini().
 */
void arch_mm_init(struct arch_mm *am, paddr_t root);

/* No CPU has it loaded when this returns (lazily loaded CPUs are made to leave). Context: thread, irqs on. */
void arch_mm_fini(struct arch_mm *am);

/* Make this CPU use *am (NULL: kernel only, keep lazily what is loaded). Caller: the scheduler, irqs off. */
void arch_mm_activate(struct arch_mm *am);

/*
 * Remove stale translations of [start, end) on every CPU that may hold them, and of paging structures when
 * `tables` (a table was unlinked). On return no CPU uses an old entry; only then may pages be freed.
 * Context: thread, interrupts on, no spin lock held. Ranges above a bound flush everything.
 */
void arch_tlb_flush(struct arch_mm *am, vaddr_t start, vaddr_t end, bool tables);

/* The same, this CPU only; enough when a translation gained rights or am is loaded nowhere else. Any context. */
void arch_tlb_flush_local(struct arch_mm *am, vaddr_t start, vaddr_t end);

/* True when another CPU may hold translations of *am. Any context; exact only for the owner of the mm. */
bool arch_mm_shared(const struct arch_mm *am);

/*
 * Kernel half: map or unmap [va, va + size) in ARCH_KVMAP. Tables are taken from page_alloc (or the boot
 * allocator early) and never freed. arch_kmap returns 0 or -ENOMEM; unmap flushes all CPUs.
 * arch_kclear only clears the entries: what was there may be used by no one, and its pages by no one else, before
 * arch_kflush of a range that has it in.
 * Context: may take page-allocator locks; unmap, flush: interrupts on, no spin lock held.
 */
int __must_check arch_kmap(vaddr_t va, paddr_t pa, size_t size, unsigned prot);
void arch_kunmap(vaddr_t va, size_t size);
void arch_kclear(vaddr_t va, size_t size);
void arch_kflush(vaddr_t start, vaddr_t end);
/* Physical address of a mapped address in ARCH_KVMAP; 0: not mapped. Any context. */
paddr_t arch_kvmap_phys(vaddr_t va);
/* Physical address behind a mapped address of ARCH_KVMAP. Any context. */
paddr_t arch_kvmap_phys(vaddr_t va);

/* Fill or copy one page or more; the fastest the CPU has, chosen at boot by measurement. Any context. */
void arch_clear_page(void *page);
void arch_copy_page(void *dst, const void *src);

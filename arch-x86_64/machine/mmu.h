/* SPDX-License-Identifier: MIT */
/*
 * machine/mmu.h: four-level x86-64 page tables behind arch/mmu.h.
 *
 * Entry forms
 *   none      0
 *   present   bit 0 set, as the processor defines it (SDM volume 3, 4.5)
 *   soft      bit 0 clear, bit 1 set: 40 bits of payload in 12..51, stored inverted, so that a small payload (or a
 *             frame number, for PROT_NONE) never looks like the address of cacheable memory to a CPU that
 *             speculates past a clear present bit (L1TF)
 *   protnone  a soft entry with bit 8: payload is the frame number; dirty, young, special and huge bits are kept
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

typedef uint64_t pte_t;

#define ARCH_PT_ENTRIES		512
#define ARCH_PT_ROOT_LEVEL	3
#define ARCH_USER_MAX		0x00007ffffffff000UL	/* one page short: a call instruction cannot end at 2^47 */
#define ARCH_DIRECT_MAP		0xffff888000000000UL
#define ARCH_KVMAP_START	0xffffc90000000000UL	/* one root entry: 512 GiB */
#define ARCH_KVMAP_END		0xffffc98000000000UL
#define ARCH_FIXMAP		0xffffffffff000000UL	/* fixed device pages: mm/fixmap.h */
#define ARCH_KERNEL_BASE	0xffffffff80000000UL	/* virtual - physical, of the kernel image */

#define X86_PTE_P	0x001UL
#define X86_PTE_W	0x002UL
#define X86_PTE_U	0x004UL
#define X86_PTE_PWT	0x008UL
#define X86_PTE_PCD	0x010UL
#define X86_PTE_A	0x020UL
#define X86_PTE_D	0x040UL
#define X86_PTE_PS	0x080UL
#define X86_PTE_G	0x100UL
#define X86_PTE_SPECIAL	0x200UL			/* ignored by the processor */
#define X86_PTE_NX	(1UL << 63)
#define X86_PTE_ADDR	0x000ffffffffff000UL
#define X86_PTE_SOFT	X86_PTE_W		/* with P clear */
#define X86_PTE_PROTNONE X86_PTE_G		/* with P clear */
#define X86_PTE_KEPT	(X86_PTE_A | X86_PTE_D | X86_PTE_PS | X86_PTE_SPECIAL)

/* An address space as the processor sees it; embedded in struct mm. Field legend: [I] immutable, [a] atomic */
struct arch_mm {
	paddr_t root;			/* [I] */
	uint64_t ctx_id;		/* [I] never used twice: tells a stale PCID slot from a good one */
	uint64_t tlb_gen;		/* [a] raised by each flush request */
	uint64_t cpus;			/* [a] CPUs that have it loaded, in use or lazily */
};

static __always_inline pte_t arch_pte_soft(uint64_t payload)
{
	return X86_PTE_SOFT | ((payload << 12 & X86_PTE_ADDR) ^ X86_PTE_ADDR);
}

static __always_inline bool arch_pte_none(pte_t pte)
{
	return pte == 0;
}

static __always_inline bool arch_pte_present(pte_t pte)
{
	return pte & X86_PTE_P;
}

static __always_inline bool arch_pte_is_soft(pte_t pte)
{
	return (pte & (X86_PTE_P | X86_PTE_SOFT)) == X86_PTE_SOFT;
}

/* A page that is there but must not be reached: made by arch_pte_leaf/_set_prot without PTE_PROT_READ. */
static __always_inline bool arch_pte_is_protnone(pte_t pte)
{
	return arch_pte_is_soft(pte) && (pte & X86_PTE_PROTNONE);
}

static __always_inline uint64_t arch_pte_soft_payload(pte_t pte)
{
	return ((pte ^ X86_PTE_ADDR) & X86_PTE_ADDR) >> 12;
}

static __always_inline pte_t arch_pte_prot_bits_(unsigned prot)
{
	return X86_PTE_P |
	       (prot & PTE_PROT_WRITE ? X86_PTE_W : 0) |
	       (prot & PTE_PROT_USER ? X86_PTE_U : 0) |
	       (prot & PTE_PROT_GLOBAL ? X86_PTE_G : 0) |
	       (prot & PTE_PROT_DEVICE ? X86_PTE_PCD | X86_PTE_PWT : 0) |
	       (prot & PTE_PROT_EXEC ? 0 : X86_PTE_NX);
}

static __always_inline pte_t arch_pte_make_(paddr_t pa, pte_t kept, unsigned prot)
{
	if (unlikely(!(prot & PTE_PROT_READ)))
		return arch_pte_soft(pa >> 12) | kept | X86_PTE_PROTNONE;
	return (pa & X86_PTE_ADDR) | kept | arch_pte_prot_bits_(prot);
}

static __always_inline pte_t arch_pte_leaf(paddr_t pa, unsigned prot, unsigned level)
{
	pte_t kept = (prot & PTE_PROT_DIRTY ? X86_PTE_D : 0) | (prot & PTE_PROT_YOUNG ? X86_PTE_A : 0) |
		     (prot & PTE_PROT_SPECIAL ? X86_PTE_SPECIAL : 0) | (level ? X86_PTE_PS : 0);

	return arch_pte_make_(pa, kept, prot);
}

static __always_inline pte_t arch_pte_table(paddr_t table)
{
	return table | X86_PTE_P | X86_PTE_W | X86_PTE_U | X86_PTE_A;
}

static __always_inline bool arch_pte_writable(pte_t pte)
{
	return (pte & (X86_PTE_P | X86_PTE_W)) == (X86_PTE_P | X86_PTE_W);
}

static __always_inline bool arch_pte_executable(pte_t pte)
{
	return (pte & (X86_PTE_P | X86_PTE_NX)) == X86_PTE_P;
}

static __always_inline bool arch_pte_dirty(pte_t pte)
{
	return pte & X86_PTE_D;
}

static __always_inline bool arch_pte_young(pte_t pte)
{
	return pte & X86_PTE_A;
}

static __always_inline bool arch_pte_special(pte_t pte)
{
	return pte & X86_PTE_SPECIAL;
}

/* Level 0 entries have no PS bit; above, it tells a huge leaf from a table. Also true of a huge protnone entry. */
static __always_inline bool arch_pte_is_leaf(pte_t pte, unsigned level)
{
	return level == 0 || (pte & X86_PTE_PS);
}

static __always_inline paddr_t arch_pte_paddr(pte_t pte)
{
	if (unlikely(!(pte & X86_PTE_P)))
		return arch_pte_soft_payload(pte) << 12;
	return pte & X86_PTE_ADDR;
}

static __always_inline bool arch_pte_present_huge(pte_t pte)
{
	return (pte & (X86_PTE_P | X86_PTE_PS)) == (X86_PTE_P | X86_PTE_PS);
}

static __always_inline paddr_t arch_pte_present_paddr(pte_t pte)
{
	return pte & X86_PTE_ADDR;
}

static __always_inline pte_t arch_pte_present_wrprotect(pte_t pte)
{
	return pte & ~X86_PTE_W;
}

static __always_inline pte_t arch_pte_set_prot(pte_t pte, unsigned prot)
{
	return arch_pte_make_(arch_pte_paddr(pte), pte & X86_PTE_KEPT, prot);
}

static __always_inline pte_t arch_pte_split(pte_t huge, paddr_t pa)
{
	pte_t rest = huge & ~(X86_PTE_ADDR | X86_PTE_PS);

	return rest | (huge & X86_PTE_P ? pa : pa ^ X86_PTE_ADDR);	/* a soft entry's frame number is inverted */
}

/* On a soft entry bit 1 is the form's own mark and stays. */
static __always_inline pte_t arch_pte_wrprotect(pte_t pte)
{
	return pte & X86_PTE_P ? pte & ~X86_PTE_W : pte;
}

static __always_inline pte_t arch_pte_mkwrite(pte_t pte)
{
	return pte & X86_PTE_P ? pte | X86_PTE_W : pte;
}

static __always_inline pte_t arch_pte_mkclean(pte_t pte)
{
	return pte & ~X86_PTE_D;
}

static __always_inline pte_t arch_pte_mkdirty(pte_t pte)
{
	return pte | X86_PTE_D;
}

static __always_inline pte_t arch_pte_mkold(pte_t pte)
{
	return pte & ~X86_PTE_A;
}

static __always_inline pte_t arch_pte_load(const pte_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static __always_inline void arch_pte_store(pte_t *p, pte_t pte)
{
	__atomic_store_n(p, pte, __ATOMIC_RELEASE);
}

static __always_inline pte_t arch_pte_xchg(pte_t *p, pte_t pte)
{
	return __atomic_exchange_n(p, pte, __ATOMIC_SEQ_CST);
}

static __always_inline bool arch_pte_cmpxchg(pte_t *p, pte_t *expected, pte_t pte)
{
	return __atomic_compare_exchange_n(p, expected, pte, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
}

static __always_inline void *arch_phys_to_virt(paddr_t pa)
{
	return (void *)(pa + ARCH_DIRECT_MAP);
}

static __always_inline paddr_t arch_virt_to_phys(const void *va)
{
	return (paddr_t)va - ARCH_DIRECT_MAP;
}

static __always_inline unsigned arch_pt_index(vaddr_t va, unsigned level)
{
	return va >> (12 + 9 * level) & (ARCH_PT_ENTRIES - 1);
}

/* SPDX-License-Identifier: MIT */
/*
 * machine/mmu.h of the hosted build: page tables that only software walks (tests/host/mmu.c, uaccess.c).
 *
 * Simulated RAM is a host memory file, mapped whole at ARCH_DIRECT_MAP; ARCH_KVMAP is a reserved range into
 * which arch_kmap() maps pieces of that file. Both lie where AddressSanitizer allows application memory.
 *
 * Entry: bit 0 present, 1 write, 2 exec, 3 user, 4 dirty, 5 young, 6 special, 7 huge leaf, 8 soft,
 * 9 soft for want of PTE_PROT_READ (the target is kept); frame number or payload from bit 12 up.
 * Deliberately not the layout of any processor.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

typedef uint64_t pte_t;

#define ARCH_PT_ENTRIES		512
#define ARCH_PT_ROOT_LEVEL	3
#define ARCH_USER_MAX		0x00007ffffffff000UL
#define ARCH_DIRECT_MAP		0x200000000000UL
#define ARCH_KVMAP_START	0x300000000000UL
#define ARCH_KVMAP_END		0x301000000000UL

enum host_pte {
	HOST_PTE_PRESENT = 1 << 0,
	HOST_PTE_WRITE = 1 << 1,
	HOST_PTE_EXEC = 1 << 2,
	HOST_PTE_USER = 1 << 3,
	HOST_PTE_DIRTY = 1 << 4,
	HOST_PTE_YOUNG = 1 << 5,
	HOST_PTE_SPECIAL = 1 << 6,
	HOST_PTE_HUGE = 1 << 7,
	HOST_PTE_SOFT = 1 << 8,
	HOST_PTE_PROTNONE = 1 << 9,
	HOST_PTE_BITS = 0xfff,
	HOST_PTE_KEPT = HOST_PTE_DIRTY | HOST_PTE_YOUNG | HOST_PTE_SPECIAL | HOST_PTE_HUGE,
};

/* Field legend: [I] immutable, [h] one simulated CPU at a time */
struct arch_mm {
	paddr_t root;			/* [I] */
	uint64_t cpus;			/* [h] CPUs that have it loaded */
};

static inline pte_t host_pte_make_(paddr_t pa, pte_t kept, unsigned prot)
{
	if (!(prot & PTE_PROT_READ))
		return pa | kept | HOST_PTE_SOFT | HOST_PTE_PROTNONE;
	return pa | kept | HOST_PTE_PRESENT | (prot & PTE_PROT_WRITE ? HOST_PTE_WRITE : 0) |
	       (prot & PTE_PROT_EXEC ? HOST_PTE_EXEC : 0) | (prot & PTE_PROT_USER ? HOST_PTE_USER : 0);
}

static inline pte_t arch_pte_leaf(paddr_t pa, unsigned prot, unsigned level)
{
	pte_t kept = (prot & PTE_PROT_DIRTY ? HOST_PTE_DIRTY : 0) | (prot & PTE_PROT_YOUNG ? HOST_PTE_YOUNG : 0) |
		     (prot & PTE_PROT_SPECIAL ? HOST_PTE_SPECIAL : 0) | (level ? HOST_PTE_HUGE : 0);

	return host_pte_make_(pa, kept, prot);
}

static inline pte_t arch_pte_table(paddr_t table)
{
	return table | HOST_PTE_PRESENT | HOST_PTE_WRITE | HOST_PTE_EXEC | HOST_PTE_USER;
}

static inline bool arch_pte_none(pte_t pte)
{
	return pte == 0;
}

static inline bool arch_pte_present(pte_t pte)
{
	return pte & HOST_PTE_PRESENT;
}

static inline bool arch_pte_writable(pte_t pte)
{
	return pte & HOST_PTE_WRITE;
}

static inline bool arch_pte_executable(pte_t pte)
{
	return pte & HOST_PTE_EXEC;
}

static inline bool arch_pte_dirty(pte_t pte)
{
	return pte & HOST_PTE_DIRTY;
}

static inline bool arch_pte_young(pte_t pte)
{
	return pte & HOST_PTE_YOUNG;
}

static inline bool arch_pte_special(pte_t pte)
{
	return pte & HOST_PTE_SPECIAL;
}

static inline bool arch_pte_is_leaf(pte_t pte, unsigned level)
{
	return level == 0 || (pte & HOST_PTE_HUGE);
}

static inline bool arch_pte_is_soft(pte_t pte)
{
	return pte & HOST_PTE_SOFT;
}

static inline bool arch_pte_is_protnone(pte_t pte)
{
	return pte & HOST_PTE_PROTNONE;
}

static inline pte_t arch_pte_soft(uint64_t payload)
{
	return payload << 12 | HOST_PTE_SOFT;
}

static inline uint64_t arch_pte_soft_payload(pte_t pte)
{
	return pte >> 12;
}

static inline paddr_t arch_pte_paddr(pte_t pte)
{
	return pte & ~(pte_t)HOST_PTE_BITS;
}

static inline bool arch_pte_present_huge(pte_t pte)
{
	return arch_pte_present(pte) && arch_pte_is_leaf(pte, 1);
}

static inline paddr_t arch_pte_present_paddr(pte_t pte)
{
	return arch_pte_paddr(pte);
}

static inline pte_t arch_pte_set_prot(pte_t pte, unsigned prot)
{
	return host_pte_make_(arch_pte_paddr(pte), pte & HOST_PTE_KEPT, prot);
}

static inline pte_t arch_pte_split(pte_t huge, paddr_t pa)
{
	return (huge & HOST_PTE_BITS & ~(pte_t)HOST_PTE_HUGE) | pa;
}

static inline pte_t arch_pte_wrprotect(pte_t pte)
{
	return pte & ~(pte_t)HOST_PTE_WRITE;
}

static inline pte_t arch_pte_present_wrprotect(pte_t pte)
{
	return arch_pte_wrprotect(pte);
}

static inline pte_t arch_pte_mkwrite(pte_t pte)
{
	return pte & HOST_PTE_PRESENT ? pte | HOST_PTE_WRITE : pte;
}

static inline pte_t arch_pte_mkclean(pte_t pte)
{
	return pte & ~(pte_t)HOST_PTE_DIRTY;
}

static inline pte_t arch_pte_mkdirty(pte_t pte)
{
	return pte | HOST_PTE_DIRTY;
}

static inline pte_t arch_pte_mkold(pte_t pte)
{
	return pte & ~(pte_t)HOST_PTE_YOUNG;
}

static inline pte_t arch_pte_load(const pte_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void arch_pte_store(pte_t *p, pte_t pte)
{
	__atomic_store_n(p, pte, __ATOMIC_RELEASE);
}

static inline pte_t arch_pte_xchg(pte_t *p, pte_t pte)
{
	return __atomic_exchange_n(p, pte, __ATOMIC_SEQ_CST);
}

static inline bool arch_pte_cmpxchg(pte_t *p, pte_t *expected, pte_t pte)
{
	return __atomic_compare_exchange_n(p, expected, pte, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
}

static inline void *arch_phys_to_virt(paddr_t pa)
{
	return (void *)(pa + ARCH_DIRECT_MAP);
}

static inline paddr_t arch_virt_to_phys(const void *va)
{
	return (paddr_t)va - ARCH_DIRECT_MAP;
}

static inline unsigned arch_pt_index(vaddr_t va, unsigned level)
{
	return (unsigned)(va >> (12 + 9 * level)) % ARCH_PT_ENTRIES;
}

/* SPDX-License-Identifier: MIT */
/*
 * huge: 2 MiB pages of private anonymous memory. For mm/ only.
 *
 * A block is one allocation of HUGE_ORDER; its head page (PG_HUGE | PG_ANON) counts references and mappings of all of
 * it: one for each leaf that points into it, and one for all huge entries together. Those are counted in an array
 * by block, so that fork and exit, which do nothing else to a block, touch one page of memory for a thousand
 * blocks and not one for each. States of the memory behind a level-1 entry:
 *
 *	none --huge_install()--> huge entry --fork--> write-protected huge entry in both
 *	huge entry --huge_split()--> leaf table. Nobody else has the block: it becomes 512 pages of their own; else the
 *		leaves point into it, each with a reference on the head
 *	leaves into a block, the others gone --huge_dissolve()--> pages of their own; those no leaf shows are freed
 *
 * So whatever works on leaves needs to know of blocks only that references go to page_head() (mm/page.h); it calls
 * pt_own(), which splits.
 *
 * Locking. A huge entry changes under the lock of the level-1 table it is in, or by compare-and-swap. References to the
 * head are taken under that lock too, or under the leaf table's for leaves into a block. The number of huge entries
 * goes up only by fork, under the parent's mm lock held for writing: a sole owner that holds that lock stays one.
 */
#pragma once

#include "mm/pgtable.h"

static inline bool pt_is_huge(pte_t entry)
{
	return !arch_pte_none(entry) && arch_pte_is_leaf(entry, 1);
}

/* The lock of the table a level-1 entry is in. */
static inline struct spinlock *huge_lock(pte_t *pmd)
{
	return &virt_to_page(pmd)->ptl;
}

/* A zeroed block for addr, unless something is there or no block is free. True: something is there now. May sleep. */
bool huge_install(struct mm *mm, vaddr_t addr, unsigned prot);
/* Turn the huge entry into a leaf table. 0 (also when it is none any more) or -ENOMEM. May sleep. */
int __must_check huge_split(struct mm *mm, pte_t *pmd, vaddr_t addr);
/* The entry gains write access if no other address space has the block. False: shared. */
bool huge_make_writable(pte_t *pmd, pte_t seen, unsigned prot);
/* Take the entry away. Its block, with a reference to put after the flush; NULL: it is no huge entry any more. */
struct page *huge_clear(struct mm *mm, pte_t *pmd);
/* Other rights for a huge entry; it keeps or loses write access as prot says. False: it is none. */
bool huge_protect(pte_t *pmd, unsigned prot);
/*
 * fork: the child's entries show the same blocks, all read-only, up to the first of the parent's `max` that is no huge
 * entry. Returns how many, 1 at least. The child's are none. Parent locked for writing; the caller counts them with
 * huge_count().
 */
unsigned huge_share(pte_t *to, pte_t *from, unsigned max);
/*
 * An address space that nobody uses any more loses its entries from *from up to the first that is no huge entry.
 * Returns how many, for the caller to count; they are left as they are.
 */
unsigned huge_forget(const pte_t *from, unsigned max);
/* Has nothing but one entry, huge or leaf, a reference to the block? */
bool huge_sole(const struct page *head);
/* How many huge entries point to the block. */
unsigned huge_shares(const struct page *head);
/* So many huge entries more, or less, in all. */
void huge_count(long more);
/*
 * Do leaves of this table hold all references to the block? Then its pages become pages of their own. Table's ptl held.
 */
bool huge_dissolve(struct page *table, struct page *head);

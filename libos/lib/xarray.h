/* SPDX-License-Identifier: MIT */
/*
 * XArray: a sparse array from unsigned long to pointers, as a radix tree of 64-way nodes.
 *
 * Model. An entry is a pointer aligned to 4 bytes or a small integer made by xa_mk_value(); NULL is "no
 * entry". Each entry carries XA_NR_MARKS marks, cleared when the entry goes away; looking for the next
 * marked or the next empty index skips whole subtrees. The tree is only as high as its largest index needs.
 *
 * Locking. Writers (store, erase, marks) are serialised by the caller. Readers (xa_load, xa_find*, the
 * for_each loops, xa_get_mark, xa_extract) run either under the writers' lock or inside rcu_read_lock(),
 * concurrently with a writer: they see each index's old or new entry. A node taken out of the tree goes to
 * the free hook, which must wait for a grace period. Whether an entry found under RCU is still alive is the
 * user's business (refcount_inc_not_zero, then check again).
 *
 * Memory. Nodes come from the hooks set once by xarray_set_allocator(). Where the store happens under a spin
 * lock, the user fills a struct xa_prealloc before and passes it.
 */
#pragma once

#include "lib/compiler.h"

#define XA_SHIFT	6
#define XA_SLOTS	(1U << XA_SHIFT)

enum xa_mark {
	XA_MARK_0,
	XA_MARK_1,
	XA_MARK_2,
	XA_PRESENT,		/* any entry at all */
	XA_FULL,		/* internal: everything below is present */
	XA_NR_MAPS,
};
#define XA_NR_MARKS	3

/*
 * Field legend: [I] immutable, [w] written under the caller's write lock, read by anyone under RCU,
 * [l] the caller's write lock, [h] the allocator's while the node is not in a tree
 */
struct xa_node {
	void *slots[XA_SLOTS];		/* [w] entries at shift 0, else nodes */
	uint64_t maps[XA_NR_MAPS];	/* [w] bit n: slot n is, or has below it, such an entry (XA_FULL: all) */
	struct xa_node *parent;		/* [l] NULL at the top */
	void *hook[2];			/* [h] for the free hook: its RCU head */
	uint8_t shift;			/* [I] index bits below a slot */
	uint8_t offset;			/* [I] slot in the parent */
};

struct xarray {
	struct xa_node *top;		/* [w] */
};

#define XARRAY_INIT		{ NULL }
#define DEFINE_XARRAY(name)	struct xarray name = XARRAY_INIT

struct xa_allocator {
	/* A zeroed struct xa_node or NULL. may_sleep is false inside a store without preallocation. */
	struct xa_node *(*alloc)(bool may_sleep);
	/* Free after a grace period; node->hook is free for use. Called under the caller's lock: may not sleep. */
	void (*free)(struct xa_node *node);
};
void xarray_set_allocator(const struct xa_allocator *ops);

/* Nodes held ready. Start with XA_PREALLOC_INIT; drain what is left with xa_prealloc_drain(). */
struct xa_prealloc {
	struct xa_node *nodes;		/* chained by hook[0] */
	unsigned count;
};
#define XA_PREALLOC_INIT	{ NULL, 0 }
/*
 * Hold the nodes that storing `count` entries at consecutive indices from `index` takes, by the tree's shape
 * now. Called without the write lock, so the shape may change before the store; the store then asks the
 * hook without sleeping, and its -ENOMEM means: unlock, fill, try again. May sleep. Returns 0 or -ENOMEM.
 */
int __must_check xa_prealloc_fill(struct xa_prealloc *pool, const struct xarray *xa, unsigned long index,
				  unsigned long count);
void xa_prealloc_drain(struct xa_prealloc *pool);

static inline void xa_init(struct xarray *xa)
{
	xa->top = NULL;
}

static inline bool xa_empty(const struct xarray *xa)
{
	return READ_ONCE(xa->top) == NULL;
}

/* Integers (63 bits) as entries. */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)(v << 1 | 1);
}

static inline bool xa_is_value(const void *entry)
{
	return (uintptr_t)entry & 1;
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (uintptr_t)entry >> 1;
}

/* The entry at index, or NULL. */
void *xa_load(const struct xarray *xa, unsigned long index);

/*
 * Put entry (not NULL) at index. A replaced entry keeps its marks and is returned in *old (may be NULL).
 * Returns 0 or -ENOMEM. pool may be NULL: nodes then come from the hook, without sleeping.
 */
int __must_check xa_store_prealloc(struct xarray *xa, unsigned long index, void *entry, void **old,
				   struct xa_prealloc *pool);
int __must_check xa_store(struct xarray *xa, unsigned long index, void *entry);
/* The same, but -EBUSY when an entry is there. */
int __must_check xa_insert_prealloc(struct xarray *xa, unsigned long index, void *entry,
				    struct xa_prealloc *pool);
int __must_check xa_insert(struct xarray *xa, unsigned long index, void *entry);
/* Put entry at the lowest free index in [min, max] and tell it. Returns 0, -EBUSY (no free index) or -ENOMEM. */
int __must_check xa_alloc(struct xarray *xa, unsigned long *index, void *entry, unsigned long min,
			  unsigned long max);
/* Lowest free index in [min, max]: 0 and *index, or -EBUSY. */
int __must_check xa_find_free(const struct xarray *xa, unsigned long min, unsigned long max, unsigned long *index);

/* Remove and return the entry at index (NULL if none); its marks go, empty nodes are freed. */
void *xa_erase(struct xarray *xa, unsigned long index);
/* Remove everything; the entries are the user's to free before. */
void xa_destroy(struct xarray *xa);

/* Marks of present entries; on an absent index set and clear do nothing, get is false. */
void xa_set_mark(struct xarray *xa, unsigned long index, enum xa_mark mark);
void xa_clear_mark(struct xarray *xa, unsigned long index, enum xa_mark mark);
bool xa_get_mark(const struct xarray *xa, unsigned long index, enum xa_mark mark);
/* Any entry with this mark at all? */
static inline bool xa_marked(const struct xarray *xa, enum xa_mark mark)
{
	const struct xa_node *top = smp_load_acquire(&xa->top);

	return top && READ_ONCE(top->maps[mark]) != 0;
}

/* The first entry (with mark; XA_PRESENT: any) at or after *index and <= max; *index tells where. Or NULL. */
void *xa_find(const struct xarray *xa, unsigned long *index, unsigned long max, enum xa_mark mark);
/* The same, strictly after *index. */
void *xa_find_after(const struct xarray *xa, unsigned long *index, unsigned long max, enum xa_mark mark);
/* The last entry at or before *index and >= min; *index tells where. Or NULL. */
void *xa_find_before(const struct xarray *xa, unsigned long *index, unsigned long min, enum xa_mark mark);
/* Up to n entries with mark from start to max into dst; returns how many. */
unsigned xa_extract(const struct xarray *xa, void **dst, unsigned long start, unsigned long max, unsigned n,
		    enum xa_mark mark);

/* The body may store, erase and mark at the current index. */
#define xa_for_each_range_marked(xa, index, entry, start, max, mark) \
	for ((index) = (start), (entry) = xa_find((xa), &(index), (max), (mark)); (entry); \
	     (entry) = xa_find_after((xa), &(index), (max), (mark)))
#define xa_for_each_marked(xa, index, entry, mark) \
	xa_for_each_range_marked(xa, index, entry, 0, ULONG_MAX, mark)
#define xa_for_each_range(xa, index, entry, start, max) \
	xa_for_each_range_marked(xa, index, entry, start, max, XA_PRESENT)
#define xa_for_each(xa, index, entry) \
	xa_for_each_range_marked(xa, index, entry, 0, ULONG_MAX, XA_PRESENT)

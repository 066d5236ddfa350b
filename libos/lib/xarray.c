/* SPDX-License-Identifier: MIT */
/*
 * XArray: see lib/xarray.h for the model.
 *
 * Invariants (for the writer; a concurrent reader may see a change half done, see below)
 *  (1) Every node but a fresh path being built has an entry somewhere below it.
 *  (2) maps[XA_PRESENT] bit n <=> slots[n] is not NULL; maps[mark] bit n <=> an entry at or below slot n has
 *      the mark; maps[XA_FULL] bit n <=> every index below slot n has an entry.
 *  (3) The top is the lowest node that covers the largest index: a top with shift > 0 has a child other
 *      than slot 0. The top's parent is NULL and its offset 0.
 *
 * Lock-free readers use only slots, maps and the immutable shift, from the top down, never parent links:
 *
 *      writer (under the user's lock)            reader (RCU)
 *      fill the new node                         top or slot: acquire load
 *      slot or top: release store                maps: a hint where to look; an empty slot
 *      set the bits, bottom up                       or an unmarked entry means "look further"
 *      ... empty a slot, clear the bits
 *      unlink the node, free hook                a node stays readable until the grace period ends
 */
#include "lib/xarray.h"

#include "abi/errno.h"
#include "lib/bits.h"

#define XA_MASK		(XA_SLOTS - 1)
#define TOP_SHIFT_MAX	60		/* the largest multiple of XA_SHIFT below 64 */

static struct {
	const struct xa_allocator *ops;		/* [I] set once at start-up */
} xarrays;

void xarray_set_allocator(const struct xa_allocator *ops)
{
	xarrays.ops = ops;
}

/* The index bits a node at this shift and everything below it decide. */
static inline unsigned long node_mask(unsigned shift)
{
	return shift == TOP_SHIFT_MAX ? ~0UL : (1UL << (shift + XA_SHIFT)) - 1;
}

static inline unsigned slot_of(unsigned long index, unsigned shift)
{
	return (index >> shift) & XA_MASK;
}

/* Slots that stand for indices at all: at the highest level only 16. */
static inline uint64_t valid_slots(unsigned shift)
{
	return shift == TOP_SHIFT_MAX ? 0xffff : ~0ULL;
}

/* Shift of the lowest node that covers 0..index. */
static inline unsigned shift_for(unsigned long index)
{
	return index ? __fls(index) / XA_SHIFT * XA_SHIFT : 0;
}

static inline struct xa_node *load_top(const struct xarray *xa)
{
	return smp_load_acquire(&xa->top);
}

static inline void *load_slot(const struct xa_node *node, unsigned n)
{
	return smp_load_acquire(&node->slots[n]);
}

static inline uint64_t load_map(const struct xa_node *node, enum xa_mark map)
{
	return READ_ONCE(node->maps[map]);
}

/* --- Look-up ----------------------------------------------------------------------------------- */

void *xa_load(const struct xarray *xa, unsigned long index)
{
	const struct xa_node *node = load_top(xa);
	unsigned shift;

	if (!node || index > node_mask(node->shift))
		return NULL;
	for (shift = node->shift; shift; shift -= XA_SHIFT) {
		node = load_slot(node, slot_of(index, shift));
		if (!node)
			return NULL;
	}
	return load_slot(node, index & XA_MASK);
}

/* The leaf that holds index, or NULL. Writers only: the result is changed. */
static struct xa_node *find_leaf(const struct xarray *xa, unsigned long index)
{
	struct xa_node *node = xa->top;

	if (!node || index > node_mask(node->shift))
		return NULL;
	while (node && node->shift)
		node = node->slots[slot_of(index, node->shift)];
	return node;
}

/*
 * One descent from the top towards *index. Returns the first entry found, with *index where it is, or NULL
 * with *index moved past what was seen to be empty; *index 0 after NULL means the end.
 */
static void *descend_up(const struct xarray *xa, unsigned long *index, enum xa_mark mark)
{
	const struct xa_node *node = load_top(xa);
	void *entry;

	if (!node || *index > node_mask(node->shift)) {
		*index = 0;
		return NULL;
	}
	for (;;) {
		unsigned shift = node->shift, n = slot_of(*index, shift);
		uint64_t map = load_map(node, mark) & (~0ULL << n);

		if (!map) {
			*index = (*index | node_mask(shift)) + 1;
			return NULL;
		}
		if (__ffs(map) != n) {
			n = __ffs(map);
			*index = (*index & ~node_mask(shift)) | (unsigned long)n << shift;
		}
		entry = load_slot(node, n);
		if (entry && !shift)
			return entry;
		if (!entry) {	/* raced with a removal: go on behind the slot */
			*index = (*index | ((1UL << shift) - 1)) + 1;
			return NULL;
		}
		node = entry;
	}
}

void *xa_find(const struct xarray *xa, unsigned long *index, unsigned long max, enum xa_mark mark)
{
	unsigned long i = *index;
	void *entry;

	do {
		entry = descend_up(xa, &i, mark);
		if (entry) {
			if (i > max)
				return NULL;
			*index = i;
			return entry;
		}
	} while (i && i <= max);
	return NULL;
}

void *xa_find_after(const struct xarray *xa, unsigned long *index, unsigned long max, enum xa_mark mark)
{
	unsigned long i = *index;
	void *entry;

	if (i >= max)
		return NULL;
	i++;
	entry = xa_find(xa, &i, max, mark);
	if (entry)
		*index = i;
	return entry;
}

/* The mirror of descend_up; *index ULONG_MAX after NULL means the end. */
static void *descend_down(const struct xarray *xa, unsigned long *index, enum xa_mark mark)
{
	const struct xa_node *node = load_top(xa);
	void *entry;

	if (!node) {
		*index = ULONG_MAX;
		return NULL;
	}
	*index = min(*index, node_mask(node->shift));
	for (;;) {
		unsigned shift = node->shift, n = slot_of(*index, shift);
		uint64_t map = load_map(node, mark) & (~0ULL >> (XA_MASK - n));

		if (!map) {
			*index = (*index & ~node_mask(shift)) - 1;
			return NULL;
		}
		if (__fls(map) != n) {
			n = __fls(map);
			*index = (*index & ~node_mask(shift)) | (unsigned long)n << shift | ((1UL << shift) - 1);
		}
		entry = load_slot(node, n);
		if (entry && !shift)
			return entry;
		if (!entry) {
			*index = (*index & ~((1UL << shift) - 1)) - 1;
			return NULL;
		}
		node = entry;
	}
}

void *xa_find_before(const struct xarray *xa, unsigned long *index, unsigned long min_index, enum xa_mark mark)
{
	unsigned long i = *index;
	void *entry;

	do {
		entry = descend_down(xa, &i, mark);
		if (entry) {
			if (i < min_index)
				return NULL;
			*index = i;
			return entry;
		}
	} while (i != ULONG_MAX && i >= min_index);
	return NULL;
}

unsigned xa_extract(const struct xarray *xa, void **dst, unsigned long start, unsigned long max, unsigned n,
		    enum xa_mark mark)
{
	unsigned long index = start;
	unsigned found = 0;
	void *entry;

	if (!n)
		return 0;
	for (entry = xa_find(xa, &index, max, mark); entry; entry = xa_find_after(xa, &index, max, mark)) {
		dst[found++] = entry;
		if (found == n)
			break;
	}
	return found;
}

/* One descent: true with *index free, or false with *index moved past what is full; 0: the end. */
static bool descend_free(const struct xarray *xa, unsigned long *index)
{
	const struct xa_node *node = load_top(xa);

	if (!node || *index > node_mask(node->shift))
		return true;
	for (;;) {
		unsigned shift = node->shift, n = slot_of(*index, shift);
		uint64_t map = ~load_map(node, XA_FULL) & valid_slots(shift) & (~0ULL << n);

		if (!map) {
			*index = (*index | node_mask(shift)) + 1;
			return false;
		}
		if (__ffs(map) != n) {
			n = __ffs(map);
			*index = (*index & ~node_mask(shift)) | (unsigned long)n << shift;
		}
		if (!shift)
			return true;
		node = load_slot(node, n);
		if (!node)
			return true;
	}
}

int xa_find_free(const struct xarray *xa, unsigned long min_index, unsigned long max_index, unsigned long *index)
{
	unsigned long i = min_index;

	while (!descend_free(xa, &i)) {
		if (!i || i > max_index)
			return -EBUSY;
	}
	if (i > max_index)
		return -EBUSY;
	*index = i;
	return 0;
}

/* --- Nodes ------------------------------------------------------------------------------------- */

static struct xa_node *pool_take(struct xa_prealloc *pool)
{
	struct xa_node *node = pool->nodes;

	pool->nodes = node->hook[0];
	pool->count--;
	node->hook[0] = NULL;
	return node;
}

static int pool_fill(struct xa_prealloc *pool, unsigned count, bool may_sleep)
{
	while (pool->count < count) {
		struct xa_node *node = xarrays.ops ? xarrays.ops->alloc(may_sleep) : NULL;

		if (!node)
			return -ENOMEM;
		node->hook[0] = pool->nodes;
		pool->nodes = node;
		pool->count++;
	}
	return 0;
}

void xa_prealloc_drain(struct xa_prealloc *pool)
{
	while (pool->count)
		xarrays.ops->free(pool_take(pool));
}

/* Nodes missing on the path to index. */
static unsigned nodes_missing(const struct xarray *xa, unsigned long index)
{
	const struct xa_node *node = load_top(xa);
	unsigned need = 0, shift;

	if (!node)
		return shift_for(index) / XA_SHIFT + 1;
	shift = node->shift;
	if (index > node_mask(shift)) {
		/* New tops above the old one, and a new path below the highest of them. */
		need = (shift_for(index) - shift) / XA_SHIFT;
		return need + shift_for(index) / XA_SHIFT;
	}
	for (; shift; shift -= XA_SHIFT) {
		node = load_slot(node, slot_of(index, shift));
		if (!node)
			return shift / XA_SHIFT;
	}
	return 0;
}

int xa_prealloc_fill(struct xa_prealloc *pool, const struct xarray *xa, unsigned long index, unsigned long count)
{
	unsigned long need = nodes_missing(xa, index), extra = count ? count - 1 : 0;
	unsigned shift;

	/* At each level, the nodes beyond the first that the run of indices reaches into. */
	for (shift = 0; extra; shift += XA_SHIFT) {
		extra = (slot_of(index, shift) + extra) >> XA_SHIFT;
		need += extra;
	}
	if (count)
		need += (shift_for(index + count - 1) - shift_for(index)) / XA_SHIFT;
	return pool_fill(pool, need, true);
}

static struct xa_node *new_node(struct xa_prealloc *pool, unsigned shift, struct xa_node *parent, unsigned offset)
{
	struct xa_node *node = pool_take(pool);

	node->shift = shift;
	node->offset = offset;
	node->parent = parent;
	return node;
}

/* Put new tops over the old one until index is covered. */
static void grow(struct xarray *xa, unsigned long index, struct xa_prealloc *pool)
{
	struct xa_node *old, *top;
	unsigned m;

	if (!xa->top)
		smp_store_release(&xa->top, new_node(pool, shift_for(index), NULL, 0));
	while (index > node_mask(xa->top->shift)) {
		old = xa->top;
		top = new_node(pool, old->shift + XA_SHIFT, NULL, 0);
		top->slots[0] = old;
		for (m = 0; m < XA_FULL; m++)
			top->maps[m] = old->maps[m] != 0;
		top->maps[XA_FULL] = old->maps[XA_FULL] == ~0ULL;
		old->parent = top;
		smp_store_release(&xa->top, top);	/* pairs with load_top */
	}
}

/* Set bit n of a map and, where that changes what the node as a whole says, of its ancestors'. */
static void map_set(struct xa_node *node, unsigned n, enum xa_mark map)
{
	uint64_t old;

	for (; node; n = node->offset, node = node->parent) {
		old = node->maps[map];
		WRITE_ONCE(node->maps[map], old | BIT_ULL(n));
		if (map == XA_FULL ? node->maps[map] != ~0ULL : old != 0)
			break;
	}
}

static void map_clear(struct xa_node *node, unsigned n, enum xa_mark map)
{
	uint64_t old;

	for (; node; n = node->offset, node = node->parent) {
		old = node->maps[map];
		if (!(old & BIT_ULL(n)))
			break;
		WRITE_ONCE(node->maps[map], old & ~BIT_ULL(n));
		if (map == XA_FULL ? old != ~0ULL : node->maps[map] != 0)
			break;
	}
}

/* --- Change ------------------------------------------------------------------------------------ */

/* The leaf for index, built where missing from nodes the pool is known to hold. */
static struct xa_node *make_leaf(struct xarray *xa, unsigned long index, struct xa_prealloc *pool)
{
	struct xa_node *node, *child;
	unsigned n;

	grow(xa, index, pool);
	for (node = xa->top; node->shift; node = child) {
		n = slot_of(index, node->shift);
		child = node->slots[n];
		if (!child) {
			child = new_node(pool, node->shift - XA_SHIFT, node, n);
			smp_store_release(&node->slots[n], child);	/* pairs with load_slot */
		}
	}
	return node;
}

static int store(struct xarray *xa, unsigned long index, void *entry, void **old, struct xa_prealloc *pool)
{
	struct xa_prealloc own = XA_PREALLOC_INIT;
	unsigned n = index & XA_MASK;
	struct xa_node *leaf;
	int err;

	if (!pool)
		pool = &own;
	err = pool_fill(pool, nodes_missing(xa, index), false);
	if (err) {
		xa_prealloc_drain(&own);
		return err;
	}
	leaf = make_leaf(xa, index, pool);
	*old = leaf->slots[n];
	smp_store_release(&leaf->slots[n], entry);	/* pairs with load_slot */
	if (!*old) {
		map_set(leaf, n, XA_PRESENT);
		map_set(leaf, n, XA_FULL);
	}
	return 0;
}

int xa_store_prealloc(struct xarray *xa, unsigned long index, void *entry, void **old, struct xa_prealloc *pool)
{
	void *unused;

	return store(xa, index, entry, old ? old : &unused, pool);
}

int xa_store(struct xarray *xa, unsigned long index, void *entry)
{
	void *unused;

	return store(xa, index, entry, &unused, NULL);
}

int xa_insert_prealloc(struct xarray *xa, unsigned long index, void *entry, struct xa_prealloc *pool)
{
	void *unused;

	if (xa_load(xa, index))
		return -EBUSY;
	return store(xa, index, entry, &unused, pool);
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry)
{
	return xa_insert_prealloc(xa, index, entry, NULL);
}

int xa_alloc(struct xarray *xa, unsigned long *index, void *entry, unsigned long min_index,
	     unsigned long max_index)
{
	unsigned long i;
	int err = xa_find_free(xa, min_index, max_index, &i);

	if (!err)
		err = xa_store(xa, i, entry);
	if (!err)
		*index = i;
	return err;
}

/* Unlink the empty node and those above it that become empty, then lower the top. Restores (1) and (3). */
static void prune(struct xarray *xa, struct xa_node *node)
{
	struct xa_node *parent, *top;

	for (; node && !node->maps[XA_PRESENT]; node = parent) {
		parent = node->parent;
		if (parent)
			WRITE_ONCE(parent->slots[node->offset], NULL);
		else
			WRITE_ONCE(xa->top, NULL);
		xarrays.ops->free(node);
	}
	while ((top = xa->top) && top->shift && top->maps[XA_PRESENT] == 1) {
		/* Readers still in the old top find slot 0 as it was. */
		node = top->slots[0];
		node->parent = NULL;
		smp_store_release(&xa->top, node);	/* pairs with load_top */
		xarrays.ops->free(top);
	}
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	struct xa_node *leaf = find_leaf(xa, index);
	unsigned n = index & XA_MASK, m;
	void *entry;

	if (!leaf || !leaf->slots[n])
		return NULL;
	entry = leaf->slots[n];
	WRITE_ONCE(leaf->slots[n], NULL);
	for (m = 0; m < XA_NR_MAPS; m++)
		map_clear(leaf, n, m);
	prune(xa, leaf);
	return entry;
}

void xa_destroy(struct xarray *xa)
{
	struct xa_node *node = xa->top, *parent;
	unsigned n;

	WRITE_ONCE(xa->top, NULL);
	while (node) {
		if (node->shift && node->maps[XA_PRESENT]) {
			n = __ffs(node->maps[XA_PRESENT]);
			node->maps[XA_PRESENT] &= ~BIT_ULL(n);
			node = node->slots[n];
			continue;
		}
		parent = node->parent;
		xarrays.ops->free(node);
		node = parent;
	}
}

/* --- Marks ------------------------------------------------------------------------------------- */

void xa_set_mark(struct xarray *xa, unsigned long index, enum xa_mark mark)
{
	struct xa_node *leaf = find_leaf(xa, index);

	if (leaf && leaf->slots[index & XA_MASK])
		map_set(leaf, index & XA_MASK, mark);
}

void xa_clear_mark(struct xarray *xa, unsigned long index, enum xa_mark mark)
{
	struct xa_node *leaf = find_leaf(xa, index);

	if (leaf)
		map_clear(leaf, index & XA_MASK, mark);
}

bool xa_get_mark(const struct xarray *xa, unsigned long index, enum xa_mark mark)
{
	const struct xa_node *node = load_top(xa);

	if (!node || index > node_mask(node->shift))
		return false;
	while (node && node->shift)
		node = load_slot(node, slot_of(index, node->shift));
	return node && load_map(node, mark) >> (index & XA_MASK) & 1;
}

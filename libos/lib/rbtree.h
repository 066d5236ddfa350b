/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees with the nodes inside the elements.
 *
 * Model. The user walks down by its own comparison to the link where a new node belongs, puts it there
 * (rb_link_node) and restores balance (rb_insert_color); rb_add and rb_find do the walk through a callback.
 * A cached root also knows its leftmost node. An augmented tree keeps in every node a value computed from
 * the node and its children (largest end below, largest gap below): the user gives one function that
 * recomputes a node's value and says whether it changed.
 *
 * Invariants: a red node has no red child; every path from a node down to a missing child passes the same
 * number of black nodes; the root is black; missing children count as black.
 *
 * Locking: the caller's. Lookups need at least a shared lock; there is no RCU form.
 */
#pragma once

#include "lib/compiler.h"

struct rb_node {
	uintptr_t parent_color;		/* parent's address | 1 when black */
	struct rb_node *rb_left;
	struct rb_node *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT			((struct rb_root){ NULL })
#define RB_ROOT_CACHED		((struct rb_root_cached){ { NULL }, NULL })
#define RB_EMPTY_ROOT(root)	(READ_ONCE((root)->rb_node) == NULL)
#define rb_entry(ptr, type, member)	container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member)	__rb_entry_safe(ptr, type, member, __UNIQUE(node))
#define __rb_entry_safe(ptr, type, member, node) __extension__ ({ \
	struct rb_node *node = (ptr); \
	node ? rb_entry(node, type, member) : NULL; })

/* "On no tree" is a node that is its own parent. rb_erase does not set it. */
#define RB_EMPTY_NODE(node)	((node)->parent_color == (uintptr_t)(node))
#define RB_CLEAR_NODE(node)	((node)->parent_color = (uintptr_t)(node))

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent_color & ~(uintptr_t)1);
}

/* In-order neighbours and ends; NULL past the end. */
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
#define rb_first_cached(root)	((root)->rb_leftmost)

/* Children before parents, for freeing a whole tree without rebalancing. */
struct rb_node *rb_first_postorder(const struct rb_root *root);
struct rb_node *rb_next_postorder(const struct rb_node *node);

/* Hang a new, red node below parent (NULL: it is the root) at *link. Balance with rb_insert_color next. */
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->parent_color = (uintptr_t)parent;
	node->rb_left = node->rb_right = NULL;
	*link = node;
}

void rb_insert_color(struct rb_node *node, struct rb_root *root);
void rb_erase(struct rb_node *node, struct rb_root *root);
/* Put `entry` in the place of `victim`, with the same order; nothing else moves. */
void rb_replace_node(struct rb_node *victim, struct rb_node *entry, struct rb_root *root);

/* leftmost: the walk down never went right. */
void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root, bool leftmost);
void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root);
void rb_replace_node_cached(struct rb_node *victim, struct rb_node *entry, struct rb_root_cached *root);

/* Recompute node's augmented value from itself and its children; true when it changed. */
struct rb_augment {
	bool (*update)(struct rb_node *node);
};

/* Augmented forms. The node's value is computed by the insertion; erase repairs all ancestors. */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment *aug);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment *aug);
/* The inputs of node's value changed: recompute it and its ancestors, as far up as values change. */
void rb_augment_propagate(struct rb_node *node, const struct rb_augment *aug);

/* Insert by order; equal elements go after those present. less(new, present). */
void rb_add(struct rb_node *node, struct rb_root *root,
	    bool (*less)(const struct rb_node *a, const struct rb_node *b));
/* The same; true when the node became the leftmost. */
bool rb_add_cached(struct rb_node *node, struct rb_root_cached *root,
		   bool (*less)(const struct rb_node *a, const struct rb_node *b));
/* Any node for which cmp gives 0 (negative: key is before node), or NULL. */
struct rb_node *rb_find(const void *key, const struct rb_root *root,
			int (*cmp)(const void *key, const struct rb_node *node));

#define rb_for_each(node, root) \
	for ((node) = rb_first(root); (node); (node) = rb_next(node))
/* pos may be freed in the body; the tree is not to be used afterwards. */
#define rbtree_postorder_for_each_entry_safe(pos, n, root, member) \
	for ((pos) = rb_entry_safe(rb_first_postorder(root), __typeof__(*(pos)), member); \
	     (pos) && ((n) = rb_entry_safe(rb_next_postorder(&(pos)->member), __typeof__(*(pos)), member), 1); \
	     (pos) = (n))

/* SPDX-License-Identifier: MIT */
/* Interval tree: see lib/interval_tree.h. */
#include "lib/interval_tree.h"

static inline struct interval_tree_node *to_interval(struct rb_node *rb)
{
	return rb_entry(rb, struct interval_tree_node, rb);
}

static bool subtree_last_update(struct rb_node *rb)
{
	struct interval_tree_node *node = to_interval(rb);
	unsigned long last = node->last;

	if (rb->rb_left)
		last = max(last, to_interval(rb->rb_left)->subtree_last);
	if (rb->rb_right)
		last = max(last, to_interval(rb->rb_right)->subtree_last);
	if (node->subtree_last == last)
		return false;
	node->subtree_last = last;
	return true;
}

static const struct rb_augment subtree_last_augment = { subtree_last_update };

void interval_tree_insert(struct interval_tree_node *node, struct rb_root_cached *root)
{
	struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (node->start < to_interval(parent)->start) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	if (leftmost)
		root->rb_leftmost = &node->rb;
	node->subtree_last = node->last;
	rb_link_node(&node->rb, parent, link);
	rb_insert_augmented(&node->rb, &root->rb_root, &subtree_last_augment);
}

void interval_tree_remove(struct interval_tree_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == &node->rb)
		root->rb_leftmost = rb_next(&node->rb);
	rb_erase_augmented(&node->rb, &root->rb_root, &subtree_last_augment);
}

/*
 * First overlap in the subtree, in order. A left subtree whose largest last reaches `start` either holds
 * the answer or, if its candidates all start after `last`, so does everything to the right of them.
 */
static struct interval_tree_node *subtree_search(struct rb_node *rb, unsigned long start, unsigned long last)
{
	while (rb) {
		struct interval_tree_node *node = to_interval(rb);

		if (node->subtree_last < start)
			return NULL;
		if (rb->rb_left && to_interval(rb->rb_left)->subtree_last >= start) {
			rb = rb->rb_left;
			continue;
		}
		if (node->start > last)
			return NULL;
		if (node->last >= start)
			return node;
		rb = rb->rb_right;
	}
	return NULL;
}

struct interval_tree_node *interval_tree_iter_first(struct rb_root_cached *root, unsigned long start,
						    unsigned long last)
{
	return subtree_search(root->rb_root.rb_node, start, last);
}

struct interval_tree_node *interval_tree_iter_next(struct interval_tree_node *node, unsigned long start,
						   unsigned long last)
{
	struct rb_node *rb = &node->rb, *parent;
	struct interval_tree_node *found;

	for (;;) {
		found = rb->rb_right ? subtree_search(rb->rb_right, start, last) : NULL;
		if (found)
			return found;
		while ((parent = rb_parent(rb)) && rb == parent->rb_right)
			rb = parent;
		if (!parent || to_interval(parent)->start > last)
			return NULL;
		if (to_interval(parent)->last >= start)
			return to_interval(parent);
		rb = parent;
	}
}

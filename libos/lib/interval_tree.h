/* SPDX-License-Identifier: MIT */
/*
 * Interval tree: closed intervals [start, last] of unsigned longs, found by overlap in O(log n + found).
 * A red-black tree by start (duplicates allowed), augmented with the largest last below each node.
 * Locking: the caller's.
 */
#pragma once

#include "lib/rbtree.h"

struct interval_tree_node {
	struct rb_node rb;
	unsigned long start;		/* set by the user before insertion, then constant */
	unsigned long last;		/* >= start */
	unsigned long subtree_last;	/* the tree's own */
};

void interval_tree_insert(struct interval_tree_node *node, struct rb_root_cached *root);
void interval_tree_remove(struct interval_tree_node *node, struct rb_root_cached *root);

/* Intervals that share a point with [start, last], by ascending start; NULL when there is no (other) one. */
struct interval_tree_node *interval_tree_iter_first(struct rb_root_cached *root, unsigned long start,
						    unsigned long last);
struct interval_tree_node *interval_tree_iter_next(struct interval_tree_node *node, unsigned long start,
						   unsigned long last);

#define interval_tree_for_each(node, root, start, last) \
	for ((node) = interval_tree_iter_first(root, start, last); (node); \
	     (node) = interval_tree_iter_next(node, start, last))

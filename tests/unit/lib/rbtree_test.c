/* SPDX-License-Identifier: MIT */
/* Red-black trees and interval trees against a sorted array and brute force, with all invariants checked. */
#include "test.h"

#include "lib/interval_tree.h"
#include "lib/rbtree.h"

#include <stdlib.h>

struct item {
	struct rb_node rb;
	unsigned key;
	unsigned sum;		/* augmented: keys below, modulo 2^32 */
	bool in;
};

#define ITEMS	300

static struct item items[ITEMS];

static struct item *item_of(const struct rb_node *rb)
{
	return rb_entry((struct rb_node *)rb, struct item, rb);
}

static bool item_less(const struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static int item_cmp(const void *key, const struct rb_node *rb)
{
	unsigned k = *(const unsigned *)key;

	return k < item_of(rb)->key ? -1 : k > item_of(rb)->key;
}

static bool sum_update(struct rb_node *rb)
{
	unsigned sum = item_of(rb)->key;

	if (rb->rb_left)
		sum += item_of(rb->rb_left)->sum;
	if (rb->rb_right)
		sum += item_of(rb->rb_right)->sum;
	if (sum == item_of(rb)->sum)
		return false;
	item_of(rb)->sum = sum;
	return true;
}

static const struct rb_augment sum_augment = { sum_update };

/* Black height of a subtree; checks colours, order and parent links. */
static int check_subtree(struct rb_node *rb, struct rb_node *parent)
{
	int left, right;
	bool black;

	if (!rb)
		return 1;
	black = rb->parent_color & 1;
	CHECK(rb_parent(rb) == parent);
	CHECK(black || (parent && parent->parent_color & 1));
	CHECK(!rb->rb_left || item_of(rb->rb_left)->key <= item_of(rb)->key);
	CHECK(!rb->rb_right || item_of(rb->rb_right)->key >= item_of(rb)->key);
	left = check_subtree(rb->rb_left, rb);
	right = check_subtree(rb->rb_right, rb);
	CHECK_EQ(left, right);
	return left + black;
}

static unsigned check_sums(struct rb_node *rb)
{
	unsigned sum;

	if (!rb)
		return 0;
	sum = item_of(rb)->key + check_sums(rb->rb_left) + check_sums(rb->rb_right);
	CHECK_EQ(sum, item_of(rb)->sum);
	return sum;
}

static void check_order(struct rb_root *root, unsigned expected)
{
	struct rb_node *rb, *prev = NULL;
	unsigned n = 0;

	rb_for_each(rb, root) {
		CHECK(!prev || item_of(prev)->key <= item_of(rb)->key);
		CHECK(rb_prev(rb) == prev);
		CHECK(item_of(rb)->in);
		prev = rb;
		n++;
	}
	CHECK(rb_last(root) == prev);
	CHECK_EQ(n, expected);
}

TEST(rbtree_random)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	unsigned count = 0, i, step;

	for (i = 0; i < ITEMS; i++)
		items[i] = (struct item){ .key = test_random_below(100) };
	for (step = 0; step < 20000; step++) {
		struct item *it = &items[test_random_below(ITEMS)];

		if (it->in) {
			rb_erase_cached(&it->rb, &root);
			it->in = false;
			count--;
		} else {
			struct rb_node *first = rb_first_cached(&root);
			bool leftmost = rb_add_cached(&it->rb, &root, item_less);

			CHECK_EQ(leftmost, !first || it->key < item_of(first)->key);
			it->in = true;
			count++;
		}
		CHECK(rb_first_cached(&root) == rb_first(&root.rb_root));
		if (step % 50 == 0 || count < 5) {
			check_subtree(root.rb_root.rb_node, NULL);
			check_order(&root.rb_root, count);
		}
	}
}

TEST(rbtree_augmented)
{
	struct rb_root root = RB_ROOT;
	unsigned i, step;

	for (i = 0; i < ITEMS; i++)
		items[i] = (struct item){ .key = (unsigned)test_random_below(100000) };
	for (step = 0; step < 10000; step++) {
		struct item *it = &items[test_random_below(ITEMS)];

		if (it->in) {
			rb_erase_augmented(&it->rb, &root, &sum_augment);
		} else {
			struct rb_node **link = &root.rb_node, *parent = NULL;

			while (*link) {
				parent = *link;
				link = item_less(&it->rb, parent) ? &parent->rb_left : &parent->rb_right;
			}
			rb_link_node(&it->rb, parent, link);
			rb_insert_augmented(&it->rb, &root, &sum_augment);
		}
		it->in = !it->in;
		if (step % 20 == 0) {
			check_subtree(root.rb_node, NULL);
			check_sums(root.rb_node);
		}
	}
}

TEST(rbtree_find_and_replace)
{
	struct rb_root root = RB_ROOT;
	struct item other = { .in = true };
	unsigned i, key;

	for (i = 0; i < 100; i++) {
		items[i] = (struct item){ .key = i * 2, .in = true };
		rb_add(&items[i].rb, &root, item_less);
	}
	for (key = 0; key < 200; key++) {
		struct rb_node *rb = rb_find(&key, &root, item_cmp);

		CHECK_EQ(rb != NULL, key % 2 == 0);
		CHECK(!rb || item_of(rb)->key == key);
	}
	for (i = 0; i < 100; i++) {
		other.key = i * 2;
		rb_replace_node(&items[i].rb, &other.rb, &root);
		check_subtree(root.rb_node, NULL);
		check_order(&root, 100);
		rb_replace_node(&other.rb, &items[i].rb, &root);
	}
}

TEST(rbtree_postorder_frees_all)
{
	struct rb_root root = RB_ROOT;
	struct item *it, *n;
	unsigned count = 0, i;

	for (i = 0; i < 500; i++) {
		it = calloc(1, sizeof(*it));
		it->key = (unsigned)test_random();
		rb_add(&it->rb, &root, item_less);
	}
	rbtree_postorder_for_each_entry_safe(it, n, &root, rb) {
		free(it);
		count++;
	}
	CHECK_EQ(count, 500);
	CHECK(RB_EMPTY_ROOT(&root) == false);
}

TEST(interval_tree_random)
{
	static struct interval_tree_node nodes[200];
	struct rb_root_cached root = RB_ROOT_CACHED;
	bool in[200] = { false };
	unsigned step, i;

	for (step = 0; step < 4000; step++) {
		unsigned long start = test_random_below(1000), last = start + test_random_below(50), prev = 0;
		struct interval_tree_node *it;
		unsigned found = 0, expected = 0;

		i = test_random_below(200);
		if (in[i]) {
			interval_tree_remove(&nodes[i], &root);
		} else {
			nodes[i].start = test_random_below(1000);
			nodes[i].last = nodes[i].start + test_random_below(i % 10 == 0 ? 500 : 20);
			interval_tree_insert(&nodes[i], &root);
		}
		in[i] = !in[i];
		for (i = 0; i < 200; i++)
			expected += in[i] && nodes[i].start <= last && nodes[i].last >= start;
		interval_tree_for_each(it, &root, start, last) {
			CHECK(it->start <= last && it->last >= start);
			CHECK(it->start >= prev);
			prev = it->start;
			found++;
		}
		CHECK_EQ(found, expected);
	}
}

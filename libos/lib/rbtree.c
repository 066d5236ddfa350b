/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees: see lib/rbtree.h for the model and the invariants.
 *
 * Left and right cases are one code path: a side is an index (0 left, 1 right), and `!side` mirrors it.
 * Augmentation is an optional callback in the same code; a rotation changes the element sets below exactly
 * two nodes, the lower of which is recomputed first. What lies above a rotation is unaffected.
 */
#include "lib/rbtree.h"

#define RB_BLACK	((uintptr_t)1)

static inline struct rb_node **child_at(struct rb_node *node, unsigned side)
{
	return side ? &node->rb_right : &node->rb_left;
}

static inline bool is_red(const struct rb_node *node)
{
	return node && !(node->parent_color & RB_BLACK);
}

static inline void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_color = (uintptr_t)parent | (node->parent_color & RB_BLACK);
}

static inline void set_black(struct rb_node *node)
{
	node->parent_color |= RB_BLACK;
}

static inline void set_red(struct rb_node *node)
{
	node->parent_color &= ~RB_BLACK;
}

static inline void copy_color(struct rb_node *to, const struct rb_node *from)
{
	to->parent_color = (to->parent_color & ~RB_BLACK) | (from->parent_color & RB_BLACK);
}

/* Let parent (NULL: the root) point to entry where it pointed to old. */
static void change_child(struct rb_root *root, struct rb_node *parent, struct rb_node *old, struct rb_node *entry)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, entry);
	else if (parent->rb_left == old)
		WRITE_ONCE(parent->rb_left, entry);
	else
		WRITE_ONCE(parent->rb_right, entry);
}

/*
 * Rotate so that node sinks to `side` and its child of the other side takes its place:
 *
 *        node                      up
 *       /    \     side = 0       /  \
 *      a      up   -------->   node   c
 *            /  \              /  \
 *       inner    c            a    inner
 */
static void rotate(struct rb_root *root, struct rb_node *node, unsigned side, const struct rb_augment *aug)
{
	struct rb_node *up = *child_at(node, !side);
	struct rb_node *inner = *child_at(up, side);
	struct rb_node *parent = rb_parent(node);

	*child_at(node, !side) = inner;
	if (inner)
		set_parent(inner, node);
	*child_at(up, side) = node;
	set_parent(up, parent);
	set_parent(node, up);
	change_child(root, parent, node, up);
	if (aug) {
		aug->update(node);
		aug->update(up);
	}
}

/* node is red; walk up while its parent is red too. */
static void insert_fixup(struct rb_node *node, struct rb_root *root, const struct rb_augment *aug)
{
	struct rb_node *parent, *grand, *uncle;
	unsigned side;

	while ((parent = rb_parent(node)) && is_red(parent)) {
		grand = rb_parent(parent);	/* exists: a red node is not the root */
		side = parent == grand->rb_right;
		uncle = *child_at(grand, !side);
		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			node = grand;
			continue;
		}
		if (node == *child_at(parent, !side)) {
			rotate(root, parent, side, aug);
			parent = node;
		}
		set_black(parent);
		set_red(grand);
		rotate(root, grand, !side, aug);
		break;
	}
	set_black(root->rb_node);
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert_fixup(node, root, NULL);
}

void rb_augment_propagate(struct rb_node *node, const struct rb_augment *aug)
{
	while (node && aug->update(node))
		node = rb_parent(node);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment *aug)
{
	aug->update(node);
	rb_augment_propagate(rb_parent(node), aug);
	insert_fixup(node, root, aug);
}

/*
 * The paths through parent's child `node` (may be NULL) lack one black node. Either the missing black is
 * found near (a red node recoloured, a red nephew rotated over) or the sibling is made red and the lack
 * moves up.
 */
static void erase_fixup(struct rb_node *node, struct rb_node *parent, struct rb_root *root,
			const struct rb_augment *aug)
{
	struct rb_node *sibling;
	unsigned side;

	while (parent && !is_red(node)) {
		side = node == parent->rb_right;
		sibling = *child_at(parent, !side);	/* exists: its side is not short of black */
		if (is_red(sibling)) {
			set_black(sibling);
			set_red(parent);
			rotate(root, parent, side, aug);
			sibling = *child_at(parent, !side);
		}
		if (!is_red(sibling->rb_left) && !is_red(sibling->rb_right)) {
			set_red(sibling);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (!is_red(*child_at(sibling, !side))) {
			set_black(*child_at(sibling, side));
			set_red(sibling);
			rotate(root, sibling, !side, aug);
			sibling = *child_at(parent, !side);
		}
		copy_color(sibling, parent);
		set_black(parent);
		set_black(*child_at(sibling, !side));
		rotate(root, parent, side, aug);
		return;
	}
	if (node)
		set_black(node);
}

/* Put node's in-order successor in its place. Returns the parent of the place the successor left. */
static struct rb_node *replace_by_successor(struct rb_node *node, struct rb_root *root, bool *was_red,
					    struct rb_node **child)
{
	struct rb_node *next = node->rb_right, *parent;

	while (next->rb_left)
		next = next->rb_left;
	*was_red = is_red(next);
	*child = next->rb_right;
	parent = rb_parent(next);
	if (parent == node) {
		parent = next;
	} else {
		parent->rb_left = *child;
		if (*child)
			set_parent(*child, parent);
		next->rb_right = node->rb_right;
		set_parent(node->rb_right, next);
	}
	next->rb_left = node->rb_left;
	set_parent(node->rb_left, next);
	next->parent_color = node->parent_color;
	change_child(root, rb_parent(node), node, next);
	return parent;
}

static void erase(struct rb_node *node, struct rb_root *root, const struct rb_augment *aug)
{
	struct rb_node *parent, *child, *n;
	bool was_red;

	if (node->rb_left && node->rb_right) {
		parent = replace_by_successor(node, root, &was_red, &child);
	} else {
		child = node->rb_left ? node->rb_left : node->rb_right;
		parent = rb_parent(node);
		was_red = is_red(node);
		change_child(root, parent, node, child);
		if (child)
			set_parent(child, parent);
	}
	/* To the top: the successor's new place must be recomputed wherever it is. */
	for (n = parent; aug && n; n = rb_parent(n))
		aug->update(n);
	if (!was_red)
		erase_fixup(child, parent, root, aug);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	erase(node, root, NULL);
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment *aug)
{
	erase(node, root, aug);
}

static struct rb_node *outermost(struct rb_node *node, unsigned side)
{
	while (node && *child_at(node, side))
		node = *child_at(node, side);
	return node;
}

static struct rb_node *neighbour(const struct rb_node *node, unsigned side)
{
	struct rb_node *n = (struct rb_node *)node, *parent;

	if (*child_at(n, side))
		return outermost(*child_at(n, side), !side);
	while ((parent = rb_parent(n)) && n == *child_at(parent, side))
		n = parent;
	return parent;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return RB_EMPTY_NODE(node) ? NULL : neighbour(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return RB_EMPTY_NODE(node) ? NULL : neighbour(node, 0);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->rb_node, 0);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->rb_node, 1);
}

static struct rb_node *deepest_left(struct rb_node *node)
{
	while (node && (node->rb_left || node->rb_right))
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return deepest_left(root->rb_node);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = rb_parent(node);

	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest_left(parent->rb_right);
	return parent;
}

void rb_replace_node(struct rb_node *victim, struct rb_node *entry, struct rb_root *root)
{
	*entry = *victim;
	if (victim->rb_left)
		set_parent(victim->rb_left, entry);
	if (victim->rb_right)
		set_parent(victim->rb_right, entry);
	change_child(root, rb_parent(victim), victim, entry);
}

void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root, bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
}

void rb_replace_node_cached(struct rb_node *victim, struct rb_node *entry, struct rb_root_cached *root)
{
	if (root->rb_leftmost == victim)
		root->rb_leftmost = entry;
	rb_replace_node(victim, entry, &root->rb_root);
}

/* Link node after all that are not greater. True when the walk never went right. */
static bool link_ordered(struct rb_node *node, struct rb_root *root,
			 bool (*less)(const struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &root->rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(node, parent, link);
	return leftmost;
}

void rb_add(struct rb_node *node, struct rb_root *root,
	    bool (*less)(const struct rb_node *a, const struct rb_node *b))
{
	link_ordered(node, root, less);
	rb_insert_color(node, root);
}

bool rb_add_cached(struct rb_node *node, struct rb_root_cached *root,
		   bool (*less)(const struct rb_node *a, const struct rb_node *b))
{
	bool leftmost = link_ordered(node, &root->rb_root, less);

	rb_insert_color_cached(node, root, leftmost);
	return leftmost;
}

struct rb_node *rb_find(const void *key, const struct rb_root *root,
			int (*cmp)(const void *key, const struct rb_node *node))
{
	struct rb_node *node = root->rb_node;
	int c;

	while (node && (c = cmp(key, node)))
		node = c < 0 ? node->rb_left : node->rb_right;
	return node;
}

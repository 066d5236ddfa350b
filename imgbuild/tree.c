/* SPDX-License-Identifier: MIT */
/*
 * tree: entries and nodes, and the rules by which one source is laid over another (tree.h).
 *
 * Model. Entries are found by a hash of (parent, name); each folder also has an array of its entries,
 * unordered while sources are read, sorted by tree_finish(). Removing swaps the last one into the hole.
 */
#include "imgbuild/tree.h"

#include <ext2fs/ext2_fs.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MAX = PATH_MAX / 2,	/* no deeper path can be named on Linux */
	LINKS_MAX = 40,			/* symbolic links followed in one name, as on Linux */
};

/* --- Nodes ------------------------------------------------------------------------------------- */

struct node *node_new(mode_t mode)
{
	struct node *node = mem_alloc(sizeof(*node));

	node->refs = 1;
	node->mode = mode;
	return node;
}

void node_put(struct node *node)
{
	if (!node || --node->refs)
		return;
	for (unsigned int i = 0; i < node->nr_xattrs; i++) {
		free(node->xattrs[i].name);
		free(node->xattrs[i].value);
	}
	free(node->xattrs);
	free(node->target);
	content_fini(&node->content);
	free(node);
}

void node_add_xattr(struct node *node, const char *name, const void *value, size_t size)
{
	struct xattr *xattr;

	node->xattrs = mem_resize(node->xattrs, node->nr_xattrs + 1, sizeof(*xattr));
	xattr = &node->xattrs[node->nr_xattrs++];
	xattr->name = mem_string(name);
	xattr->value = mem_alloc(size);
	xattr->size = size;
	memcpy(xattr->value, value, size);
}

/* --- Entries ----------------------------------------------------------------------------------- */

static bool is_folder(const struct tree_entry *entry)
{
	return S_ISDIR(entry->node->mode);
}

static struct tree_entry **bucket(const struct tree *tree, const struct tree_entry *parent, const char *name)
{
	uint64_t hash = (uintptr_t)parent * 0x9e3779b97f4a7c15ull;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 0x100000001b3ull;
	return &tree->buckets[(hash ^ hash >> 32) & (tree->nr_buckets - 1)];
}

static struct tree_entry *find_child(const struct tree *tree, const struct tree_entry *parent, const char *name)
{
	struct tree_entry *entry = *bucket(tree, parent, name);

	while (entry && (entry->parent != parent || strcmp(entry->name, name)))
		entry = entry->next;
	return entry;
}

static void grow(struct tree *tree)
{
	struct tree_entry **old = tree->buckets;
	size_t nr_old = tree->nr_buckets;

	tree->nr_buckets = nr_old * 4;
	tree->buckets = mem_alloc(tree->nr_buckets * sizeof(*tree->buckets));
	for (size_t i = 0; i < nr_old; i++) {
		for (struct tree_entry *entry = old[i], *next; entry; entry = next) {
			struct tree_entry **head = bucket(tree, entry->parent, entry->name);

			next = entry->next;
			entry->next = *head;
			*head = entry;
		}
	}
	free(old);
}

/* A new entry; the node's reference passes to it. */
static struct tree_entry *add_child(struct tree *tree, struct tree_entry *parent, const char *name, struct node *node)
{
	struct tree_entry *entry = mem_alloc(sizeof(*entry));
	struct tree_entry **head;

	if (tree->nr_entries++ >= tree->nr_buckets)
		grow(tree);
	entry->name = mem_string(name);
	entry->parent = parent;
	entry->node = node;
	entry->depth = parent->depth + 1;
	head = bucket(tree, parent, name);
	entry->next = *head;
	*head = entry;
	if (parent->nr_children == parent->max_children) {
		parent->max_children = parent->max_children ? parent->max_children * 2 : 4;
		parent->children = mem_resize(parent->children, parent->max_children, sizeof(entry));
	}
	entry->index = parent->nr_children;
	parent->children[parent->nr_children++] = entry;
	return entry;
}

static void free_entry(struct tree *tree, struct tree_entry *entry)
{
	while (entry->nr_children)
		free_entry(tree, entry->children[--entry->nr_children]);
	if (entry->parent != entry) {
		struct tree_entry **link = bucket(tree, entry->parent, entry->name);

		while (*link != entry)
			link = &(*link)->next;
		*link = entry->next;
		tree->nr_entries--;
	}
	node_put(entry->node);
	free(entry->children);
	free(entry->name);
	free(entry);
}

static void remove_entry(struct tree *tree, struct tree_entry *entry)
{
	struct tree_entry *parent = entry->parent;
	struct tree_entry *last = parent->children[--parent->nr_children];

	last->index = entry->index;
	parent->children[last->index] = last;
	free_entry(tree, entry);
}

static struct node *unset_folder(void)
{
	struct node *node = node_new(S_IFDIR | 0755);

	node->mtime = TREE_TIME_UNSET;
	return node;
}

void tree_init(struct tree *tree)
{
	tree->nr_buckets = 1024;
	tree->nr_entries = 0;
	tree->buckets = mem_alloc(tree->nr_buckets * sizeof(*tree->buckets));
	tree->root = mem_alloc(sizeof(*tree->root));
	tree->root->name = mem_string("");
	tree->root->parent = tree->root;
	tree->root->node = unset_folder();
}

void tree_fini(struct tree *tree)
{
	free_entry(tree, tree->root);
	free(tree->buckets);
}

/* --- Names ------------------------------------------------------------------------------------- */

/* Split off the next component of *rest, in place; NULL at the end. Skips "" and ".". */
static char *next_part(char **rest)
{
	char *part;

	do {
		part = strsep(rest, "/");
	} while (part && (!*part || !strcmp(part, ".")));
	return part;
}

static int check_name(const struct layer *layer, const char *path)
{
	const char *part = path;

	if (strlen(path) >= PATH_MAX)
		return fail("%s: name of more than %d bytes: %.60s...", layer->name, PATH_MAX - 1, path);
	while (*part) {
		size_t length = strcspn(part, "/");

		if (length > EXT2_NAME_LEN)
			return fail("%s: '%.60s...' has a part of %zu bytes; ext4 allows %d", layer->name, part,
				    length, EXT2_NAME_LEN);
		if (length == 2 && part[0] == '.' && part[1] == '.')
			return fail("%s: '%s' climbs out with '..'; refused", layer->name, path);
		part += length;
		part += strspn(part, "/");
	}
	return 0;
}

/*
 * What path names when a process with this tree as its root follows all links, starting at from.
 * NULL: nothing, or too many links.
 */
static struct tree_entry *follow(struct tree *tree, struct tree_entry *from, const char *path, int *links_left)
{
	char *copy = mem_string(path), *rest = copy, *part;
	struct tree_entry *at = *path == '/' ? tree->root : from;

	while (at && (part = next_part(&rest))) {
		if (!is_folder(at)) {
			at = NULL;
		} else if (!strcmp(part, "..")) {
			at = at->parent;
		} else {
			struct tree_entry *child = find_child(tree, at, part);

			if (child && S_ISLNK(child->node->mode))
				child = (*links_left)-- > 0 ? follow(tree, at, child->node->target, links_left) : NULL;
			at = child;
		}
	}
	free(copy);
	return at;
}

static struct tree_entry *follow_link(struct tree *tree, struct tree_entry *link)
{
	int links_left = LINKS_MAX;

	return follow(tree, link->parent, link->node->target, &links_left);
}

/* One step of walk(): the folder at name in *at; made when nobody described it. */
static int step_into(struct tree *tree, const struct layer *layer, struct tree_entry **at, const char *name)
{
	struct tree_entry *child = find_child(tree, *at, name);

	if (child && S_ISLNK(child->node->mode)) {
		if (child->layer == layer->number)
			return fail("%s: a name goes through its own symbolic link '%s' -> '%s'; refused",
				    layer->name, name, child->node->target);
		child = follow_link(tree, child);
		if (!child)
			return fail("%s: symbolic link '%s' of an earlier source leads nowhere", layer->name, name);
	}
	if (!child) {
		if ((*at)->depth >= DEPTH_MAX)
			return fail("%s: folders nested more than %d deep", layer->name, DEPTH_MAX);
		child = add_child(tree, *at, name, unset_folder());
		child->layer = layer->number;
	}
	if (!is_folder(child))
		return fail("%s: '%s' is not a folder, yet has entries", layer->name, name);
	*at = child;
	return 0;
}

/* Where a path leads: an entry called name in folder; name NULL: the root. */
struct place {
	struct tree_entry *folder;
	char *name;		/* within copy */
	char *copy;		/* of the path; the caller of walk() frees it, also after an error */
};

static int walk(struct tree *tree, const struct layer *layer, const char *path, struct place *place)
{
	char *rest, *part;

	*place = (struct place){ .folder = tree->root };
	if (check_name(layer, path))
		return -1;
	rest = place->copy = mem_string(path);
	place->name = next_part(&rest);
	while (place->name && (part = next_part(&rest))) {
		if (step_into(tree, layer, &place->folder, place->name))
			return -1;
		place->name = part;
	}
	return 0;
}

struct tree_entry *tree_find(struct tree *tree, const char *path)
{
	char *copy = mem_string(path), *rest = copy, *part;
	struct tree_entry *at = tree->root;

	while (at && (part = next_part(&rest)))
		at = find_child(tree, at, part);
	free(copy);
	return at;
}

/* --- Laying over ------------------------------------------------------------------------------- */

static void replace_node(struct tree_entry *entry, const struct layer *layer, struct node *node)
{
	node_put(entry->node);
	entry->node = node;
	entry->layer = layer->number;
}

/* Put node, whose reference is taken over, at name in folder. */
static int put_at(struct tree *tree, const struct layer *layer, struct tree_entry *folder, const char *name,
		  struct node *node)
{
	struct tree_entry *old = find_child(tree, folder, name);
	bool folder_again = old && S_ISDIR(node->mode) && is_folder(old);

	if (folder_again) {
		replace_node(old, layer, node);
		return 0;
	}
	if (old && old->layer == layer->number) {
		node_put(node);
		return fail("%s: '%s' is there twice (in '%s')", layer->name, name, folder->name);
	}
	if (old && S_ISDIR(node->mode) && S_ISLNK(old->node->mode) && !layer->oci) {
		struct tree_entry *there = follow_link(tree, old);

		if (there && is_folder(there)) {
			node_put(node);
			return 0;
		}
	}
	if (old)
		remove_entry(tree, old);
	if (folder->depth >= DEPTH_MAX) {
		node_put(node);
		return fail("%s: folders nested more than %d deep", layer->name, DEPTH_MAX);
	}
	add_child(tree, folder, name, node)->layer = layer->number;
	return 0;
}

int tree_put(struct tree *tree, const struct layer *layer, const char *path, struct node *node)
{
	struct place place;
	int result = walk(tree, layer, path, &place);

	if (!result && place.name) {
		result = put_at(tree, layer, place.folder, place.name, node);
	} else if (!result && S_ISDIR(node->mode)) {
		replace_node(tree->root, layer, node);
	} else {
		node_put(node);
		if (!result)
			result = fail("%s: the root is not a folder", layer->name);
	}
	free(place.copy);
	return result;
}

int tree_link(struct tree *tree, const struct layer *layer, const char *path, const char *target,
	      struct node **node)
{
	struct tree_entry *there = NULL;
	struct place place;
	int result = walk(tree, layer, target, &place);

	if (!result)
		there = place.name ? find_child(tree, place.folder, place.name) : tree->root;
	free(place.copy);
	if (result)
		return -1;
	if (!there)
		return fail("%s: hard link '%s' names '%s', which is not there", layer->name, path, target);
	if (is_folder(there))
		return fail("%s: hard link '%s' names the folder '%s'", layer->name, path, target);
	*node = there->node;
	there->node->refs++;
	return tree_put(tree, layer, path, there->node);
}

/* Take away entry and what is below it, as far as it comes from layers before this one. */
static void prune(struct tree *tree, const struct layer *layer, struct tree_entry *entry)
{
	for (unsigned int i = entry->nr_children; i-- > 0;)
		prune(tree, layer, entry->children[i]);
	if (entry->layer < layer->number && !entry->nr_children && entry != tree->root)
		remove_entry(tree, entry);
}

int tree_whiteout(struct tree *tree, const struct layer *layer, const char *path)
{
	struct tree_entry *entry;
	struct place place;
	int result = walk(tree, layer, path, &place);

	if (!result && !place.name)
		result = fail("%s: white-out of the root", layer->name);
	entry = result ? NULL : find_child(tree, place.folder, place.name);
	if (entry)
		prune(tree, layer, entry);
	free(place.copy);
	return result;
}

int tree_opaque(struct tree *tree, const struct layer *layer, const char *path)
{
	struct place place;
	int result = walk(tree, layer, path, &place);

	if (!result && place.name)
		result = step_into(tree, layer, &place.folder, place.name);
	for (unsigned int i = result ? 0 : place.folder->nr_children; i-- > 0;)
		prune(tree, layer, place.folder->children[i]);
	free(place.copy);
	return result;
}

/* --- The end ----------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct tree_entry *const *)a)->name, (*(struct tree_entry *const *)b)->name);
}

static int by_xattr_name(const void *a, const void *b)
{
	return strcmp(((const struct xattr *)a)->name, ((const struct xattr *)b)->name);
}

static void finish_entry(struct tree_entry *entry, int64_t latest, bool limit_times)
{
	struct node *node = entry->node;

	node->links++;
	if (node->mtime == TREE_TIME_UNSET || (limit_times && node->mtime > latest)) {
		node->mtime = latest;
		node->mtime_ns = 0;
	}
	if (node->nr_xattrs)
		qsort(node->xattrs, node->nr_xattrs, sizeof(*node->xattrs), by_xattr_name);
	if (entry->nr_children)
		qsort(entry->children, entry->nr_children, sizeof(entry), by_name);
	for (unsigned int i = 0; i < entry->nr_children; i++) {
		entry->children[i]->index = i;
		finish_entry(entry->children[i], latest, limit_times);
	}
}

void tree_finish(struct tree *tree, int64_t latest, bool limit_times)
{
	finish_entry(tree->root, latest, limit_times);
}

static int64_t newest_below(const struct tree_entry *entry)
{
	int64_t newest = entry->node->mtime;

	for (unsigned int i = 0; i < entry->nr_children; i++) {
		int64_t other = newest_below(entry->children[i]);

		if (newest < other)
			newest = other;
	}
	return newest;
}

int64_t tree_newest(const struct tree *tree)
{
	int64_t newest = newest_below(tree->root);

	return newest < 1 ? 1 : newest;
}

/* SPDX-License-Identifier: MIT */
/*
 * tree: the root file system in memory, while sources are laid one over another.
 *
 * Vocabulary. A node is what ext4 calls an inode: owner, mode, times, content. An entry is a name in
 * a folder; several entries may share one node (hard links). A layer is one source, or one layer of
 * an OCI layout; layers are numbered upwards and later ones win.
 *
 * Rules of laying over
 *  (1) Folder over folder: the later one's owner, mode, times and xattrs; the contents are joined.
 *  (2) Anything else over anything: the later one replaces, with all below it.
 *  (3) A folder of an overlay over a symbolic link to a folder (lib -> usr/lib) goes into the folder
 *      the link names, which keeps its own attributes. OCI layers follow rule 2, as their standard says.
 *  (4) Twice in one layer is an error, except a folder.
 *  (5) No name leaves the tree: "..", names through a symbolic link of the same layer, and names longer
 *      than ext4 or PATH_MAX allow are errors. Links of earlier layers are followed inside the tree, as
 *      chroot would.
 */
#pragma once

#include "imgbuild/spool.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define TREE_TIME_UNSET	INT64_MIN	/* a folder that no source described: gets the image's time */

struct xattr {
	char *name;
	void *value;
	size_t size;
};

struct node {
	unsigned int refs;	/* entries and callers that hold it */
	unsigned int links;	/* entries that name it; counted by tree_finish() */
	mode_t mode;		/* with the type */
	uint32_t uid, gid;
	uint32_t major, minor;	/* device nodes */
	int64_t mtime;		/* seconds; TREE_TIME_UNSET */
	uint32_t mtime_ns;
	char *target;		/* symbolic links */
	struct content content;	/* regular files */
	unsigned int nr_xattrs;
	struct xattr *xattrs;	/* by name after tree_finish() */
	uint32_t number;	/* inode number, for ext4.c */
	bool written;		/* for ext4.c */
};

struct tree_entry {
	char *name;
	struct tree_entry *parent;	/* the root's is itself */
	struct node *node;
	unsigned int layer;	/* that wrote it last */
	unsigned int depth;
	struct tree_entry *next;	/* in the hash bucket */
	struct tree_entry **children;	/* by name after tree_finish() */
	unsigned int nr_children, max_children;
	unsigned int index;	/* in parent->children */
};

struct tree {
	struct tree_entry *root;
	struct tree_entry **buckets;
	size_t nr_buckets, nr_entries;
};

struct layer {
	const char *name;	/* for messages */
	unsigned int number;
	bool oci;
};

void tree_init(struct tree *tree);
void tree_fini(struct tree *tree);

struct node *node_new(mode_t mode);
void node_put(struct node *node);
void node_add_xattr(struct node *node, const char *name, const void *value, size_t size);

/* Lay node at path ("usr/bin/env", "./usr", "/"). Takes over the caller's reference, also on failure. */
int __must_check tree_put(struct tree *tree, const struct layer *layer, const char *path, struct node *node);

/* Lay a hard link to target, which must be there, at path. *node is the shared node (borrowed). */
int __must_check tree_link(struct tree *tree, const struct layer *layer, const char *path,
			   const char *target, struct node **node);

/* Take away what earlier layers have at path (OCI white-out); no error when there is nothing. */
int __must_check tree_whiteout(struct tree *tree, const struct layer *layer, const char *path);

/* Take away what earlier layers have inside the folder path (OCI opaque white-out). */
int __must_check tree_opaque(struct tree *tree, const struct layer *layer, const char *path);

/* The entry at path, without following a link at its end; NULL when there is none. */
struct tree_entry *tree_find(struct tree *tree, const char *path);

/*
 * All sources are in: sort names and xattrs, count links, limit times. latest: no mtime is later (with
 * limit_times), and entries without a time get it.
 */
void tree_finish(struct tree *tree, int64_t latest, bool limit_times);

/* The newest mtime in the tree; 1 when nothing has one. Before tree_finish(). */
int64_t tree_newest(const struct tree *tree);

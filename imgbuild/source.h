/* SPDX-License-Identifier: MIT */
/*
 * source: what a root file system is made from.
 *
 * A source is a folder, a tar or cpio archive of any compression, or an OCI image layout; source_read()
 * finds out which. Each becomes one layer of the tree (an OCI layout several).
 */
#pragma once

#include "imgbuild/tree.h"

/* Owner that replaces the found one, for the files of folders (not of archives: they carry theirs). */
struct owner {
	bool set;
	uint32_t uid, gid;
};

struct source {
	const char *path;	/* "-": an archive on standard input */
	struct owner owner;
};

/* Where sources are read to. */
struct sink {
	struct tree *tree;
	struct spool *spool;
	unsigned int nr_layers;
};

/* Read one source over what is in the sink. */
int __must_check source_read(struct sink *sink, const struct source *source);

/* One folder; does not leave its file system. (folder.c) */
int __must_check folder_read(struct sink *sink, const struct layer *layer, const struct source *source);

/* One tar or cpio archive, by any compression libarchive knows. path NULL: standard input. (archive.c) */
int __must_check archive_read(struct sink *sink, const struct layer *layer, const char *path);

/* All layers of the linux/amd64 image in an OCI layout folder. (oci.c) */
int __must_check oci_read(struct sink *sink, const char *path);

/* Owners and modes by path from a text file: see owners.c. */
int __must_check owners_apply(struct tree *tree, const char *path);

/* SPDX-License-Identifier: MIT */
/*
 * folder: a folder of this machine as a source.
 *
 * Owners, modes, times, device nodes, hard links, holes and extended attributes are taken as found;
 * struct owner replaces uid and gid. Two things are left out on purpose: what lies on another file system
 * (a /proc mounted in a build root is recorded as an empty folder), and security.selinux, which is this
 * machine's policy and not the image's.
 *
 * Names are given as whole paths to the kernel, because extended attributes have no *at() calls; files are
 * opened without following links and compared with what lstat() said.
 */
#include "imgbuild/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A file with several names, to find it again by its inode. */
struct linked {
	dev_t dev;
	ino_t ino;
	struct node *node;	/* reference of its own */
};

struct walker {
	struct sink *sink;
	const struct layer *layer;
	const struct source *source;
	dev_t dev;
	void *linked;		/* tsearch tree of struct linked */
	char *buffer;
};

enum { BUFFER_SIZE = 1 << 20 };

static int compare_linked(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return 0;
}

static void free_linked(void *linked)
{
	node_put(((struct linked *)linked)->node);
	free(linked);
}

/* --- Contents ---------------------------------------------------------------------------------- */

/* Read [offset, end) of fd, all of it data, into the spool. */
static int read_data(struct walker *walker, struct content *content, int fd, off_t offset, off_t end)
{
	while (offset < end) {
		size_t want = end - offset < BUFFER_SIZE ? (size_t)(end - offset) : BUFFER_SIZE;
		ssize_t got = pread(fd, walker->buffer, want, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno("read");
		if (!got)
			return fail("it became shorter while it was read");
		if (spool_add(walker->sink->spool, content, (uint64_t)offset, walker->buffer, (size_t)got))
			return -1;
		offset += got;
	}
	return 0;
}

/* Walk the file's data areas; a file system without SEEK_DATA reports the whole file as one. */
static int read_areas(struct walker *walker, struct content *content, int fd, off_t size)
{
	off_t offset = 0;

	while (offset < size) {
		off_t data = lseek(fd, offset, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0)
			data = offset;
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (read_data(walker, content, fd, data, hole))
			return -1;
		offset = hole;
	}
	return 0;
}

static int read_file(struct walker *walker, struct node *node, const char *path, const struct stat *st)
{
	struct stat now;
	int fd, result = -1;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail_errno("cannot read '%s'", path);
	if (fstat(fd, &now) || now.st_ino != st->st_ino || now.st_dev != st->st_dev)
		fail("'%s' changed while it was read", path);
	else if (read_areas(walker, &node->content, fd, st->st_size))
		fail("cannot read '%s'", path);
	else
		result = 0;
	node->content.size = (uint64_t)st->st_size;
	close(fd);
	return result;
}

static int read_target(struct node *node, const char *path, const struct stat *st)
{
	size_t size = st->st_size > 0 ? (size_t)st->st_size + 1 : 4096;
	ssize_t got;

	node->target = mem_alloc(size + 1);
	got = readlink(path, node->target, size);
	if (got < 0)
		return fail_errno("cannot read the symbolic link '%s'", path);
	node->target[got] = '\0';
	return 0;
}

/* --- Extended attributes ----------------------------------------------------------------------- */

static bool wanted_xattr(const char *name)
{
	if (!strcmp(name, "security.selinux"))
		return false;
	return !strncmp(name, "user.", 5) || !strncmp(name, "trusted.", 8) || !strncmp(name, "security.", 9) ||
	       !strcmp(name, "system.posix_acl_access") || !strcmp(name, "system.posix_acl_default");
}

static int read_xattr(struct node *node, const char *path, const char *name)
{
	char value[XATTR_SIZE_MAX];
	ssize_t size = lgetxattr(path, name, value, sizeof(value));

	if (size < 0)
		return fail_errno("cannot read the attribute %s of '%s'", name, path);
	node_add_xattr(node, name, value, (size_t)size);
	return 0;
}

static int read_xattrs(struct node *node, const char *path)
{
	char names[XATTR_LIST_MAX];
	ssize_t size = llistxattr(path, names, sizeof(names));

	if (size < 0 && errno == ENOTSUP)
		return 0;
	if (size < 0)
		return fail_errno("cannot list the attributes of '%s'", path);
	for (char *name = names; name < names + size; name += strlen(name) + 1) {
		if (wanted_xattr(name) && read_xattr(node, path, name))
			return -1;
	}
	return 0;
}

/* --- The walk ---------------------------------------------------------------------------------- */

/* All of one file but its entries. Returns NULL after an error. */
static struct node *read_node(struct walker *walker, const char *path, const struct stat *st)
{
	const struct owner *owner = &walker->source->owner;
	struct node *node = node_new(st->st_mode);
	int result = 0;

	node->uid = owner->set ? owner->uid : st->st_uid;
	node->gid = owner->set ? owner->gid : st->st_gid;
	node->mtime = st->st_mtim.tv_sec;
	node->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	if (S_ISREG(st->st_mode)) {
		result = read_file(walker, node, path, st);
	} else if (S_ISLNK(st->st_mode)) {
		result = read_target(node, path, st);
	} else if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		node->major = major(st->st_rdev);
		node->minor = minor(st->st_rdev);
	}
	if (!result)
		result = read_xattrs(node, path);
	if (result) {
		node_put(node);
		return NULL;
	}
	return node;
}

/* The node of this inode if another name showed it before, else NULL. */
static struct node *find_linked(struct walker *walker, const struct stat *st)
{
	struct linked key = { .dev = st->st_dev, .ino = st->st_ino };
	struct linked **found = tfind(&key, &walker->linked, compare_linked);

	return found ? (*found)->node : NULL;
}

static void remember_linked(struct walker *walker, const struct stat *st, struct node *node)
{
	struct linked *linked = mem_alloc(sizeof(*linked));

	*linked = (struct linked){ st->st_dev, st->st_ino, node };
	node->refs++;
	if (!tsearch(linked, &walker->linked, compare_linked)) {
		fail("out of memory");
		exit(1);
	}
}

/* Put what lies at path (name: within the source) into the tree. */
static int read_entry(struct walker *walker, const char *path, const char *name, const struct stat *st)
{
	bool several = !S_ISDIR(st->st_mode) && st->st_nlink > 1;
	struct node *node = several ? find_linked(walker, st) : NULL;

	if (node) {
		node->refs++;
		return tree_put(walker->sink->tree, walker->layer, name, node);
	}
	node = read_node(walker, path, st);
	if (!node)
		return -1;
	if (several)
		remember_linked(walker, st, node);
	return tree_put(walker->sink->tree, walker->layer, name, node);
}

static int read_entries(struct walker *walker, DIR *dir, const char *path, const char *name);

/* The folder at path, already in the tree, and all below it. */
static int read_below(struct walker *walker, const char *path, const char *name)
{
	DIR *dir = opendir(path);
	int result;

	if (!dir)
		return fail_errno("cannot read the folder '%s'", path);
	result = read_entries(walker, dir, path, name);
	closedir(dir);
	return result;
}

static int read_one(struct walker *walker, const char *path, const char *name)
{
	struct stat st;

	if (lstat(path, &st))
		return fail_errno("'%s'", path);
	if (read_entry(walker, path, name, &st))
		return -1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (st.st_dev != walker->dev) {
		say("%s: another file system is mounted there; left empty", path);
		return 0;
	}
	return read_below(walker, path, name);
}

static int read_entries(struct walker *walker, DIR *dir, const char *path, const char *name)
{
	struct dirent *entry;
	int result = 0;

	while (!result && (errno = 0, entry = readdir(dir))) {
		char *below, *below_name;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		below = mem_format("%s/%s", path, entry->d_name);
		below_name = mem_format("%s/%s", name, entry->d_name);
		result = read_one(walker, below, below_name);
		free(below_name);
		free(below);
	}
	if (!result && errno)
		result = fail_errno("cannot read the folder '%s'", path);
	return result;
}

int folder_read(struct sink *sink, const struct layer *layer, const struct source *source)
{
	struct walker walker = { .sink = sink, .layer = layer, .source = source };
	struct stat st;
	int result;

	if (stat(source->path, &st))
		return fail_errno("'%s'", source->path);
	walker.dev = st.st_dev;
	walker.buffer = mem_alloc(BUFFER_SIZE);
	result = read_entry(&walker, source->path, "", &st);
	if (!result)
		result = read_below(&walker, source->path, "");
	tdestroy(walker.linked, free_linked);
	free(walker.buffer);
	return result;
}

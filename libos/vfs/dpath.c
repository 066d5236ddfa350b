/* SPDX-License-Identifier: MIT */
/*
 * dpath: from a path back to its name. Built from the end of the buffer towards the front, under RCU, and again if
 * something was renamed or mounted meanwhile.
 */
#include "abi/errno.h"
#include "lib/string.h"
#include "vfs/dentry.h"
#include "vfs/internal.h"

static bool prepend(char **p, const char *start, const char *text, size_t len)
{
	if ((size_t)(*p - start) < len)
		return false;
	*p -= len;
	memcpy(*p, text, len);
	return true;
}

/* One try. NULL: does not fit. */
static char *build(const struct path *path, const struct path *root, char *buf, char *end, bool *unreachable)
{
	const struct mount *mnt = path->mnt;
	const struct dentry *d = path->dentry;
	char *p = end;

	*unreachable = false;
	while (d != root->dentry || mnt != root->mnt) {
		if (d == mnt->root || d->parent == d) {
			if (mnt->parent == mnt || d != mnt->root) {
				*unreachable = true;
				break;
			}
			d = mnt->mountpoint;
			mnt = mnt->parent;
			continue;
		}
		if (!prepend(&p, buf, d->name.name, d->name.len) || !prepend(&p, buf, "/", 1))
			return NULL;
		d = d->parent;
	}
	if (p == end && !prepend(&p, buf, "/", 1))
		return NULL;
	return p;
}

/* One try of the way from the file system's root, whatever is mounted where. NULL: does not fit. */
static char *build_inside(const struct dentry *d, char *buf, char *end)
{
	char *p = end;

	for (; d->parent != d; d = d->parent) {
		if (!prepend(&p, buf, d->name.name, d->name.len) || !prepend(&p, buf, "/", 1))
			return NULL;
	}
	if (p == end && !prepend(&p, buf, "/", 1))
		return NULL;
	return p;
}

char *dentry_path(const struct dentry *d, char *buf, size_t size)
{
	static const char deleted[] = "//deleted";
	char *end = buf + size - 1, *p;
	uint32_t rename;

	*end = '\0';
	if ((READ_ONCE(d->flags) & D_UNHASHED) && d->parent != d && !prepend(&end, buf, deleted, sizeof(deleted) - 1))
		return NULL;
	do {
		rename = read_seqbegin(&rename_seq);
		rcu_read_lock();
		p = build_inside(d, buf, end);
		rcu_read_unlock();
	} while (read_seqretry(&rename_seq, rename));
	return p;
}

char *d_path(const struct path *path, const struct path *root, char *buf, size_t size, bool *unreachable)
{
	static const char deleted[] = " (deleted)";
	struct dentry *d = path->dentry;
	bool dummy, gone;
	uint32_t rename, mount;
	char *end = buf + size - 1, *p;
	int n;

	*end = '\0';
	if (!unreachable)
		unreachable = &dummy;
	if (d->ops && d->ops->dname) {
		n = d->ops->dname(d, buf, size - 1);
		buf[n < 0 ? 0 : n] = '\0';
		*unreachable = false;
		return buf;
	}
	gone = (READ_ONCE(d->flags) & D_UNHASHED) && d->parent != d;
	if (gone && !prepend(&end, buf, deleted, sizeof(deleted) - 1))
		return NULL;
	do {
		rename = read_seqbegin(&rename_seq);
		mount = read_seqbegin(&mount_seq);
		rcu_read_lock();
		p = build(path, root, buf, end, unreachable);
		rcu_read_unlock();
	} while (read_seqretry(&rename_seq, rename) || read_seqretry(&mount_seq, mount));
	return p;
}

/* SPDX-License-Identifier: MIT */
/*
 * fs_state: root, working directory and umask, shared under CLONE_FS. Writers hold the lock inside seq; walks
 * read under RCU.
 */
#include "abi/errno.h"
#include "mm/slab.h"
#include "vfs/internal.h"
#include "vfs/namei.h"

static void fs_state_setup(struct fs_state *fs)
{
	refcount_set(&fs->refs, 1);
	fs->tasks = 1;
	spin_lock_init(&fs->lock, "fs_state");
	seqcount_init(&fs->seq);
	fs->umask = 022;
}

struct fs_state *fs_state_create(void)
{
	struct fs_state *fs = kzalloc(sizeof(*fs), GFP_KERNEL);

	if (fs)
		fs_state_setup(fs);
	return fs;
}

struct fs_state *fs_state_copy(struct fs_state *from)
{
	struct fs_state *fs = fs_state_create();

	if (!fs)
		return NULL;
	spin_lock(&from->lock);
	fs->root = from->root;
	fs->pwd = from->pwd;
	fs->umask = from->umask;
	path_get(&fs->root);
	path_get(&fs->pwd);
	spin_unlock(&from->lock);
	return fs;
}

struct fs_state *fs_state_get(struct fs_state *fs)
{
	refcount_inc(&fs->refs);
	return fs;
}

void fs_state_put(struct fs_state *fs)
{
	if (!fs || !refcount_dec_and_test(&fs->refs))
		return;
	if (fs->root.mnt)
		path_put(&fs->root);
	if (fs->pwd.mnt)
		path_put(&fs->pwd);
	kfree_rcu(fs, rcu);
}

struct fs_state *fs_state_join(struct fs_state *fs)
{
	__atomic_add_fetch(&fs->tasks, 1, __ATOMIC_RELAXED);
	return fs_state_get(fs);
}

void fs_state_leave(struct fs_state *fs)
{
	if (fs)
		__atomic_sub_fetch(&fs->tasks, 1, __ATOMIC_RELAXED);
	fs_state_put(fs);
}

void fs_state_get_root(struct fs_state *fs, struct path *out)
{
	spin_lock(&fs->lock);
	*out = fs->root;
	path_get(out);
	spin_unlock(&fs->lock);
}

void fs_state_get_pwd(struct fs_state *fs, struct path *out)
{
	spin_lock(&fs->lock);
	*out = fs->pwd;
	path_get(out);
	spin_unlock(&fs->lock);
}

static void set_path(struct fs_state *fs, struct path *slot, const struct path *path)
{
	struct path old;

	path_get(path);
	spin_lock(&fs->lock);
	old = *slot;
	write_seqcount_begin(&fs->seq);
	*slot = *path;
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	if (old.mnt)
		path_put(&old);
}

void fs_state_follow(struct fs_state *fs, const struct path *from, const struct path *to)
{
	struct path *slots[] = { &fs->root, &fs->pwd };
	unsigned moved = 0;

	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);
	for (unsigned i = 0; i < ARRAY_SIZE(slots); i++) {
		if (!path_equal(slots[i], from))
			continue;
		path_get(to);
		*slots[i] = *to;
		moved++;
	}
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	while (moved--)
		path_put(from);
}

void fs_state_set_root(struct fs_state *fs, const struct path *path)
{
	set_path(fs, &fs->root, path);
}

void fs_state_set_pwd(struct fs_state *fs, const struct path *path)
{
	set_path(fs, &fs->pwd, path);
}

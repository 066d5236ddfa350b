/* SPDX-License-Identifier: MIT */
/*
 * namei: from a name to a path.
 *
 * A walk has two modes. The first try takes no lock and no reference (RCU mode): it follows cached names, checks each
 * dentry's sequence after using it, and the mount sequence at the end. Whatever it cannot do so (a name not
 * cached, a link text that must be read, a check that sleeps, a race) makes it return -ECHILD, and the walk
 * starts again taking references (REF mode), where it may sleep and look names up on disk.
 *
 *   component:  search permission of the directory -> "." / ".." / child -> mounts on it -> symbolic link?
 *   a link's text goes onto a stack of names still to walk; at most 40 links in one walk (ELOOP)
 *
 * `..` stops at the walk's root (process root, or the start for RESOLVE_BENEATH and IN_ROOT) and climbs out of mounts.
 */
#include "vfs/namei.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/super.h"

#define LINKS_MAX	40
#define NEST_INLINE	4		/* link texts not used up yet that need no memory of their own */

/* A name still to walk. */
struct pending_name {
	const char *rest;		/* where to go on */
	struct link_text link;		/* text it lies in; link.text NULL: the caller's name */
};

struct walk {
	struct vfs_ctx *ctx;
	struct path path;		/* where we are; references in REF mode */
	struct inode *inode;		/* of path.dentry */
	uint32_t seq;			/* RCU: sequence of path.dentry */
	uint32_t mount_seq;		/* RCU */
	struct path root;		/* `..` and "/" end here; references in REF mode */
	bool rcu;
	bool scoped;			/* BENEATH or IN_ROOT */
	unsigned flags;			/* enum lookup_flags */
	unsigned links;
	unsigned depth;			/* entries of stack in use */
	const char *name;		/* next character to look at */
	struct qstr last;
	enum last_type last_type;
	bool last_slash;		/* the last component was followed by '/' */
	bool dir_wanted;		/* so was a link that ends the walk: what it leads to is a folder */
	struct pending_name *stack;	/* inline_stack, or LINKS_MAX on the heap (REF mode) */
	struct pending_name inline_stack[NEST_INLINE];
};

/* --- references of the walk --- */

static void walk_release(struct walk *w)
{
	while (w->depth) {
		struct link_text *l = &w->stack[--w->depth].link;

		if (l->put)
			l->put(l->arg);
	}
	if (unlikely(w->stack != w->inline_stack))
		kfree(w->stack);
	if (w->rcu) {
		rcu_read_unlock();
	} else {
		path_put(&w->path);
		path_put(&w->root);
	}
}

/* Move to another place. REF mode: takes over new references, drops the old. */
static void walk_to(struct walk *w, struct mount *mnt, struct dentry *dentry)
{
	if (!w->rcu)
		path_put(&w->path);
	w->path.mnt = mnt;
	w->path.dentry = dentry;
}

/*
 * The inode of the place a walk starts at. Without a reference the place may be gone: a working directory that another
 * thread has just left, and that was removed before.
 */
static int arrive(struct walk *w)
{
	struct dentry *dentry = w->path.dentry;

	if (!w->rcu) {
		w->inode = dentry->inode;
		return 0;
	}
	w->seq = read_seqcount_begin(&dentry->seq);
	w->inode = READ_ONCE(dentry->inode);
	return w->inode && !read_seqcount_retry(&dentry->seq, w->seq) ? 0 : -ECHILD;
}

static int start_at_root(struct walk *w)
{
	if (!w->rcu)
		path_get(&w->root);
	walk_to(w, w->root.mnt, w->root.dentry);
	return arrive(w);
}

static void read_fs_rcu(struct fs_state *fs, struct path *root, struct path *pwd)
{
	uint32_t seq;

	do {
		seq = read_seqcount_begin(&fs->seq);
		*root = fs->root;
		*pwd = fs->pwd;
	} while (read_seqcount_retry(&fs->seq, seq));
}

/* Directory descriptor as the start. */
static int start_at_fd(struct walk *w, int dirfd, struct path *start)
{
	struct fd f = fd_get_raw(w->ctx->files, dirfd);
	int err = 0;

	if (!f.file)
		return -EBADF;
	*start = f.file->path;
	if (!S_ISDIR(f.file->inode->mode) && *w->name)
		err = -ENOTDIR;
	else if (w->rcu && f.need_put)
		err = -ECHILD;		/* the file may go once we let it go */
	if (!err && !w->rcu)
		path_get(start);
	if (w->rcu && f.need_put) {
		rcu_read_unlock();	/* it may be the last reference; the walk has failed anyway */
		fd_put(f);
		rcu_read_lock();
	} else {
		fd_put(f);
	}
	return err;
}

/* Start at a given path, REF mode. A scope is that of dirfd, which the whole look-up began with. */
static int walk_start_at(struct walk *w, int dirfd, const struct path *start)
{
	int err = 0;

	w->scoped = w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT);
	if (!w->scoped)
		fs_state_get_root(w->ctx->fs, &w->root);
	else if (dirfd == AT_FDCWD)
		fs_state_get_pwd(w->ctx->fs, &w->root);
	else
		err = start_at_fd(w, dirfd, &w->root);
	if (err)
		return err;
	path_get(start);
	w->path = *start;
	w->inode = start->dentry->inode;
	return 0;
}

static int walk_start(struct walk *w, int dirfd)
{
	struct fs_state *fs = w->ctx->fs;
	struct path start = { NULL, NULL }, pwd;
	bool absolute = *w->name == '/';
	int err = 0;

	if (w->rcu) {
		rcu_read_lock();
		w->mount_seq = read_seqbegin(&mount_seq);
		read_fs_rcu(fs, &w->root, &pwd);
	} else {
		fs_state_get_root(fs, &w->root);
	}
	w->scoped = w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT);
	if (absolute && !w->scoped) {
		start = w->root;
		if (!w->rcu)
			path_get(&start);
	} else if (absolute && (w->flags & LOOKUP_BENEATH)) {
		err = -EXDEV;
	} else if (dirfd == AT_FDCWD) {
		if (w->rcu)
			start = pwd;
		else
			fs_state_get_pwd(fs, &start);
	} else {
		err = start_at_fd(w, dirfd, &start);
	}
	if (err) {
		if (w->rcu)
			rcu_read_unlock();
		else
			path_put(&w->root);
		return err;
	}
	if (w->scoped) {
		if (!w->rcu) {
			path_put(&w->root);
			path_get(&start);
		}
		w->root = start;
	}
	w->path = start;
	err = arrive(w);
	if (err)
		rcu_read_unlock();
	return err;
}

/* --- steps --- */

static int may_search(struct walk *w)
{
	if (likely(!w->inode->ops->permission))
		return generic_permission(w->inode, w->ctx->cred, w->rcu ? MAY_EXEC | MAY_NOT_BLOCK : MAY_EXEC);
	if (w->rcu)
		return -ECHILD;
	return inode_permission(w->inode, w->ctx->cred, MAY_EXEC);
}

/* What is mounted on the place we are, to the top. */
static int cross_mounts(struct walk *w)
{
	struct mount *m;

	while (unlikely(READ_ONCE(w->path.dentry->flags) & D_MOUNTED)) {
		if (w->rcu) {
			m = mount_lookup_rcu(w->path.mnt, w->path.dentry);
			if (!m)
				break;
			w->path.mnt = m;
			w->path.dentry = m->root;
			w->seq = read_seqcount_begin(&m->root->seq);
		} else {
			m = mount_lookup(&w->path);
			if (!m)
				break;
			walk_to(w, m, dget(m->root));
		}
		if (w->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
		w->inode = w->path.dentry->inode;
	}
	return 0;
}

static int step_up_rcu(struct walk *w)
{
	while (!path_equal(&w->path, &w->root)) {
		struct dentry *old = w->path.dentry, *parent;
		struct mount *mnt = w->path.mnt;

		if (old == mnt->root) {
			if (mnt->parent == mnt)
				break;
			if (w->flags & LOOKUP_NO_XDEV)
				return -EXDEV;
			w->path.dentry = mnt->mountpoint;
			w->path.mnt = mnt->parent;
			w->seq = read_seqcount_begin(&w->path.dentry->seq);
			continue;
		}
		parent = old->parent;
		if (read_seqcount_retry(&old->seq, w->seq))
			return -ECHILD;
		w->path.dentry = parent;
		w->seq = read_seqcount_begin(&parent->seq);
		break;
	}
	w->inode = w->path.dentry->inode;
	return w->inode ? cross_mounts(w) : -ECHILD;
}

static struct dentry *get_parent(struct dentry *dentry)
{
	struct dentry *parent;

	rcu_read_lock();
	do {
		parent = READ_ONCE(dentry->parent);
	} while (!dentry_try_get(parent));
	rcu_read_unlock();
	return parent;
}

static int step_up_ref(struct walk *w)
{
	while (!path_equal(&w->path, &w->root)) {
		struct mount *mnt = w->path.mnt;
		struct path place;

		if (w->path.dentry != mnt->root) {
			walk_to(w, mount_get(mnt), get_parent(w->path.dentry));
			break;
		}
		if (!mount_place(mnt, &place))
			break;
		if (w->flags & LOOKUP_NO_XDEV) {
			path_put(&place);
			return -EXDEV;
		}
		walk_to(w, place.mnt, place.dentry);
	}
	w->inode = w->path.dentry->inode;
	return cross_mounts(w);
}

static int step_up(struct walk *w)
{
	if ((w->flags & LOOKUP_BENEATH) && path_equal(&w->path, &w->root))
		return -EXDEV;
	return w->rcu ? step_up_rcu(w) : step_up_ref(w);
}

/* The child w->last under RCU: *out and its sequence. */
static int child_rcu(struct walk *w, struct dentry **out, struct inode **inode, uint32_t *seq)
{
	struct dentry *parent = w->path.dentry, *d = d_lookup_rcu(parent, &w->last, seq);

	if (!d || (READ_ONCE(d->flags) & D_REVALIDATE))
		return -ECHILD;
	*inode = READ_ONCE(d->inode);
	if (read_seqcount_retry(&d->seq, *seq) || read_seqcount_retry(&parent->seq, w->seq))
		return -ECHILD;
	*out = d;
	return 0;
}

static int lookup_slow(struct dentry *dir, const struct qstr *name, struct dentry **out)
{
	struct inode *inode = dir->inode;
	struct dentry *d;
	int err = 0;

	d = d_lookup(dir, name);		/* another walk may have been first */
	if (d) {
		*out = d;
		return 0;
	}
	if (inode->state & I_DEAD_DIR)
		return -ENOENT;
	d = d_alloc(dir, name);
	if (!d)
		return -ENOMEM;
	err = inode->ops->lookup ? inode->ops->lookup(inode, d) : -ENOTDIR;
	if (err) {
		dput(d);
		return err;
	}
	*out = d;
	return 0;
}

/* A cached dentry its file system wants to check: 1 good, 0 dropped. */
static int revalidate(struct dentry *d)
{
	int ok;

	if (!(d->flags & D_REVALIDATE))
		return 1;
	ok = d->ops->revalidate(d, /*rcu=*/false);
	if (ok > 0)
		return 1;
	d_drop(d);
	dput(d);
	return ok;
}

/* The child w->last with a reference, looked up on disk if need be. */
static int child_ref(struct walk *w, struct dentry **out)
{
	struct dentry *dir = w->path.dentry, *d = d_lookup(dir, &w->last);
	int ok, err;

	if (d) {
		ok = revalidate(d);
		if (ok < 0)
			return ok;
		if (ok) {
			*out = d;
			return 0;
		}
	}
	if (w->flags & LOOKUP_CACHED)
		return -EAGAIN;
	/* For writing: two walks must not both look a name up and enter it twice. */
	down_write(&dir->inode->lock);
	err = lookup_slow(dir, &w->last, out);
	up_write(&dir->inode->lock);
	return err;
}

int dir_lookup(struct vfs_ctx *ctx, struct dentry *dir, const struct qstr *name, struct dentry **out)
{
	struct dentry *d = d_lookup(dir, name);
	int ok;

	(void)ctx;
	if (d) {
		ok = revalidate(d);
		if (ok < 0)
			return ok;
		if (ok) {
			*out = d;
			return 0;
		}
	}
	return lookup_slow(dir, name, out);
}

/* Room for one more text that is not used up. Under RCU the few inline places must do. */
static int stack_grow(struct walk *w)
{
	struct pending_name *larger;

	if (w->depth < NEST_INLINE || w->stack != w->inline_stack)
		return 0;
	if (w->rcu)
		return -ECHILD;
	larger = kmalloc(LINKS_MAX * sizeof(*larger), GFP_KERNEL);
	if (!larger)
		return -ENOMEM;
	memcpy(larger, w->inline_stack, sizeof(w->inline_stack));
	w->stack = larger;
	return 0;
}

static int push_link(struct walk *w, struct dentry *dentry, struct inode *inode)
{
	struct link_text link = { NULL, NULL, NULL };
	int err;

	if ((w->flags & LOOKUP_NO_SYMLINKS) || unlikely(w->path.mnt->flags & MS_NOSYMFOLLOW))
		return -ELOOP;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	err = stack_grow(w);
	if (err)
		return err;
	err = inode->ops->get_link(w->rcu ? NULL : dentry, inode, &link);
	if (err)
		return err;
	if (!w->rcu)
		path_touch_atime(&(struct path){ .mnt = w->path.mnt, .dentry = dentry });
	if (!*w->name && w->depth) {	/* the text we are in is used up: this one takes its place */
		struct link_text *old = &w->stack[w->depth - 1].link;

		if (old->put)
			old->put(old->arg);
		*old = link;
	} else {			/* come back to what follows, if anything */
		w->stack[w->depth].rest = w->name;
		w->stack[w->depth].link = link;
		w->depth++;
	}
	w->name = link.text;
	if (!*link.text)
		return -ENOENT;
	if (*link.text != '/')
		return 0;
	if (w->flags & LOOKUP_BENEATH)
		return -EXDEV;
	if ((w->flags & LOOKUP_NO_XDEV) && w->path.mnt != w->root.mnt)
		return -EXDEV;
	return start_at_root(w);
}

/* A magic link (/proc/PID/fd/N, exe, cwd): jumps to a path instead of giving a text. */
static int follow_jump(struct walk *w, struct dentry *dentry, struct inode *inode)
{
	struct path to;
	int err;

	if (w->rcu)
		return -ECHILD;
	if (w->flags & (LOOKUP_NO_MAGICLINKS | LOOKUP_NO_SYMLINKS))
		return -ELOOP;
	if (w->scoped)
		return -EXDEV;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	err = inode->ops->get_path(dentry, inode, &to);
	if (err) {
		w->links--;
		return err;
	}
	walk_to(w, to.mnt, to.dentry);
	w->inode = to.dentry->inode;
	return 0;
}

/* Go to the child named w->last. `last`: it ends the whole walk. */
static int step_down(struct walk *w, bool last)
{
	struct dentry *d;
	struct inode *inode = NULL;
	uint32_t seq = 0;
	int err = w->rcu ? child_rcu(w, &d, &inode, &seq) : child_ref(w, &d);

	if (err)
		return err;
	if (!w->rcu)
		inode = d->inode;
	if (!inode) {
		if (!w->rcu)
			dput(d);
		return -ENOENT;
	}
	if (unlikely(S_ISLNK(inode->mode)) && (!last || (w->flags & LOOKUP_FOLLOW) || w->last_slash)) {
		w->dir_wanted |= last && w->last_slash;
		err = inode->ops->get_path ? follow_jump(w, d, inode) : -EOPNOTSUPP;
		if (err == -EOPNOTSUPP)
			err = push_link(w, d, inode);
		if (!w->rcu)
			dput(d);
		return err;
	}
	if (!w->rcu)
		mount_get(w->path.mnt);
	walk_to(w, w->path.mnt, d);
	w->seq = seq;
	w->inode = inode;
	return cross_mounts(w);
}

/* Cut the next component off w->name into w->last. False: nothing is left of this name. */
static int next_component(struct walk *w)
{
	const char *p = w->name, *start;

	while (*p == '/')
		p++;
	start = p;
	while (*p && *p != '/')
		p++;
	w->last.name = start;
	w->last.len = (uint32_t)(p - start);
	w->last_slash = *p == '/';
	while (*p == '/')
		p++;
	w->name = p;
	if (!w->last.len) {
		w->last_type = LAST_ROOT;
		return 0;
	}
	if (w->last.len > NAME_MAX)
		return -ENAMETOOLONG;
	w->last_type = LAST_NORM;
	if (start[0] == '.' && w->last.len == 1)
		w->last_type = LAST_DOT;
	else if (start[0] == '.' && w->last.len == 2 && start[1] == '.')
		w->last_type = LAST_DOTDOT;
	else
		w->last.hash = vfs_hash_name(start, w->last.len);
	return 1;
}

/* Back to the name a finished link text interrupted. True: there is one with something left. */
static bool pop_link(struct walk *w)
{
	while (w->depth) {
		struct pending_name *p = &w->stack[--w->depth];

		if (p->link.put)
			p->link.put(p->link.arg);
		w->name = p->rest;
		if (*w->name)
			return true;
	}
	return false;
}

static bool nothing_follows(const struct walk *w)
{
	if (*w->name)
		return false;
	for (unsigned i = 0; i < w->depth; i++) {
		if (*w->stack[i].rest)
			return false;
	}
	return true;
}

/* Walk everything (parent_only: all but the last component, which stays in w->last). */
static int walk_names(struct walk *w, bool parent_only)
{
	bool last;
	int err;

	w->last_type = LAST_ROOT;
	for (;;) {
		err = next_component(w);
		if (err < 0)
			return err;
		if (!err) {
			if (pop_link(w))
				continue;
			return 0;
		}
		last = nothing_follows(w);
		if (!S_ISDIR(w->inode->mode))
			return -ENOTDIR;
		err = may_search(w);
		if (err)
			return err;
		if (parent_only && last)
			return 0;
		if (w->last_type == LAST_DOTDOT)
			err = step_up(w);
		else if (w->last_type == LAST_NORM)
			err = step_down(w, last);
		if (err)
			return err;
		if (!*w->name && !w->depth)
			break;
		if (!*w->name && !pop_link(w))
			break;
	}
	if ((w->last_slash || w->dir_wanted || (w->flags & LOOKUP_DIRECTORY)) && !S_ISDIR(w->inode->mode))
		return -ENOTDIR;
	return 0;
}

/* RCU mode is over: is what was found still so? */
static bool rcu_result_valid(struct walk *w)
{
	return !read_seqcount_retry(&w->path.dentry->seq, w->seq) && !read_seqretry(&mount_seq, w->mount_seq);
}

/* Turn the result of an RCU walk into references. False: it changed meanwhile. */
static bool legitimize(struct walk *w)
{
	if (!mount_try_get(w->path.mnt))
		return false;
	if (!dentry_try_get(w->path.dentry)) {
		rcu_read_unlock();
		mount_put(w->path.mnt);
		rcu_read_lock();
		return false;
	}
	if (rcu_result_valid(w))
		return true;
	rcu_read_unlock();
	path_put(&w->path);
	rcu_read_lock();
	return false;
}

static int walk_init(struct walk *w, struct vfs_ctx *ctx, const char *name, unsigned flags, bool rcu)
{
	w->ctx = ctx;
	w->name = name;
	w->flags = flags;
	w->rcu = rcu;
	w->links = 0;
	w->depth = 0;
	w->stack = w->inline_stack;
	w->last_slash = w->dir_wanted = false;
	if (!*name && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	return 0;
}

static int lookup_mode(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, struct path *out, bool rcu)
{
	struct walk w;
	int err = walk_init(&w, ctx, name, flags, rcu);

	if (!err)
		err = walk_start(&w, dirfd);
	if (err)
		return err;
	err = walk_names(&w, /*parent_only=*/false);
	if (rcu && (err ? !rcu_result_valid(&w) : !legitimize(&w)))
		err = -ECHILD;
	if (!err) {
		*out = w.path;
		if (!rcu)
			path_get(out);
	}
	walk_release(&w);
	return err;
}

int path_lookup(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, struct path *out)
{
	int err = lookup_mode(ctx, dirfd, name, flags, out, /*rcu=*/true);

	if (unlikely(err == -ECHILD))
		err = lookup_mode(ctx, dirfd, name, flags, out, /*rcu=*/false);
	return err;
}

int path_visit(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags,
	       int (*fn)(const struct path *path, struct inode *inode, bool rcu, void *arg), void *arg)
{
	struct path path;
	struct walk w;
	int err = walk_init(&w, ctx, name, flags, /*rcu=*/true);

	if (err)
		return err;
	err = walk_start(&w, dirfd);
	if (!err) {
		err = walk_names(&w, /*parent_only=*/false);
		if (!err)
			err = fn(&w.path, w.inode, /*rcu=*/true, arg);
		if (unlikely(READ_ONCE(w.path.mnt->expiring)))
			WRITE_ONCE(w.path.mnt->expiring, false);
		if (err != -ECHILD && !rcu_result_valid(&w))
			err = -ECHILD;
		walk_release(&w);
	}
	if (likely(err != -ECHILD))
		return err;
	err = lookup_mode(ctx, dirfd, name, flags, &path, /*rcu=*/false);
	if (err)
		return err;
	err = fn(&path, path.dentry->inode, /*rcu=*/false, arg);
	path_put(&path);
	return err;
}

static int parent_mode(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, struct path *parent,
		       struct qstr *last, enum last_type *type, bool rcu)
{
	struct walk w;
	int err = walk_init(&w, ctx, name, flags & ~(unsigned)LOOKUP_DIRECTORY, rcu);

	if (!err)
		err = walk_start(&w, dirfd);
	if (err)
		return err;
	err = walk_names(&w, /*parent_only=*/true);
	/*
	 * A last component that lies in a link's text would go with the link: such names are walked by the
	 * caller anew.
	 */
	if (rcu && (err ? !rcu_result_valid(&w) : !legitimize(&w)))
		err = -ECHILD;
	if (!err) {
		*parent = w.path;
		if (!rcu)
			path_get(parent);
		*last = w.last;
		*type = w.last_type;
	}
	walk_release(&w);
	return err;
}

int path_parent(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, struct path *parent,
		struct qstr *last, enum last_type *type)
{
	int err = parent_mode(ctx, dirfd, name, flags, parent, last, type, /*rcu=*/true);

	if (unlikely(err == -ECHILD))
		err = parent_mode(ctx, dirfd, name, flags, parent, last, type, /*rcu=*/false);
	return err;
}

int path_parent_from(struct vfs_ctx *ctx, int dirfd, const struct path *start, const char *name, unsigned flags,
		     struct path *parent, struct qstr *last, enum last_type *type)
{
	struct walk w;
	int err = walk_init(&w, ctx, name, flags & ~(unsigned)LOOKUP_DIRECTORY, /*rcu=*/false);

	if (err)
		return err;
	err = walk_start_at(&w, dirfd, start);
	if (err)
		return err;
	err = walk_names(&w, /*parent_only=*/true);
	if (!err) {
		*parent = w.path;
		path_get(parent);
		*last = w.last;
		*type = w.last_type;
	}
	walk_release(&w);
	return err;
}

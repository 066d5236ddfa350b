/* SPDX-License-Identifier: MIT */
/*
 * tmpfs directories: entries by name and by cookie, and the operations that change them.
 *
 * The entries are the truth; the dentry cache above only remembers them, and may forget at any time. Each entry holds
 * a reference on its inode. Operations run with the directory's inode->lock held as vfs/inode.h says.
 */
#include "fs/tmpfs/internal.h"

#include "abi/dirent.h"
#include "abi/errno.h"
#include "abi/ioctl.h"		/* RENAME_* lie in <linux/fs.h> */
#include "abi/limits.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"


/* --- Entries ----------------------------------------------------------------------------------- */

static int compare(const struct tmpfs_entry *e, uint32_t hash, const char *name, uint32_t len)
{
	if (hash != e->hash)
		return hash < e->hash ? -1 : 1;
	if (len != e->len)
		return len < e->len ? -1 : 1;
	return memcmp(name, e->name, len);
}

static struct tmpfs_entry *entry_of(struct rb_node *node)
{
	return rb_entry(node, struct tmpfs_entry, node);
}

static struct tmpfs_entry *find(const struct inode *dir, const char *name, uint32_t len)
{
	uint32_t hash = full_name_hash(NULL, name, len);
	struct rb_node *node = tmpfs_i(dir)->names.rb_node;

	while (node) {
		int c = compare(entry_of(node), hash, name, len);

		if (!c)
			return entry_of(node);
		node = c < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static struct tmpfs_entry *find_dentry(const struct inode *dir, const struct dentry *dentry)
{
	return find(dir, dentry->name.name, dentry->name.len);
}

static void insert_name(struct tmpfs_inode *dir, struct tmpfs_entry *e)
{
	struct rb_node **link = &dir->names.rb_node, *parent = NULL;
	const struct tmpfs_entry *p;

	while (*link) {
		parent = *link;
		p = entry_of(parent);
		link = compare(p, e->hash, e->name, e->len) < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&e->node, parent, link);
	rb_insert_color(&e->node, &dir->names);
}

/* Enter a name that is not there; takes over the caller's reference on inode. 0 or -ENOMEM. */
static int add_entry(struct inode *dir, const char *name, uint32_t len, struct inode *inode)
{
	struct tmpfs_inode *d = tmpfs_i(dir);
	struct tmpfs_entry *e = kmalloc(sizeof(*e) + len + 1, GFP_KERNEL);
	int err;

	if (!e)
		return -ENOMEM;
	e->cookie = d->next_cookie;
	e->inode = inode;
	e->hash = full_name_hash(NULL, name, len);
	e->len = len;
	memcpy(e->name, name, len);
	e->name[len] = '\0';
	err = xa_insert(&d->cookies, e->cookie, e);
	if (err) {
		kfree(e);
		return err;
	}
	d->next_cookie++;
	insert_name(d, e);
	WRITE_ONCE(dir->size, dir->size + TMPFS_NAME_SIZE);
	inode_touch_mtime(dir);
	return 0;
}

/* Take an entry out and free it; its reference on the inode becomes the caller's. */
static struct inode *remove_entry(struct inode *dir, struct tmpfs_entry *e)
{
	struct tmpfs_inode *d = tmpfs_i(dir);
	struct inode *inode = e->inode;

	rb_erase(&e->node, &d->names);
	xa_erase(&d->cookies, e->cookie);
	WRITE_ONCE(dir->size, dir->size - TMPFS_NAME_SIZE);
	inode_touch_mtime(dir);
	kfree(e);
	return inode;
}

/*
 * A directory that is evicted with names in it goes with its file system. Putting an inode may evict another
 * directory from here: its entries join the chain that the outermost call works off, so that depth costs no stack.
 */
void tmpfs_drop_entries(struct inode *dir)
{
	struct tmpfs_super *sbi = tmpfs_sb(dir->sb);
	struct tmpfs_inode *d = tmpfs_i(dir);
	struct rb_node *node;
	bool mine;

	xa_destroy(&d->cookies);
	spin_lock(&sbi->lock);
	while ((node = d->names.rb_node)) {
		rb_erase(node, &d->names);
		node->rb_right = sbi->orphans;
		sbi->orphans = node;
	}
	mine = !sbi->draining;
	sbi->draining = true;
	while (mine && (node = sbi->orphans)) {
		sbi->orphans = node->rb_right;
		spin_unlock(&sbi->lock);
		inode_put(entry_of(node)->inode);
		kfree(entry_of(node));
		spin_lock(&sbi->lock);
	}
	if (mine)
		sbi->draining = false;
	spin_unlock(&sbi->lock);
}

/* --- Making and removing names ----------------------------------------------------------------- */

static int tmpfs_lookup(struct inode *dir, struct dentry *dentry)
{
	struct tmpfs_entry *e;

	if (dentry->name.len > NAME_MAX)
		return -ENAMETOOLONG;
	e = find_dentry(dir, dentry);
	d_add(dentry, e ? inode_get(e->inode) : NULL);
	return 0;
}

/* A new object did not get a name: let it go. */
static void discard(struct inode *inode)
{
	inode_set_nlink(inode, 0);
	inode_put(inode);
}

/* Enter a new inode (NULL: none could be had) under a name; its reference is used up either way. */
static int enter_new(struct inode *dir, const char *name, uint32_t len, struct inode *inode)
{
	int err;

	if (!inode)
		return -ENOSPC;
	err = add_entry(dir, name, len, inode);
	if (err) {
		discard(inode);
		return err;
	}
	if (S_ISDIR(inode->mode)) {
		tmpfs_i(inode)->parent = dir;
		inode_inc_nlink(dir);
	}
	return 0;
}

int tmpfs_enter(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	int err = enter_new(dir, dentry->name.name, dentry->name.len, inode);

	if (!err)
		d_instantiate(dentry, inode_get(inode));
	return err;
}

static int tmpfs_mknod(struct inode *dir, struct dentry *dentry, uint32_t mode, uint64_t rdev,
		       const struct cred *cred)
{
	struct inode *inode = tmpfs_new_inode(dir->sb, dir, mode, cred);

	if (inode && !S_ISREG(mode) && !S_ISDIR(mode))
		inode_init_special(inode, inode->mode, rdev);
	return tmpfs_enter(dir, dentry, inode);
}

static int tmpfs_create(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred)
{
	return tmpfs_mknod(dir, dentry, (mode & 07777) | S_IFREG, 0, cred);
}

static int tmpfs_mkdir(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred)
{
	return tmpfs_mknod(dir, dentry, (mode & 07777) | S_IFDIR, 0, cred);
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry, const char *text, const struct cred *cred)
{
	struct inode *inode = tmpfs_new_inode(dir->sb, dir, S_IFLNK | 0777, cred);

	if (inode) {
		tmpfs_i(inode)->link = kstrdup(text, GFP_KERNEL);
		inode->size = (loff_t)strlen(text);
		if (!tmpfs_i(inode)->link) {
			discard(inode);
			return -ENOMEM;
		}
	}
	return tmpfs_enter(dir, dentry, inode);
}

static int tmpfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = inode_get(d_inode(old));
	int err = add_entry(dir, dentry->name.name, dentry->name.len, inode);

	if (err) {
		inode_put(inode);
		return err;
	}
	inode_inc_nlink(inode);
	inode_touch_ctime(inode);
	d_instantiate(dentry, inode_get(inode));
	return 0;
}

/* An inode lost one of its names in dir: count, and give the name's reference up. */
static void name_gone(struct inode *dir, struct inode *inode)
{
	assert_held(&inode->lock);
	if (S_ISDIR(inode->mode)) {
		inode_set_nlink(inode, 0);
		inode_drop_nlink(dir);
	} else {
		inode_drop_nlink(inode);
	}
	inode_touch_ctime(inode);
	inode_put(inode);
}

static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct tmpfs_entry *e = find_dentry(dir, dentry);

	if (!e)
		return -ENOENT;
	name_gone(dir, remove_entry(dir, e));
	return 0;
}

static bool has_entries(const struct inode *inode)
{
	return S_ISDIR(inode->mode) && !RB_EMPTY_ROOT(&tmpfs_i(inode)->names);
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	return has_entries(d_inode(dentry)) ? -ENOTEMPTY : tmpfs_unlink(dir, dentry);
}

/* Two names change what they stand for. */
static int exchange(struct inode *old_dir, struct tmpfs_entry *a, struct inode *new_dir, struct tmpfs_entry *b)
{
	bool a_dir = S_ISDIR(a->inode->mode), b_dir = S_ISDIR(b->inode->mode);

	swap(a->inode, b->inode);
	if (old_dir != new_dir && a_dir != b_dir) {
		inode_inc_nlink(a_dir ? new_dir : old_dir);
		inode_drop_nlink(a_dir ? old_dir : new_dir);
	}
	if (b_dir)
		tmpfs_i(a->inode)->parent = old_dir;
	if (a_dir)
		tmpfs_i(b->inode)->parent = new_dir;
	inode_touch_mtime(old_dir);
	inode_touch_mtime(new_dir);
	inode_touch_ctime(a->inode);
	inode_touch_ctime(b->inode);
	return 0;
}

/* Let the new name stand for inode; a name that is there keeps its place and drops what it stood for. */
static int rename_to(struct inode *dir, struct dentry *new, struct tmpfs_entry *target, struct inode *inode)
{
	struct inode *gone;
	int err;

	if (!target) {
		err = add_entry(dir, new->name.name, new->name.len, inode_get(inode));
		if (err)
			inode_put(inode);
		return err;
	}
	gone = target->inode;
	target->inode = inode_get(inode);
	inode_touch_mtime(dir);
	name_gone(dir, gone);
	return 0;
}

/* The inode has another name by now: the old one goes, or stands for a whiteout (NULL: none), which is given to it. */
static void leave_name(struct inode *dir, struct tmpfs_entry *e, struct inode *whiteout)
{
	if (!whiteout) {
		inode_put(remove_entry(dir, e));
		return;
	}
	inode_put(e->inode);
	e->inode = whiteout;
	inode_touch_mtime(dir);
}

static int tmpfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
			unsigned flags)
{
	struct tmpfs_entry *e = find_dentry(old_dir, old), *target = find_dentry(new_dir, new);
	struct inode *inode, *whiteout = NULL;
	int err;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (!e || ((flags & RENAME_EXCHANGE) && !target))
		return -ENOENT;
	if (flags & RENAME_EXCHANGE)
		return exchange(old_dir, e, new_dir, target);
	if (target && has_entries(target->inode))
		return -ENOTEMPTY;
	/* Overlays mark a removed name by a character device 0:0. */
	if (flags & RENAME_WHITEOUT) {
		whiteout = tmpfs_new_inode(old_dir->sb, old_dir, S_IFCHR, cred_current());
		if (!whiteout)
			return -ENOSPC;
	}
	inode = e->inode;
	err = rename_to(new_dir, new, target, inode);
	if (err) {
		if (whiteout)
			discard(whiteout);
		return err;
	}
	leave_name(old_dir, e, whiteout);
	if (S_ISDIR(inode->mode)) {
		tmpfs_i(inode)->parent = new_dir;
		inode_drop_nlink(old_dir);
		inode_inc_nlink(new_dir);
	}
	inode_touch_ctime(inode);
	return 0;
}

static int tmpfs_tmpfile(struct inode *dir, uint32_t mode, const struct cred *cred, struct inode **out)
{
	struct inode *inode = tmpfs_new_inode(dir->sb, dir, (mode & 07777) | S_IFREG, cred);

	if (!inode)
		return -ENOSPC;
	inode_set_nlink(inode, 0);
	*out = inode;
	return 0;
}

const struct inode_ops tmpfs_dir_inode_ops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.mkdir = tmpfs_mkdir,
	.mknod = tmpfs_mknod,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rmdir = tmpfs_rmdir,
	.rename = tmpfs_rename,
	.tmpfile = tmpfs_tmpfile,
	TMPFS_XATTR_OPS,
};

/* --- Reading a directory ----------------------------------------------------------------------- */

/* pos: 0 ".", 1 "..", then the cookie from which on entries are still to be shown. */
static int tmpfs_iterate(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file->inode;
	struct tmpfs_inode *d = tmpfs_i(dir);
	struct tmpfs_entry *e;
	unsigned long index;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, dir->ino, DT_DIR, 1))
			return 0;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, d->parent->ino, DT_DIR, TMPFS_FIRST_COOKIE))
			return 0;
		ctx->pos = TMPFS_FIRST_COOKIE;
	}
	xa_for_each_range(&d->cookies, index, e, (unsigned long)ctx->pos, ULONG_MAX) {
		if (!ctx->emit(ctx, e->name, e->len, e->inode->ino, e->inode->mode >> 12 & 15, (loff_t)index + 1))
			return 0;
		ctx->pos = (loff_t)index + 1;
	}
	return 0;
}

const struct file_ops tmpfs_dir_ops = {
	.iterate = tmpfs_iterate,
	.llseek = generic_llseek,
};

/* --- Kernel-made entries ----------------------------------------------------------------------- */

/* The dentry cache may remember that there is, or was, no such name. */
static void forget_name(struct inode *dir, const char *name, uint32_t len)
{
	struct dentry *parent, *child;
	struct qstr q;

	spin_lock(&dir->spin);
	parent = list_first_entry_or_null(&dir->aliases, struct dentry, alias);
	if (parent && !dentry_try_get(parent))
		parent = NULL;		/* it is going, and so nothing is cached below it */
	spin_unlock(&dir->spin);
	if (!parent)
		return;
	q = (struct qstr){ name, len, d_name_hash(parent, name, len) };
	child = d_lookup(parent, &q);
	if (child) {
		d_drop(child);
		dput(child);
	}
	dput(parent);
}

int tmpfs_make_node(struct inode *dir, const char *name, uint32_t mode, uint64_t rdev, struct inode **out)
{
	uint32_t len = (uint32_t)strlen(name);
	struct tmpfs_entry *e;
	struct inode *inode;
	int err = 0;

	down_write(&dir->lock);
	e = find(dir, name, len);
	if (e) {
		inode = e->inode;
		err = (inode->mode ^ mode) & S_IFMT ? -EEXIST : 0;
	} else {
		inode = tmpfs_new_inode(dir->sb, dir, mode, &cred_root);
		if (inode && !S_ISREG(mode) && !S_ISDIR(mode))
			inode_init_special(inode, inode->mode, rdev);
		err = enter_new(dir, name, len, inode);
		if (!err)
			forget_name(dir, name, len);
	}
	if (!err)
		*out = inode_get(inode);
	up_write(&dir->lock);
	return err;
}

void tmpfs_remove_node(struct inode *dir, const char *name)
{
	uint32_t len = (uint32_t)strlen(name);
	struct inode *inode = NULL;
	struct tmpfs_entry *e;

	down_write(&dir->lock);
	e = find(dir, name, len);
	if (e) {
		inode = inode_get(e->inode);
		down_write_nested(&inode->lock, 1);
		if (!has_entries(inode)) {
			name_gone(dir, remove_entry(dir, e));
			if (S_ISDIR(inode->mode))
				inode_set_dead_locked(inode);
			forget_name(dir, name, len);
		}
		up_write(&inode->lock);
	}
	up_write(&dir->lock);
	inode_put(inode);
}

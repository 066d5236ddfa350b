/* SPDX-License-Identifier: MIT */
/*
 * pseudo/dir: folders: the tree that registration makes, look-up and listing.
 *
 * Positions of a listing: 0 and 1 are the dots, then the fixed entries in order, then from DIR_COMPUTED on the
 * computed ones at whatever position their folder gives them.
 */
#include "fs/pseudo/instance.h"

#include "abi/errno.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/stat.h"

#define DIR_DOTS	2
#define DIR_COMPUTED	1024

static DEFINE_MUTEX(pseudo_tree);

void pseudo_node_init(struct pseudo_node *node, const char *name)
{
	strscpy(node->name, name, sizeof(node->name));
	INIT_LIST_HEAD(&node->children);
	INIT_LIST_HEAD(&node->tables);
	node->entry = (struct pseudo_entry){
		.name = node->name, .mode = S_IFDIR | 0555, .dir = &pseudo_node_dir, .arg = node,
	};
}

/* The n-th fixed entry of a registered folder: its sub-folders, then its tables; NULL past the last. */
static const struct pseudo_entry *node_entry(const struct pseudo_node *node, unsigned n)
{
	const struct pseudo_node *child;
	const struct pseudo_table *table;

	list_for_each_entry_rcu(child, &node->children, link) {
		if (n-- == 0)
			return &child->entry;
	}
	list_for_each_entry_rcu(table, &node->tables, link) {
		if (n < table->count)
			return &table->entries[n];
		n -= table->count;
	}
	return NULL;
}

static const struct pseudo_entry *dir_entry(const struct pseudo_target *dir, unsigned n)
{
	const struct pseudo_dir *ops = dir->entry->dir;

	if (ops == &pseudo_node_dir)
		return node_entry(dir->entry->arg, n);
	return n < ops->count ? &ops->entries[n] : NULL;
}

/* Where the computed names come from; NULL: there are none. */
static const struct pseudo_dir *dir_computed(const struct pseudo_target *dir)
{
	const struct pseudo_dir *ops = dir->entry->dir;

	if (ops == &pseudo_node_dir)
		return READ_ONCE(((const struct pseudo_node *)dir->entry->arg)->computed);
	return ops->lookup ? ops : NULL;
}

/* Registered folders are all of this one kind; their names are found through entry.arg. */
const struct pseudo_dir pseudo_node_dir;

static struct pseudo_node *node_child(struct pseudo_node *node, const char *name, size_t len)
{
	struct pseudo_node *child;

	list_for_each_entry(child, &node->children, link) {
		if (strlen(child->name) == len && !memcmp(child->name, name, len))
			return child;
	}
	return NULL;
}

/* The folder at path, made if need be; NULL: no memory. pseudo_tree is held. */
static struct pseudo_node *node_at(struct pseudo_node *node, const char *path)
{
	while (*path && node) {
		size_t len = strcspn(path, "/");
		struct pseudo_node *child = node_child(node, path, len);

		if (!child) {
			char name[sizeof(child->name)];

			strscpy(name, path, len + 1 < sizeof(name) ? len + 1 : sizeof(name));
			child = kzalloc(sizeof(*child), GFP_KERNEL);
			if (child) {
				pseudo_node_init(child, name);
				list_add_tail_rcu(&child->link, &node->children);
			}
		}
		node = child;
		path += len + (path[len] == '/');
	}
	return node;
}

int pseudo_register(struct pseudo_fs *fs, const char *folder, const struct pseudo_entry *entries, unsigned count)
{
	struct pseudo_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	struct pseudo_node *node;

	if (!table)
		return -ENOMEM;
	table->entries = entries;
	table->count = count;
	mutex_lock(&pseudo_tree);
	node = node_at(&fs->root, folder);
	if (node)
		list_add_tail_rcu(&table->link, &node->tables);
	mutex_unlock(&pseudo_tree);
	if (!node)
		kfree(table);
	return node ? 0 : -ENOMEM;
}

static int dir_find(const struct pseudo_target *dir, const struct pseudo_fs *fs, const char *name,
		    struct pseudo_target *out)
{
	const struct pseudo_dir *computed = dir_computed(dir);
	const struct pseudo_entry *entry;

	for (unsigned n = 0; (entry = dir_entry(dir, n)); n++) {
		if (strcmp(entry->name, name))
			continue;
		*out = (struct pseudo_target){ .entry = entry, .object = dir->object, .index = dir->index };
		if (out->object)
			fs->objects->get(out->object);
		return 0;
	}
	return computed ? computed->lookup(dir, name, out) : -ENOENT;
}

static int pseudo_lookup(struct inode *dir, struct dentry *dentry)
{
	struct pseudo_inode *pi = pseudo_inode_of(dir);
	struct pseudo_target target = { 0 };
	struct inode *inode = NULL;
	int err = dir_find(&pi->target, pi->fs, dentry->name.name, &target);

	if (err && (err != -ENOENT || pi->fs->refuses))
		return err;
	if (!err) {
		inode = pseudo_inode_make(dir->sb, &target);
		if (!inode)
			return -ENOMEM;
		if (pi->fs->strict)
			pseudo_inode_of(inode)->strict = pi->strict || (pi->target.entry == &pi->fs->root.entry &&
									!strcmp(dentry->name.name, pi->fs->strict));
	}
	d_add(dentry, inode);
	return 0;
}

static bool emit_fixed(const struct pseudo_target *dir, struct dir_context *ctx)
{
	const struct pseudo_entry *entry;

	while (ctx->pos < DIR_COMPUTED && (entry = dir_entry(dir, (unsigned)(ctx->pos - DIR_DOTS)))) {
		if (!ctx->emit(ctx, entry->name, (unsigned)strlen(entry->name), (uint64_t)ctx->pos + 1,
			       (entry->mode & S_IFMT) >> 12, ctx->pos + 1))
			return false;
		ctx->pos++;
	}
	if (ctx->pos < DIR_COMPUTED)
		ctx->pos = DIR_COMPUTED;
	return true;
}

static int pseudo_iterate(struct file *file, struct dir_context *ctx)
{
	const struct pseudo_target *dir = pseudo_target_of(file->inode);
	const struct pseudo_dir *computed = dir_computed(dir);
	char name[256];
	uint32_t mode;

	if (ctx->pos == 0 && !ctx->emit(ctx, ".", 1, file->inode->ino, S_IFDIR >> 12, 1))
		return 0;
	if (ctx->pos <= 1 && !ctx->emit(ctx, "..", 2, file->path.dentry->parent->inode->ino, S_IFDIR >> 12, 2)) {
		ctx->pos = 1;
		return 0;
	}
	if (ctx->pos < DIR_DOTS)
		ctx->pos = DIR_DOTS;
	if (!emit_fixed(dir, ctx))
		return 0;
	while (computed) {
		loff_t at = ctx->pos - DIR_COMPUTED;

		if (!computed->next(dir, &at, name, sizeof(name), &mode))
			break;
		ctx->pos = at + DIR_COMPUTED;
		if (!ctx->emit(ctx, name, (unsigned)strlen(name), (uint64_t)ctx->pos + 1, (mode & S_IFMT) >> 12,
			       ctx->pos + 1))
			break;
		ctx->pos++;
	}
	return 0;
}

const struct file_ops pseudo_dir_ops = {
	.iterate = pseudo_iterate,
	.llseek = generic_llseek,
};

/* Owners change while an inode lives: a process may change its user. */
static void pseudo_refresh_owner(struct inode *inode)
{
	struct pseudo_inode *pi = pseudo_inode_of(inode);

	if (pi->target.object && pi->fs->objects->owner)
		pi->fs->objects->owner(pi->target.object, &inode->uid, &inode->gid);
}

static int pseudo_getattr(struct inode *inode, struct kstat *out, bool rcu)
{
	const struct pseudo_inode *pi = pseudo_inode_of(inode);
	struct pseudo_attr attr;

	pseudo_refresh_owner(inode);
	generic_fillattr(inode, out);
	if (pi->target.object && pi->fs->objects->attributes) {
		pi->fs->objects->attributes(&pi->target, &attr);
		out->nlink = attr.nlink;	/* folders come and go */
	}
	if (pi->target.entry->links) {
		if (rcu)
			return -ECHILD;
		out->nlink = pi->target.entry->links(&pi->target);
	}
	return 0;
}

bool pseudo_strict_allows(const struct inode *inode, const struct cred *cred, int mask)
{
	unsigned allowed = inode->mode;

	if (!cred->euid)
		allowed >>= 6;
	else if (!cred->egid || cred_in_group(cred, 0))
		allowed >>= 3;
	return !(mask & (MAY_READ | MAY_WRITE) & ~(int)allowed);
}

static int pseudo_permission(struct inode *inode, const struct cred *cred, int mask)
{
	const struct pseudo_dir *dir = pseudo_inode_of(inode)->target.entry->dir;
	int err;

	if (pseudo_inode_of(inode)->strict && (inode->mode & S_IFMT) == S_IFREG)
		return (mask & MAY_EXEC) || !pseudo_strict_allows(inode, cred, mask) ? -EACCES : 0;
	pseudo_refresh_owner(inode);
	err = generic_permission(inode, cred, mask);
	return err == -EACCES && dir && dir->allows && dir->allows(&pseudo_inode_of(inode)->target) ? 0 : err;
}

/* Modes and owners are what they stand for, unless the object keeps them; times may be set, and are forgotten. */
static int pseudo_setattr(struct dentry *dentry, const struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	const struct pseudo_inode *pi = pseudo_inode_of(inode);
	struct pseudo_attr kept;

	if (!(attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID)))
		return 0;
	if (!pi->target.object || !pi->fs->objects->set_attributes)
		return -EPERM;
	setattr_copy(inode, attr);
	kept = (struct pseudo_attr){ .mode = inode->mode, .uid = inode->uid, .gid = inode->gid };
	pi->fs->objects->set_attributes(&pi->target, &kept);
	return 0;
}

#define PSEUDO_ATTRIBUTES .getattr = pseudo_getattr, .permission = pseudo_permission, .setattr = pseudo_setattr

const struct inode_ops pseudo_dir_inode_ops = { PSEUDO_ATTRIBUTES, .lookup = pseudo_lookup };
const struct inode_ops pseudo_file_inode_ops = { PSEUDO_ATTRIBUTES };

static int pseudo_mkdir(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred)
{
	const struct pseudo_target *target = pseudo_target_of(dir);
	struct pseudo_target made;
	struct inode *inode;
	int err = target->entry->dir->make(target, dentry->name.name, mode, cred, &made);

	if (err)
		return err;
	inode = pseudo_inode_make(dir->sb, &made);
	if (inode)
		d_instantiate(dentry, inode);	/* without memory for it the next look-up finds what was made */
	return 0;
}

static int pseudo_rmdir(struct inode *dir, struct dentry *dentry)
{
	const struct pseudo_target *victim = pseudo_target_of(dentry->inode);

	(void)dir;
	if (!victim->entry->dir->remove)
		return -EPERM;
	return victim->entry->dir->remove(victim);
}

const struct inode_ops pseudo_grown_inode_ops = {
	PSEUDO_ATTRIBUTES, .lookup = pseudo_lookup, .mkdir = pseudo_mkdir, .rmdir = pseudo_rmdir,
};

static int pseudo_get_link(struct dentry *dentry, struct inode *inode, struct link_text *out)
{
	const struct pseudo_target *target = pseudo_target_of(inode);
	struct strbuf text;
	int err;

	if (!dentry)
		return -ECHILD;
	strbuf_init(&text, 4096);
	err = target->entry->link(&text, target);
	if (!err)
		err = strbuf_error(&text);
	if (!err && !text.data)
		err = -ENOENT;
	if (err) {
		strbuf_fini(&text);
		return err;
	}
	*out = (struct link_text){ .text = text.data, .put = lib_free, .arg = text.data };
	return 0;
}

static int pseudo_get_path(struct dentry *dentry, struct inode *inode, struct path *out)
{
	const struct pseudo_target *target = pseudo_target_of(inode);

	return target->entry->jump(out, target);
}

const struct inode_ops pseudo_link_inode_ops = { PSEUDO_ATTRIBUTES, .get_link = pseudo_get_link };
const struct inode_ops pseudo_magic_inode_ops = {
	PSEUDO_ATTRIBUTES, .get_link = pseudo_get_link, .get_path = pseudo_get_path,
};

/* SPDX-License-Identifier: MIT */
/*
 * mqueue_fs: the names of POSIX message queues, and their limits. Source: mq_overview(7), mq_open(3), proc(5).
 *
 * A tmpfs with one directory whose files are queues. Each IPC namespace has one instance: mount(2) shows the
 * caller's. It is made when it is first asked for and holds a mount of its own (ns->root) from then on, so that queues
 * live while nobody has it mounted. A mount in turn may outlive the namespace: its queues stay, new ones are refused.
 *
 * Locking. ns->lock (spin) as mqueue.h says; names are the VFS's: a directory's inode->lock.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "core/init.h"
#include "fs/pseudo/pseudo.h"
#include "fs/tmpfs/tmpfs.h"
#include "ipc/mqueue_internal.h"
#include "ipc/sysv.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/notify.h"
#include "vfs/stat.h"
#include "vfs/super.h"

#define MQUEUE_MAGIC	0x19800202U	/* statfs(2) */

#define OPEN_FLAGS	(O_ACCMODE | O_NONBLOCK)

#define DEFAULT_LIMITS	.queues_max = 256, .msg_max = 10, .msgsize_max = 8192, .msg_default = 10, \
			.msgsize_default = 8192

static struct {
	struct super_ops ops;		/* [I] tmpfs's, with ours */
	struct super_ops base;		/* [I] tmpfs's */
	struct inode_ops root_ops;	/* [I] tmpfs's, for a directory that holds queues alone */
} mqueue_fs;

struct mq_ns mq_ns_init = {
	.refs = REFCOUNT_INIT(1),
	.lock = SPINLOCK_NAMED("mq_ns"),
	DEFAULT_LIMITS,
};

/* --- Namespaces --- */

struct mq_ns *mq_ns_create(void)
{
	struct mq_ns *ns = kmalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return NULL;
	*ns = (struct mq_ns){ DEFAULT_LIMITS };
	refcount_set(&ns->refs, 1);
	spin_lock_init(&ns->lock, "mq_ns");
	return ns;
}

void mq_ns_put(struct mq_ns *ns)
{
	if (refcount_dec_and_test(&ns->refs))
		kfree(ns);
}

void mq_ns_end(struct mq_ns *ns)
{
	struct path root;

	if (!ns)
		return;
	spin_lock(&ns->lock);
	ns->dead = true;
	root = ns->root;
	ns->root = (struct path){ NULL, NULL };
	spin_unlock(&ns->lock);
	if (root.mnt)
		path_put(&root);
	mq_ns_put(ns);
}

static bool ns_root(struct mq_ns *ns, struct path *out)
{
	bool there;

	spin_lock(&ns->lock);
	*out = ns->root;
	there = out->mnt;
	if (there)
		path_get(out);
	spin_unlock(&ns->lock);
	return there;
}

/* The namespace has a mount of its own from now on, unless it has one. Takes mnt over. */
static void set_root(struct mq_ns *ns, struct mount *mnt)
{
	struct path root = { mnt, dget(mnt->root) };

	spin_lock(&ns->lock);
	if (!ns->root.mnt && !ns->dead)
		swap(ns->root, root);
	spin_unlock(&ns->lock);
	if (root.mnt)
		path_put(&root);
}

/* The root of the caller's instance, with references. 0 or -ENOMEM. */
static int current_root(struct path *out)
{
	struct mq_ns *ns = ipc_current().ns->mq;
	struct mount *mnt;

	while (!ns_root(ns, out)) {
		mnt = vfs_kern_mount("mqueue");
		if (!mnt)
			return -ENOMEM;
		set_root(ns, mnt);
	}
	return 0;
}

/* --- Names --- */

static const struct inode_ops queue_inode_ops;

/* A new queue under a name that is missing. dir's lock is held for writing. */
static int make_queue(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred,
		      const struct mq_attr *attr)
{
	struct inode *inode;
	struct mqueue *q;
	int err = mqueue_create(dir->private, attr, cred, &q);

	if (err)
		return err;
	inode = tmpfs_new_inode(dir->sb, dir, S_IFREG | (mode & 07777), cred);
	if (!inode) {
		mqueue_free(q);
		return -ENOSPC;
	}
	inode->ops = &queue_inode_ops;
	inode->fops = &mqueue_file_ops;
	inode->size = MQ_STATUS_SIZE;
	inode->private = q;		/* queue_evict() ends it */
	return tmpfs_enter(dir, dentry, inode);
}

static int queue_create(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred)
{
	return make_queue(dir, dentry, mode, cred, NULL);
}

static void queue_evict(struct inode *inode)
{
	if (S_ISREG(inode->mode) && inode->private)
		mqueue_free(inode->private);
	else if (S_ISDIR(inode->mode) && inode->private)
		mq_ns_put(inode->private);
	inode->private = NULL;
	mqueue_fs.base.evict_inode(inode);
}

/* The one name below root that mq_open(2) and mq_unlink(2) are given. */
static int check_name(const char *name)
{
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strchr(name, '/'))
		return -EACCES;
	return strlen(name) > NAME_MAX ? -ENAMETOOLONG : 0;
}

/* The entry for name, maybe negative, with a reference. The root is locked for writing. */
static int find_name(struct dentry *root, const char *name, const struct cred *cred, struct dentry **out)
{
	struct inode *dir = d_inode(root);
	struct qstr q = { name, (uint32_t)strlen(name), d_name_hash(root, name, strlen(name)) };
	int err = inode_permission(dir, cred, MAY_EXEC);

	assert_held(&dir->lock);
	if (err)
		return err;
	*out = d_lookup(root, &q);
	if (*out)
		return 0;
	*out = d_alloc(root, &q);
	if (!*out)
		return -ENOMEM;
	err = dir->ops->lookup(dir, *out);
	if (err)
		dput(*out);
	return err;
}

static int check_existing(struct inode *inode, unsigned flags, const struct cred *cred)
{
	static const int rights[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE };

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	return inode_permission(inode, cred, rights[flags & O_ACCMODE]);
}

static int create_checked(struct dentry *dentry, unsigned flags, uint32_t mode, const struct mq_attr *attr,
			  const struct cred *cred)
{
	struct inode *dir = d_inode(dentry->parent);
	int err = flags & O_CREAT ? inode_permission(dir, cred, MAY_WRITE | MAY_EXEC) : -ENOENT;

	if (!err)
		err = make_queue(dir, dentry, mode, cred, attr);
	if (!err)
		notify_name(dentry, IN_CREATE, 0);
	return err;
}

int mqueue_open(const char *name, unsigned flags, uint32_t mode, const struct mq_attr *attr, struct file **out)
{
	const struct cred *cred = ipc_current().cred;
	struct path root, path;
	int err = current_root(&root);

	if (err)
		return err;
	path.mnt = root.mnt;
	err = check_name(name);
	if (err)
		goto out;
	down_write(&d_inode(root.dentry)->lock);
	err = find_name(root.dentry, name, cred, &path.dentry);
	if (!err) {
		if (d_inode(path.dentry))
			err = check_existing(d_inode(path.dentry), flags, cred);
		else
			err = create_checked(path.dentry, flags, mode, attr, cred);
		if (!err)
			err = file_open_path(&path, flags & OPEN_FLAGS, cred, out);
	} else {
		path.dentry = NULL;
	}
	up_write(&d_inode(root.dentry)->lock);
	if (!err)
		notify_dentry(path.dentry, IN_OPEN);
	dput(path.dentry);
out:
	path_put(&root);
	return err;
}

/* In a sticky directory only the owner of the file or of the directory removes it. */
static int may_remove(const struct inode *dir, const struct inode *inode, const struct cred *cred)
{
	bool mine = cred->fsuid == inode->uid || cred->fsuid == dir->uid || cred_capable(cred, CAP_FOWNER);

	return (dir->mode & S_ISVTX) && !mine ? -EPERM : 0;
}

static int unlink_locked(struct inode *dir, struct dentry *dentry, const struct cred *cred)
{
	struct inode *inode = d_inode(dentry);
	int err = inode ? inode_permission(dir, cred, MAY_WRITE | MAY_EXEC) : -ENOENT;

	assert_held(&dir->lock);
	if (!err)
		err = may_remove(dir, inode, cred);
	if (err)
		return err;
	inode_get(inode);
	down_write_nested(&inode->lock, 1);
	err = dir->ops->unlink(dir, dentry);
	up_write(&inode->lock);
	if (!err) {
		notify_inode(inode, IN_ATTRIB);
		d_delete(dentry);
		notify_name(dentry, IN_DELETE, 0);
	}
	inode_put(inode);
	return err;
}

int mqueue_unlink(const char *name)
{
	const struct cred *cred = ipc_current().cred;
	struct dentry *dentry = NULL;
	struct path root;
	int err = current_root(&root);

	if (err)
		return err;
	err = check_name(name);
	if (!err) {
		down_write(&d_inode(root.dentry)->lock);
		err = find_name(root.dentry, name, cred, &dentry);
		if (!err)
			err = unlink_locked(d_inode(root.dentry), dentry, cred);
		else
			dentry = NULL;
		up_write(&d_inode(root.dentry)->lock);
		dput(dentry);
	}
	path_put(&root);
	return err;
}

/* --- The file system --- */

static int mqueue_statfs(struct super_block *sb, struct kstatfs *out)
{
	out->type = sb->magic;
	out->block_size = out->fragment_size = sb->block_size;
	out->name_max = NAME_MAX;
	return 0;
}

static int mqueue_fill_super(struct super_block *sb, const char *source, const char *options)
{
	struct mq_ns *ns = ipc_current().ns->mq;
	struct inode *root;
	struct mount *mnt;
	int err = options && *options ? -EINVAL : tmpfs_fill_super(sb, source, NULL);

	if (err)
		return err;
	if (!mqueue_fs.base.evict_inode) {
		mqueue_fs.base = mqueue_fs.ops = *sb->ops;
		mqueue_fs.ops.evict_inode = queue_evict;
		mqueue_fs.ops.statfs = mqueue_statfs;
		mqueue_fs.ops.remount = NULL;
		mqueue_fs.ops.show_options = NULL;
		root = d_inode(sb->root);
		mqueue_fs.root_ops = (struct inode_ops){ .lookup = root->ops->lookup, .create = queue_create,
							 .unlink = root->ops->unlink };
	}
	sb->magic = MQUEUE_MAGIC;
	sb->ops = &mqueue_fs.ops;
	root = d_inode(sb->root);
	root->ops = &mqueue_fs.root_ops;
	refcount_inc(&ns->refs);
	root->private = ns;
	mnt = vfs_kern_mount_of(sb);
	if (mnt)		/* no memory: current_root() makes it */
		set_root(ns, mnt);
	return 0;
}

static bool mqueue_serves(const struct super_block *sb)
{
	return d_inode(sb->root)->private == ipc_current().ns->mq;
}

static struct fs_type mqueue_type = { .name = "mqueue", .fill_super = mqueue_fill_super, .serves = mqueue_serves };

/* --- Limits: entry->arg is the offset of the field in the namespace --- */

struct limit {
	size_t offset;
	uint32_t min, max;
};

static uint32_t *limit_of(const struct pseudo_target *t)
{
	const struct limit *limit = t->entry->arg;

	return (uint32_t *)((char *)ipc_current().ns->mq + limit->offset);
}

static int show_limit(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d\n", (int)READ_ONCE(*limit_of(t)));
	return 0;
}

static int store_limit(char *text, size_t size, const struct pseudo_target *t)
{
	const struct limit *limit = t->entry->arg;
	unsigned value;
	int err = kstrtouint(text, 10, &value);

	(void)size;
	if (!err && (value < limit->min || value > limit->max))
		err = -EINVAL;
	if (!err)
		WRITE_ONCE(*limit_of(t), value);
	return err;
}

#define LIMIT(name_, min_, max_) { .name = #name_, .mode = S_IFREG | 0644, .show = show_limit, .store = store_limit, \
				   .arg = &(const struct limit){ offsetof(struct mq_ns, name_), min_, max_ } }
static const struct pseudo_entry limit_entries[] = {
	LIMIT(queues_max, 0, INT_MAX), LIMIT(msg_max, 1, 65536), LIMIT(msg_default, 1, 65536),
	LIMIT(msgsize_max, 128, 16 << 20), LIMIT(msgsize_default, 128, 16 << 20),
};

static int mqueue_fs_init(void)
{
	int err = fs_register(&mqueue_type);

	return err ? err : procfs_register("sys/fs/mqueue", limit_entries, ARRAY_SIZE(limit_entries));
}
INIT_HOOK(INIT_VFS, mqueue_fs_init);

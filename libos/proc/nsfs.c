/* SPDX-License-Identifier: MIT */
/*
 * nsfs: see nsfs.h. Each look at a link makes an inode of its own on a file system nobody mounts; two of one namespace
 * have the same device and number, which is what programs compare.
 */
#include "proc/nsfs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "abi/sched.h"
#include "abi/stat.h"
#include "core/assert.h"
#include "core/init.h"
#include "ipc/sysv.h"
#include "lib/format.h"
#include "lib/string.h"
#include "proc/cgroup/cgroup.h"
#include "proc/namespace.h"
#include "vfs/dentry.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/super.h"

#define NSFS_MAGIC	0x6e736673	/* statfs(2) */

static const struct {
	const char *name;		/* in /proc/PID/ns */
	const char *type;		/* in the link's text */
	unsigned flag;
} kinds[NSFS_KINDS] = {
	[NSFS_CGROUP] = { "cgroup", "cgroup", CLONE_NEWCGROUP },
	[NSFS_IPC] = { "ipc", "ipc", CLONE_NEWIPC },
	[NSFS_MNT] = { "mnt", "mnt", CLONE_NEWNS },
	[NSFS_PID] = { "pid", "pid", CLONE_NEWPID },
	[NSFS_PID_CHILDREN] = { "pid_for_children", "pid", CLONE_NEWPID },
	[NSFS_UTS] = { "uts", "uts", CLONE_NEWUTS },
};

static struct {
	struct mount *mnt;		/* [I] */
} nsfs;

/* --- Namespaces by kind --- */

static void *ns_grab(struct task *t, enum nsfs_kind kind)
{
	switch (kind) {
	case NSFS_MNT:
		return task_grab_mounts(t);
	case NSFS_CGROUP:
		return task_grab_cgroups(t);
	case NSFS_UTS:
		return task_grab_uts(t);
	case NSFS_IPC:
		return task_grab_ipc(t);
	default:
		return task_grab_pids(t, kind == NSFS_PID_CHILDREN);
	}
}

static void ns_put(enum nsfs_kind kind, void *ns)
{
	if (kind == NSFS_MNT)
		mount_ns_put(ns);
	else if (kind == NSFS_UTS)
		uts_ns_put(ns);
	else if (kind == NSFS_IPC)
		ipc_ns_put(ns);
	else if (kind == NSFS_CGROUP)
		cgroup_ns_put(ns);
	else
		pid_ns_put(ns);
}

static uint32_t ns_inum(enum nsfs_kind kind, const void *ns)
{
	if (kind == NSFS_MNT)
		return ((const struct mount_ns *)ns)->inum;
	if (kind == NSFS_UTS)
		return ((const struct uts_ns *)ns)->inum;
	if (kind == NSFS_IPC)
		return ((const struct ipc_ns *)ns)->inum;
	if (kind == NSFS_CGROUP)
		return ((const struct cgroup_ns *)ns)->inum;
	return ((const struct pid_ns *)ns)->inum;
}

static int ns_enter(enum nsfs_kind kind, void *ns)
{
	if (kind == NSFS_MNT)
		return namespace_enter_mounts(ns);
	if (kind == NSFS_PID || kind == NSFS_PID_CHILDREN)
		return namespace_enter_pids(ns);
	if (kind == NSFS_UTS)
		namespace_enter_uts(ns);
	else if (kind == NSFS_IPC)
		namespace_enter_ipc(ns);
	else
		namespace_enter_cgroups(ns);
	return 0;
}

const char *nsfs_name(enum nsfs_kind kind)
{
	return kinds[kind].name;
}

uint32_t nsfs_number(struct task *t, enum nsfs_kind kind)
{
	void *ns = ns_grab(t, kind);
	uint32_t inum = ns ? ns_inum(kind, ns) : 0;

	if (ns)
		ns_put(kind, ns);
	return inum;
}

/* --- Inodes: private is the namespace, generation its kind --- */

static void nsfs_evict(struct inode *inode)
{
	if (inode->private)
		ns_put((enum nsfs_kind)inode->generation, inode->private);
}

static int nsfs_dname(struct dentry *dentry, char *buf, size_t size)
{
	const struct inode *inode = dentry->inode;

	return ksnprintf(buf, size, "%s:[%lu]", kinds[inode->generation].type, (unsigned long)inode->ino);
}

static int ns_path(enum nsfs_kind kind, void *ns, struct path *out);

/* A descriptor of a PID namespace's parent, unless it is not ours or below. */
static long open_parent(const struct pid_ns *ns)
{
	struct pid_ns *parent = ns->parent;
	const struct pid_ns *up = parent;
	struct file *file;
	struct path path;
	int err;

	while (up && up != current->pid_ns)
		up = up->parent;
	if (!up)
		return -EPERM;
	err = ns_path(NSFS_PID, pid_ns_get(parent), &path);
	if (err)
		return err;
	err = file_open_path(&path, O_RDONLY, current->cred, &file);
	path_put(&path);
	if (err)
		return err;
	return fd_install_new(current->vfs.files, file, current_nofile(), /*cloexec=*/true);
}

static long nsfs_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	const struct inode *inode = file->inode;
	enum nsfs_kind kind = (enum nsfs_kind)inode->generation;

	(void)arg;
	switch (cmd) {
	case NS_GET_NSTYPE:
		return (long)kinds[kind].flag;
	case NS_GET_PARENT:
		return kinds[kind].flag == CLONE_NEWPID ? open_parent(inode->private) : -EINVAL;
	case NS_GET_USERNS:
		return -EPERM;		/* none that we are below of: as a Linux without user namespaces */
	case NS_GET_OWNER_UID:
		return -EINVAL;		/* not a user namespace */
	default:
		return -ENOTTY;
	}
}

static const struct inode_ops nsfs_inode_ops = { .lookup = NULL };
static const struct file_ops nsfs_file_ops = { .ioctl = nsfs_ioctl };
static const struct dentry_ops nsfs_dentry_ops = { .dname = nsfs_dname };
static const struct super_ops nsfs_super_ops = { .evict_inode = nsfs_evict };

static struct inode *nsfs_inode(struct super_block *sb)
{
	struct inode *inode = inode_alloc(sb);

	if (!inode)
		return NULL;
	inode->mode = S_IFREG | 0444;
	inode->nlink = 1;
	inode->ops = &nsfs_inode_ops;
	inode->fops = &nsfs_file_ops;
	return inode;
}

/* Takes over the reference to ns. */
static int ns_path(enum nsfs_kind kind, void *ns, struct path *out)
{
	struct super_block *sb = nsfs.mnt->sb;
	struct dentry *dentry = d_alloc_pseudo(sb, kinds[kind].name, &nsfs_dentry_ops);
	struct inode *inode = dentry ? nsfs_inode(sb) : NULL;

	if (!inode) {
		dput(dentry);
		ns_put(kind, ns);
		return -ENOMEM;
	}
	inode->ino = ns_inum(kind, ns);
	inode->generation = kind;
	inode->private = ns;
	inode_unlock_new(inode);
	d_instantiate(dentry, inode);
	*out = (struct path){ nsfs.mnt, dentry };
	path_get(out);
	dput(dentry);
	return 0;
}

int nsfs_path(struct task *t, enum nsfs_kind kind, struct path *out)
{
	void *ns = ns_grab(t, kind);

	return ns ? ns_path(kind, ns, out) : -ESRCH;
}

/* --- setns --- */

static int may_enter(enum nsfs_kind kind)
{
	const struct cred *c = current->cred;

	if (!cred_capable(c, CAP_SYS_ADMIN) || (kind == NSFS_MNT && !cred_capable(c, CAP_SYS_CHROOT)))
		return -EPERM;
	return 0;
}

int nsfs_enter_file(struct file *file, unsigned flags)
{
	const struct inode *inode = file->inode;
	enum nsfs_kind kind = (enum nsfs_kind)inode->generation;
	int err;

	if (inode->sb != nsfs.mnt->sb || (flags && flags != kinds[kind].flag))
		return -EINVAL;
	err = may_enter(kind);
	return err ? err : ns_enter(kind, inode->private);
}

int nsfs_enter_task(struct task *t, unsigned flags)
{
	static const enum nsfs_kind order[] = { NSFS_UTS, NSFS_IPC, NSFS_CGROUP, NSFS_PID, NSFS_MNT };
	const unsigned known = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC |
			       CLONE_NEWCGROUP;
	int err = flags && !(flags & ~known) ? 0 : -EINVAL;
	void *ns;

	if (!err)
		err = task_may_access(current, t);
	for (unsigned i = 0; i < ARRAY_SIZE(order) && !err; i++) {
		if (!(flags & kinds[order[i]].flag))
			continue;
		err = may_enter(order[i]);
		ns = err ? NULL : ns_grab(t, order[i]);
		if (!err && !ns)
			err = -ESRCH;
		if (ns) {
			err = ns_enter(order[i], ns);
			ns_put(order[i], ns);
		}
	}
	return err;
}

/* --- The file system --- */

static int nsfs_fill_super(struct super_block *sb, const char *source, const char *options)
{
	struct inode *inode;

	(void)source;
	(void)options;
	sb->ops = &nsfs_super_ops;
	sb->magic = NSFS_MAGIC;
	inode = nsfs_inode(sb);
	if (!inode)
		return -ENOMEM;
	inode_unlock_new(inode);
	sb->root = d_make_root(inode);
	return sb->root ? 0 : -ENOMEM;
}

static int nsfs_init(void)
{
	static struct fs_type type = { .name = "nsfs", .flags = FS_SINGLE, .fill_super = nsfs_fill_super };

	VERIFY(!fs_register(&type));
	nsfs.mnt = vfs_kern_mount("nsfs");
	return nsfs.mnt ? 0 : -ENOMEM;
}
INIT_HOOK(INIT_VFS, nsfs_init);

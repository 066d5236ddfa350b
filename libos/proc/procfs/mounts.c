/* SPDX-License-Identifier: MIT */
/* procfs/mounts: the mounts of a process's namespace that lie below its reader's root: mounts, mountinfo. */
#include "proc/procfs/internal.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/mount.h"
#include "vfs/super.h"

#define PATH_ROOM	4096
#define SPECIAL		" \t\n\\#"		/* printed as octal, as these separate fields */

static const struct {
	unsigned flag;
	const char *text;
} mount_flags[] = {
	{ MS_NOSUID, ",nosuid" },	 { MS_NODEV, ",nodev" },	   { MS_NOEXEC, ",noexec" },
	{ MS_NOATIME, ",noatime" },	 { MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
	{ MS_NOSYMFOLLOW, ",nosymfollow" },
};

static void print_mount_flags(struct strbuf *out, const struct mount *mnt)
{
	for (unsigned i = 0; i < ARRAY_SIZE(mount_flags); i++) {
		if (mnt->flags & mount_flags[i].flag)
			strbuf_puts(out, mount_flags[i].text);
	}
}

static void print_super_options(struct strbuf *out, struct super_block *sb)
{
	strbuf_puts(out, sb->flags & SB_RDONLY ? "ro" : "rw");
	if (sb->flags & SB_SYNCHRONOUS)
		strbuf_puts(out, ",sync");
	if (sb->flags & SB_DIRSYNC)
		strbuf_puts(out, ",dirsync");
	if (sb->ops->show_options)
		sb->ops->show_options(sb, out);
}

static const char *source_of(const struct mount *mnt)
{
	return mnt->source && *mnt->source ? mnt->source : "none";
}

/* type name, as in the third field of /etc/fstab. */
static void print_mounts_line(struct strbuf *out, const struct mount *mnt, const char *where)
{
	bool readonly = (mnt->flags & MS_RDONLY) || (mnt->sb->flags & SB_RDONLY);

	strbuf_escape(out, source_of(mnt), SPECIAL);
	strbuf_putc(out, ' ');
	strbuf_escape(out, where, SPECIAL);
	strbuf_printf(out, " %s %s", mnt->sb->type->name, readonly ? "ro" : "rw");
	print_mount_flags(out, mnt);
	if (mnt->sb->ops->show_options)
		mnt->sb->ops->show_options(mnt->sb, out);
	strbuf_puts(out, " 0 0\n");
}

static void print_mountinfo_line(struct strbuf *out, const struct mount *mnt, const char *where)
{
	char *root = mnt->root == mnt->sb->root ? NULL : kmalloc(PATH_ROOM, GFP_KERNEL);
	uint64_t dev = mnt->sb->dev;
	const char *text = "/";

	/* A bind mount shows what it binds: the way from its file system's root. */
	if (root)
		text = dentry_path(mnt->root, root, PATH_ROOM);
	strbuf_printf(out, "%d %d %lu:%lu ", mnt->id, mnt->parent != mnt ? mnt->parent->id : 1,
		      (unsigned long)(dev >> 8 & 0xfff), (unsigned long)((dev & 0xff) | (dev >> 12 & ~0xffUL)));
	strbuf_escape(out, text ? text : "/", SPECIAL);
	strbuf_putc(out, ' ');
	strbuf_escape(out, where, SPECIAL);
	strbuf_puts(out, mnt->flags & MS_RDONLY ? " ro" : " rw");
	print_mount_flags(out, mnt);
	if (mnt->propagation & MOUNT_SHARED)
		strbuf_printf(out, " shared:%d", mnt->group_id);
	if (mnt->master)
		strbuf_printf(out, " master:%d", mnt->master->group_id);
	if (mnt->propagation & MOUNT_UNBINDABLE)
		strbuf_puts(out, " unbindable");
	strbuf_printf(out, " - %s ", mnt->sb->type->name);
	strbuf_escape(out, source_of(mnt), SPECIAL);
	strbuf_putc(out, ' ');
	print_super_options(out, mnt->sb);
	strbuf_putc(out, '\n');
	kfree(root);
}

/* The mount namespace of the target's task, referenced; NULL: it has none any more. */
static struct mount_ns *ns_of(struct task *task)
{
	struct mount_ns *ns;

	rcu_read_lock();
	ns = READ_ONCE(task->vfs.ns);
	if (ns && !refcount_inc_not_zero(&ns->refs))
		ns = NULL;
	rcu_read_unlock();
	return ns;
}

struct waitq *procfs_mounts_changes(const struct pseudo_target *t, uint64_t *event)
{
	struct task *task = procfs_task(t);
	struct mount_ns *ns = task ? ns_of(task) : NULL;

	*event = 0;
	if (ns) {
		*event = READ_ONCE(ns->event);
		mount_ns_put(ns);
	}
	task_put(task);
	return mount_changes();
}

static int show(struct strbuf *out, const struct pseudo_target *t,
		void (*print)(struct strbuf *, const struct mount *, const char *))
{
	struct task *task = procfs_task(t);
	char *buf = kmalloc(PATH_ROOM, GFP_KERNEL);
	struct mount_ns *ns;
	struct mount *mnt;
	struct path root;

	if (!task || !buf) {
		task_put(task);
		kfree(buf);
		return task ? -ENOMEM : -ESRCH;
	}
	fs_state_get_root(current->vfs.fs, &root);
	ns = ns_of(task);
	if (ns) {
		mount_tree_lock_read();
		list_for_each_entry(mnt, &ns->mounts, ns_link) {
			struct path top = { .mnt = mnt, .dentry = mnt->root };
			bool unreachable = false;
			const char *where = d_path(&top, &root, buf, PATH_ROOM, &unreachable);

			if (where && !unreachable)
				print(out, mnt, where);
		}
		mount_tree_unlock_read();
		mount_ns_put(ns);
	}
	path_put(&root);
	kfree(buf);
	task_put(task);
	return 0;
}

int procfs_show_mounts(struct strbuf *out, const struct pseudo_target *t)
{
	return show(out, t, print_mounts_line);
}

int procfs_show_mountinfo(struct strbuf *out, const struct pseudo_target *t)
{
	return show(out, t, print_mountinfo_line);
}

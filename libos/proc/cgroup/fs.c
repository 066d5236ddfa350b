/* SPDX-License-Identifier: MIT */
/*
 * fs: the file system cgroup2: an instance of fs/pseudo whose folders are the groups. Each cgroup namespace that mounts
 * it has a super block of its own, which starts at the namespace's root; the groups are the same.
 *
 * Numbers of inodes: a folder's is its group's id; files have numbers of their own above 2^40. An inode remembered for
 * a group that was removed would keep its memory: cgroup_forget_inodes() lets them go.
 *
 * Both that and telling inotify what happened to a file that can be polled is a worker's: the inode is looked up in
 * every super block, and events come under the tree lock.
 */
#include "abi/errno.h"
#include "core/init.h"
#include "fs/pseudo/instance.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/cgroup/internal.h"
#include "sched/workqueue.h"
#include "vfs/dentry.h"
#include "vfs/notify.h"
#include "vfs/super.h"

#define CGROUP2_SUPER_MAGIC	0x63677270	/* statfs(2) */
#define FILE_NUMBERS		(1ULL << 40)

static struct pseudo_fs cgroupfs;
static const struct pseudo_entry folder_entry;

static struct {
	struct spinlock lock;		/* class "cgroup_notify", irq-safe; inside the tree lock */
	struct list_head pending;	/* [lock] groups by notify_link, each with a reference */
	struct work work;
} notify = {
	.lock = SPINLOCK_NAMED("cgroup_notify"),
	.pending = LIST_HEAD_INIT(notify.pending),
};

/* --- Folders --- */

static int folder_lookup(const struct pseudo_target *dir, const char *name, struct pseudo_target *out)
{
	struct cgroup *cg = dir->object, *child;
	int err = -ENOENT;

	for (unsigned i = 0; i < CG_FOLDER; i++) {
		if (!strcmp(cgroup_files[i].name, name) && cgroup_has_file(cg, (enum cgroup_file)i)) {
			*out = (struct pseudo_target){ .entry = &cgroup_files[i], .object = cgroup_get(cg) };
			return 0;
		}
	}
	mutex_lock(&cgroup_mutex);
	list_for_each_entry(child, &cg->children, sibling) {
		if (strcmp(child->name, name))
			continue;
		*out = (struct pseudo_target){ .entry = &folder_entry, .object = cgroup_get(child) };
		err = 0;
		break;
	}
	mutex_unlock(&cgroup_mutex);
	return err;
}

/* Positions: files by their place in the table, then groups by id, in which order they stand in the list. */
static bool folder_next(const struct pseudo_target *dir, loff_t *pos, char *name, size_t size, uint32_t *mode)
{
	struct cgroup *cg = dir->object, *child;
	bool found = false;

	while (*pos < CG_FOLDER && !cgroup_has_file(cg, (unsigned)*pos))
		++*pos;
	if (*pos < CG_FOLDER) {
		strscpy(name, cgroup_files[*pos].name, size);
		*mode = S_IFREG;
		return true;
	}
	mutex_lock(&cgroup_mutex);
	list_for_each_entry(child, &cg->children, sibling) {
		if ((loff_t)child->id + CG_FOLDER < *pos)
			continue;
		*pos = (loff_t)child->id + CG_FOLDER;
		strscpy(name, child->name, size);
		*mode = S_IFDIR;
		found = true;
		break;
	}
	mutex_unlock(&cgroup_mutex);
	return found;
}

static int folder_make(const struct pseudo_target *dir, const char *name, uint32_t mode, const struct cred *cred,
		       struct pseudo_target *out)
{
	struct cgroup *cg;
	int err = cgroup_make(dir->object, name, mode, cred, &cg);

	if (!err)
		*out = (struct pseudo_target){ .entry = &folder_entry, .object = cg };
	return err;
}

static int folder_remove(const struct pseudo_target *victim)
{
	return cgroup_remove(victim->object);
}

static const struct pseudo_dir folder = {
	.lookup = folder_lookup, .next = folder_next, .make = folder_make, .remove = folder_remove,
};

static const struct pseudo_entry folder_entry = { .name = "", .mode = S_IFDIR | 0755, .dir = &folder };

struct cgroup *cgroup_of_folder(const struct inode *inode)
{
	const struct pseudo_target *t;

	if (inode->sb->type != &cgroupfs.type || !S_ISDIR(inode->mode))
		return NULL;
	t = pseudo_target_of(inode);
	return t->object;
}

/* --- What the engine asks about a group --- */

static void object_get(void *object)
{
	cgroup_get(object);
}

static void object_put(void *object)
{
	cgroup_put(object);
}

static bool object_alive(void *object)
{
	return !READ_ONCE(((struct cgroup *)object)->dead);
}

static enum cgroup_file file_of(const struct pseudo_target *t)
{
	return t->entry == &folder_entry ? CG_FOLDER : (enum cgroup_file)(t->entry - cgroup_files);
}

static uint64_t file_number(const struct cgroup *cg, enum cgroup_file file)
{
	return file == CG_FOLDER ? cg->id : FILE_NUMBERS + cg->id * NR_CG_FILES + file;
}

static uint64_t object_number(const struct pseudo_target *t)
{
	return file_number(t->object, file_of(t));
}

static void object_attributes(const struct pseudo_target *t, struct pseudo_attr *out)
{
	const struct cgroup *cg = t->object;

	*out = cg->attr[file_of(t)];
	out->nlink = t->entry == &folder_entry ? 2 + READ_ONCE(cg->nr_children) : 1;
}

static void object_set_attributes(const struct pseudo_target *t, const struct pseudo_attr *attr)
{
	struct pseudo_attr *kept = &((struct cgroup *)t->object)->attr[file_of(t)];

	WRITE_ONCE(kept->mode, attr->mode & 07777);
	WRITE_ONCE(kept->uid, attr->uid);
	WRITE_ONCE(kept->gid, attr->gid);
}

static const struct pseudo_objects cgroup_objects = {
	.get = object_get, .put = object_put, .alive = object_alive,
	.number = object_number, .attributes = object_attributes, .set_attributes = object_set_attributes,
};

/* --- inotify --- */

void cgroup_event_init(struct cgroup_event *event)
{
	waitq_init(&event->wait, "cgroup_event");
}

/* Set what the worker is to do for cg, and get it there. */
static void notify_later(struct cgroup *cg, bool *what)
{
	unsigned long irq = spin_lock_irqsave(&notify.lock);

	*what = true;
	if (list_empty(&cg->notify_link)) {
		cgroup_get(cg);
		list_add_tail(&cg->notify_link, &notify.pending);
	}
	spin_unlock_irqrestore(&notify.lock, irq);
	work_queue(&notify.work);
}

void cgroup_event_happened(struct cgroup *cg, struct cgroup_event *event)
{
	WRITE_ONCE(event->count, event->count + 1);
	wake_up_all(&event->wait);
	if (notify_wanted())
		notify_later(cg, &event->pending);
}

/* Field legend: [I] */
struct inode_visit {
	uint64_t ino;			/* [I] */
	void (*fn)(struct inode *inode);	/* [I] */
};

static void visit_in_super(struct super_block *sb, void *arg)
{
	const struct inode_visit *visit = arg;
	struct inode *inode = sb->type == &cgroupfs.type ? inode_find(sb, visit->ino) : NULL;

	if (inode)
		visit->fn(inode);
	inode_put(inode);
}

static void visit_inodes(const struct cgroup *cg, enum cgroup_file file, void (*fn)(struct inode *inode))
{
	struct inode_visit visit = { .ino = file_number(cg, file), .fn = fn };

	super_for_each(visit_in_super, &visit);
}

static void tell_modified(struct inode *inode)
{
	struct dentry *dentry = NULL;

	spin_lock(&inode->spin);
	if (!list_empty(&inode->aliases))
		dentry = dget(list_first_entry(&inode->aliases, struct dentry, alias));
	spin_unlock(&inode->spin);
	if (dentry)
		notify_dentry(dentry, IN_MODIFY);
	else
		notify_inode(inode, IN_MODIFY);
	dput(dentry);
}

/* The next group to tell of, with the reference the list had; NULL: none. */
static struct cgroup *next_pending(bool *events, bool *pids, bool *gone)
{
	unsigned long irq = spin_lock_irqsave(&notify.lock);
	struct cgroup *cg = list_first_entry_or_null(&notify.pending, struct cgroup, notify_link);

	if (cg) {
		list_del_init(&cg->notify_link);
		*events = cg->events.pending;
		*pids = cg->pids_events.pending;
		*gone = cg->forget;
		cg->events.pending = cg->pids_events.pending = cg->forget = false;
	}
	spin_unlock_irqrestore(&notify.lock, irq);
	return cg;
}

static void forget(struct inode *inode)
{
	inode_set_nlink(inode, 0);	/* evicted with its last use */
}

static void do_pending(struct work *work)
{
	bool events, pids, gone;
	struct cgroup *cg;

	(void)work;
	while ((cg = next_pending(&events, &pids, &gone)) != NULL) {
		if (events)
			visit_inodes(cg, CG_EVENTS, tell_modified);
		if (pids)
			visit_inodes(cg, CG_PIDS_EVENTS, tell_modified);
		for (unsigned file = 0; gone && file < NR_CG_FILES; file++)
			visit_inodes(cg, (enum cgroup_file)file, forget);
		cgroup_put(cg);
	}
}

void cgroup_forget_inodes(struct cgroup *cg)
{
	notify_later(cg, &cg->forget);
}

/* --- Mounting --- */

static void start_at_root(struct pseudo_target *out)
{
	*out = (struct pseudo_target){ .entry = &folder_entry, .object = cgroup_get(current->cgroup_ns->root) };
}

/* One instance for each root. */
static bool serves(const struct super_block *sb)
{
	return cgroup_of_folder(sb->root->inode) == current->cgroup_ns->root;
}

/* memory_recursiveprot is for a controller that is not there; it is taken as Linux without that controller takes it. */
static int take_options(const char *options)
{
	bool delegate = false;
	char *copy, *cursor, *key, *value;
	int err = 0;

	if (!options)
		return 0;
	copy = cursor = kstrdup(options, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	while (option_next(&cursor, &key, &value) && !err) {
		if (!strcmp(key, "nsdelegate") && !value)
			delegate = true;
		else if (strcmp(key, "memory_recursiveprot") || value)
			err = -EINVAL;
	}
	kfree(copy);
	/* Options are the hierarchy's: only its first namespace sets them. */
	if (!err && current->cgroup_ns == &cgroup_ns_init)
		WRITE_ONCE(cgroups.nsdelegate, delegate);
	return err;
}

static void show_options(struct super_block *sb, struct strbuf *out)
{
	(void)sb;
	if (READ_ONCE(cgroups.nsdelegate))
		strbuf_puts(out, ",nsdelegate");
}

/* --- What the system as a whole says of groups --- */

static int show_proc_cgroups(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	strbuf_puts(out, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
	for (unsigned i = 0; i < NR_CONTROLLERS; i++)
		strbuf_printf(out, "%s\t0\t%u\t1\n", cgroup_controller_names[i], READ_ONCE(cgroups.nr_groups));
	return 0;
}

static int show_text(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, t->entry->arg);
	return 0;
}

static const struct pseudo_entry proc_entries[] = {
	{ .name = "cgroups", .mode = S_IFREG | 0444, .show = show_proc_cgroups },
};

static const struct pseudo_entry sysfs_entries[] = {
	{ .name = "delegate", .mode = S_IFREG | 0444, .show = show_text,
	  .arg = "cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n" },
	{ .name = "features", .mode = S_IFREG | 0444, .show = show_text, .arg = "nsdelegate\n" },
};

static void init_root(void)
{
	for (unsigned i = 0; i < CG_FOLDER; i++)
		cgroup_root.attr[i].mode = cgroup_files[i].mode & 07777;
	cgroup_root.attr[CG_FOLDER].mode = 0555;
}

static int cgroup_fs_init(void)
{
	int err;

	init_root();
	work_init(&notify.work, do_pending);
	pseudo_node_init(&cgroupfs.root, "cgroup");
	cgroupfs.objects = &cgroup_objects;
	cgroupfs.type.serves = serves;
	cgroupfs.start = start_at_root;
	cgroupfs.options = take_options;
	cgroupfs.show_options = show_options;
	err = pseudo_fs_register(&cgroupfs, "cgroup2", CGROUP2_SUPER_MAGIC);
	if (!err)
		err = procfs_register("", proc_entries, ARRAY_SIZE(proc_entries));
	if (!err)
		err = sysfs_register("kernel/cgroup", sysfs_entries, ARRAY_SIZE(sysfs_entries));
	return err;
}
INIT_HOOK(INIT_DEVICE, cgroup_fs_init);

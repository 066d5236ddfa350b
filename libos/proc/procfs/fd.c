/* SPDX-License-Identifier: MIT */
/*
 * procfs/fd: the open files of a process (fd/, fdinfo/), and its namespaces (ns/).
 *
 * A target's index is the descriptor; the name is good as long as that descriptor is open, whatever it refers to.
 */
#include "proc/procfs/internal.h"

#include "abi/errno.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "proc/nsfs.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/flock.h"
#include "vfs/inode.h"
#include "vfs/mount.h"

/* The file behind a target's descriptor, referenced. 0, -ESRCH, -EACCES, -ENOENT. */
static int target_file(const struct pseudo_target *t, struct file **out)
{
	struct fdtable *files;
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	files = task_grab_files(task);
	task_put(task);
	if (!files)
		return -ENOENT;
	*out = fget(files, (int)t->index);
	fdtable_put(files);
	return *out ? 0 : -ENOENT;
}

static int jump_fd(struct path *out, const struct pseudo_target *t)
{
	struct file *file;
	int err = target_file(t, &file);

	if (err)
		return err;
	*out = file->path;
	path_get(out);
	fput(file);
	return 0;
}

static int link_fd(struct strbuf *out, const struct pseudo_target *t)
{
	struct path path;
	int err = jump_fd(&path, t);

	if (err)
		return err;
	err = procfs_print_path(out, &path);
	path_put(&path);
	return err;
}

/* Under RCU, from a walk: the table may be going, the descriptor may be anything. */
static bool fd_valid(const struct pseudo_target *t)
{
	struct pid *pid = t->object;
	const struct task *task = list_first_or_null_rcu(&pid->members[PIDTYPE_PID], struct task, pid_link);
	const struct fdtable *files = task ? READ_ONCE(task->vfs.files) : NULL;
	const struct fd_array *array = files ? READ_ONCE(files->array) : NULL;

	return array && t->index < array->capacity && READ_ONCE(array->file[t->index]);
}

/* Whose locks are shown. Field legend: [o] of the reader */
struct lock_lines {
	struct strbuf *out;		/* [o] */
	const void *owners[2];		/* [o] the open file, the table of descriptors */
	unsigned number;		/* [o] */
};

static void print_own_lock(const struct inode *inode, const struct file_lock *lock, bool waits, void *arg)
{
	struct lock_lines *lines = arg;

	if (waits || lock->owner != lines->owners[lock->kind == FILE_LOCK_POSIX] || !procfs_lock_visible(lock))
		return;
	strbuf_printf(lines->out, "lock:\t%u: ", ++lines->number);
	procfs_print_lock(lines->out, inode, lock);
}

static void print_locks(struct strbuf *out, const struct pseudo_target *t, const struct file *file)
{
	struct task *task = procfs_task(t);
	struct lock_lines lines = { .out = out, .owners = { file, task ? READ_ONCE(task->vfs.files) : NULL } };

	file_locks_of(file->inode, print_own_lock, &lines);
	task_put(task);
}

static int show_fdinfo(struct strbuf *out, const struct pseudo_target *t)
{
	struct file *file;
	int err = target_file(t, &file);

	if (err)
		return err;
	strbuf_printf(out, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n", (long)READ_ONCE(file->pos), file->flags,
		      file->path.mnt ? file->path.mnt->id : 0, (unsigned long)file->inode->ino);
	print_locks(out, t, file);
	if (file->ops->show_fdinfo)
		file->ops->show_fdinfo(file, out);
	fput(file);
	return 0;
}

static const struct pseudo_entry fd_entry = {
	.name = "", .mode = S_IFLNK | 0700, .link = link_fd, .jump = jump_fd, .valid = fd_valid,
};
static const struct pseudo_entry fdinfo_entry = {
	.name = "", .mode = S_IFREG | 0400, .show = show_fdinfo, .valid = fd_valid,
};

static int lookup_fd(const struct pseudo_target *dir, const char *name, const struct pseudo_entry *entry,
		     struct pseudo_target *out)
{
	struct pseudo_target target = { .entry = entry, .object = dir->object };
	struct file *file;
	unsigned fd;
	int err;

	if (kstrtouint(name, 10, &fd) || fd > INT32_MAX || (*name == '0' && name[1]))
		return -ENOENT;
	target.index = fd;
	err = target_file(&target, &file);
	if (err)
		return err;
	fput(file);
	pid_get(target.object);
	*out = target;
	return 0;
}

static int fd_lookup(const struct pseudo_target *dir, const char *name, struct pseudo_target *out)
{
	return lookup_fd(dir, name, &fd_entry, out);
}

static int fdinfo_lookup(const struct pseudo_target *dir, const char *name, struct pseudo_target *out)
{
	return lookup_fd(dir, name, &fdinfo_entry, out);
}

static bool fd_next(const struct pseudo_target *dir, loff_t *pos, char *name, size_t size, uint32_t *mode)
{
	struct fdtable *files;
	struct task *task;
	int fd;

	if (*pos > INT32_MAX || procfs_task_access(dir, &task))
		return false;
	files = task_grab_files(task);
	task_put(task);
	if (!files)
		return false;
	fd = fd_next_open(files, (int)*pos);
	fdtable_put(files);
	if (fd < 0)
		return false;
	*pos = fd;
	ksnprintf(name, size, "%d", fd);
	*mode = S_IFLNK;
	return true;
}

/* Its own descriptors are no secret to a process, though it gave the rights up that the folder asks for. */
static bool fd_allows(const struct pseudo_target *dir)
{
	struct pid *pid = dir->object;
	const struct task *task;
	bool own;

	rcu_read_lock();
	task = list_first_or_null_rcu(&pid->members[PIDTYPE_PID], struct task, pid_link);
	own = task && task->process == current->process;
	rcu_read_unlock();
	return own;
}

const struct pseudo_dir procfs_fd_dir = { .lookup = fd_lookup, .next = fd_next, .allows = fd_allows };
const struct pseudo_dir procfs_fdinfo_dir = { .lookup = fdinfo_lookup, .next = fd_next };

/* --- Namespaces: links whose text tells them apart --- */

static int jump_ns(struct path *out, const struct pseudo_target *t)
{
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	err = nsfs_path(task, (enum nsfs_kind)(uintptr_t)t->entry->arg, out);
	task_put(task);
	return err;
}

static int link_ns(struct strbuf *out, const struct pseudo_target *t)
{
	enum nsfs_kind kind = (enum nsfs_kind)(uintptr_t)t->entry->arg;
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	strbuf_printf(out, "%s:[%u]", kind == NSFS_PID_CHILDREN ? "pid" : nsfs_name(kind), nsfs_number(task, kind));
	task_put(task);
	return 0;
}

#define NS(name_, kind) { .name = name_, .mode = S_IFLNK | 0777, .link = link_ns, .jump = jump_ns, \
			  .arg = (const void *)(uintptr_t)(kind) }
static const struct pseudo_entry ns_entries[] = {
	NS("cgroup", NSFS_CGROUP), NS("ipc", NSFS_IPC), NS("mnt", NSFS_MNT), NS("pid", NSFS_PID),
	NS("pid_for_children", NSFS_PID_CHILDREN), NS("uts", NSFS_UTS),
};
const struct pseudo_dir procfs_ns_dir = { .entries = ns_entries, .count = ARRAY_SIZE(ns_entries) };

/* SPDX-License-Identifier: MIT */
/*
 * proc/procfs/internal.h: what the files of /proc/PID share. A target's object is a struct pid; its task is looked up
 * at each use, so that a file held open after the process ended says ESRCH, and never names another process.
 */
#pragma once

#include "fs/pseudo/pseudo.h"
#include "lib/compiler.h"
#include "lib/strbuf.h"
#include "proc/task.h"
#include "proc/task_parts.h"

#define PROCFS_THREAD	1UL		/* target.index of what is below task/TID: one thread, not the process */

#define PROCFS_NAME_COLUMN	73		/* of maps: Linux's, which programs have come to rely on */
#define PROCFS_PART		4096		/* bytes after which a part of a long file ends, as Linux's do */

struct fdtable;
struct fs_state;
struct mm;
struct path;
struct vma;

extern const struct pseudo_dir procfs_fd_dir, procfs_fdinfo_dir, procfs_ns_dir;
extern const struct file_ops procfs_mem_ops, procfs_cmdline_ops, procfs_environ_ops;

/* The task a target is about, referenced; NULL: it is gone. */
struct task *procfs_task(const struct pseudo_target *t);
/* The task, refused (-EACCES) unless current may look into the task. 0, -ESRCH, -EACCES. */
int __must_check procfs_task_access(const struct pseudo_target *t, struct task **out);

/* A path as current sees it. 0, -ENOMEM, -ENAMETOOLONG. */
int __must_check procfs_print_path(struct strbuf *out, const struct path *path);

/* The address space of a target that current may look into; *out NULL: it has none. 0, -ESRCH, -EACCES. */
int __must_check procfs_target_mm(const struct pseudo_target *t, struct mm **out);
/* An area's line of maps. The mm's lock is held. 0 or -ENOMEM. */
int __must_check procfs_print_area(struct strbuf *out, const struct mm *mm, const struct vma *vma);

/* What is done with an area; the mm's lock is held. 0; 1: enough, the next one is not wanted; or -errno. */
typedef int (*procfs_area_fn)(const struct mm *mm, const struct vma *vma, void *arg);
/*
 * fn for the areas of the target's memory that end above *next, by address, until it has enough or fails; *next is
 * where to go on, PSEUDO_END behind the last. 1: it has memory, 0: none any more; -errno: fn's, -ESRCH, -EACCES.
 */
int __must_check procfs_walk_areas(const struct pseudo_target *t, uint64_t *next, procfs_area_fn fn, void *arg);

/* What changes when the reader's mounts do, and who is told (pseudo_entry.changes). */
struct waitq *procfs_mounts_changes(const struct pseudo_target *t, uint64_t *event);

/* One file each: 0 or -errno. */
int procfs_show_stat(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_statm(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_status(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_limits(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_maps(struct strbuf *out, const struct pseudo_target *t, uint64_t *next);
int procfs_show_auxv(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_mounts(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_mountinfo(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_smaps(struct strbuf *out, const struct pseudo_target *t, uint64_t *next);
int procfs_show_smaps_rollup(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_wchan(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_stack(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_syscall(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_timers(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_io(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_locks(struct strbuf *out, const struct pseudo_target *t);
int procfs_show_timerslack(struct strbuf *out, const struct pseudo_target *t);

/* locks.c: a lock's line, without its number; and is its owner in the reader's PID namespace? */
struct file_lock;
void procfs_print_lock(struct strbuf *out, const struct inode *inode, const struct file_lock *lock);
bool procfs_lock_visible(const struct file_lock *lock);

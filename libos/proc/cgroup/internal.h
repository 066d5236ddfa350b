/* SPDX-License-Identifier: MIT */
/*
 * internal.h: the control group, shared by the files of proc/cgroup only.
 *
 * Invariants
 *  (1) A group that is not dead stands in its parent's list of children, and its parent is not dead.
 *  (2) nr_populated = (own processes live ? 1 : 0) + children that are populated; cgroup.events follows it.
 *  (3) pids.count of a group other than the root = tasks, zombies included, of its own processes and of all below.
 *  (4) A dead group has no living process and no children.
 */
#pragma once

#include "fs/pseudo/pseudo.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "proc/cgroup/cgroup.h"
#include "proc/task.h"
#include "sync/mutex.h"
#include "sync/waitq.h"

enum cgroup_controller { CONTROLLER_PIDS, NR_CONTROLLERS };

enum cgroup_file {
	CG_PROCS, CG_THREADS, CG_CONTROLLERS, CG_SUBTREE_CONTROL, CG_STAT, CG_MAX_DEPTH, CG_MAX_DESCENDANTS,
	CG_TYPE, CG_EVENTS, CG_KILL,
	CG_PIDS_MAX, CG_PIDS_CURRENT, CG_PIDS_PEAK, CG_PIDS_EVENTS,
	CG_FOLDER,			/* the group's folder itself */
	NR_CG_FILES
};

#define CGROUP_NO_LIMIT		INT64_MAX	/* "max" */

/* A file that tells its readers of changes. Field legend: [t] proc_tree.lock, [n] notify lock */
struct cgroup_event {
	struct waitq wait;
	uint64_t count;			/* [t] */
	bool pending;			/* [n] inotify is to be told */
};

/* Field legend: [t] proc_tree.lock, [m] cgroup_mutex */
struct cgroup_pids {
	int64_t count;			/* [t] */
	int64_t max;			/* [t] */
	int64_t peak;			/* [t] */
	uint64_t refused;		/* [t] forks, here or below, by this group's limit or one below */
};

/* Field legend: [I] immutable, [a] atomic, [m] cgroup_mutex, [t] proc_tree.lock, [n] notify lock */
struct cgroup {
	struct refcount refs;		/* [a] the root's is not counted */
	struct cgroup *parent;		/* [I] referenced; NULL: the root */
	uint64_t id;			/* [I] inode number of its folder; the root is 1 */
	unsigned depth;			/* [I] */
	const char *name;		/* [I] owned */
	struct list_head children;	/* [m] */
	struct list_head sibling;	/* [m] */
	unsigned nr_children;		/* [m] */
	bool dead;			/* [m] and [t] */
	unsigned subtree_control;	/* [m] and [t] controllers the children have, bits by enum cgroup_controller */
	int64_t max_depth, max_descendants;	/* [m] */
	struct list_head processes;	/* [t] with a living thread */
	unsigned nr_populated;		/* [t] */
	struct cgroup_pids pids;	/* [t] */
	struct cgroup_event events;	/* [t] */
	struct cgroup_event pids_events;	/* [t] */
	bool forget;			/* [n] removed: its inodes are to go */
	struct list_head notify_link;	/* [n] */
	struct pseudo_attr attr[NR_CG_FILES];	/* [a] single words */
};

extern struct mutex cgroup_mutex;

extern struct cgroups {
	unsigned nr_groups;		/* [m] with the root */
	uint64_t last_id;		/* [m] */
	bool nsdelegate;		/* [a] mount option */
} cgroups;

static inline bool cgroup_is_root(const struct cgroup *cg)
{
	return !cg->parent;
}

/* Controllers a group has itself. */
static inline unsigned cgroup_controllers(const struct cgroup *cg)
{
	return cg->parent ? READ_ONCE(cg->parent->subtree_control) : BIT(NR_CONTROLLERS) - 1;
}

bool cgroup_is_descendant(const struct cgroup *cg, const struct cgroup *of);
/* Has processes of its own beside controllers for its children: its threads would have to be spread. Tree lock held. */
bool cgroup_is_thread_root(const struct cgroup *cg);
/* No group above is a thread root: processes may be here. Tree lock held. */
bool cgroup_is_valid_domain(const struct cgroup *cg);
/* Might become one: nobody lives in a child. Tree lock held. */
bool cgroup_may_be_thread_root(const struct cgroup *cg);
/* Next group at or below top in pre-order; NULL: the end. cgroup_mutex held. */
struct cgroup *cgroup_next(const struct cgroup *top, struct cgroup *cg);
/* What the group's name is to somebody whose root is `root`. */
void cgroup_print_path(struct strbuf *out, const struct cgroup *cg, const struct cgroup *root);

/* mkdir: *out referenced. 0, -EAGAIN (limits), -ENODEV, -EEXIST, -EINVAL, -ENOMEM. */
int __must_check cgroup_make(struct cgroup *parent, const char *name, uint32_t mode, const struct cred *cred,
			     struct cgroup **out);
/* rmdir: 0, -EBUSY, -ENODEV. */
int __must_check cgroup_remove(struct cgroup *cg);
/* cgroup.subtree_control: "+pids -pids". */
int __must_check cgroup_write_control(struct cgroup *cg, char *text);
extern const char *const cgroup_controller_names[NR_CONTROLLERS];

/* cgroup.procs: all of the process numbered nr (0: the caller's) moves here, by the rights of `opener`. */
int __must_check cgroup_move_process(struct cgroup *dst, int nr, const struct cred *opener);
/* cgroup.threads: a thread stays with its process, so it moves nowhere. */
int __must_check cgroup_move_thread(struct cgroup *dst, int nr, const struct cred *opener);
int __must_check cgroup_kill(struct cgroup *cg);

/* pids.c: all under the tree lock. */
int __must_check cgroup_pids_charge(struct cgroup *cg);
void cgroup_pids_move(struct cgroup *from, struct cgroup *to, int64_t count);
void cgroup_pids_uncharge(struct cgroup *cg);
void cgroup_pids_enable(struct cgroup *cg);

/* An event happened: who polls or watches the file will see it. Tree lock held; fs.c tells inotify later. */
void cgroup_event_happened(struct cgroup *cg, struct cgroup_event *event);
void cgroup_event_init(struct cgroup_event *event);
/* The group is gone: no inode of its files is to stay remembered. */
void cgroup_forget_inodes(struct cgroup *cg);

/* The group whose folder in a cgroup2 file system the inode is; NULL: it is not one. */
struct cgroup *cgroup_of_folder(const struct inode *inode);

/* files.c */
extern const struct pseudo_entry cgroup_files[CG_FOLDER];
/* Does the group have that file? */
bool cgroup_has_file(const struct cgroup *cg, enum cgroup_file file);

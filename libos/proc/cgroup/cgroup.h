/* SPDX-License-Identifier: MIT */
/*
 * cgroup.h: control groups (version 2) as the rest of proc/ sees them: where a process is, and what that means at
 * fork and exit. Source: cgroups(7), cgroup_namespaces(7), the kernel's cgroup-v2 document.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/refcount.h"
#include "lib/types.h"

struct cgroup;
struct process;
struct strbuf;
struct task;

extern struct cgroup cgroup_root;

struct cgroup *cgroup_get(struct cgroup *cg);
/* NULL is allowed. Any context. */
void cgroup_put(struct cgroup *cg);

/* Process 1 starts in the root. Boot only. */
void cgroup_link_init(struct process *p);
/*
 * A child of current is about to be visible: count it against limits, and put a new process into its parent's group,
 * or into `into`. 0, -EAGAIN (pids.max), -ENODEV (`into` was removed meanwhile). proc_tree.lock held for writing.
 */
int __must_check cgroup_fork_locked(struct task *child, bool thread, struct cgroup *into);
/* No thread of p lives any more: it does not populate its group. More calls do nothing. Tree lock held. */
void cgroup_exit_locked(struct process *p);
/* A task of p was reaped, or ended as a thread. Tree lock held. */
void cgroup_release_locked(struct process *p);

/* CLONE_INTO_CGROUP: the group of descriptor fd, referenced, if current may start a child there. May sleep. */
int __must_check cgroup_fork_target(int fd, bool thread, struct cgroup **out);

/* Where p is, as a reader in group namespace `viewer` sees it: "/a/b", "/.." outside of it. May sleep. */
struct cgroup_ns;
void cgroup_print_process(struct strbuf *out, struct process *p, const struct cgroup_ns *viewer);

/* --- Namespaces. Field legend: [a] atomic, [I] immutable --- */
struct cgroup_ns {
	struct refcount refs;		/* [a] */
	struct cgroup *root;		/* [I] referenced */
	uint32_t inum;			/* [I] */
};

extern struct cgroup_ns cgroup_ns_init;

static inline struct cgroup_ns *cgroup_ns_get(struct cgroup_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void cgroup_ns_put(struct cgroup_ns *ns);
/* A namespace whose root is where current is; NULL: no memory. May sleep. */
struct cgroup_ns *cgroup_ns_create(uint32_t inum);

/* SPDX-License-Identifier: MIT */
/*
 * namespace.h: UTS, IPC, cgroup, mount and PID namespaces of tasks. Source: namespaces(7), unshare(2).
 */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

extern struct uts_ns uts_ns_init;

/* Share or copy current's namespaces for a child by CLONE_NEW* flags. 0 or -ENOMEM, -ENOSPC (nesting). */
int __must_check fork_namespaces(struct task *child, uint64_t flags);
/* Undo it. */
void namespaces_put(struct task *t);
/* Exit: drop what a zombie does not need. */
void namespaces_exit(struct task *t);
/* The last reference of a task is gone: what was kept for the zombie. */
void namespaces_release(struct task *t);

/* What another task is in, referenced; NULL: it has exited. And the same given back. Any thread context. */
struct uts_ns *task_grab_uts(struct task *t);
struct ipc_ns *task_grab_ipc(struct task *t);
struct mount_ns *task_grab_mounts(struct task *t);
struct cgroup_ns *task_grab_cgroups(struct task *t);
struct pid_ns *task_grab_pids(struct task *t, bool children);
void uts_ns_put(struct uts_ns *ns);
void pid_ns_put(struct pid_ns *ns);
struct uts_ns *uts_ns_get(struct uts_ns *ns);
struct pid_ns *pid_ns_get(struct pid_ns *ns);
/* setns(2), permitted: current joins; a reference of its own is taken. */
void namespace_enter_uts(struct uts_ns *ns);
void namespace_enter_ipc(struct ipc_ns *ns);
void namespace_enter_cgroups(struct cgroup_ns *ns);
int __must_check namespace_enter_pids(struct pid_ns *ns);	/* -EINVAL: not a descendant of ours */
int __must_check namespace_enter_mounts(struct mount_ns *ns);	/* -EINVAL: root and cwd are shared */
/* The end of a PID namespace's init: everybody in it is killed and reaped. May sleep. */
void pid_ns_end(struct task *init);
/* reboot(2) in a namespace below the first: its init is killed, and for wait it died of sig. Any thread context. */
void pid_ns_reboot(struct pid_ns *ns, int sig);

/* unshare(2) for current: CLONE_NEW{UTS,IPC,CGROUP,NS,PID}, CLONE_FS, CLONE_FILES, CLONE_SYSVSEM. */
int __must_check namespaces_unshare(uint64_t flags);

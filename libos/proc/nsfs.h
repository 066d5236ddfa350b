/* SPDX-License-Identifier: MIT */
/*
 * nsfs.h: namespaces as files: what /proc/PID/ns/NAME leads to, and setns(2). An open file keeps its namespace alive.
 * Source: namespaces(7), setns(2), ioctl_ns(2).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;
struct path;
struct task;

enum nsfs_kind { NSFS_CGROUP, NSFS_IPC, NSFS_MNT, NSFS_PID, NSFS_PID_CHILDREN, NSFS_UTS, NSFS_KINDS };

/* A path to the task's namespace of that kind, referenced. 0, -ESRCH (it has none any more), -ENOMEM. May sleep. */
int __must_check nsfs_path(struct task *t, enum nsfs_kind kind, struct path *out);
/* Its number, as stat(2) of that path has it; 0: none. */
uint32_t nsfs_number(struct task *t, enum nsfs_kind kind);
/* "mnt", "pid_for_children": names of links in /proc/PID/ns. */
const char *nsfs_name(enum nsfs_kind kind);
/* setns(2) by a namespace file, or by a pidfd's task for each CLONE_NEW* flag. 0, -EINVAL, -EPERM, -ENOMEM, -ESRCH. */
int __must_check nsfs_enter_file(struct file *file, unsigned flags);
int __must_check nsfs_enter_task(struct task *t, unsigned flags);

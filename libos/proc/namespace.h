/* SPDX-License-Identifier: MIT */
/*
 * namespace.h: UTS, mount and PID namespaces of tasks. Source: namespaces(7), unshare(2).
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
/* unshare(2) for current: CLONE_NEWUTS, CLONE_NEWNS, CLONE_NEWPID, CLONE_FS, CLONE_FILES. */
int __must_check namespaces_unshare(uint64_t flags);

/* SPDX-License-Identifier: MIT */
/*
 * task_parts.h: what another task has, with a reference of its own each (mm_put, fdtable_put, fs_state_put, cred_put).
 * NULL: it has none any more. Any task that is referenced; any thread context.
 */
#pragma once

struct cred;
struct fdtable;
struct fs_state;
struct mm;
struct task;

struct mm *task_grab_mm(struct task *task);
struct fdtable *task_grab_files(struct task *task);
struct fs_state *task_grab_fs(struct task *task);
const struct cred *task_grab_cred(struct task *task);	/* never NULL */

/* SPDX-License-Identifier: MIT */
/*
 * exit.h: the end of tasks and processes. Source: exit(2), exit_group(2), _exit(2).
 */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

/* The first process's function has returned (proc/init.h): say so and switch the machine off. */
__noreturn void init_returned(int status);
/* End the current thread with a wait status (exit: code << 8; signal: number, 0x80 core). */
__noreturn void task_exit(int code);
/* End the whole process: all threads; the first caller's code counts. */
__noreturn void process_exit_group(int code);
/* Reap: unlink a dead task and drop what names it. Caller holds nothing; tree lock is taken. */
void task_release(struct task *t);
/* True when no member of the group has a living parent in the same session but another group. */
bool process_group_orphaned(struct pid *pgrp);
/* No thread of p is left that is not exiting. Takes the tree lock. */
bool process_last_thread(struct process *p);
/* Only the zombie leader is left. Tree lock held. */
bool process_all_exited(const struct process *p);
/* SIGCHLD (or the exit signal) to the parent, waiters woken; true: reap without waiting. Tree lock held. */
bool process_notify_parent(struct process *p);
/* CLONE_CHILD_CLEARTID, robust list, vfork parent: what must happen before the address space goes
 * (exit and exec). */
void task_release_mm(struct task *t);

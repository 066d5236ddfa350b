/* SPDX-License-Identifier: MIT */
/* pidfd.h: descriptors that name processes. Source: pidfd_open(2), pidfd_send_signal(2). */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;
struct pid;
struct task;

/*
 * A reserved descriptor and its file for pid, to be installed or aborted by the caller. flags: O_NONBLOCK,
 * PIDFD_THREAD.
 */
int __must_check pidfd_prepare(struct pid *pid, unsigned flags, int *fd, struct file **file);
void pidfd_abort(int fd, struct file *file);
/* The pid a pidfd names, borrowed from the file; NULL: not one. */
struct pid *pidfd_pid(struct file *file);
/* It names one thread (PIDFD_THREAD), not the process it leads. */
bool pidfd_is_thread(const struct file *file);
/* The thread a pidfd names, a leader unless pidfd_is_thread(), referenced; NULL: it was reaped. */
struct task *pidfd_task(struct file *file);

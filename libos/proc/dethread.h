/* SPDX-License-Identifier: MIT */
/*
 * dethread.h: exec by one of several threads. Source: execve(2), "Effect on process attributes".
 */
#pragma once

#include "lib/compiler.h"

struct task;

/*
 * End all other threads of the current process and wait for them; take the leader's place if current is not it.
 * 0, or -EAGAIN/-EINTR when another thread ends or execs this process first: nothing was changed. May sleep.
 */
int __must_check task_dethread(void);
/*
 * A signal table shared with another process (CLONE_SIGHAND without CLONE_THREAD) becomes the task's own. 0 or
 * -ENOMEM.
 */
int __must_check signal_unshare_for_exec(struct task *t);

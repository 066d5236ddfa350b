/* SPDX-License-Identifier: MIT */
/*
 * session.h: process groups and sessions. Source: setpgid(2), setsid(2), credentials(7).
 * All: current task, no lock held, numbers in the caller's PID namespace.
 */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

int __must_check session_setpgid(int pid, int pgid);	/* 0, -EINVAL, -EPERM, -ESRCH, -EACCES */
int __must_check session_getpgid(int pid);
int __must_check session_getsid(int pid);
int __must_check session_create(void);			/* setsid: new id, or -EPERM */
/* A process ends: a session leader gives up its terminal, whose foreground group gets SIGHUP, SIGCONT. */
void session_exit(struct process *p);
/* Controlling terminal for a new child of p: a reference, or NULL. Tree lock held. */
struct tty *session_inherit_tty(struct process *p);

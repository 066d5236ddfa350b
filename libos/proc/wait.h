/* SPDX-License-Identifier: MIT */
/*
 * wait.h: waiting for children. Source: wait4(2), waitid(2).
 */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

enum wait_which { WAIT_ANY, WAIT_PID, WAIT_PGRP };

struct wait_request {
	enum wait_which which;
	struct pid *pid;		/* for WAIT_PID, WAIT_PGRP; may be NULL: nobody matches */
	/* WNOHANG, WEXITED, WSTOPPED, WCONTINUED, WNOWAIT, __WALL, __WCLONE, __WNOTHREAD */
	unsigned options;
	/* results */
	int nr;				/* process id in the caller's namespace; 0: WNOHANG found none */
	int status;			/* as wait4 stores it */
	siginfo_t info;			/* as waitid stores it */
	struct proc_usage usage;
};

/* 0 with results, -ECHILD, -ERESTARTSYS. Current task, may sleep. */
int __must_check process_wait(struct wait_request *w);

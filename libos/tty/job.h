/* SPDX-License-Identifier: MIT */
/*
 * tty/job.h: where terminals and job control meet. tty/ stands below proc/: it knows groups and sessions only as
 * opaque struct pid pointers, and asks about the running process through the hooks proc/ registers.
 *
 * Source: termios(3), ioctl_tty(2), setsid(2), tcsetpgrp(3).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct pid;
struct tty;

/* Provided by proc/ttyjob.c at start-up. All may be called in thread context; signal_group from any context. */
struct tty_job_ops {
	struct pid *(*pid_get)(struct pid *pid);
	void (*pid_put)(struct pid *pid);
	/* Send sig (with CONT after HUP left to the caller) to a group. */
	void (*signal_group)(struct pid *pgrp, int sig);
	/* To the leader of a session. */
	void (*signal_session_leader)(struct pid *session, int sig);
	/* The running process: its group, session, whether it leads the session; borrowed pointers. */
	struct pid *(*current_group)(void);
	struct pid *(*current_session)(void);
	bool (*current_is_session_leader)(void);
	bool (*current_capable)(int cap);
	/* Its controlling terminal with a reference (NULL: none), and setting it for a session leader. */
	struct tty *(*current_tty)(void);
	void (*set_current_tty)(struct tty *tty);	/* takes its own reference; NULL: give up */
	/* TIOCSCTTY with force: every process of the session that has `tty` loses it. */
	void (*session_drop_tty)(struct pid *session, struct tty *tty);
	/* May the running process be stopped by sig: not blocked, not ignored, group not orphaned. */
	bool (*stop_possible)(int sig);
	bool (*signal_blocked_or_ignored)(int sig);
	bool (*group_orphaned)(struct pid *pgrp);
	/*
	 * Number as the running process sees it, and back; 0 / NULL when there is none; find borrows under RCU,
	 * returns referenced.
	 */
	int (*pid_nr)(struct pid *pid);
	struct pid *(*find_group)(int nr);
	struct pid *(*group_session)(struct pid *pgrp);	/* session of a member; NULL: empty group */
};

void tty_job_register(const struct tty_job_ops *ops);

struct tty *tty_get(struct tty *tty);
void tty_put(struct tty *tty);

/* Has the caller this capability? */
bool tty_job_capable(int cap);

/*
 * The leader of `session`, whose controlling terminal this is, gives it up: the foreground group gets SIGHUP and
 * SIGCONT, the terminal belongs to no session any more. When the leader `exits`, a terminal that is no pty is hung up
 * instead, and the group of a pty gets SIGHUP alone. May sleep; no lock held.
 */
void tty_job_leave_session(struct tty *tty, struct pid *session, bool exits);

/* Device number of a terminal for /proc/PID/stat. */
uint64_t tty_devnr(const struct tty *tty);
/* Foreground group, borrowed under RCU; NULL: none. */
struct pid *tty_foreground(const struct tty *tty);

/* SPDX-License-Identifier: MIT */
/*
 * descriptor table: small integers to open files; shared by threads (CLONE_FILES).
 *
 * Look-up is lock-free: RCU for the array, then a reference on the file unless zero, then the slot is read
 * again. When only one thread uses the table, fd_get() takes no reference (fd_put() knows).
 *
 * Tasks join and leave a table; who borrows that of another task, as /proc, has a reference and only looks. The last
 * task to leave closes all files, whoever still looks then.
 */
#pragma once

#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"

struct file;

struct fd_array {
	unsigned capacity;
	struct file **file;		/* [r] */
	unsigned long *open;		/* bitmap [l] */
	unsigned long *cloexec;		/* bitmap [l] */
	struct rcu_head rcu;
};

/* Field legend: [a] atomic, [l] lock, [r] read under RCU */
struct fdtable {
	struct refcount refs;		/* [a] tasks, and borrowers like /proc */
	int tasks;			/* [a] that have it as theirs: only they change it */
	struct spinlock lock;
	struct fd_array *array;		/* [r] */
	unsigned next;			/* [l] no free descriptor below */
	struct rcu_head rcu;		/* /proc looks at other tasks' */
};

/* A descriptor's file in use by the current call. */
struct fd {
	struct file *file;		/* NULL: EBADF */
	bool need_put;
};

struct fdtable *fdtable_create(void);				/* for one task; NULL: no memory */
struct fdtable *fdtable_copy(struct fdtable *from);		/* fork, for one task; NULL: no memory */
struct fdtable *fdtable_join(struct fdtable *t);		/* for one more task */
void fdtable_leave(struct fdtable *t);				/* last task: closes all; may sleep */
void fdtable_put(struct fdtable *t);				/* a borrower's reference (task_grab_files()) */
/* Make *slot a table no other task has (exec, unshare). 0 or -ENOMEM. May sleep. */
int __must_check fdtable_unshare(struct fdtable **slot);
struct fd fd_get(struct fdtable *t, int fd);			/* O_PATH files: no */
struct fd fd_get_raw(struct fdtable *t, int fd);		/* O_PATH files too */
void fd_put(struct fd fd);
struct file *fget(struct fdtable *t, int fd);			/* with a reference of its own; NULL: EBADF */
/* Lowest free descriptor >= min and < limit, reserved: -EMFILE, -ENOMEM. */
int __must_check fd_reserve(struct fdtable *t, unsigned min, unsigned limit, bool cloexec);
void fd_install(struct fdtable *t, int fd, struct file *file);	/* takes over the reference */
/* A new descriptor below limit for a file, whose reference is used up. The descriptor, -EMFILE or -ENOMEM. */
int __must_check fd_install_new(struct fdtable *t, struct file *file, unsigned limit, bool cloexec);
void fd_unreserve(struct fdtable *t, int fd);
int __must_check fd_close(struct fdtable *t, int fd);
int __must_check fd_close_range(struct fdtable *t, unsigned first, unsigned last, bool only_cloexec_mark);
int __must_check fd_dup_to(struct fdtable *t, int oldfd, int newfd, unsigned limit, bool cloexec);
void fd_close_on_exec(struct fdtable *t);
bool fd_cloexec(struct fdtable *t, int fd);
int __must_check fd_set_cloexec(struct fdtable *t, int fd, bool on);
int fd_next_open(struct fdtable *t, int from);			/* for /proc/PID/fd; -1 at the end */

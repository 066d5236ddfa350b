/* SPDX-License-Identifier: MIT */
/*
 * descriptor table: small integers to open files; shared by threads (CLONE_FILES).
 *
 * Look-up is lock-free: RCU for the array, then a reference on the file unless zero, then the slot is read
 * again. When only one thread uses the table, fd_get() takes no reference (fd_put() knows).
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
	struct refcount refs;		/* [a] tasks sharing it */
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

struct fdtable *fdtable_create(void);				/* NULL: no memory */
struct fdtable *fdtable_copy(struct fdtable *from);		/* fork; NULL: no memory */
struct fdtable *fdtable_get(struct fdtable *t);
void fdtable_put(struct fdtable *t);				/* last: closes all; may sleep */
/* Make *slot a table nobody else uses (exec, unshare). 0 or -ENOMEM. */
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

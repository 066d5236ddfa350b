/* SPDX-License-Identifier: MIT */
/*
 * sigio: signal-driven I/O: whoever owns an open file is sent a signal when it becomes ready. Source: fcntl(2).
 *
 * Model. What can become ready has a list (struct fasync) of the open files with O_ASYNC; its fasync operation puts
 * them there and takes them off by fasync_set(), and whoever makes it ready calls fasync_notify(). Each open file says
 * who is to hear it (F_SETOWN) and by which signal (F_SETSIG): struct file_owner, made when it is first asked for.
 *
 * Locking. fasync->lock (irq-safe) is inside the locks of whatever has the list, and outside the owner's lock and those
 * of processes. A file on a list is not freed: its release takes it off.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/spinlock.h"

struct file;
struct file_owner;
struct pid;

/* Field legend: [l] lock */
struct fasync {
	struct spinlock lock;
	struct list_head entries;	/* [l] one an open file */
};

/* What happened: si_code, and by it si_band. The values of POLL_IN and so on. */
enum sigio_band { SIGIO_IN = 1, SIGIO_OUT, SIGIO_MSG, SIGIO_ERR, SIGIO_PRI, SIGIO_HUP };

#define fasync_init(f)						\
do {								\
	spin_lock_init(&(f)->lock, "fasync");			\
	INIT_LIST_HEAD(&(f)->entries);				\
} while (0)

/* What a fasync operation does: file, known as fd, is told from now on, or (on false) no more. 0 or -ENOMEM. Sleeps. */
int __must_check fasync_set(struct fasync *f, int fd, struct file *file, bool on);
void fasync_notify_slow(struct fasync *f, enum sigio_band band);

/* Any context. */
static inline void fasync_notify(struct fasync *f, enum sigio_band band)
{
	if (unlikely(!list_empty(&f->entries)))
		fasync_notify_slow(f, band);
}

/* --- Provided by proc/sigio.c --- */

/* Send what file's owner wants, if there is one it may be sent to. Any context. */
void sigio_send(const struct file *file, int fd, enum sigio_band band);
/* The file goes. NULL is allowed. */
void file_owner_free(struct file_owner *owner);
/* Unless it has an owner: this group, or (NULL) the current process. 0 or -ENOMEM. Sleeps. */
int __must_check file_owner_default(struct file *file, struct pid *group);
/* The current process, whoever it was: what a lease and F_NOTIFY do. 0 or -ENOMEM. Sleeps. */
int __must_check file_owner_take(struct file *file);

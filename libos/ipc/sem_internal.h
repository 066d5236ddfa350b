/* SPDX-License-Identifier: MIT */
/*
 * sem_internal.h: a semaphore set, between sem.c (operations), sem_undo.c and sem_ctl.c.
 *
 * Model. An operation is tried as a whole under the set's lock. What cannot go on is queued with its blocking part; who
 * changes a value tries the queue in its order, and completes for others what has become possible: `status` tells
 * the sleeper, which takes the lock once more before its stack goes away.
 *
 * Locking. set->obj.lock, then undo_list->lock; both spin, not irq-safe; the waiters' wait queues are inside.
 */
#pragma once

#include "ipc/internal.h"
#include "lib/list.h"
#include "sync/waitq.h"

#define SEM_WAITING	1		/* waiter->status: neither done (0) nor failed (-errno) */

/* Field legend: [l] the set's lock */
struct semaphore {
	unsigned short value;		/* [l] */
	int pid;			/* [l] of the last change */
};

/* What is to be added to a set's values when the last task of the list ends. [I] immutable, [l] set, [u] list */
struct sem_undo {
	struct list_head in_set;	/* [l] */
	struct list_head in_list;	/* [u] */
	struct sem_set *set;		/* [I] */
	struct sem_undo_list *list;	/* [I] */
	short adjust[];			/* [l] one for each semaphore */
};

/* Field legend: [a] atomic, [u] lock */
struct sem_undo_list {
	struct refcount refs;		/* [a] tasks */
	struct spinlock lock;
	struct list_head undos;		/* [u] */
};

/* Field legend: [I] immutable, [l] obj.lock */
struct sem_set {
	struct ipc_object obj;		/* [l] */
	unsigned count;			/* [I] */
	struct semaphore *sems;		/* [I] kvmalloc'd, owned; [l] what is in it */
	int64_t otime, ctime;		/* [l] */
	struct list_head readers;	/* [l] waiters that change nothing: they wait for zero */
	struct list_head writers;	/* [l] the others, first come first */
	struct list_head undos;		/* [l] */
};

/* One semtimedop(2), and on whose behalf. [I] immutable while queued, [l] the set's lock */
struct sem_waiter {
	struct list_head link;		/* [l] */
	struct sembuf *ops;		/* [I] */
	unsigned count;			/* [I] */
	const struct sembuf *blocking;	/* [l] the one it waits at */
	struct sem_undo *undo;		/* [l] NULL: nothing to undo */
	bool alters;			/* [I] */
	int pid;			/* [I] */
	int status;			/* [l] read without */
	struct waitq wq;
};

static inline struct sem_set *sem_set_of(const struct ipc_object *obj)
{
	return container_of((struct ipc_object *)obj, struct sem_set, obj);
}

/* A set by identifier, referenced and locked, the caller permitted. 0, -EINVAL, -EIDRM, -EACCES. */
int __must_check sem_lock_set(const struct ipc_who *who, int id, unsigned wanted, struct sem_set **out);
void sem_unlock_set(struct sem_set *set);
/* Values changed: complete who can go on. touch: it counts as an operation. Set locked. */
void sem_update(struct sem_set *set, bool touch);
/* The caller's undo of this set, made if need be; set not locked. 0, -ENOMEM, -EIDRM. */
int __must_check sem_undo_find(struct sem_undo_list **list, struct sem_set *set, struct sem_undo **out);
/* The set goes: forget what was to be undone. Set locked. */
void sem_undo_forget(struct sem_set *set);

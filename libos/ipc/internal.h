/* SPDX-License-Identifier: MIT */
/*
 * internal.h: what the three kinds of System V objects have in common.
 *
 * Locking. ids->lock (mutex, class "sysvipc", inside the mm lock) serialises making and removing; under it every object
 * of the table lives. Look-ups by identifier go under RCU and take a reference; obj->lock then tells whether
 * the object was removed meanwhile. Shared memory uses ids->lock for all its state; the others' is under obj->lock.
 */
#pragma once

#include "ipc/sysv.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"

struct strbuf;

/* Field legend: [I] immutable, [a] atomic, [l] lock (shared memory: ids->lock), [i] ids->lock */
struct ipc_object {
	struct spinlock lock;
	struct refcount refs;		/* [a] the table, and who works with it */
	bool removed;			/* [l] */
	enum ipc_kind kind;		/* [I] */
	int id;				/* [I] */
	int key;			/* [i] IPC_PRIVATE: none leads here (any more) */
	uint32_t uid, gid, mode;	/* [l] */
	uint32_t cuid, cgid;		/* [I] */
	struct ipc_ns *ns;		/* [I] not referenced: the namespace outlives its table */
	struct rcu_head rcu;
};

/* What shmget, semget and msgget ask for. */
struct ipc_request {
	enum ipc_kind kind;
	int key;
	unsigned flags;			/* IPC_CREAT, IPC_EXCL, permissions */
	size_t size;			/* bytes, or semaphores */
	/* A new object, or -errno. ids->lock held. */
	int (*create)(const struct ipc_who *who, const struct ipc_request *rq, struct ipc_object **out);
	/* Does an existing one fit? 0 or -EINVAL. */
	int (*check)(const struct ipc_object *obj, const struct ipc_request *rq);
};

static inline struct ipc_ids *ipc_ids_of(const struct ipc_who *who, enum ipc_kind kind)
{
	return &who->ns->ids[kind];
}

/* The three ...get calls: identifier or -errno. */
int __must_check ipc_obtain(const struct ipc_who *who, const struct ipc_request *rq);
/* Fill in a new object's owner and permissions. */
void ipc_object_init(struct ipc_object *obj, const struct ipc_who *who, const struct ipc_request *rq);
/* By identifier: referenced, or NULL. */
struct ipc_object *ipc_find(const struct ipc_who *who, enum ipc_kind kind, int id);
/* By slot (..._STAT) or identifier; under ids->lock or RCU, not referenced. NULL: none. */
struct ipc_object *ipc_lookup(const struct ipc_ids *ids, int id, bool slot);
void ipc_object_put(struct ipc_object *obj);
/* Out of the table; the caller then drops the table's reference. ids->lock held. */
void ipc_unlink_locked(struct ipc_ids *ids, struct ipc_object *obj);
/* Out of the keys only: no key leads here any more. ids->lock held. */
void ipc_unkey_locked(struct ipc_ids *ids, struct ipc_object *obj);
/* May the caller do what wanted (0444, 0222, 0111 bits) says? 0 or -EACCES. */
int __must_check ipc_permitted(const struct ipc_who *who, const struct ipc_object *obj, unsigned wanted);
/* IPC_SET, IPC_RMID: 0 or -EPERM. */
int __must_check ipc_owner(const struct ipc_who *who, const struct ipc_object *obj);
void ipc_fill_perm(const struct ipc_object *obj, struct ipc64_perm *out);
/* IPC_SET: -EINVAL for ids that are none. */
int __must_check ipc_update_perm(struct ipc_object *obj, const struct ipc64_perm *perm);
/* Highest used slot, 0 when there is none. ids->lock held. */
int ipc_highest_locked(const struct ipc_ids *ids);
int64_t ipc_now(void);			/* seconds since 1970 */

/* Kinds: free what has no reference left; remove on behalf of a dying namespace (ids->lock held). */
void shm_destroy(struct ipc_object *obj);
void semset_destroy(struct ipc_object *obj);
void msg_destroy(struct ipc_object *obj);
void shm_remove_locked(struct ipc_object *obj);
void sem_remove_locked(struct ipc_object *obj);
void msg_remove_locked(struct ipc_object *obj);
/* What ipc_stat() tells; the object's lock and ids->lock are held. */
void shm_fill_stat(const struct ipc_object *obj, void *ds);
void sem_fill_stat(const struct ipc_object *obj, void *ds);
void msg_fill_stat(const struct ipc_object *obj, void *ds);
/* Lines of /proc/sysvipc. ids->lock held. */
void shm_show(struct strbuf *out, struct ipc_object *obj);
void sem_show(struct strbuf *out, struct ipc_object *obj);
void msg_show(struct strbuf *out, struct ipc_object *obj);

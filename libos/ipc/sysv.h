/* SPDX-License-Identifier: MIT */
/*
 * sysv.h: System V shared memory, semaphores and message queues, for system calls. Source: sysvipc(7).
 *
 * Model. An object has an identifier: a slot of its namespace's table and a sequence number, so that an old
 * identifier does not name a new object. A key finds an identifier until the object is removed.
 *
 * All functions take the caller (struct ipc_who) and kernel pointers, and may sleep. Errors are those of the
 * man page of the call.
 */
#pragma once

#include "abi/ipc.h"
#include "lib/compiler.h"
#include "lib/refcount.h"
#include "lib/xarray.h"
#include "mm/mm.h"
#include "sync/mutex.h"

struct cred;
struct sem_undo_list;

#define IPC_SLOTS	32768		/* identifiers are sequence * IPC_SLOTS + slot */

enum ipc_kind { IPC_SEM, IPC_MSG, IPC_SHM, IPC_KINDS };

/* Field legend: [l] lock */
struct ipc_ids {
	struct mutex lock;
	struct xarray objects;		/* [l] by slot; read under RCU */
	struct xarray keys;		/* [l] by key: the same objects */
	unsigned in_use;		/* [l] */
	unsigned last_slot;		/* [l] of the newest object */
	unsigned sequence;		/* [l] grows when slots begin anew */
	int next_id;			/* [a] the next object is to have it, or one after it; -1: any */
	uint64_t total;			/* [l] pages of segments, semaphores of sets; [a] bytes of messages */
};

/* Field legend: [I] immutable, [a] atomic */
struct ipc_ns {
	struct refcount refs;		/* [a] tasks, open files, attached segments */
	uint32_t inum;			/* [I] */
	struct ipc_ids ids[IPC_KINDS];	/* [I] see there */
	uint64_t shmmax, shmall;	/* [a] the limits of /proc/sys/kernel */
	uint32_t shmmni;		/* [a] */
	uint32_t msgmax, msgmnb, msgmni;	/* [a] */
	uint32_t semmsl, semmns, semopm, semmni;	/* [a] */
	struct mq_ns *mq;		/* [I] POSIX queues: ipc/mqueue.h */
};

extern struct ipc_ns ipc_ns_init;

/* Who asks. */
struct ipc_who {
	struct ipc_ns *ns;
	const struct cred *cred;
	int tgid;
};

/* The current task's; provided by proc/namespace.c. Borrowed: valid while the task stays in its namespace. */
struct ipc_who ipc_current(void);

/* An empty namespace with the default limits; NULL: no memory. */
struct ipc_ns *ipc_ns_create(uint32_t inum);
struct ipc_ns *ipc_ns_get(struct ipc_ns *ns);
/* The last reference removes everything in it. NULL is allowed. */
void ipc_ns_put(struct ipc_ns *ns);

/*
 * IPC_STAT (id is an identifier), and the kind's ..._STAT and ..._STAT_ANY (a slot): *out is its shmid64_ds, semid64_ds
 * or msqid64_ds. 0, or the identifier for the latter two.
 */
int __must_check ipc_stat(const struct ipc_who *who, enum ipc_kind kind, int id, int cmd, void *out);
/* IPC_RMID. */
int __must_check ipc_remove(const struct ipc_who *who, enum ipc_kind kind, int id);

/* --- Shared memory. Source: shmget(2), shmat(2), shmctl(2) --- */
int __must_check shm_get(const struct ipc_who *who, int key, size_t size, unsigned flags);
/* Address, or -errno. */
long __must_check shm_attach(const struct ipc_who *who, struct mm *mm, int id, vaddr_t addr, unsigned flags);
int __must_check shm_detach(struct mm *mm, vaddr_t addr);
/* The highest used slot. */
int __must_check shm_limits(const struct ipc_who *who, struct shminfo64 *out);
int __must_check shm_usage(const struct ipc_who *who, struct shm_info *out);
int __must_check shm_set(const struct ipc_who *who, int id, const struct ipc64_perm *perm);
/* SHM_LOCK, SHM_UNLOCK; memlock: RLIMIT_MEMLOCK. */
int __must_check shm_lock(const struct ipc_who *who, int id, bool lock, uint64_t memlock);

/* --- Semaphores. Source: semget(2), semop(2), semctl(2) --- */
int __must_check sem_get(const struct ipc_who *who, int key, int count, unsigned flags);
struct sem_request {
	struct sembuf *ops;
	unsigned count;
	uint64_t deadline_ns;		/* on clock_ns(); WAIT_FOREVER: none */
};
/*
 * semtimedop(2): all of the operations or none. undo: the caller's list, made on first use of SEM_UNDO. -EINTR on a
 * signal, -EAGAIN when the time is up.
 */
int __must_check sem_operate(const struct ipc_who *who, struct sem_undo_list **undo, int id,
			     const struct sem_request *rq);
/* IPC_INFO or SEM_INFO. */
int __must_check sem_info(const struct ipc_who *who, int cmd, struct seminfo *out);
/* GETVAL, GETPID, GETNCNT, GETZCNT. */
int __must_check sem_query(const struct ipc_who *who, int id, int num, int cmd);
/* GETALL: *values is kvmalloc'd, the caller's. The count. */
int __must_check sem_get_all(const struct ipc_who *who, int id, unsigned short **values);
/* How many semaphores the set has, if the caller may change it (SETALL). */
int __must_check sem_count(const struct ipc_who *who, int id);
int __must_check sem_set_all(const struct ipc_who *who, int id, const unsigned short *values, unsigned count);
int __must_check sem_set_value(const struct ipc_who *who, int id, int num, int value);
int __must_check sem_set(const struct ipc_who *who, int id, const struct ipc64_perm *perm);
/* CLONE_SYSVSEM: one list for both. *list is made if there is none. NULL: no memory. */
struct sem_undo_list *sem_undo_share(struct sem_undo_list **list);
/* A task leaves the list; the last one undoes. NULL is allowed. */
void sem_undo_put(struct sem_undo_list *list, int tgid);

/* --- Message queues. Source: msgget(2), msgop(2), msgctl(2) --- */
struct sysv_msg;
int __must_check msg_get(const struct ipc_who *who, int key, unsigned flags);
/* A message of size bytes of text to fill in; NULL: no memory. */
struct sysv_msg *msg_alloc(size_t size);
void *msg_text(struct sysv_msg *msg);
size_t msg_size(const struct sysv_msg *msg);
long msg_type(const struct sysv_msg *msg);
void msg_free(struct sysv_msg *msg);
/* msg is taken over. 0, -EAGAIN, -EINVAL, -EACCES, -EIDRM, -ERESTARTNOHAND. */
int __must_check msg_send(const struct ipc_who *who, int id, long type, struct sysv_msg *msg, unsigned flags);
/* What msgrcv(2) asks for. */
struct msg_request {
	size_t max;			/* bytes of text that fit */
	long type;
	unsigned flags;			/* IPC_NOWAIT, MSG_* */
};
/* *out is the caller's: the message, or a copy with MSG_COPY. With MSG_NOERROR its text may be longer than max. */
int __must_check msg_receive(const struct ipc_who *who, int id, const struct msg_request *rq, struct sysv_msg **out);
/* IPC_INFO or MSG_INFO. */
int __must_check msg_info(const struct ipc_who *who, int cmd, struct msginfo *out);
int __must_check msg_set(const struct ipc_who *who, int id, const struct ipc64_perm *perm, unsigned long qbytes,
			 bool may_exceed);

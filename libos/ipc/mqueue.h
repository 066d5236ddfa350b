/* SPDX-License-Identifier: MIT */
/*
 * mqueue.h: POSIX message queues, for system calls. Source: mq_overview(7) and the pages it names.
 *
 * Model. A queue is a file of the file system "mqueue", of which each IPC namespace has one instance; a descriptor of
 * it is an ordinary open file. A queue ends when it has neither a name nor an open file.
 *
 * What a queue has to know of processes (whom to tell, whose limit counts) is asked through the functions at the end,
 * which proc/ipcuser.c provides. All may sleep unless noted.
 */
#pragma once

#include "abi/ipc.h"
#include "abi/signal.h"
#include "lib/compiler.h"
#include "lib/refcount.h"
#include "sync/spinlock.h"
#include "vfs/mount.h"

struct cred;
struct file;
struct mq_message;
struct pid;

#define MQ_PRIO_LIMIT	32768U		/* <limits.h> MQ_PRIO_MAX */

/* Field legend: [a] atomic, [l] lock */
struct mq_ns {
	struct refcount refs;		/* [a] the IPC namespace, the file system's instance, each queue */
	struct spinlock lock;
	struct path root;		/* [l] of its own mount; NULL: not made yet, or the namespace is gone */
	uint32_t count;			/* [l] queues there are */
	bool dead;			/* [l] the namespace is gone: no more queues */
	uint32_t queues_max;		/* [a] the limits of /proc/sys/fs/mqueue */
	uint32_t msg_max, msgsize_max, msg_default, msgsize_default;	/* [a] */
};

extern struct mq_ns mq_ns_init;

struct mq_ns *mq_ns_create(void);	/* NULL: no memory */
/* The IPC namespace is gone; its queues go with the last who have them open or mounted. NULL is allowed. */
void mq_ns_end(struct mq_ns *ns);

/*
 * mq_open(2) in the caller's namespace; attr NULL: the defaults. *out has one reference. Errors as in the man page;
 * -EACCES for names with a slash.
 */
int __must_check mqueue_open(const char *name, unsigned flags, uint32_t mode, const struct mq_attr *attr,
			     struct file **out);
int __must_check mqueue_unlink(const char *name);

/* May a message of size bytes be sent to file: 0, -EBADF (no queue, or not open for writing), -EMSGSIZE. */
int __must_check mqueue_check_send(const struct file *file, size_t size);
/* A message of size bytes to fill in; NULL: no memory. */
struct mq_message *mq_message_alloc(size_t size);
void *mq_message_text(struct mq_message *msg);
size_t mq_message_size(const struct mq_message *msg);
unsigned mq_message_priority(const struct mq_message *msg);
void mq_message_free(struct mq_message *msg);
/*
 * msg is taken over. deadline_ns: on CLOCK_REALTIME, WAIT_FOREVER: none. 0, -EAGAIN, -ETIMEDOUT, -ERESTARTSYS. file was
 * checked by mqueue_check_send().
 */
int __must_check mqueue_send(struct file *file, struct mq_message *msg, unsigned priority, uint64_t deadline_ns);
/* *out is the caller's. Also -EBADF; -EMSGSIZE when size is less than the queue's messages may have. */
int __must_check mqueue_receive(struct file *file, size_t size, uint64_t deadline_ns, struct mq_message **out);

struct mq_notification {
	int kind;			/* SIGEV_NONE or SIGEV_SIGNAL */
	int signo;			/* 0: none is sent */
	union sigval value;
};
/* Be told of the next message in an empty queue. 0, -EBADF, -EBUSY. NULL: no more; 0 if nobody was registered, too. */
int __must_check mqueue_notify(struct file *file, const struct mq_notification *n);
/* What the queue is like and the file's O_NONBLOCK; *flags, if given, is O_NONBLOCK from now on. 0 or -EBADF. */
int __must_check mqueue_attributes(struct file *file, const long *flags, struct mq_attr *out);

/* --- Provided by proc/ipcuser.c --- */

/* Who waits for a notification: a process. pid NULL: nobody. */
struct mq_owner {
	struct pid *pid;		/* a reference */
	uint32_t exec_id;		/* the program that asked */
};

struct mq_owner mq_owner_current(void);
void mq_owner_put(struct mq_owner *owner);	/* any context */
bool mq_owner_is_current(const struct mq_owner *owner);
int mq_owner_number(const struct mq_owner *owner);	/* as the reader sees it; 0: not at all */
/* The current process sends it a message's signal, whatever its rights. Any context. */
void mq_owner_signal(const struct mq_owner *owner, const struct mq_notification *n);
/* Count bytes against the current user's RLIMIT_MSGQUEUE. *user is for the reverse. 0 or -EMFILE. */
int __must_check mq_charge(uint64_t bytes, void **user);
void mq_uncharge(void *user, uint64_t bytes);

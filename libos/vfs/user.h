/* SPDX-License-Identifier: MIT */
/*
 * user: what one user id has in use, against RLIMIT_NPROC, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE and the limits of users
 * in /proc/sys/fs.
 * One object per real uid in use; a cred holds a reference through its uid (user_count_of).
 */
#pragma once

#include "lib/hlist.h"
#include "lib/refcount.h"
#include "lib/types.h"

struct cred;

struct user_count {
	uint32_t uid;			/* [I] */
	long processes;			/* [a] tasks with this real uid */
	long sigpending;		/* [a] queued signals */
	uint64_t queue_bytes;		/* [a] POSIX message queues */
	long pipe_pages;		/* [a] capacity of pipes */
	long inotify_instances, inotify_watches;	/* [a] by effective uid */
	struct hlist_node hash;		/* table lock; entries are never freed */
};

/* The counters of a cred's real uid; made on first use. Falls back to uid 0's when memory is out. Any context. */
struct user_count *user_count_of(const struct cred *cred);
struct user_count *user_count_find(uint32_t uid);
/* Count one more queued signal unless that would exceed limit. */
bool user_charge_sigpending(struct user_count *user, uint64_t limit);
void user_uncharge_sigpending(struct user_count *user);
/* Count one more of something unless there are limit already. The counter is one of a user's. */
bool user_charge(long *counter, long limit);

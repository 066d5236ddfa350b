/* SPDX-License-Identifier: MIT */
/*
 * Credentials as file systems see them: an immutable, reference-counted set. A change makes a new set
 * (proc/cred.c) and publishes it by RCU; whoever looked at one keeps a consistent view.
 *
 * Source: credentials(7), capabilities(7).
 */
#pragma once

#include "abi/capability.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/rcu.h"

/* Field legend: [I] immutable after publication, [a] atomic, [r] RCU */
struct cred {
	struct refcount refs;		/* [a] */
	uint32_t uid, euid, suid, fsuid;	/* [I] */
	uint32_t gid, egid, sgid, fsgid;	/* [I] */
	uint64_t cap_effective, cap_permitted, cap_inheritable;	/* [I] bit n = capability n */
	uint64_t cap_bounding, cap_ambient;	/* [I] */
	uint32_t securebits;		/* [I] */
	uint32_t nr_groups;		/* [I] */
	uint32_t *groups;		/* [I] sorted; owned by the cred */
	struct rcu_head rcu;		/* [r] */
};

/* The all-powerful set PID 1 and kernel threads start with. Never freed. */
extern struct cred cred_root;

const struct cred *cred_get(const struct cred *c);
/* Drop a reference; frees after a grace period. Any context. */
void cred_put(const struct cred *c);

/* The running task's, borrowed: for limits that spare the mighty, and what Linux asks of the caller. By proc/cred.c. */
const struct cred *cred_current(void);

static inline bool cred_capable(const struct cred *c, int cap)
{
	return c->cap_effective & (1ULL << cap);
}

/* True when gid is the fsgid or among the supplementary groups. */
bool cred_in_group(const struct cred *c, uint32_t gid);

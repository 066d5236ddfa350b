/* SPDX-License-Identifier: MIT */
/*
 * user: per-uid counters in a small hash. Entries stay for ever: there are as many as distinct real uids were
 * seen, and a signal sender in interrupt context must find one without allocating.
 */
#include "vfs/user.h"

#include "lib/hash.h"
#include "mm/slab.h"
#include "sync/spinlock.h"
#include "vfs/cred.h"

#define USER_HASH_BITS	6

static struct {
	struct spinlock lock;
	struct hlist_head bucket[1 << USER_HASH_BITS];	/* [lock], read under RCU */
	struct user_count root;
} users = { .lock = SPINLOCK_NAMED("users") };

static struct user_count *user_search(uint32_t uid)
{
	struct user_count *u;

	if (uid == 0)
		return &users.root;
	hlist_for_each_entry_rcu(u, &users.bucket[hash_32(uid, USER_HASH_BITS)], hash) {
		if (u->uid == uid)
			return u;
	}
	return NULL;
}

struct user_count *user_count_find(uint32_t uid)
{
	struct user_count *u = user_search(uid), *fresh;
	unsigned long flags;

	if (u)
		return u;
	fresh = kzalloc(sizeof(*fresh), GFP_ATOMIC);
	if (!fresh)
		return &users.root;
	fresh->uid = uid;
	flags = spin_lock_irqsave(&users.lock);
	u = user_search(uid);
	if (!u) {
		hlist_add_head_rcu(&fresh->hash, &users.bucket[hash_32(uid, USER_HASH_BITS)]);
		u = fresh;
		fresh = NULL;
	}
	spin_unlock_irqrestore(&users.lock, flags);
	kfree(fresh);
	return u;
}

struct user_count *user_count_of(const struct cred *cred)
{
	return user_count_find(cred->uid);
}

bool user_charge(long *counter, long limit)
{
	if (__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED) <= limit)
		return true;
	__atomic_sub_fetch(counter, 1, __ATOMIC_RELAXED);
	return false;
}

bool user_charge_sigpending(struct user_count *user, uint64_t limit)
{
	long now = __atomic_add_fetch(&user->sigpending, 1, __ATOMIC_RELAXED);

	if ((uint64_t)now <= limit)
		return true;
	user_uncharge_sigpending(user);
	return false;
}

void user_uncharge_sigpending(struct user_count *user)
{
	__atomic_sub_fetch(&user->sigpending, 1, __ATOMIC_RELAXED);
}

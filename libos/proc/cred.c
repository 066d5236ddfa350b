/* SPDX-License-Identifier: MIT */
/*
 * cred: changing who a task is. A change copies the current set, edits the copy, and publishes it; the old set
 * goes away after a grace period. Source: credentials(7), capabilities(7), setuid(2).
 */
#include "proc/cred.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "core/init.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/coredump.h"
#include "proc/task.h"
#include "vfs/blkdev.h"
#include "vfs/user.h"

#define CAP_ALL	((1ULL << (CAP_LAST_CAP + 1)) - 1)
/* Capabilities that follow fsuid: setfsuid(2). */
#define CAP_FS_SET ((1ULL << CAP_CHOWN) | (1ULL << CAP_MKNOD) | (1ULL << CAP_DAC_OVERRIDE) | \
		    (1ULL << CAP_DAC_READ_SEARCH) | (1ULL << CAP_FOWNER) | (1ULL << CAP_FSETID) | \
		    (1ULL << CAP_LINUX_IMMUTABLE) | (1ULL << CAP_MAC_OVERRIDE))

struct cred cred_root = {
	.refs = REFCOUNT_INIT(1),
	.cap_effective = CAP_ALL,
	.cap_permitted = CAP_ALL,
	.cap_bounding = CAP_ALL,
};

const struct cred *cred_current(void)
{
	return current->cred;
}

const struct cred *cred_get(const struct cred *c)
{
	refcount_inc(&((struct cred *)c)->refs);
	return c;
}

static void cred_free_rcu(struct rcu_head *head)
{
	struct cred *c = container_of(head, struct cred, rcu);

	kfree(c->groups);
	kfree(c);
}

void cred_put(const struct cred *c)
{
	struct cred *mut = (struct cred *)c;

	if (mut && refcount_dec_and_test(&mut->refs))
		call_rcu(&mut->rcu, cred_free_rcu);
}

bool cred_in_group(const struct cred *c, uint32_t gid)
{
	unsigned low = 0, high = c->nr_groups;

	if (gid == c->fsgid)
		return true;
	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (c->groups[mid] == gid)
			return true;
		if (c->groups[mid] < gid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

struct cred *cred_prepare(void)
{
	const struct cred *old = current->cred;
	struct cred *c = kmalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	*c = *old;
	refcount_set(&c->refs, 1);
	c->groups = NULL;
	if (!old->nr_groups)
		return c;
	c->groups = kmalloc(old->nr_groups * sizeof(c->groups[0]), GFP_KERNEL);
	if (!c->groups) {
		kfree(c);
		return NULL;
	}
	memcpy(c->groups, old->groups, old->nr_groups * sizeof(c->groups[0]));
	return c;
}

void cred_abort(struct cred *c)
{
	cred_put(c);
}

void cred_commit(struct cred *c)
{
	struct task *t = current;
	const struct cred *old = t->cred, *old_real = t->real_cred;

	if (c->uid != old_real->uid) {
		__atomic_sub_fetch(&user_count_of(old_real)->processes, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&user_count_of(c)->processes, 1, __ATOMIC_RELAXED);
	}
	if (c->euid != old->euid || c->egid != old->egid || c->fsuid != old->fsuid || c->fsgid != old->fsgid ||
	    (c->cap_permitted & ~old->cap_permitted)) {
		t->pdeath_signal = 0;
		/* What it did with other rights is in its memory: no core file, no tracer, until it executes. */
		if (t->mm)
			WRITE_ONCE(t->mm->dumpable, coredump_set_id());
	}
	rcu_assign_pointer(t->real_cred, cred_get(c));
	rcu_assign_pointer(t->cred, c);
	t->vfs.cred = c;
	cred_put(old);
	cred_put(old_real);
}

/* capabilities(7), "Effect of user ID changes on capabilities". */
static void adjust_caps(struct cred *c, const struct cred *old)
{
	bool had_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool has_root = c->uid == 0 || c->euid == 0 || c->suid == 0;

	if (c->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (had_root && !has_root) {
		if (!(c->securebits & SECBIT_KEEP_CAPS)) {
			c->cap_permitted = 0;
			c->cap_effective = 0;
		}
		c->cap_ambient = 0;
	}
	if (old->euid == 0 && c->euid != 0)
		c->cap_effective = 0;
	if (old->euid != 0 && c->euid == 0)
		c->cap_effective = c->cap_permitted;
}

static int commit_ids(struct cred *c)
{
	adjust_caps(c, current->cred);
	cred_commit(c);
	return 0;
}

static bool id_known(uint32_t id, uint32_t a, uint32_t b, uint32_t s)
{
	return id == a || id == b || id == s;
}

int cred_setuid(uint32_t uid)
{
	const struct cred *old = current->cred;
	struct cred *c;

	if (uid == ID_KEEP)
		return -EINVAL;
	if (!cred_capable(old, CAP_SETUID) && uid != old->uid && uid != old->suid)
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	if (cred_capable(old, CAP_SETUID)) {
		c->uid = uid;
		c->suid = uid;
	}
	c->euid = uid;
	c->fsuid = uid;
	return commit_ids(c);
}

int cred_setgid(uint32_t gid)
{
	const struct cred *old = current->cred;
	struct cred *c;

	if (gid == ID_KEEP)
		return -EINVAL;
	if (!cred_capable(old, CAP_SETGID) && gid != old->gid && gid != old->sgid)
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	if (cred_capable(old, CAP_SETGID)) {
		c->gid = gid;
		c->sgid = gid;
	}
	c->egid = gid;
	c->fsgid = gid;
	cred_commit(c);
	return 0;
}

int cred_setresuid(uint32_t ruid, uint32_t euid, uint32_t suid)
{
	const struct cred *old = current->cred;
	bool cap = cred_capable(old, CAP_SETUID);
	struct cred *c;

	if (!cap && ((ruid != ID_KEEP && !id_known(ruid, old->uid, old->euid, old->suid)) ||
		     (euid != ID_KEEP && !id_known(euid, old->uid, old->euid, old->suid)) ||
		     (suid != ID_KEEP && !id_known(suid, old->uid, old->euid, old->suid))))
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	if (ruid != ID_KEEP)
		c->uid = ruid;
	if (euid != ID_KEEP)
		c->euid = euid;
	if (suid != ID_KEEP)
		c->suid = suid;
	c->fsuid = c->euid;
	return commit_ids(c);
}

int cred_setresgid(uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	const struct cred *old = current->cred;
	bool cap = cred_capable(old, CAP_SETGID);
	struct cred *c;

	if (!cap && ((rgid != ID_KEEP && !id_known(rgid, old->gid, old->egid, old->sgid)) ||
		     (egid != ID_KEEP && !id_known(egid, old->gid, old->egid, old->sgid)) ||
		     (sgid != ID_KEEP && !id_known(sgid, old->gid, old->egid, old->sgid))))
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	if (rgid != ID_KEEP)
		c->gid = rgid;
	if (egid != ID_KEEP)
		c->egid = egid;
	if (sgid != ID_KEEP)
		c->sgid = sgid;
	c->fsgid = c->egid;
	cred_commit(c);
	return 0;
}

int cred_setreuid(uint32_t ruid, uint32_t euid)
{
	const struct cred *old = current->cred;
	bool cap = cred_capable(old, CAP_SETUID);
	struct cred *c;

	if (!cap && ((ruid != ID_KEEP && ruid != old->uid && ruid != old->euid) ||
		     (euid != ID_KEEP && !id_known(euid, old->uid, old->euid, old->suid))))
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	if (ruid != ID_KEEP)
		c->uid = ruid;
	if (euid != ID_KEEP)
		c->euid = euid;
	if (ruid != ID_KEEP || (euid != ID_KEEP && euid != old->uid))
		c->suid = c->euid;
	c->fsuid = c->euid;
	return commit_ids(c);
}

int cred_setregid(uint32_t rgid, uint32_t egid)
{
	const struct cred *old = current->cred;
	bool cap = cred_capable(old, CAP_SETGID);
	struct cred *c;

	if (!cap && ((rgid != ID_KEEP && rgid != old->gid && rgid != old->egid) ||
		     (egid != ID_KEEP && !id_known(egid, old->gid, old->egid, old->sgid))))
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	if (rgid != ID_KEEP)
		c->gid = rgid;
	if (egid != ID_KEEP)
		c->egid = egid;
	if (rgid != ID_KEEP || (egid != ID_KEEP && egid != old->gid))
		c->sgid = c->egid;
	c->fsgid = c->egid;
	cred_commit(c);
	return 0;
}

uint32_t cred_setfsuid(uint32_t uid)
{
	const struct cred *old = current->cred;
	uint32_t before = old->fsuid;
	struct cred *c;

	if (!cred_capable(old, CAP_SETUID) && uid != old->fsuid && !id_known(uid, old->uid, old->euid, old->suid))
		return before;
	if (uid == ID_KEEP || uid == before)
		return before;
	c = cred_prepare();
	if (!c)
		return before;
	c->fsuid = uid;
	if (!(c->securebits & SECBIT_NO_SETUID_FIXUP)) {
		if (before == 0 && uid != 0)
			c->cap_effective &= ~CAP_FS_SET;
		if (before != 0 && uid == 0)
			c->cap_effective |= c->cap_permitted & CAP_FS_SET;
	}
	cred_commit(c);
	return before;
}

uint32_t cred_setfsgid(uint32_t gid)
{
	const struct cred *old = current->cred;
	uint32_t before = old->fsgid;
	struct cred *c;

	if (!cred_capable(old, CAP_SETGID) && gid != old->fsgid && !id_known(gid, old->gid, old->egid, old->sgid))
		return before;
	if (gid == ID_KEEP || gid == before)
		return before;
	c = cred_prepare();
	if (!c)
		return before;
	c->fsgid = gid;
	cred_commit(c);
	return before;
}

static int compare_gid(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

int cred_setgroups(uint32_t *groups, unsigned count)
{
	struct cred *c;

	if (!cred_capable(current->cred, CAP_SETGID))
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	kfree(c->groups);
	sort(groups, count, sizeof(groups[0]), compare_gid, NULL);
	c->groups = groups;
	c->nr_groups = count;
	cred_commit(c);
	return 0;
}

int cred_capset(const struct cred_caps *caps)
{
	const struct cred *old = current->cred;
	struct cred *c;

	if ((caps->inheritable & ~(old->cap_inheritable | old->cap_permitted)) && !cred_capable(old, CAP_SETPCAP))
		return -EPERM;
	if (caps->inheritable & ~(old->cap_inheritable | old->cap_bounding))
		return -EPERM;
	if (caps->permitted & ~old->cap_permitted)
		return -EPERM;
	if (caps->effective & ~caps->permitted)
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	c->cap_effective = caps->effective;
	c->cap_permitted = caps->permitted;
	c->cap_inheritable = caps->inheritable;
	c->cap_ambient &= caps->permitted & caps->inheritable;
	cred_commit(c);
	return 0;
}

static bool current_capable(int cap)
{
	return cred_capable(current->cred, cap);
}

static int cred_init(void)
{
	blkdev_set_capable(current_capable);
	return 0;
}
INIT_HOOK(INIT_VFS, cred_init);

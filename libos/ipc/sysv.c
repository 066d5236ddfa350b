/* SPDX-License-Identifier: MIT */
/* sysv: identifiers, keys, permissions and namespaces of System V IPC. See sysv.h and internal.h. */
#include "ipc/sysv.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "core/init.h"
#include "ipc/internal.h"
#include "ipc/mqueue.h"
#include "mm/slab.h"
#include "time/clock.h"
#include "vfs/cred.h"

#define SLOTS_MIN	64		/* so many slots are gone through before one is used again */

static void (*const remove_fns[])(struct ipc_object *) = {
	[IPC_SEM] = sem_remove_locked, [IPC_MSG] = msg_remove_locked, [IPC_SHM] = shm_remove_locked,
};

static void (*const destroy_fns[])(struct ipc_object *) = {
	[IPC_SEM] = semset_destroy, [IPC_MSG] = msg_destroy, [IPC_SHM] = shm_destroy,
};

static void (*const fill_fns[])(const struct ipc_object *, void *) = {
	[IPC_SEM] = sem_fill_stat, [IPC_MSG] = msg_fill_stat, [IPC_SHM] = shm_fill_stat,
};

static struct lock_class ids_class = LOCK_CLASS_INIT("sysvipc");

#define DEFAULT_LIMITS										\
	.shmmax = SHMMAX, .shmall = SHMALL, .shmmni = SHMMNI,					\
	.msgmax = MSGMAX, .msgmnb = MSGMNB, .msgmni = MSGMNI,					\
	.semmsl = SEMMSL, .semmns = SEMMNS, .semopm = SEMOPM, .semmni = SEMMNI

struct ipc_ns ipc_ns_init = {
	.refs = REFCOUNT_INIT(1),
	.inum = 0xefffffffu,		/* Linux's number of the first one */
	.mq = &mq_ns_init,
	DEFAULT_LIMITS,
};

/* --- Namespaces --- */

static void ns_init_ids(struct ipc_ns *ns)
{
	for (unsigned i = 0; i < IPC_KINDS; i++) {
		mutex_init_class(&ns->ids[i].lock, &ids_class);
		xa_init(&ns->ids[i].objects);
		xa_init(&ns->ids[i].keys);
		ns->ids[i].last_slot = UINT32_MAX;
		ns->ids[i].next_id = -1;
	}
}

static int sysv_init(void)
{
	ns_init_ids(&ipc_ns_init);
	return 0;
}
INIT_HOOK(INIT_VFS, sysv_init);

struct ipc_ns *ipc_ns_create(uint32_t inum)
{
	struct ipc_ns *ns = kmalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return NULL;
	*ns = (struct ipc_ns){ .inum = inum, .mq = mq_ns_create(), DEFAULT_LIMITS };
	if (!ns->mq) {
		kfree(ns);
		return NULL;
	}
	refcount_set(&ns->refs, 1);
	ns_init_ids(ns);
	return ns;
}

struct ipc_ns *ipc_ns_get(struct ipc_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void ipc_ns_put(struct ipc_ns *ns)
{
	struct ipc_object *obj;
	unsigned long slot;

	if (!ns || !refcount_dec_and_test(&ns->refs))
		return;
	for (unsigned i = 0; i < IPC_KINDS; i++) {
		mutex_lock(&ns->ids[i].lock);
		xa_for_each(&ns->ids[i].objects, slot, obj)
			remove_fns[i](obj);
		mutex_unlock(&ns->ids[i].lock);
		xa_destroy(&ns->ids[i].objects);
		xa_destroy(&ns->ids[i].keys);
	}
	mq_ns_end(ns->mq);
	kfree(ns);
}

/* --- Objects --- */

int64_t ipc_now(void)
{
	return (int64_t)(clock_realtime_ns() / NSEC_PER_SEC);
}

void ipc_object_init(struct ipc_object *obj, const struct ipc_who *who, const struct ipc_request *rq)
{
	spin_lock_init(&obj->lock, "sysvipc_object");
	refcount_set(&obj->refs, 1);
	obj->kind = rq->kind;
	obj->key = rq->key;
	obj->uid = obj->cuid = who->cred->euid;
	obj->gid = obj->cgid = who->cred->egid;
	obj->mode = rq->flags & 0777;
	obj->ns = who->ns;
}

void ipc_object_put(struct ipc_object *obj)
{
	if (refcount_dec_and_test(&obj->refs))
		destroy_fns[obj->kind](obj);
}

/*
 * Slots are used in turn, so that an identifier does not soon mean something else; a checkpoint that is restored asks
 * for one.
 */
static int next_slot(struct ipc_ids *ids, unsigned long *slot, unsigned *sequence)
{
	int wanted = READ_ONCE(ids->next_id);
	unsigned long first = (unsigned long)(uint32_t)(ids->last_slot + 1);
	unsigned long limit = ids->in_use + ids->in_use / 2;

	if (wanted >= 0) {
		WRITE_ONCE(ids->next_id, -1);
		*sequence = (unsigned)wanted / IPC_SLOTS;
		return xa_find_free(&ids->objects, (unsigned)wanted % IPC_SLOTS, IPC_SLOTS - 1, slot);
	}
	if (limit < SLOTS_MIN)
		limit = SLOTS_MIN;
	if (limit > IPC_SLOTS)
		limit = IPC_SLOTS;
	if (first >= limit || xa_find_free(&ids->objects, first, limit - 1, slot)) {
		*sequence = ids->sequence = (ids->sequence + 1) % (INT_MAX / IPC_SLOTS);
		return xa_find_free(&ids->objects, 0, IPC_SLOTS - 1, slot);
	}
	*sequence = ids->sequence;
	return 0;
}

static int add_locked(struct ipc_ids *ids, struct ipc_object *obj)
{
	unsigned sequence;
	unsigned long slot;
	int err = next_slot(ids, &slot, &sequence);

	assert_held(&ids->lock);
	if (err)
		return -ENOSPC;
	obj->id = (int)(sequence * IPC_SLOTS + slot);
	if (obj->key != IPC_PRIVATE) {
		err = xa_store(&ids->keys, (uint32_t)obj->key, obj);
		if (err)
			return err;
	}
	err = xa_store(&ids->objects, slot, obj);
	if (err) {
		ipc_unkey_locked(ids, obj);
		return err;
	}
	ids->last_slot = (unsigned)slot;
	ids->in_use++;
	return obj->id;
}

static unsigned most_objects(const struct ipc_ns *ns, enum ipc_kind kind)
{
	return kind == IPC_SHM ? READ_ONCE(ns->shmmni) : kind == IPC_SEM ? READ_ONCE(ns->semmni) :
	       READ_ONCE(ns->msgmni);
}

static int create_object(const struct ipc_who *who, struct ipc_ids *ids, const struct ipc_request *rq)
{
	struct ipc_object *obj;
	int ret;

	if (ids->in_use >= most_objects(who->ns, rq->kind))
		return -ENOSPC;
	ret = rq->create(who, rq, &obj);
	if (ret)
		return ret;
	ret = add_locked(ids, obj);
	if (ret < 0) {
		obj->removed = true;
		ipc_object_put(obj);
	}
	return ret;
}

static int open_object(const struct ipc_who *who, struct ipc_object *obj, const struct ipc_request *rq)
{
	unsigned wanted = (rq->flags >> 6 | rq->flags >> 3 | rq->flags) & 07;
	int err;

	if ((rq->flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
		return -EEXIST;
	err = rq->check(obj, rq);
	if (!err)
		err = ipc_permitted(who, obj, wanted * 0111);
	return err ? err : obj->id;
}

int ipc_obtain(const struct ipc_who *who, const struct ipc_request *rq)
{
	struct ipc_ids *ids = ipc_ids_of(who, rq->kind);
	struct ipc_object *obj = NULL;
	int ret;

	mutex_lock(&ids->lock);
	if (rq->key != IPC_PRIVATE)
		obj = xa_load(&ids->keys, (uint32_t)rq->key);
	if (obj)
		ret = open_object(who, obj, rq);
	else if (rq->key != IPC_PRIVATE && !(rq->flags & IPC_CREAT))
		ret = -ENOENT;
	else
		ret = create_object(who, ids, rq);
	mutex_unlock(&ids->lock);
	return ret;
}

struct ipc_object *ipc_lookup(const struct ipc_ids *ids, int id, bool slot)
{
	struct ipc_object *obj = id < 0 ? NULL : xa_load(&ids->objects, (unsigned)id % IPC_SLOTS);

	return obj && (slot ? id < IPC_SLOTS : obj->id == id) ? obj : NULL;
}

struct ipc_object *ipc_find(const struct ipc_who *who, enum ipc_kind kind, int id)
{
	struct ipc_object *obj;

	rcu_read_lock();
	obj = ipc_lookup(ipc_ids_of(who, kind), id, false);
	if (obj && !refcount_inc_not_zero(&obj->refs))
		obj = NULL;
	rcu_read_unlock();
	return obj;
}

void ipc_unkey_locked(struct ipc_ids *ids, struct ipc_object *obj)
{
	assert_held(&ids->lock);
	if (obj->key != IPC_PRIVATE)
		xa_erase(&ids->keys, (uint32_t)obj->key);
	obj->key = IPC_PRIVATE;
}

void ipc_unlink_locked(struct ipc_ids *ids, struct ipc_object *obj)
{
	assert_held(&ids->lock);
	ipc_unkey_locked(ids, obj);
	xa_erase(&ids->objects, (unsigned)obj->id % IPC_SLOTS);
	ids->in_use--;
}

int ipc_highest_locked(const struct ipc_ids *ids)
{
	unsigned long slot = IPC_SLOTS - 1;

	assert_held(&ids->lock);
	return xa_find_before(&ids->objects, &slot, 0, XA_PRESENT) ? (int)slot : 0;
}

/* --- Permissions --- */

int ipc_permitted(const struct ipc_who *who, const struct ipc_object *obj, unsigned wanted)
{
	const struct cred *c = who->cred;
	unsigned granted = obj->mode;

	if (c->euid == obj->uid || c->euid == obj->cuid)
		granted >>= 6;
	else if (cred_in_group(c, obj->gid) || cred_in_group(c, obj->cgid))
		granted >>= 3;
	if (!(wanted & ~granted & 07) || cred_capable(c, CAP_IPC_OWNER))
		return 0;
	return -EACCES;
}

int ipc_owner(const struct ipc_who *who, const struct ipc_object *obj)
{
	const struct cred *c = who->cred;

	return c->euid == obj->uid || c->euid == obj->cuid || cred_capable(c, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

void ipc_fill_perm(const struct ipc_object *obj, struct ipc64_perm *out)
{
	*out = (struct ipc64_perm){
		.key = obj->key, .uid = obj->uid, .gid = obj->gid, .cuid = obj->cuid, .cgid = obj->cgid,
		.mode = obj->mode, .seq = (unsigned short)(obj->id / IPC_SLOTS),
	};
}

int ipc_update_perm(struct ipc_object *obj, const struct ipc64_perm *perm)
{
	if (perm->uid == UINT32_MAX || perm->gid == UINT32_MAX)
		return -EINVAL;
	obj->uid = perm->uid;
	obj->gid = perm->gid;
	obj->mode = (obj->mode & ~0777u) | (perm->mode & 0777);
	return 0;
}

int ipc_stat(const struct ipc_who *who, enum ipc_kind kind, int id, int cmd, void *out)
{
	static const int unchecked[] = { [IPC_SEM] = SEM_STAT_ANY, [IPC_MSG] = MSG_STAT_ANY, [IPC_SHM] = SHM_STAT_ANY };
	struct ipc_ids *ids = ipc_ids_of(who, kind);
	struct ipc_object *obj;
	int ret = -EINVAL;

	mutex_lock(&ids->lock);
	obj = ipc_lookup(ids, id, cmd != IPC_STAT);
	if (obj) {
		spin_lock(&obj->lock);
		ret = cmd == unchecked[kind] ? 0 : ipc_permitted(who, obj, 0444);
		if (!ret)
			fill_fns[kind](obj, out);
		spin_unlock(&obj->lock);
	}
	if (!ret)
		ret = cmd == IPC_STAT ? 0 : obj->id;
	mutex_unlock(&ids->lock);
	return ret;
}

int ipc_remove(const struct ipc_who *who, enum ipc_kind kind, int id)
{
	struct ipc_ids *ids = ipc_ids_of(who, kind);
	struct ipc_object *obj;
	int err = -EINVAL;

	mutex_lock(&ids->lock);
	obj = ipc_lookup(ids, id, false);
	if (obj)
		err = ipc_owner(who, obj);
	if (!err)
		remove_fns[kind](obj);
	mutex_unlock(&ids->lock);
	return err;
}

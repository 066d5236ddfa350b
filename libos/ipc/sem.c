/* SPDX-License-Identifier: MIT */
/* sem: making semaphore sets and operating on them. See sem_internal.h. Source: semget(2), semop(2). */
#include "ipc/sem_internal.h"

#include "abi/errno.h"
#include "lib/strbuf.h"
#include "mm/slab.h"

/* --- Sets --- */

static int create_set(const struct ipc_who *who, const struct ipc_request *rq, struct ipc_object **out)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SEM);
	struct sem_set *set;

	if (!rq->size)
		return -EINVAL;
	if (ids->total + rq->size > READ_ONCE(who->ns->semmns))
		return -ENOSPC;
	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	set->sems = kvzalloc(rq->size * sizeof(set->sems[0]), GFP_KERNEL);
	if (!set->sems) {
		kfree(set);
		return -ENOMEM;
	}
	ipc_object_init(&set->obj, who, rq);
	set->count = (unsigned)rq->size;
	set->ctime = ipc_now();
	INIT_LIST_HEAD(&set->readers);
	INIT_LIST_HEAD(&set->writers);
	INIT_LIST_HEAD(&set->undos);
	ids->total += set->count;
	*out = &set->obj;
	return 0;
}

static int check_count(const struct ipc_object *obj, const struct ipc_request *rq)
{
	return rq->size > sem_set_of(obj)->count ? -EINVAL : 0;
}

int sem_get(const struct ipc_who *who, int key, int count, unsigned flags)
{
	struct ipc_request rq = { .kind = IPC_SEM, .key = key, .flags = flags, .size = (size_t)count,
				  .create = create_set, .check = check_count };

	if (count < 0 || (unsigned)count > READ_ONCE(who->ns->semmsl))
		return -EINVAL;
	return ipc_obtain(who, &rq);
}

void semset_destroy(struct ipc_object *obj)
{
	struct sem_set *set = sem_set_of(obj);

	kvfree(set->sems);
	kfree_rcu(set, obj.rcu);
}

int sem_lock_set(const struct ipc_who *who, int id, unsigned wanted, struct sem_set **out)
	__no_lock_check
{
	struct ipc_object *obj = ipc_find(who, IPC_SEM, id);
	int err;

	if (!obj)
		return -EINVAL;
	spin_lock(&obj->lock);
	err = obj->removed ? -EIDRM : wanted ? ipc_permitted(who, obj, wanted) : 0;
	*out = sem_set_of(obj);
	if (err)
		sem_unlock_set(*out);
	return err;
}

void sem_unlock_set(struct sem_set *set) __no_lock_check
{
	spin_unlock(&set->obj.lock);
	ipc_object_put(&set->obj);
}

/* --- Operations --- */

/* One of w's operations: 0, SEM_WAITING, -ERANGE, -EAGAIN. */
static int apply_one(struct sem_set *set, const struct sem_waiter *w, const struct sembuf *op)
{
	struct semaphore *sem = &set->sems[op->sem_num];
	int result = sem->value + op->sem_op, undo;

	if (result < 0 || (!op->sem_op && sem->value))
		return op->sem_flg & IPC_NOWAIT ? -EAGAIN : SEM_WAITING;
	if (result > SEMVMX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		undo = w->undo->adjust[op->sem_num] - op->sem_op;
		if (undo < -SEMAEM - 1 || undo > SEMAEM)
			return -ERANGE;
		w->undo->adjust[op->sem_num] = (short)undo;
	}
	sem->value = (unsigned short)result;
	return 0;
}

static void revert_one(struct sem_set *set, const struct sem_waiter *w, const struct sembuf *op)
{
	set->sems[op->sem_num].value = (unsigned short)(set->sems[op->sem_num].value - op->sem_op);
	if (op->sem_flg & SEM_UNDO)
		w->undo->adjust[op->sem_num] = (short)(w->undo->adjust[op->sem_num] + op->sem_op);
}

/* All of it or nothing: 0, SEM_WAITING with w->blocking set, or -errno. */
static int apply(struct sem_set *set, struct sem_waiter *w)
{
	unsigned done;
	int ret = 0;

	assert_held(&set->obj.lock);
	for (done = 0; done < w->count; done++) {
		ret = apply_one(set, w, &w->ops[done]);
		if (ret) {
			w->blocking = &w->ops[done];
			break;
		}
	}
	if (ret) {
		while (done--)
			revert_one(set, w, &w->ops[done]);
		return ret;
	}
	for (unsigned i = 0; i < w->count; i++)
		set->sems[w->ops[i].sem_num].pid = w->pid;
	return 0;
}

static void complete_waiter(struct sem_waiter *w, int status)
{
	list_del_init(&w->link);
	WRITE_ONCE(w->status, status);
	wake_up(&w->wq);
}

/* Try a queue once. True: a value changed. */
static bool try_queue(struct sem_set *set, struct list_head *queue, bool *touched)
{
	struct sem_waiter *w, *next;
	int ret;

	list_for_each_entry_safe(w, next, queue, link) {
		ret = apply(set, w);
		if (ret == SEM_WAITING)
			continue;
		complete_waiter(w, ret);
		*touched |= !ret;
		if (!ret && w->alters)
			return true;
	}
	return false;
}

/* After each change those that wait for zero come first, and the queue is tried from its start. */
void sem_update(struct sem_set *set, bool touch)
{
	bool touched = touch;

	assert_held(&set->obj.lock);
	do {
		try_queue(set, &set->readers, &touched);
	} while (try_queue(set, &set->writers, &touched));
	if (touched)
		set->otime = ipc_now();
}

void sem_remove_locked(struct ipc_object *obj)
{
	struct sem_set *set = sem_set_of(obj);
	struct ipc_ids *ids = &obj->ns->ids[IPC_SEM];
	struct sem_waiter *w, *next;

	assert_held(&ids->lock);
	spin_lock(&obj->lock);
	obj->removed = true;
	sem_undo_forget(set);
	list_splice_tail_init(&set->readers, &set->writers);
	list_for_each_entry_safe(w, next, &set->writers, link)
		complete_waiter(w, -EIDRM);
	spin_unlock(&obj->lock);
	ids->total -= set->count;
	ipc_unlink_locked(ids, obj);
	ipc_object_put(obj);
}

/* Sleep until somebody has completed it, a signal comes, or time is up. Set locked, and again on return. */
static int wait_turn(struct sem_set *set, struct sem_waiter *w, uint64_t deadline_ns) __no_lock_check
{
	int err;

	list_add_tail(&w->link, w->alters ? &set->writers : &set->readers);
	spin_unlock(&set->obj.lock);
	err = wait_event_interruptible_timeout(&w->wq, READ_ONCE(w->status) != SEM_WAITING, deadline_ns);
	spin_lock(&set->obj.lock);
	if (w->status != SEM_WAITING)
		return w->status;
	list_del(&w->link);
	return err == -ETIMEDOUT ? -EAGAIN : -EINTR;	/* semop(2): never restarted */
}

static int operate(const struct ipc_who *who, struct sem_waiter *w, int id, uint64_t deadline_ns)
{
	struct sem_set *set;
	int ret = sem_lock_set(who, id, w->alters ? 0222 : 0444, &set);

	if (ret)
		return ret;
	ret = apply(set, w);
	if (!ret && w->alters)
		sem_update(set, /*touch=*/true);
	else if (!ret)
		set->otime = ipc_now();
	else if (ret == SEM_WAITING)
		ret = wait_turn(set, w, deadline_ns);
	sem_unlock_set(set);
	return ret;
}

/* What w wants of its set: 0, -EINVAL, -EFBIG, -EIDRM, -EACCES, -ENOMEM. */
static int prepare(const struct ipc_who *who, struct sem_undo_list **undo, int id, struct sem_waiter *w)
	__no_lock_check
{
	unsigned highest = 0;
	bool undoes = false;
	struct sem_set *set;
	int err;

	for (unsigned i = 0; i < w->count; i++) {
		highest = max(highest, (unsigned)w->ops[i].sem_num);
		w->alters |= w->ops[i].sem_op != 0;
		undoes |= w->ops[i].sem_flg & SEM_UNDO;
	}
	err = sem_lock_set(who, id, 0, &set);
	if (err)
		return err == -EIDRM ? -EINVAL : err;
	err = highest >= set->count ? -EFBIG : ipc_permitted(who, &set->obj, w->alters ? 0222 : 0444);
	spin_unlock(&set->obj.lock);
	if (!err && undoes)
		err = sem_undo_find(undo, set, &w->undo);
	ipc_object_put(&set->obj);
	return err;
}

int sem_operate(const struct ipc_who *who, struct sem_undo_list **undo, int id, const struct sem_request *rq)
{
	struct sem_waiter w = { .ops = rq->ops, .count = rq->count, .pid = who->tgid, .status = SEM_WAITING };
	int err;

	waitq_init(&w.wq, "sem_waiter");
	err = prepare(who, undo, id, &w);
	return err ? err : operate(who, &w, id, rq->deadline_ns);
}

void sem_show(struct strbuf *out, struct ipc_object *obj)
{
	const struct sem_set *set = sem_set_of(obj);

	spin_lock(&obj->lock);
	unsigned uid = obj->uid, gid = obj->gid, mode = obj->mode;
	int64_t otime = set->otime, ctime = set->ctime;
	spin_unlock(&obj->lock);
	strbuf_printf(out, "%10d %10d  %4o %10u %5u %5u %5u %5u %10llu %10llu\n", obj->key, obj->id, mode, set->count,
		      uid, gid, obj->cuid, obj->cgid, (unsigned long long)otime, (unsigned long long)ctime);
}

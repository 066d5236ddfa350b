/* SPDX-License-Identifier: MIT */
/* sem_ctl: asking and setting semaphores without waiting. Source: semctl(2). */
#include "ipc/sem_internal.h"

#include "abi/errno.h"
#include "mm/slab.h"

void sem_fill_stat(const struct ipc_object *obj, void *ds)
{
	const struct sem_set *set = sem_set_of(obj);
	struct semid64_ds *out = ds;

	*out = (struct semid64_ds){ .sem_otime = set->otime, .sem_ctime = set->ctime, .sem_nsems = set->count };
	ipc_fill_perm(obj, &out->sem_perm);
}

int sem_info(const struct ipc_who *who, int cmd, struct seminfo *out)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SEM);
	const struct ipc_ns *ns = who->ns;
	int ret;

	*out = (struct seminfo){
		.semmap = SEMMAP, .semmni = (int)ns->semmni, .semmns = (int)ns->semmns, .semmnu = SEMMNU,
		.semmsl = (int)ns->semmsl, .semopm = (int)ns->semopm, .semume = SEMUME, .semusz = SEMUSZ,
		.semvmx = SEMVMX, .semaem = SEMAEM,
	};
	mutex_lock(&ids->lock);
	if (cmd == SEM_INFO) {
		out->semusz = (int)ids->in_use;
		out->semaem = (int)ids->total;
	}
	ret = ipc_highest_locked(ids);
	mutex_unlock(&ids->lock);
	return ret;
}

/* Waiters that are stopped at semaphore num, for its value to rise or to become zero. */
static int count_waiters(const struct sem_set *set, unsigned num, bool zero)
{
	const struct list_head *queues[] = { &set->readers, &set->writers };
	const struct sem_waiter *w;
	int n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(queues); i++)
		list_for_each_entry(w, queues[i], link)
			n += w->blocking->sem_num == num && (w->blocking->sem_op == 0) == zero;
	return n;
}

int sem_query(const struct ipc_who *who, int id, int num, int cmd)
{
	struct sem_set *set;
	int ret = sem_lock_set(who, id, 0444, &set);

	if (ret)
		return ret == -EIDRM ? -EINVAL : ret;
	if (num < 0 || (unsigned)num >= set->count)
		ret = -EINVAL;
	else if (cmd == GETVAL)
		ret = set->sems[num].value;
	else if (cmd == GETPID)
		ret = set->sems[num].pid;
	else
		ret = count_waiters(set, (unsigned)num, cmd == GETZCNT);
	sem_unlock_set(set);
	return ret;
}

int sem_get_all(const struct ipc_who *who, int id, unsigned short **values) __no_lock_check
{
	struct sem_set *set;
	int ret = sem_lock_set(who, id, 0444, &set);
	unsigned short *all;

	if (ret)
		return ret == -EIDRM ? -EINVAL : ret;
	spin_unlock(&set->obj.lock);
	all = kvmalloc(set->count * sizeof(*all), GFP_KERNEL);
	spin_lock(&set->obj.lock);
	ret = !all ? -ENOMEM : set->obj.removed ? -EIDRM : (int)set->count;
	for (unsigned i = 0; ret > 0 && i < set->count; i++)
		all[i] = set->sems[i].value;
	sem_unlock_set(set);
	if (ret < 0)
		kvfree(all);
	else
		*values = all;
	return ret;
}

int sem_count(const struct ipc_who *who, int id)
{
	struct sem_set *set;
	int ret = sem_lock_set(who, id, 0222, &set);

	if (ret)
		return ret == -EIDRM ? -EINVAL : ret;
	ret = (int)set->count;
	sem_unlock_set(set);
	return ret;
}

/* What tasks would give back to this semaphore no longer counts. */
static void clear_undo(struct sem_set *set, unsigned num)
{
	struct sem_undo *undo;

	list_for_each_entry(undo, &set->undos, in_set)
		undo->adjust[num] = 0;
}

static void assign(struct sem_set *set, unsigned num, unsigned short value, int pid)
{
	assert_held(&set->obj.lock);
	set->sems[num].value = value;
	set->sems[num].pid = pid;
	clear_undo(set, num);
}

int sem_set_all(const struct ipc_who *who, int id, const unsigned short *values, unsigned count)
{
	struct sem_set *set;
	int ret;

	for (unsigned i = 0; i < count; i++) {
		if (values[i] > SEMVMX)
			return -ERANGE;
	}
	ret = sem_lock_set(who, id, 0222, &set);
	if (ret)
		return ret;
	for (unsigned i = 0; i < min(count, set->count); i++)
		assign(set, i, values[i], who->tgid);
	set->ctime = ipc_now();
	sem_update(set, /*touch=*/false);
	sem_unlock_set(set);
	return 0;
}

int sem_set_value(const struct ipc_who *who, int id, int num, int value)
{
	struct sem_set *set;
	int ret;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	ret = sem_lock_set(who, id, 0222, &set);
	if (ret)
		return ret == -EIDRM ? -EINVAL : ret;
	if (num < 0 || (unsigned)num >= set->count) {
		ret = -EINVAL;
	} else {
		assign(set, (unsigned)num, (unsigned short)value, who->tgid);
		set->ctime = ipc_now();
		sem_update(set, /*touch=*/false);
	}
	sem_unlock_set(set);
	return ret;
}

int sem_set(const struct ipc_who *who, int id, const struct ipc64_perm *perm)
{
	struct sem_set *set;
	int ret = sem_lock_set(who, id, 0, &set);

	if (ret)
		return ret == -EIDRM ? -EINVAL : ret;
	ret = ipc_owner(who, &set->obj);
	if (!ret)
		ret = ipc_update_perm(&set->obj, perm);
	if (!ret)
		set->ctime = ipc_now();
	sem_unlock_set(set);
	return ret;
}

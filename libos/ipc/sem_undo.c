/* SPDX-License-Identifier: MIT */
/*
 * sem_undo: what the end of a task gives back (SEM_UNDO). A list belongs to one task, or to those that share it by
 * CLONE_SYSVSEM; each undo stands in its list and at its set, and either may go first.
 */
#include "ipc/sem_internal.h"

#include "abi/errno.h"
#include "mm/slab.h"

static struct sem_undo_list *make_list(struct sem_undo_list **list)
{
	struct sem_undo_list *l = *list;

	if (l)
		return l;
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return NULL;
	refcount_set(&l->refs, 1);
	spin_lock_init(&l->lock, "sem_undo");
	INIT_LIST_HEAD(&l->undos);
	return *list = l;
}

struct sem_undo_list *sem_undo_share(struct sem_undo_list **list)
{
	struct sem_undo_list *l = make_list(list);

	if (l)
		refcount_inc(&l->refs);
	return l;
}

static struct sem_undo *find_locked(const struct sem_set *set, const struct sem_undo_list *list)
{
	struct sem_undo *undo;

	assert_held(&set->obj.lock);
	list_for_each_entry(undo, &set->undos, in_set) {
		if (undo->list == list)
			return undo;
	}
	return NULL;
}

static struct sem_undo *find(struct sem_set *set, const struct sem_undo_list *list)
{
	struct sem_undo *undo;

	spin_lock(&set->obj.lock);
	undo = find_locked(set, list);
	spin_unlock(&set->obj.lock);
	return undo;
}

int sem_undo_find(struct sem_undo_list **list, struct sem_set *set, struct sem_undo **out)
{
	struct sem_undo_list *l = make_list(list);
	struct sem_undo *fresh;
	int err = 0;

	if (!l)
		return -ENOMEM;
	*out = find(set, l);
	if (*out)
		return 0;
	fresh = kvzalloc(sizeof(*fresh) + set->count * sizeof(fresh->adjust[0]), GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	fresh->set = set;
	fresh->list = l;
	spin_lock(&set->obj.lock);
	*out = find_locked(set, l);	/* a thread that shares the list was quicker */
	if (set->obj.removed) {
		err = -EIDRM;
	} else if (!*out) {
		list_add(&fresh->in_set, &set->undos);
		spin_lock(&l->lock);
		list_add(&fresh->in_list, &l->undos);
		spin_unlock(&l->lock);
		*out = fresh;
		fresh = NULL;
	}
	spin_unlock(&set->obj.lock);
	kvfree(fresh);
	return err;
}

void sem_undo_forget(struct sem_set *set)
{
	struct sem_undo *undo, *next;

	assert_held(&set->obj.lock);
	list_for_each_entry_safe(undo, next, &set->undos, in_set) {
		list_del(&undo->in_set);
		spin_lock(&undo->list->lock);
		list_del(&undo->in_list);
		spin_unlock(&undo->list->lock);
		kvfree(undo);
	}
}

/* The set of the list's first undo, referenced; NULL: none is left. */
static struct sem_set *first_set(struct sem_undo_list *list)
{
	struct sem_set *set = NULL;
	struct sem_undo *undo;

	spin_lock(&list->lock);
	undo = list_first_entry_or_null(&list->undos, struct sem_undo, in_list);
	if (undo) {
		set = undo->set;	/* there as long as the undo is */
		refcount_inc(&set->obj.refs);
	}
	spin_unlock(&list->lock);
	return set;
}

static void apply_undo(struct sem_set *set, const struct sem_undo *undo, int tgid)
{
	assert_held(&set->obj.lock);
	for (unsigned i = 0; i < set->count; i++) {
		int value = set->sems[i].value + undo->adjust[i];

		if (!undo->adjust[i])
			continue;
		set->sems[i].value = (unsigned short)(value < 0 ? 0 : value > SEMVMX ? SEMVMX : value);
		set->sems[i].pid = tgid;
	}
	sem_update(set, /*touch=*/true);
}

void sem_undo_put(struct sem_undo_list *list, int tgid)
{
	struct sem_undo *undo;
	struct sem_set *set;

	if (!list || !refcount_dec_and_test(&list->refs))
		return;
	while ((set = first_set(list)) != NULL) {
		spin_lock(&set->obj.lock);
		undo = find_locked(set, list);	/* NULL: the set was removed meanwhile */
		if (undo) {
			list_del(&undo->in_set);
			spin_lock(&list->lock);
			list_del(&undo->in_list);
			spin_unlock(&list->lock);
			apply_undo(set, undo, tgid);
		}
		spin_unlock(&set->obj.lock);
		kvfree(undo);
		ipc_object_put(&set->obj);
	}
	kfree(list);
}

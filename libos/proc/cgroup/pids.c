/* SPDX-License-Identifier: MIT */
/*
 * pids: how many tasks a group and all below it may have. Every group but the root counts always; the limit and the
 * files are there while the parent has the controller enabled. Only fork is refused: moving a process in, or a limit
 * below what is there already, is not.
 *
 * Zombies count until they are reaped. All functions: tree lock held.
 */
#include "proc/cgroup/internal.h"

#include "abi/errno.h"

static void count_up(struct cgroup *cg, int64_t count)
{
	cg->pids.count += count;
	if (cg->pids.count > cg->pids.peak)
		cg->pids.peak = cg->pids.count;
}

/* The group whose limit one more task below it would break; NULL: none. */
static struct cgroup *full_group(struct cgroup *cg)
{
	for (; !cgroup_is_root(cg); cg = cg->parent) {
		if (cg->pids.count >= cg->pids.max)
			return cg;
	}
	return NULL;
}

int cgroup_pids_charge(struct cgroup *cg)
{
	struct cgroup *full = full_group(cg);

	if (full) {
		for (; !cgroup_is_root(full); full = full->parent) {
			full->pids.refused++;
			cgroup_event_happened(full, &full->pids_events);
		}
		return -EAGAIN;
	}
	for (; !cgroup_is_root(cg); cg = cg->parent)
		count_up(cg, 1);
	return 0;
}

void cgroup_pids_uncharge(struct cgroup *cg)
{
	for (; !cgroup_is_root(cg); cg = cg->parent)
		cg->pids.count--;
}

void cgroup_pids_move(struct cgroup *from, struct cgroup *to, int64_t count)
{
	for (; !cgroup_is_descendant(to, from); from = from->parent)
		from->pids.count -= count;
	for (; to != from; to = to->parent)
		count_up(to, count);
}

void cgroup_pids_enable(struct cgroup *cg)
{
	cg->pids.max = CGROUP_NO_LIMIT;
	cg->pids.peak = cg->pids.count;
	cg->pids.refused = 0;
}

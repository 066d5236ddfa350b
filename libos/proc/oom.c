/* SPDX-License-Identifier: MIT */
/*
 * oom: the last resort when no memory can be freed: one process is killed, so that the others go on. Where a
 * system call could fail with ENOMEM instead, that is done only if the kill gives a good part of memory back.
 *
 * Whom: the one whose pages and page tables, with oom_score_adj thousandths of all memory added, are most; never
 * PID 1 of a namespace, nor who has oom_score_adj -1000. Every process that shares the victim's address space dies
 * with it, or nothing would come free. While a victim is on its way out nobody else is killed: callers wait a little
 * and try again. When nobody may be killed and a program cannot go on, it ends itself, even PID 1.
 *
 * Locking. The scan holds proc_tree.lock for reading, and rcu_read_lock() because an exiting task lets go of its mm
 * without it.
 */
#include "mm/oom.h"

#include "abi/signal.h"
#include "core/init.h"
#include "core/log.h"
#include "mm/mm.h"
#include "mm/page_alloc.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "sync/block.h"
#include "time/sleep.h"

#define OOM_NEVER	(-1000)
#define OOM_WAIT_MS	5
#define OOM_WAITS_MAX	400		/* then another one is chosen */
#define OOM_GOOD_PART	16		/* a kill is worthwhile from this part of all memory on */

static struct {
	struct mm *victim;		/* [a] killed last, with a reference of ours to the struct */
	unsigned waits;			/* [a] for it */
	bool choosing;			/* [a] a CPU looks for one: two would kill two, or one twice */
} oom_state;

/* What the scan found. */
struct oom_choice {
	struct task *task;		/* of the victim, valid under the tree lock; NULL: nobody */
	struct mm *mm;
	int64_t points;
	bool dying;			/* a killed process still has its memory */
};

/* A thread of p that has its address space still; NULL: all let go of it. */
static struct task *task_with_mm(struct process *p)
{
	struct task *t;

	list_for_each_entry(t, &p->tasks, group_link) {
		if (READ_ONCE(t->mm))
			return t;
	}
	return NULL;
}

static void consider(struct process *p, struct oom_choice *best)
{
	struct task *t = task_with_mm(p);
	struct mm *mm = t ? READ_ONCE(t->mm) : NULL;
	int adj = READ_ONCE(p->oom_score_adj);
	int64_t points;

	if (!mm || (p->sig_flags & SIGNAL_UNKILLABLE) || adj == OOM_NEVER)
		return;
	if ((p->sig_flags & SIGNAL_GROUP_EXIT) || (READ_ONCE(t->thread.work) & WORK_KILL)) {
		best->dying = true;
		return;
	}
	points = (int64_t)(mm_rss(mm) + mm->pgtable_pages) + adj * (int64_t)pages_total() / 1000;
	if (best->task && points <= best->points)
		return;
	best->task = t;
	best->mm = mm;
	best->points = points;
}

static void for_each_process(void (*fn)(struct process *p, struct oom_choice *choice), struct oom_choice *choice)
{
	unsigned long nr;
	struct list_head *leaders;
	struct pid *pid;

	xa_for_each(&pid_ns_init.pids, nr, pid) {
		leaders = &pid->members[PIDTYPE_TGID];
		if (!list_empty(leaders))
			fn(list_first_entry(leaders, struct process, pid_links[PIDTYPE_TGID]), choice);
	}
}

static void kill_sharer(struct process *p, struct oom_choice *choice)
{
	struct task *t = task_with_mm(p);

	if (!t || READ_ONCE(t->mm) != choice->mm || (p->sig_flags & SIGNAL_UNKILLABLE))
		return;
	klog(KLOG_ERR, "Out of memory: Killed process %d (%s) total-vm:%lukB, rss:%lukB, oom_score_adj:%d",
		task_tgid(t), t->thread.name, (unsigned long)(choice->mm->total_vm << (PAGE_SHIFT - 10)),
		(unsigned long)(mm_rss(choice->mm) << (PAGE_SHIFT - 10)), p->oom_score_adj);
	signal_kernel(t, SIGKILL, SIGNAL_PROCESS);
}

/* Wait a little for somebody who is on his way out; false: he had time enough. */
static bool wait_for_dying(void)
{
	if (__atomic_add_fetch(&oom_state.waits, 1, __ATOMIC_RELAXED) >= OOM_WAITS_MAX)
		return false;
	sleep_ms(OOM_WAIT_MS);
	return true;
}

/* Has the last victim memory to give still? Ours is the last reference once all is freed. */
static bool victim_going(void)
{
	struct mm *mm = __atomic_load_n(&oom_state.victim, __ATOMIC_ACQUIRE);

	if (!mm)
		return false;
	if (refcount_read(&mm->refs) > 1 && wait_for_dying())
		return true;
	if (__atomic_compare_exchange_n(&oom_state.victim, &mm, NULL, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		mm_drop(mm);
	return false;
}

static void remember_victim(struct mm *mm)
{
	struct mm *none = NULL;

	if (!refcount_inc_not_zero(&mm->refs))
		return;
	oom_state.waits = 0;
	if (!__atomic_compare_exchange_n(&oom_state.victim, &none, mm, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		mm_drop(mm);
}

/* Look for a victim, and kill it unless somebody is dying already or it is too small for the need. */
static void choose_and_kill(struct oom_choice *choice, int64_t points_min)
{
	bool wait = __atomic_load_n(&oom_state.waits, __ATOMIC_RELAXED) < OOM_WAITS_MAX;
	unsigned long flags;

	rcu_read_lock();
	flags = read_lock_irqsave(&proc_tree.lock);
	for_each_process(consider, choice);
	if (choice->points < points_min)
		choice->task = NULL;
	if (choice->task && !(choice->dying && wait)) {
		remember_victim(choice->mm);
		for_each_process(kill_sharer, choice);
	}
	read_unlock_irqrestore(&proc_tree.lock, flags);
	rcu_read_unlock();
}

/* Nobody else is left to give memory: not even the first process can go on. */
static bool end_self(void)
{
	siginfo_t info;

	klog(KLOG_ERR, "Out of memory and no killable process: %s ends", current->thread.name);
	siginfo_init(&info, SIGKILL, SI_KERNEL, NULL);
	signal_force(&info);
	return false;
}

static bool oom_kill_one(enum oom_need need)
{
	struct oom_choice choice = { .task = NULL };

	if (fatal_signal_pending())
		return false;		/* the caller is a victim: it gets no more, and ends */
	if (victim_going())
		return true;
	if (__atomic_exchange_n(&oom_state.choosing, true, __ATOMIC_ACQUIRE)) {
		sleep_ms(OOM_WAIT_MS);
		return true;
	}
	choose_and_kill(&choice, need == OOM_WORTHWHILE ? (int64_t)(pages_total() / OOM_GOOD_PART) : INT64_MIN);
	__atomic_store_n(&oom_state.choosing, false, __ATOMIC_RELEASE);
	if (!choice.task && !choice.dying)
		return need == OOM_ANYBODY ? end_self() : false;
	if (fatal_signal_pending())
		return need == OOM_WORTHWHILE;
	return wait_for_dying() || need == OOM_ANYBODY;
}

static int oom_init(void)
{
	oom_register(oom_kill_one);
	return 0;
}
INIT_HOOK(INIT_LATE, oom_init);

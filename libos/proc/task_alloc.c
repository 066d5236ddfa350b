/* SPDX-License-Identifier: MIT */
/*
 * task_alloc: memory of tasks. The struct lives until the last reference and a grace period are gone, so that
 * lock-free look-ups and lazy readers of /proc never see freed memory.
 */
#include "proc/task_alloc.h"

#include "lib/string.h"
#include "mm/slab.h"
#include "proc/itimer.h"
#include "proc/namespace.h"
#include "sched/sched.h"
#include "trace/trace.h"

static void task_released(struct thread *thread)
{
	struct task *t = task_of(thread);

	cred_put(t->cred);
	cred_put(t->real_cred);
	pid_put(t->pid);
	namespaces_release(t);
	process_put(t->process);
	kfree(t->trace);
	kfree(t);
}

struct task *task_alloc(const struct thread *parent, const char *name)
{
	struct task *t = kzalloc(sizeof(*t), GFP_KERNEL);
	struct thread_params params = { .name = name, .release = task_released, .parent = parent };

	if (!t)
		return NULL;
	if (thread_init(&t->thread, &params)) {
		kfree(t);
		return NULL;
	}
	INIT_LIST_HEAD(&t->pi_owned);
	t->thread.tick_expired = itimer_cpu_tick;
	if (trace_config.chosen & TRACE_SYSCALL)
		thread_set_work(&t->thread, WORK_SYSCALL_SLOW);
	return t;
}

void task_free_unstarted(struct task *t)
{
	thread_fini(&t->thread);
	kfree(t->trace);
	kfree(t);
}

/* SPDX-License-Identifier: MIT */
/*
 * thread: threads of the first process, mutexes, conditions.
 *
 * A thread is a task that shares everything with the one that made it and has no user memory. Its creator owns
 * struct libos_thread until it has joined it; the task touches it last in complete().
 */
#include "abi/errno.h"
#include "abi/sched.h"
#include "api/internal.h"
#include "arch/smp.h"
#include "lib/string.h"
#include "libos/thread.h"
#include "mm/slab.h"
#include "proc/exit.h"
#include "sched/sched.h"
#include "sync/completion.h"
#include "sync/mutex.h"
#include "time/clock.h"

#define THREAD_FLAGS	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

/* Field legend: [I] immutable once started */
struct libos_thread {
	void (*fn)(void *arg);		/* [I] */
	void *arg;			/* [I] */
	char name[16];			/* [I] */
	struct completion ended;	/* its own lock */
};

static void thread_main(void *arg)
{
	struct libos_thread *t = arg;

	thread_set_name(arch_current(), t->name);
	t->fn(t->arg);
	complete(&t->ended);
	task_exit(0);
}

struct libos_thread *libos_thread_create(void (*fn)(void *arg), void *arg, const char *name)
{
	struct libos_thread *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	ignore_result(strscpy(t->name, name, sizeof(t->name)));	/* cut is fine */
	completion_init(&t->ended);
	if (api_fork(THREAD_FLAGS, 0, thread_main, t) < 0) {
		kfree(t);
		return NULL;
	}
	return t;
}

void libos_thread_join(struct libos_thread *t)
{
	wait_for_completion(&t->ended);
	kfree(t);
}

int libos_thread_id(void)
{
	return task_tid(current);
}

void libos_yield(void)
{
	thread_yield();
}

unsigned libos_cpu_count(void)
{
	return arch_smp_nr_cpus();
}

/* Field legend: its own lock */
struct libos_mutex {
	struct mutex mutex;		/* itself */
};

struct libos_mutex *libos_mutex_create(void)
{
	struct libos_mutex *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (m)
		mutex_init(&m->mutex, "libos_mutex");
	return m;
}

void libos_mutex_destroy(struct libos_mutex *m)
{
	kfree(m);
}

void libos_mutex_lock(struct libos_mutex *m) __no_lock_check
{
	mutex_lock(&m->mutex);
}

void libos_mutex_unlock(struct libos_mutex *m) __no_lock_check
{
	mutex_unlock(&m->mutex);
}

/* Field legend: [a] atomic; changed with the caller's mutex held */
struct libos_cond {
	struct waitq waiters;
	unsigned signals;		/* [a] */
};

struct libos_cond *libos_cond_create(void)
{
	struct libos_cond *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (c)
		waitq_init(&c->waiters, "libos_cond");
	return c;
}

void libos_cond_destroy(struct libos_cond *c)
{
	kfree(c);
}

int libos_cond_wait(struct libos_cond *c, struct libos_mutex *m, uint64_t timeout_ns) __no_lock_check
{
	uint64_t deadline = timeout_ns == LIBOS_FOREVER ? WAIT_FOREVER : clock_deadline(clock_ns(), timeout_ns);
	unsigned before = READ_ONCE(c->signals);
	int err;

	/* A signal after the unlock changes the count: it is seen, or wakes. */
	mutex_unlock(&m->mutex);
	err = wait_event_timeout(&c->waiters, READ_ONCE(c->signals) != before, deadline);
	mutex_lock(&m->mutex);
	return err;
}

static void cond_wake(struct libos_cond *c, unsigned nr)
{
	__atomic_add_fetch(&c->signals, 1, __ATOMIC_RELEASE);
	wake_up_nr(&c->waiters, nr);
}

void libos_cond_signal(struct libos_cond *c)
{
	cond_wake(c, 1);
}

void libos_cond_broadcast(struct libos_cond *c)
{
	cond_wake(c, 0);
}

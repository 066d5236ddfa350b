/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads. A struct kthread lives from kthread_create() until the last reference to its thread is
 * dropped and a grace period has passed. kthreads.list, in order of creation, is what /proc shows.
 */
#include "sched/kthread.h"

#include "core/assert.h"
#include "lib/err.h"
#include "mm/slab.h"
#include "sched/internal.h"
#include "sync/completion.h"

/* Field legend: [I] immutable, [a] atomic, [l] kthreads.lock */
struct kthread {
	struct thread thread;		/* [I] in place; its own legend */
	void (*fn)(void *arg);		/* [I] */
	void *arg;			/* [I] */
	unsigned id;			/* [I] */
	bool stop;			/* [a] */
	struct completion exited;
	struct list_head link;		/* [l] */
};

/* Field legend: [l] lock */
static struct {
	struct spinlock lock;
	struct list_head list;		/* [l] */
	unsigned next_id;		/* [l] */
} kthreads = {
	.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("kthreads") },
	.list = LIST_HEAD_INIT(kthreads.list),
	.next_id = 2,
};

static void kthread_release(struct thread *t)
{
	kfree(container_of(t, struct kthread, thread));
}

static void kthread_main(void *arg)
{
	struct kthread *k = arg;

	k->fn(k->arg);
	spin_lock(&kthreads.lock);
	list_del(&k->link);
	spin_unlock(&kthreads.lock);
	complete_all(&k->exited);
	thread_exit();
}

static struct kthread *kthread_new(void (*fn)(void *arg), void *arg, const char *name)
{
	const struct thread_params params = { .name = name, .kernel = true, .release = kthread_release };
	struct kthread *k = kzalloc(sizeof(*k), GFP_KERNEL);

	if (!k)
		return NULL;
	k->fn = fn;
	k->arg = arg;
	completion_init(&k->exited);
	if (thread_init(&k->thread, &params) < 0) {
		kfree(k);
		return NULL;
	}
	arch_thread_init_kernel(&k->thread.arch, k->thread.kstack_top, kthread_main, k);
	spin_lock(&kthreads.lock);
	k->id = kthreads.next_id++;
	list_add_tail(&k->link, &kthreads.list);
	spin_unlock(&kthreads.lock);
	return k;
}

struct thread *kthread_create(void (*fn)(void *arg), void *arg, const char *name)
{
	struct kthread *k = kthread_new(fn, arg, name);

	if (!k)
		return NULL;
	thread_start(&k->thread);
	return &k->thread;
}

struct thread *kthread_create_on(unsigned cpu, void (*fn)(void *arg), void *arg, const char *name)
{
	struct kthread *k = kthread_new(fn, arg, name);

	if (!k)
		return NULL;
	k->thread.allowed = cpumask_of(cpu);
	thread_start(&k->thread);
	return &k->thread;
}

int kthread_run(void (*fn)(void *arg), void *arg, const char *name)
{
	struct thread *t = kthread_create(fn, arg, name);

	if (!t)
		return -ENOMEM;
	thread_put(t);
	return 0;
}

void kthread_stop(struct thread *t)
{
	struct kthread *k = container_of(t, struct kthread, thread);

	ASSERT(t->kernel);
	smp_store_mb(&k->stop, true);	/* then the wake-up; pairs with the thread's set_current_state() */
	thread_wake(t, THREAD_NORMAL);
	wait_for_completion(&k->exited);
}

bool kthread_should_stop(void)
{
	return READ_ONCE(container_of(current_thread(), struct kthread, thread)->stop);
}

void kthread_for_each(void (*fn)(struct thread *t, unsigned id, void *arg), void *arg)
{
	struct kthread *k;

	spin_lock(&kthreads.lock);
	list_for_each_entry(k, &kthreads.list, link)
		fn(&k->thread, k->id, arg);
	spin_unlock(&kthreads.lock);
}

/* SPDX-License-Identifier: MIT */
/*
 * cpuclock: see cpuclock.h. Nothing runs when such a clock reaches a time: who waits for one looks again when it can
 * have got there at the earliest, which is exact for a thread that runs all the time.
 */
#include "proc/cpuclock.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "proc/task.h"
#include "sync/percpu.h"
#include "time/clock.h"

#define PER_THREAD	4
#define KIND		3		/* 0 user + system, 1 user, 2 run time; 3 is a descriptor's clock */
#define LOOK_MIN_NS	NSEC_PER_MSEC

bool clock_is_cpu(int clock)
{
	return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID ||
	       (clock < 0 && (clock & KIND) != KIND);
}

/* The task a clock's pid names, referenced; NULL: gone. */
static struct task *clock_task(const struct cpu_clock *c)
{
	struct task *t;

	rcu_read_lock();
	t = list_first_or_null_rcu(&c->pid->members[PIDTYPE_PID], struct task, pid_link);
	if (t && !refcount_inc_not_zero(&t->thread.refs))
		t = NULL;
	rcu_read_unlock();
	return t;
}

int cpu_clock_open(int clock, struct cpu_clock *out)
{
	int nr = clock < 0 ? ~(clock >> 3) : 0;
	struct task *t;

	if (!clock_is_cpu(clock))
		return -EINVAL;
	out->per_thread = clock == CLOCK_THREAD_CPUTIME_ID || (clock < 0 && (clock & PER_THREAD));
	out->user_only = clock < 0 && (clock & KIND) == 1;
	t = nr ? task_find(current->pid_ns, nr) : task_get(current);
	/* Threads are known to their own process only, processes by the number of their leader. */
	if (!t || (out->per_thread ? t->process != current->process : nr && t != current && !task_is_leader(t))) {
		task_put(t);
		return -EINVAL;
	}
	out->pid = pid_get(out->per_thread ? t->pid : t->process->pids[PIDTYPE_TGID]);
	task_put(t);
	return 0;
}

void cpu_clock_close(struct cpu_clock *c)
{
	pid_put(c->pid);
	c->pid = NULL;
}

bool cpu_clock_read(const struct cpu_clock *c, uint64_t *ns)
{
	struct task *t = clock_task(c);
	struct thread_times times;
	struct proc_usage u;
	unsigned long irq;

	if (!t)
		return false;
	if (c->per_thread) {
		thread_times(&t->thread, &times);
		*ns = c->user_only ? times.user_ns : thread_cpu_ns(&t->thread);
	} else {
		irq = read_lock_irqsave(&proc_tree.lock);
		process_usage(t->process, &u);
		read_unlock_irqrestore(&proc_tree.lock, irq);
		*ns = c->user_only ? u.utime_ns : u.utime_ns + u.stime_ns;
	}
	task_put(t);
	return true;
}

uint64_t cpu_clock_wait_ns(const struct cpu_clock *c, uint64_t left_ns)
{
	struct task *t = c->per_thread ? NULL : clock_task(c);
	unsigned speed = 1;

	if (t) {
		speed = min(READ_ONCE(t->process->nr_tasks), nr_cpus_online());
		task_put(t);
	}
	return max(left_ns / max(speed, 1U), (uint64_t)LOOK_MIN_NS);
}

bool cpu_clock_is_own_thread(const struct cpu_clock *c)
{
	return c->per_thread && c->pid == current->pid;
}

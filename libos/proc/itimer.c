/* SPDX-License-Identifier: MIT */
/*
 * itimer: ITIMER_REAL runs on a high-resolution timer; VIRTUAL and PROF are checked at the running thread's ticks, as
 * they count CPU time.
 *
 * A periodic ITIMER_REAL is not started again when it fires but when its SIGALRM is taken, so that an interval of a
 * microsecond does not keep the CPU in interrupts. With SIGALRM ignored nobody takes it: it goes on, no faster than
 * the tick.
 *
 * Locking. The sighand lock guards values; the timer's function runs in interrupt context and takes it.
 */
#include "proc/itimer.h"

#include "proc/posix_timer.h"
#include "proc/signal.h"
#include "proc/task_alloc.h"
#include "sched/sched.h"
#include "time/clock.h"

#define CPU_CHECK_NS	(4 * NSEC_PER_MSEC)

static bool real_fired(struct hrtimer *timer)
{
	struct process *p = container_of(timer, struct process, real_timer);
	bool again = false;
	siginfo_t info;
	unsigned long flags;
	struct sighand *sh = sighand_lock(p->leader, &flags);

	if (!sh)
		return false;
	siginfo_init(&info, SIGALRM, SI_KERNEL, NULL);
	ignore_result(signal_send_locked(p->leader, &info, SIGNAL_PROCESS));	/* exits: no matter */
	if (p->real_interval_ns && !(p->shared_pending.set & SIGMASK(SIGALRM))) {
		hrtimer_forward(timer, max(p->real_interval_ns, CPU_CHECK_NS));
		again = true;
	}
	sighand_unlock(sh, flags);
	return again;
}

void itimer_real_taken(struct process *p)
{
	assert_held(&current->sighand->lock);
	if (!p->real_interval_ns || hrtimer_active(&p->real_timer))
		return;
	hrtimer_forward(&p->real_timer, p->real_interval_ns);
	hrtimer_start(&p->real_timer, p->real_timer.expires_ns);
}

/* Start or stop it; a real_fired() on another CPU is over afterwards. */
static void set_real(struct process *p, const struct itimer_value *new)
{
	spin_lock_irq(&current->sighand->lock);
	p->real_interval_ns = 0;	/* nobody starts it again */
	spin_unlock_irq(&current->sighand->lock);
	hrtimer_cancel(&p->real_timer);
	spin_lock_irq(&current->sighand->lock);
	p->real_interval_ns = new->interval_ns;
	if (new->value_ns)
		hrtimer_start_rel(&p->real_timer, new->value_ns);
	spin_unlock_irq(&current->sighand->lock);
}

void itimer_init(struct process *p)
{
	hrtimer_init(&p->real_timer, HRTIMER_MONOTONIC, real_fired);
}

void itimer_cancel_all(struct process *p)
{
	WRITE_ONCE(p->real_interval_ns, 0);
	hrtimer_cancel(&p->real_timer);
	posix_timers_free(p);
}

/* CPU time used so far that counts for a VIRTUAL (user) or PROF (both) timer. */
static uint64_t cpu_used(struct process *p, unsigned which)
{
	struct proc_usage u;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);

	process_usage(p, &u);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return which == ITIMER_VIRTUAL ? u.utime_ns : u.utime_ns + u.stime_ns;
}

static void get_cpu_timer(struct process *p, unsigned which, struct itimer_value *out)
{
	const struct cpu_itimer *t = &p->cpu_timer[which - 1];
	uint64_t used = cpu_used(p, which);

	out->interval_ns = t->interval_ns;
	out->value_ns = !t->expires_ns ? 0 : t->expires_ns > used ? t->expires_ns - used : 1;
}

static void get_real(struct process *p, struct itimer_value *out)
{
	int64_t left = hrtimer_active(&p->real_timer) ? hrtimer_remaining(&p->real_timer) : 0;

	out->interval_ns = p->real_interval_ns;
	out->value_ns = !hrtimer_active(&p->real_timer) ? 0 : left > 1000 ? (uint64_t)left : 1000;
}

void itimer_get(unsigned which, struct itimer_value *out)
{
	struct process *p = current->process;

	if (which == ITIMER_REAL)
		get_real(p, out);
	else
		get_cpu_timer(p, which, out);
}

void itimer_watch(struct process *p)
{
	struct task *t;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);

	list_for_each_entry(t, &p->tasks, group_link)
		WRITE_ONCE(t->thread.tick_limit_ns, 1);
	read_unlock_irqrestore(&proc_tree.lock, irq);
}

void itimer_set(unsigned which, const struct itimer_value *new, struct itimer_value *old)
{
	struct process *p = current->process;
	struct cpu_itimer *t;

	if (old)
		itimer_get(which, old);
	if (which == ITIMER_REAL) {
		set_real(p, new);
		return;
	}
	t = &p->cpu_timer[which - 1];
	t->interval_ns = new->interval_ns;
	t->expires_ns = new->value_ns ? cpu_used(p, which) + new->value_ns : 0;
	if (new->value_ns)
		itimer_watch(p);
}

static void check_cpu_timer(struct process *p, struct task *t, unsigned which)
{
	struct cpu_itimer *timer = &p->cpu_timer[which - 1];
	uint64_t used;

	if (!timer->expires_ns)
		return;
	used = cpu_used(p, which);
	if (used < timer->expires_ns)
		return;
	timer->expires_ns = timer->interval_ns ? used + timer->interval_ns : 0;
	signal_kernel(t, which == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF, SIGNAL_PROCESS);
}

static void check_cpu_limit(struct process *p, struct task *t)
{
	uint64_t soft = rlimit_cur(p, RLIMIT_CPU), hard = READ_ONCE(p->rlim[RLIMIT_CPU].rlim_max), used;

	if (soft == RLIM64_INFINITY)
		return;
	used = cpu_used(p, ITIMER_PROF) / NSEC_PER_SEC;
	if (used >= hard) {
		signal_kernel(t, SIGKILL, SIGNAL_PROCESS);
	} else if (used >= soft) {
		signal_kernel(t, SIGXCPU, SIGNAL_PROCESS);
		WRITE_ONCE(p->rlim[RLIMIT_CPU].rlim_cur, soft + 1);	/* once a second until the hard limit */
	}
}

/* As RLIMIT_CPU, for the time a real-time thread ran without sleeping, in microseconds. Source: getrlimit(2). */
static void check_rt_limit(struct process *p, struct task *t)
{
	uint64_t soft = rlimit_cur(p, RLIMIT_RTTIME), hard = READ_ONCE(p->rlim[RLIMIT_RTTIME].rlim_max), used;

	if (soft == RLIM64_INFINITY)
		return;
	used = sched_rt_ran_ns(&t->thread) / NSEC_PER_USEC;
	if (used >= hard) {
		signal_kernel(t, SIGKILL, SIGNAL_PROCESS);
	} else if (used >= soft) {
		signal_kernel(t, SIGXCPU, SIGNAL_PROCESS);
		WRITE_ONCE(p->rlim[RLIMIT_RTTIME].rlim_cur, soft + USEC_PER_SEC);
	}
}

void itimer_cpu_tick(struct thread *thread)
{
	struct task *t = task_of(thread);
	struct process *p = t->process;

	check_cpu_timer(p, t, ITIMER_VIRTUAL);
	check_cpu_timer(p, t, ITIMER_PROF);
	check_cpu_limit(p, t);
	check_rt_limit(p, t);
	thread->tick_limit_ns = thread_cpu_ns(thread) + CPU_CHECK_NS;
}

/* SPDX-License-Identifier: MIT */
/*
 * sigaction: what a task says of its own signals: mask, actions, alternate stack; and sigtimedwait.
 */
#include "abi/errno.h"
#include "lib/restart.h"
#include "proc/posix_timer.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "time/clock.h"

void signal_set_mask(uint64_t mask)
{
	struct task *t = current;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	uint64_t newly_blocked = mask & ~t->blocked;
	struct task *other;

	t->blocked = mask & ~UNMASKABLE;
	signal_recalc(t);
	/* A shared signal this thread was chosen for may now need another thread. */
	if (newly_blocked & t->process->shared_pending.set) {
		list_for_each_entry(other, &t->process->tasks, group_link) {
			if (other != t && !(other->flags & PF_EXITING) &&
			    (t->process->shared_pending.set & newly_blocked & ~other->blocked))
				signal_wake(other, /*fatal=*/false);
		}
	}
	spin_unlock_irqrestore(&t->sighand->lock, flags);
}

void signal_set_temporary_mask(uint64_t mask)
{
	struct task *t = current;

	t->saved_mask = t->blocked;
	t->flags |= PF_RESTORE_MASK;
	thread_set_work(&t->thread, WORK_NOTIFY);
	signal_set_mask(mask);
}

int signal_action(int sig, const struct sig_action *act, struct sig_action *old)
{
	struct task *t = current, *other;
	struct sig_action *sa = &t->sighand->action[sig - 1];
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);

	if (old)
		*old = *sa;
	if (act) {
		*sa = *act;
		sa->mask &= ~UNMASKABLE;
		/* POSIX: a pending signal whose action becomes "ignore" is discarded, blocked or not. */
		if (sa->handler == (unsigned long)SIG_IGN ||
		    (sa->handler == (unsigned long)SIG_DFL && (SIGMASK(sig) & SIGNALS_DFL_IGNORE))) {
			sigpending_flush(&t->process->shared_pending, SIGMASK(sig));
			list_for_each_entry(other, &t->process->tasks, group_link)
				sigpending_flush(&other->pending, SIGMASK(sig));
			posix_timers_dropped_locked(t->process, SIGMASK(sig));
		}
	}
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	return 0;
}

static bool on_altstack(const struct task *t, unsigned long sp)
{
	if (t->altstack_flags & SS_AUTODISARM)
		return false;
	return sp > t->altstack_sp && sp - t->altstack_sp <= t->altstack_size;
}

int signal_altstack(const stack_t *ss, stack_t *old, unsigned long sp, size_t min)
{
	struct task *t = current;
	int mode;

	if (old) {
		old->ss_sp = (void *)t->altstack_sp;
		old->ss_size = t->altstack_size;
		old->ss_flags = !t->altstack_size ? SS_DISABLE : on_altstack(t, sp) ? SS_ONSTACK : 0;
		old->ss_flags |= t->altstack_flags & SS_AUTODISARM;
	}
	if (!ss)
		return 0;
	if (on_altstack(t, sp))
		return -EPERM;
	mode = ss->ss_flags & ~SS_AUTODISARM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		t->altstack_sp = 0;
		t->altstack_size = 0;
	} else {
		if (ss->ss_size < min)
			return -ENOMEM;
		t->altstack_sp = (unsigned long)ss->ss_sp;
		t->altstack_size = ss->ss_size;
	}
	t->altstack_flags = ss->ss_flags;
	return 0;
}

static int wait_take(struct task *t, uint64_t set, siginfo_t *info)
{
	int sig = sigpending_take(&t->pending, ~set, info);

	return sig ? sig : sigpending_take(&t->process->shared_pending, ~set, info);
}

int signal_wait(uint64_t set, siginfo_t *info, uint64_t timeout_ns)
{
	struct task *t = current;
	uint64_t deadline = timeout_ns == UINT64_MAX ? UINT64_MAX : clock_ns() + timeout_ns;
	unsigned long flags;
	int sig, timed_out = 0;

	set &= ~UNMASKABLE;
	flags = spin_lock_irqsave(&t->sighand->lock);
	sig = wait_take(t, set, info);
	if (!sig && timeout_ns) {
		t->sigwait_set = set;
		set_current_state(THREAD_INTERRUPTIBLE);
		spin_unlock_irqrestore(&t->sighand->lock, flags);
		timed_out = !schedule_until(deadline);
		set_current_running();
		flags = spin_lock_irqsave(&t->sighand->lock);
		t->sigwait_set = 0;
		sig = wait_take(t, set, info);
	}
	signal_recalc(t);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	if (sig)
		return sig;
	return timeout_ns && !timed_out ? -EINTR : -EAGAIN;
}

/* SPDX-License-Identifier: MIT */
/*
 * sigdeliver: the receiver's half, on the way back to user mode.
 *
 * Order in one pass: group exit, stop, dequeue, then by the action: ignore; handler: frame; default: ignore,
 * stop, or end the process. Signals without a handler are worked off until none is left or one pushed a
 * frame; several handlers nest, the last dequeued runs first, as on Linux.
 *
 * Restart rules (signal(7)), applied once per interrupted call:
 *
 *   result               a handler runs                  none runs
 *   ERESTARTSYS          SA_RESTART: again, else EINTR   again
 *   ERESTARTNOINTR       again                           again
 *   ERESTARTNOHAND       EINTR                           again
 *   ERESTART_RESTARTBLOCK EINTR                          restart_syscall
 */
#include "abi/errno.h"
#include "arch/ptrace.h"
#include "arch/regs.h"
#include "arch/sigframe.h"
#include "lib/restart.h"
#include "proc/coredump.h"
#include "proc/exit.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/signal.h"
#include "trace/trace.h"

static bool interrupted_result(long result)
{
	return result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
	       result == -ERESTART_RESTARTBLOCK;
}

static void restart_for_handler(struct arch_regs *regs, const struct sig_action *sa)
{
	long result = arch_syscall_result(regs);

	if (arch_syscall_nr(regs) < 0 || !interrupted_result(result))
		return;
	if (result == -ERESTARTNOINTR || (result == -ERESTARTSYS && (sa->flags & SA_RESTART)))
		arch_syscall_restart(regs);
	else
		arch_syscall_set_result(regs, -EINTR);
	arch_syscall_skip_restart(regs);
}

static void restart_without_handler(struct arch_regs *regs)
{
	long result = arch_syscall_result(regs);

	if (arch_syscall_nr(regs) < 0 || !interrupted_result(result))
		return;
	if (result == -ERESTART_RESTARTBLOCK)
		arch_syscall_restart_block(regs);
	else
		arch_syscall_restart(regs);
	arch_syscall_skip_restart(regs);
}

/* Where the frame goes: the top of the alternate stack, or 0 for the interrupted one. */
static unsigned long frame_stack(const struct task *t, const struct sig_action *sa, unsigned long sp)
{
	bool on_alt = sp > t->altstack_sp && sp - t->altstack_sp <= t->altstack_size;

	if (!(sa->flags & SA_ONSTACK) || !t->altstack_size)
		return 0;
	if (on_alt && !(t->altstack_flags & SS_AUTODISARM))
		return 0;
	return t->altstack_sp + t->altstack_size;
}

static void handle_signal(struct arch_regs *regs, const siginfo_t *info, const struct sig_action *sa)
{
	struct task *t = current;
	struct sigframe_request req = {
		.signo = info->si_signo, .info = info, .handler = sa->handler, .restorer = sa->restorer,
		.flags = sa->flags, .saved_mask = t->flags & PF_RESTORE_MASK ? t->saved_mask : t->blocked,
		.altstack_sp = t->altstack_sp, .altstack_size = t->altstack_size,
		.altstack_flags = t->altstack_flags,
		.stack_top = frame_stack(t, sa, arch_regs_sp(regs)),
	};
	uint64_t mask = t->blocked | sa->mask;
	bool stepping = arch_stepping(&t->thread);

	restart_for_handler(regs, sa);
	rseq_before_handler(regs);
	if (stepping)
		arch_step_set(&t->thread, false);
	if (arch_sigframe_push(regs, &req)) {
		siginfo_t segv;

		siginfo_init(&segv, SIGSEGV, SI_KERNEL, NULL);
		if (info->si_signo == SIGSEGV)
			t->sighand->action[SIGSEGV - 1].handler = (unsigned long)SIG_DFL;
		signal_force(&segv);
		return;
	}
	if (t->altstack_flags & SS_AUTODISARM) {
		t->altstack_sp = 0;
		t->altstack_size = 0;
		t->altstack_flags = SS_DISABLE;
	}
	t->flags &= ~PF_RESTORE_MASK;
	if (!(sa->flags & SA_NODEFER))
		mask |= SIGMASK(info->si_signo);
	signal_set_mask(mask);
	if (stepping)
		ptrace_step_report();
}

/* The process group would stop with nobody to continue it: POSIX lets terminal stops pass. */
static bool stop_allowed(struct task *t, int sig)
{
	return sig == SIGSTOP || !process_group_orphaned(t->process->pids[PIDTYPE_PGID]);
}

enum next { NEXT_NONE, NEXT_HANDLER, NEXT_AGAIN };

static __noreturn void fatal_signal(const siginfo_t *info)
{
	int sig = info->si_signo;

	process_exit_group(SIGMASK(sig) & SIGNALS_DFL_CORE ? coredump_write(info) : sig);
}

static __noreturn void group_exiting(struct sighand *sh, unsigned long flags, int code)
{
	spin_unlock_irqrestore(&sh->lock, flags);
	task_exit(code);
}

/* A stop, of the group or for the tracer, is pending. */
static void take_job(struct task *t)
{
	if (t->jobctl & JOBCTL_STOP_PENDING)
		jobctl_participate();
	else
		ptrace_trap();
}

/* The tracer looks at a signal first, with the lock dropped. The signal it lets through, or 0. */
static int show_tracer(struct sighand *sh, unsigned long *flags, int sig, siginfo_t *info)
{
	spin_unlock_irqrestore(&sh->lock, *flags);
	sig = ptrace_signal(sig, info);
	*flags = spin_lock_irqsave(&sh->lock);
	return sig;
}

/* Take one signal and do its default action, or hand it out for its handler. */
static enum next next_signal(siginfo_t *info, struct sig_action *sa)
{
	struct task *t = current;
	struct sighand *sh = t->sighand;
	unsigned long flags = spin_lock_irqsave(&sh->lock);
	int sig;

	if (t->process->sig_flags & SIGNAL_GROUP_EXIT)
		group_exiting(sh, flags, t->process->group_exit_code);
	if (t->process->group_exec && t->process->group_exec != t)
		group_exiting(sh, flags, SIGKILL);
	if (t->process->sig_flags & SIGNAL_TELL_CONTINUED) {
		t->process->sig_flags &= ~SIGNAL_TELL_CONTINUED;
		spin_unlock_irqrestore(&sh->lock, flags);
		jobctl_notify_parent(t->process, CLD_CONTINUED);
		return NEXT_AGAIN;
	}
	if (t->jobctl & JOBCTL_PENDING) {
		spin_unlock_irqrestore(&sh->lock, flags);
		take_job(t);
		return NEXT_AGAIN;
	}
	sig = sigpending_take(&t->pending, t->blocked, info);
	if (!sig)
		sig = sigpending_take(&t->process->shared_pending, t->blocked, info);
	signal_recalc(t);
	if (!sig) {
		spin_unlock_irqrestore(&sh->lock, flags);
		return NEXT_NONE;
	}
	/* Set once, here: a SIGCONT from now on, also while the tracer looks, takes it away and cancels the stop. */
	t->jobctl |= JOBCTL_STOP_DEQUEUED;
	if (task_traced(t) && sig != SIGKILL) {
		sig = show_tracer(sh, &flags, sig, info);
		if (!sig) {
			spin_unlock_irqrestore(&sh->lock, flags);
			return NEXT_AGAIN;
		}
	}
	*sa = sh->action[sig - 1];
	TRACE(signal_deliver, TRACE_SIGNAL, &t->thread, sig, sa->handler, sa->flags);
	if (sa->handler == (unsigned long)SIG_IGN) {
		spin_unlock_irqrestore(&sh->lock, flags);
		return NEXT_AGAIN;
	}
	if (sa->handler != (unsigned long)SIG_DFL) {
		if (sa->flags & SA_ONESHOT)
			sh->action[sig - 1].handler = (unsigned long)SIG_DFL;
		spin_unlock_irqrestore(&sh->lock, flags);
		return NEXT_HANDLER;
	}
	spin_unlock_irqrestore(&sh->lock, flags);
	if (SIGMASK(sig) & SIGNALS_DFL_IGNORE)
		return NEXT_AGAIN;
	if ((t->process->sig_flags & SIGNAL_UNKILLABLE) && !(sig == SIGKILL || sig == SIGSTOP))
		return NEXT_AGAIN;
	if (SIGMASK(sig) & SIGNALS_STOP) {
		if (stop_allowed(t, sig))
			jobctl_stop(sig);
		return NEXT_AGAIN;
	}
	fatal_signal(info);
}

void signal_deliver(struct arch_regs *regs)
{
	struct task *t = current;
	struct sig_action sa;
	siginfo_t info;
	bool handled = false;
	enum next n;

	while ((n = next_signal(&info, &sa)) != NEXT_NONE) {
		if (n == NEXT_HANDLER) {
			handle_signal(regs, &info, &sa);
			handled = true;
		}
	}
	if (!handled)
		restart_without_handler(regs);
	if (t->flags & PF_RESTORE_MASK) {
		t->flags &= ~PF_RESTORE_MASK;
		signal_set_mask(t->saved_mask);
	}
}

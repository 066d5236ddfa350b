/* SPDX-License-Identifier: MIT */
/*
 * ptrace: attaching and letting go, and the tracee's stops. The requests on a stopped tracee: ptrace_request.c.
 */
#include "proc/ptrace.h"

#include "abi/errno.h"
#include "abi/ptrace.h"
#include "abi/sched.h"
#include "arch/ptrace.h"
#include "arch/regs.h"
#include "mm/slab.h"
#include "proc/exit.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "time/sleep.h"
#include "trace/trace.h"

#define ATTACH_LOOK_NS	(50 * NSEC_PER_USEC)

/* --- Who traces whom --- */

/* Are system calls to take the slow way in? */
static bool syscalls_watched(const struct task *t)
{
	return (trace_config.chosen & TRACE_SYSCALL) || READ_ONCE(t->seccomp_mode) ||
	       (task_traced(t) && t->trace->mode);
}

void task_recalc_slow(struct task *t)
{
	if (!syscalls_watched(t)) {
		thread_clear_work(&t->thread, WORK_SYSCALL_SLOW);
		smp_mb();	/* pairs with seccomp.c's set_mode(), which may be at it on another CPU */
	}
	if (syscalls_watched(t))
		thread_set_work(&t->thread, WORK_SYSCALL_SLOW);
}

struct process *ptrace_tracer_process(const struct task *t)
{
	return task_traced(t) ? t->trace->tracer->process : NULL;
}

int ptrace_tracer_nr(struct task *t, const struct pid_ns *ns)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	int nr = task_traced(t) ? task_tid_in(t->trace->tracer, ns) : 0;

	read_unlock_irqrestore(&proc_tree.lock, irq);
	return nr;
}

static struct task_trace *trace_alloc(struct task *t)
{
	struct task_trace *trace = kzalloc(sizeof(*trace), GFP_KERNEL);

	if (!trace)
		return NULL;
	INIT_LIST_HEAD(&trace->link);
	trace->task = t;
	return trace;
}

/* The task's trace, made if need be. False: no memory. */
static bool trace_make(struct task *t)
{
	struct task_trace *trace, *none = NULL;

	if (READ_ONCE(t->trace))
		return true;
	trace = trace_alloc(t);
	if (!trace)
		return false;
	if (!__atomic_compare_exchange_n(&t->trace, &none, trace, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		kfree(trace);
	return true;
}

/* Tree lock and t's sighand lock held; or t is not visible yet. */
static void link_trace(struct task *t, struct task *tracer, bool seized, unsigned options)
{
	struct task_trace *trace = t->trace;

	trace->tracer = task_get(tracer);
	trace->seized = seized;
	trace->options = options;
	trace->mode = 0;
	trace->code = trace->resume_sig = 0;
	trace->message = 0;
	trace->have_info = false;
	list_add_tail(&trace->link, &tracer->process->tracees);
}

void ptrace_unlink(struct task *t)
{
	struct task_trace *trace = t->trace;
	struct process *p = t->process;
	struct task *tracer = trace->tracer;
	unsigned long flags;
	struct sighand *sh;

	list_del_init(&trace->link);
	sh = sighand_lock(t, &flags);
	trace->tracer = NULL;
	trace->options = 0;
	trace->mode = 0;
	task_recalc_slow(t);
	if (sh) {
		t->jobctl &= ~(JOBCTL_TRAP_STOP | JOBCTL_TRAP_NOTIFY | JOBCTL_LISTENING | JOBCTL_FROZEN);
		/* Its group is stopped: it goes on to stop like the others. */
		if (!(t->flags & PF_EXITING) && ((p->sig_flags & SIGNAL_STOPPED) || p->stop_count))
			t->jobctl |= JOBCTL_STOP_PENDING;
		if (t->jobctl & JOBCTL_TRACED)
			thread_wake(&t->thread, THREAD_TRACED);
		ignore_result(signal_recalc_set(t));	/* it may be set for another reason */
		sighand_unlock(sh, flags);
	}
	task_put(tracer);
}

/* The thread that made us, or if it is gone its leader. Tree lock held. */
static struct task *parent_thread(const struct process *p)
{
	struct task *t;

	list_for_each_entry(t, &p->parent->tasks, group_link) {
		if (t == p->parent_task && t->exit_state == TASK_LIVE)
			return t;
	}
	return p->parent->leader;
}

int ptrace_traceme(void)
{
	struct task *t = current, *tracer;
	int err = -EPERM;
	unsigned long irq;

	if (!trace_make(t))
		return -ENOMEM;
	irq = write_lock_irqsave(&proc_tree.lock);
	tracer = parent_thread(t->process);
	if (!task_traced(t) && !(tracer->flags & PF_EXITING)) {
		spin_lock(&t->sighand->lock);
		link_trace(t, tracer, /*seized=*/false, 0);
		spin_unlock(&t->sighand->lock);
		err = 0;
	}
	write_unlock_irqrestore(&proc_tree.lock, irq);
	return err;
}

/* The tracee is linked: make it stop. Its sighand lock is held. True: it goes from a group stop to one of ours. */
static bool attach_stop(struct task *t)
{
	siginfo_t info;

	if (!t->trace->seized) {
		siginfo_init(&info, SIGSTOP, SI_KERNEL, NULL);
		ignore_result(signal_send_locked(t, &info, SIGNAL_THREAD));	/* forced */
	}
	/* It sleeps in a group stop: from there it goes to one the tracer sees. */
	if (t->jobctl & JOBCTL_STOPPED) {
		t->jobctl |= JOBCTL_TRAP_STOP;
		thread_set_work(&t->thread, WORK_SIGNAL);
		thread_wake(&t->thread, THREAD_STOPPED);
		return true;
	}
	return false;
}

/* A stopped tracee is stopped when PTRACE_ATTACH returns: nobody sees it run in between. */
static void attach_wait(struct task *t)
{
	while ((READ_ONCE(t->jobctl) & JOBCTL_TRAP_STOP) && !(READ_ONCE(t->flags) & PF_EXITING)) {
		if (sleep_until(HRTIMER_MONOTONIC, clock_ns() + ATTACH_LOOK_NS))
			break;
	}
}

int ptrace_attach(struct task *t, bool seize, unsigned long options)
{
	struct sighand *sh;
	unsigned long irq, flags;
	bool stops = false;
	int err;

	if (options & ~(unsigned long)PTRACE_O_KNOWN)
		return -EIO;
	if (t->process == current->process || t->thread.kernel)
		return -EPERM;
	err = task_may_access(current, t);
	if (err)
		return err;
	if (!trace_make(t))
		return -ENOMEM;
	err = -EPERM;
	irq = write_lock_irqsave(&proc_tree.lock);
	sh = t->exit_state == TASK_LIVE && !task_traced(t) ? sighand_lock(t, &flags) : NULL;
	if (sh) {
		link_trace(t, current, seize, (unsigned)options);
		stops = attach_stop(t);
		sighand_unlock(sh, flags);
		err = 0;
	}
	write_unlock_irqrestore(&proc_tree.lock, irq);
	if (stops)
		attach_wait(t);
	return err;
}

/* --- The tracer holds a stopped tracee --- */

static bool freeze_locked(struct task *t, bool running_ok)
{
	assert_held(&t->sighand->lock);
	if (!task_traced(t) || t->trace->tracer != current)
		return false;
	if (running_ok)
		return true;
	if (!(t->jobctl & JOBCTL_TRACED) || (t->jobctl & JOBCTL_LISTENING) ||
	    thread_has_work(&t->thread, WORK_KILL))
		return false;
	t->jobctl |= JOBCTL_FROZEN;
	return true;
}

int ptrace_freeze(struct task *t, bool running_ok)
{
	unsigned long flags;
	struct sighand *sh = sighand_lock(t, &flags);
	bool ok;

	if (!sh)
		return -ESRCH;
	ok = freeze_locked(t, running_ok);
	sighand_unlock(sh, flags);
	if (!ok)
		return -ESRCH;
	if (running_ok)
		return 0;
	/* It has set its state under the lock; it is about to leave its CPU. */
	while (READ_ONCE(t->thread.on_cpu))
		thread_yield();
	if (READ_ONCE(t->thread.state) == THREAD_TRACED)
		return 0;
	ptrace_thaw(t);
	return -ESRCH;
}

void ptrace_thaw(struct task *t)
{
	unsigned long flags;
	struct sighand *sh = sighand_lock(t, &flags);

	if (!sh)
		return;
	if (t->jobctl & JOBCTL_FROZEN) {
		t->jobctl &= ~JOBCTL_FROZEN;
		if (thread_has_work(&t->thread, WORK_KILL))
			thread_wake(&t->thread, THREAD_TRACED);
	}
	sighand_unlock(sh, flags);
}

/* --- The tracee's stops --- */

/* SIGCHLD to the tracer, whose waiters are woken. No lock held. True: the tracer is not the parent. */
static bool tell_tracer(struct task *t, int why, int status)
{
	unsigned long flags, irq = read_lock_irqsave(&proc_tree.lock);
	struct task *tracer = task_traced(t) ? t->trace->tracer : NULL;
	struct sighand *sh = tracer ? sighand_lock(tracer, &flags) : NULL;
	bool stranger = tracer && tracer->process != t->process->parent;
	siginfo_t info;

	if (sh) {
		const struct sig_action *sa = &sh->action[SIGCHLD - 1];

		siginfo_init(&info, SIGCHLD, why, t);
		info.si_pid = task_tid_in(t, tracer->pid_ns);
		info.si_status = status;
		if (sa->handler != (unsigned long)SIG_IGN && !(sa->flags & SA_NOCLDSTOP))
			ignore_result(signal_send_locked(tracer, &info, SIGNAL_PROCESS));	/* forced */
		sighand_unlock(sh, flags);
	}
	if (tracer)
		wake_up_all(&tracer->process->child_wait);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return stranger;
}

/* What one stop is about. */
struct stop {
	int code;			/* for wait */
	int why;			/* CLD_TRAPPED, CLD_STOPPED */
	uint8_t syscall_op;
	unsigned long message;
	const siginfo_t *info;		/* NULL: a group stop without one */
};

/* Stop, until the tracer or SIGKILL ends it. The signal to go on with; -1: did not stop. */
static int ptrace_stop(const struct stop *s)
{
	struct task *t = current;
	struct task_trace *trace = t->trace;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	bool group_done = false;
	int sig;

	if (!task_traced(t) || thread_has_work(&t->thread, WORK_KILL)) {
		spin_unlock_irqrestore(&t->sighand->lock, flags);
		return -1;
	}
	trace->code = s->code;
	trace->message = s->message;
	trace->syscall_op = s->syscall_op;
	trace->have_info = s->info;
	if (s->info)
		trace->info = *s->info;
	trace->resume_sig = 0;
	if (s->why == CLD_STOPPED)
		group_done = jobctl_count_stop(t);
	t->jobctl &= ~JOBCTL_TRAP_STOP;
	if (s->info && s->code >> 8 == PTRACE_EVENT_STOP)
		t->jobctl &= ~JOBCTL_TRAP_NOTIFY;
	t->jobctl |= JOBCTL_TRACED;
	set_current_state(THREAD_TRACED);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	if (tell_tracer(t, s->why, s->code & 0x7f) && group_done)
		jobctl_notify_parent(t->process, CLD_STOPPED);
	schedule();
	set_current_running();
	flags = spin_lock_irqsave(&t->sighand->lock);
	t->jobctl &= ~(JOBCTL_TRACED | JOBCTL_LISTENING | JOBCTL_FROZEN);
	sig = trace->resume_sig;
	trace->resume_sig = trace->code = 0;
	trace->have_info = false;
	ignore_result(signal_recalc_set(t));	/* as above */
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	return sig;
}

/* A stop with a SIGTRAP of its own. */
static int ptrace_notify(int code, int why, uint8_t op, unsigned long message)
{
	struct stop s = { .code = code, .why = why, .syscall_op = op, .message = message };
	siginfo_t info;

	siginfo_init(&info, SIGTRAP, code, current);
	s.info = &info;
	return ptrace_stop(&s);
}

int ptrace_signal(int sig, siginfo_t *info)
{
	struct task *t = current;
	struct stop s = { .code = sig, .why = CLD_TRAPPED, .info = info };
	unsigned long flags;
	int go;

	go = ptrace_stop(&s);
	if (go < 0)
		return sig;
	if (!go)
		return 0;
	*info = t->trace->info;		/* PTRACE_SETSIGINFO */
	if (go != info->si_signo) {
		siginfo_init(info, go, SI_USER, NULL);
		info->si_pid = ptrace_tracer_nr(t, t->pid_ns);
	}
	if (!(t->blocked & SIGMASK(go)))
		return go;
	/* Blocked meanwhile: it goes back to wait. */
	flags = spin_lock_irqsave(&t->sighand->lock);
	ignore_result(signal_send_locked(t, info, SIGNAL_THREAD));	/* a full queue loses it, as Linux */
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	return 0;
}

void ptrace_trap(void)
{
	struct task *t = current;
	struct process *p = t->process;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	bool group = (p->sig_flags & SIGNAL_STOPPED) || p->stop_count || (t->jobctl & JOBCTL_STOP_PENDING);
	bool seized = task_traced(t) && t->trace->seized;
	int sig = p->group_stop_sig ? p->group_stop_sig : SIGSTOP;
	struct stop s = { .why = CLD_STOPPED };

	t->jobctl &= ~(JOBCTL_TRAP_STOP | JOBCTL_TRAP_NOTIFY);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	if (seized) {
		sig = group ? sig : SIGTRAP;
		ignore_result(ptrace_notify(sig | PTRACE_EVENT_STOP << 8, CLD_STOPPED, 0, 0));
		return;
	}
	s.code = sig;
	ignore_result(ptrace_stop(&s));		/* a signal given to go on with is ignored here */
}

void ptrace_event(unsigned event, unsigned long message)
{
	uint8_t op = event == PTRACE_EVENT_SECCOMP ? PTRACE_SYSCALL_INFO_SECCOMP : PTRACE_SYSCALL_INFO_NONE;
	struct task *t = current;

	if (!task_traced(t))
		return;
	if (ptrace_event_wanted(t, event))
		ignore_result(ptrace_notify(SIGTRAP | (int)event << 8, CLD_TRAPPED, op, message));
	else if (event == PTRACE_EVENT_EXEC && !t->trace->seized)
		signal_kernel(t, SIGTRAP, SIGNAL_THREAD);
}

void ptrace_event_pid(unsigned event, struct pid *pid)
{
	struct task *t = current;
	unsigned long irq, message = 0;

	irq = read_lock_irqsave(&proc_tree.lock);
	if (task_traced(t))
		message = (unsigned long)pid_nr_in(pid, t->trace->tracer->pid_ns);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	ptrace_event(event, message);
}

unsigned long ptrace_own_nr(void)
{
	struct task *t = current;
	unsigned long irq, nr;

	if (!task_traced(t))
		return 0;
	irq = read_lock_irqsave(&proc_tree.lock);
	nr = task_traced(t) ? (unsigned long)task_tid_in(t, t->trace->tracer->pid_ns) : 0;
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return nr;
}

bool ptrace_allows_setid(void)
{
	struct task *t = current;
	unsigned long irq;
	bool allowed;

	if (!task_traced(t))
		return true;
	irq = read_lock_irqsave(&proc_tree.lock);
	allowed = !task_traced(t) || cred_capable(rcu_dereference(t->trace->tracer->cred), CAP_SYS_PTRACE);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return allowed;
}

/* The signal a system-call stop was resumed with is sent, as debuggers expect of a stop that is not a signal's. */
static void syscall_stop(uint8_t op, unsigned long message)
{
	struct task *t = current;
	int code = SIGTRAP | (ptrace_option(t, PTRACE_O_TRACESYSGOOD) ? 0x80 : 0);
	int sig = ptrace_notify(code, CLD_TRAPPED, op, message);
	siginfo_t info;

	if (sig <= 0)
		return;
	siginfo_init(&info, sig, SI_KERNEL, NULL);
	ignore_result(signal_send(t, &info, SIGNAL_THREAD));	/* it may be dying */
}

bool ptrace_syscall_enter(struct arch_regs *regs)
{
	struct task *t = current;
	unsigned mode = task_traced(t) ? t->trace->mode : 0;

	if (!(mode & (PTRACE_MODE_SYSCALL | PTRACE_MODE_EMULATE)))
		return true;
	syscall_stop(PTRACE_SYSCALL_INFO_ENTRY, PTRACE_EVENTMSG_SYSCALL_ENTRY);
	if (fatal_signal_pending() || (mode & PTRACE_MODE_EMULATE))
		return false;
	return arch_syscall_nr(regs) >= 0;
}

void ptrace_syscall_exit(struct arch_regs *regs)
{
	struct task *t = current;
	unsigned mode = task_traced(t) ? t->trace->mode : 0;
	siginfo_t info;

	if ((mode & PTRACE_MODE_SYSCALL) && !(mode & PTRACE_MODE_EMULATE)) {
		syscall_stop(PTRACE_SYSCALL_INFO_EXIT, PTRACE_EVENTMSG_SYSCALL_EXIT);
	} else if (mode & PTRACE_MODE_STEP) {
		/* The processor steps past SYSCALL and the next instruction: report this one. */
		siginfo_init(&info, SIGTRAP, TRAP_BRKPT, NULL);
		info.si_addr = (void *)arch_regs_ip(regs);
		signal_force(&info);
	}
}

void ptrace_step_report(void)
{
	if (task_traced(current))
		ignore_result(ptrace_notify(SIGTRAP, CLD_TRAPPED, 0, 0));
}

/* --- fork --- */

unsigned ptrace_fork_event(uint64_t flags, int exit_signal)
{
	unsigned event = PTRACE_EVENT_FORK;

	if (!task_traced(current) || (flags & CLONE_UNTRACED))
		return 0;
	if (flags & CLONE_VFORK)
		event = PTRACE_EVENT_VFORK;
	else if ((flags & CLONE_THREAD) || exit_signal != SIGCHLD)
		event = PTRACE_EVENT_CLONE;
	return ptrace_event_wanted(current, event) ? event : 0;
}

int ptrace_fork_prepare(struct task *child, uint64_t flags, unsigned event)
{
	if (!task_traced(current) || !(event || (flags & CLONE_PTRACE)))
		return 0;
	return trace_make(child) ? 0 : -ENOMEM;
}

void ptrace_fork_link(struct task *child, uint64_t flags, unsigned event)
{
	const struct task_trace *mine = current->trace;

	if (!child->trace || !task_traced(current) || !(event || (flags & CLONE_PTRACE)))
		return;
	link_trace(child, mine->tracer, mine->seized, mine->options);
	if (mine->seized)
		child->jobctl |= JOBCTL_TRAP_STOP;
	else
		child->pending.set |= SIGMASK(SIGSTOP);
	thread_set_work(&child->thread, WORK_SIGNAL);
}

/* --- exit of a tracer --- */

/* t was unlinked: a zombie that was kept for its tracer alone goes now. Tree lock held. True: to be released. */
static bool forgotten_zombie(struct task *t, struct process *tracer)
{
	struct process *p = t->process;

	if (t->exit_state != TASK_ZOMBIE)
		return false;
	if (!task_is_leader(t))
		return true;
	if (!process_all_exited(p) || p->parent == tracer)
		return false;
	return process_notify_parent(p);
}

void ptrace_exit_tracer(struct task *tracer, struct list_head *dead)
{
	struct process *p = tracer->process;
	struct task_trace *trace, *next;
	struct task *t;

	list_for_each_entry_safe(trace, next, &p->tracees, link) {
		t = trace->task;
		if (trace->tracer != tracer)
			continue;
		if (trace->options & PTRACE_O_EXITKILL)
			signal_kernel(t, SIGKILL, SIGNAL_PROCESS);
		ptrace_unlink(t);
		if (forgotten_zombie(t, p)) {
			t->exit_state = TASK_DEAD;
			list_add_tail(&t->release_link, dead);
		}
	}
}

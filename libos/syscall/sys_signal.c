/* SPDX-License-Identifier: MIT */
/*
 * System calls of signals. Sources: sigaction(2), sigprocmask(2), kill(2), tgkill(2), sigaltstack(2),
 * sigwaitinfo(2)...
 */
#include "abi/errno.h"
#include "abi/events.h"
#include "abi/wait.h"
#include "arch/regs.h"
#include "arch/sigframe.h"
#include "lib/restart.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/pidfd.h"
#include "proc/procfs/procfs.h"
#include "proc/signal.h"
#include "proc/signalfd.h"
#include "sched/sched.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "vfs/fdtable.h"

static bool valid_signal(int sig)
{
	return sig >= 1 && sig <= NR_SIGNALS;
}

long sys_rt_sigaction(int sig, struct sigaction __user *uact, struct sigaction __user *uold, size_t size)
{
	struct sig_action act, old;
	struct sigaction k;
	int err;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (uact) {
		if (copy_from_user(&k, uact, sizeof(k)))
			return -EFAULT;
		act = (struct sig_action){ .handler = (unsigned long)k.sa_handler, .flags = k.sa_flags,
					   .restorer = (unsigned long)k.sa_restorer, .mask = k.sa_mask };
	}
	if (!valid_signal(sig) || (uact && (sig == SIGKILL || sig == SIGSTOP)))
		return -EINVAL;
	err = signal_action(sig, uact ? &act : NULL, uold ? &old : NULL);
	if (err || !uold)
		return err;
	memset(&k, 0, sizeof(k));
	k.sa_handler = (__sighandler_t)old.handler;
	k.sa_flags = old.flags;
	k.sa_restorer = (__sigrestore_t)old.restorer;
	k.sa_mask = old.mask;
	return copy_to_user(uold, &k, sizeof(k)) ? -EFAULT : 0;
}

long sys_rt_sigprocmask(int how, sigset_t __user *uset, sigset_t __user *uold, size_t size)
{
	uint64_t old = current->blocked, set;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (uset) {
		if (copy_from_user(&set, uset, sizeof(set)))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK: set = old | set; break;
		case SIG_UNBLOCK: set = old & ~set; break;
		case SIG_SETMASK: break;
		default: return -EINVAL;
		}
		signal_set_mask(set);
	}
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_rt_sigpending(sigset_t __user *set, size_t size)
{
	struct task *t = current;
	unsigned long flags;
	uint64_t pending;

	if (size > sizeof(sigset_t))
		return -EINVAL;
	flags = spin_lock_irqsave(&t->sighand->lock);
	pending = (t->pending.set | t->process->shared_pending.set) & t->blocked;
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	return copy_to_user(set, &pending, size) ? -EFAULT : 0;
}

long sys_rt_sigsuspend(sigset_t __user *uset, size_t size)
{
	uint64_t set;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&set, uset, sizeof(set)))
		return -EFAULT;
	signal_set_temporary_mask(set);
	for (;;) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (thread_signal_pending())
			break;
		schedule();
	}
	set_current_running();
	return -ERESTARTNOHAND;
}

long sys_pause(void)
{
	for (;;) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (thread_signal_pending())
			break;
		schedule();
	}
	set_current_running();
	return -ERESTARTNOHAND;
}

long sys_rt_sigtimedwait(sigset_t __user *uset, siginfo_t __user *uinfo, struct __kernel_timespec __user *uts,
			 size_t size)
{
	uint64_t set, timeout = UINT64_MAX;
	struct __kernel_timespec ts;
	siginfo_t info;
	int sig;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&set, uset, sizeof(set)))
		return -EFAULT;
	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= (long)NSEC_PER_SEC)
			return -EINVAL;
		timeout = (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	}
	sig = signal_wait(set, &info, timeout);
	if (sig > 0 && uinfo && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return sig;
}

long sys_kill(int pid, int sig)
{
	siginfo_t info;

	if (sig < 0 || sig > NR_SIGNALS)
		return -EINVAL;
	siginfo_init(&info, sig, SI_USER, current);
	return signal_kill(pid, &info);
}

static long tkill_common(int tgid, int tid, const siginfo_t *info)
{
	struct task *t;
	int err;

	if (tid <= 0 || (tgid != -1 && tgid <= 0) || info->si_signo < 0 || info->si_signo > NR_SIGNALS)
		return -EINVAL;
	t = task_find(current->pid_ns, tid);
	if (!t)
		return -ESRCH;
	if (tgid != -1 && process_tgid_in(t->process, current->pid_ns) != tgid)
		err = -ESRCH;
	else
		err = signal_permission(info->si_signo, t);
	if (!err && info->si_signo)
		err = signal_send(t, info, SIGNAL_THREAD);
	task_put(t);
	return err;
}

long sys_tgkill(int tgid, int tid, int sig)
{
	siginfo_t info;

	siginfo_init(&info, sig, SI_TKILL, current);
	return tgid <= 0 ? -EINVAL : tkill_common(tgid, tid, &info);
}

long sys_tkill(int tid, int sig)
{
	siginfo_t info;

	siginfo_init(&info, sig, SI_TKILL, current);
	return tkill_common(-1, tid, &info);
}

/* A siginfo from user mode may not pretend to come from the kernel or kill(2), except to oneself. */
static int take_siginfo(siginfo_t *info, siginfo_t __user *uinfo, int pid)
{
	if (copy_from_user(info, uinfo, sizeof(*info)))
		return -EFAULT;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) && pid != task_tgid(current))
		return -EPERM;
	return 0;
}

long sys_rt_sigqueueinfo(int pid, int sig, siginfo_t __user *uinfo)
{
	siginfo_t info;
	int err = take_siginfo(&info, uinfo, pid);

	if (err)
		return err;
	info.si_signo = sig;
	if (sig < 0 || sig > NR_SIGNALS)
		return -EINVAL;
	return pid <= 0 ? -ESRCH : signal_kill(pid, &info);
}

long sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, siginfo_t __user *uinfo)
{
	siginfo_t info;
	int err = take_siginfo(&info, uinfo, tgid);

	if (err)
		return err;
	info.si_signo = sig;
	return tgid <= 0 ? -EINVAL : tkill_common(tgid, tid, &info);
}

/* By what the caller says, or else by the kind of descriptor. */
static enum pid_type pidfd_target(struct file *file, unsigned flags)
{
	if (flags & PIDFD_SIGNAL_PROCESS_GROUP)
		return PIDTYPE_PGID;
	if ((flags & PIDFD_SIGNAL_THREAD) || (!flags && pidfd_pid(file) && pidfd_is_thread(file)))
		return PIDTYPE_PID;
	return PIDTYPE_TGID;
}

static int pidfd_signal(struct file *file, int sig, siginfo_t __user *uinfo, unsigned flags)
{
	enum pid_type type = pidfd_target(file, flags);
	struct pid *pid = pidfd_pid(file);
	siginfo_t info;
	int err = 0, nr;

	if (!pid)
		pid = procfs_process_pid(file);
	if (!pid)
		return -EBADF;
	nr = pid_nr_in(pid, current->pid_ns);
	if (!nr)
		return -EINVAL;			/* in another namespace */
	if (uinfo)
		err = take_siginfo(&info, uinfo, type == PIDTYPE_PGID ? 0 : nr);
	else
		siginfo_init(&info, sig, type == PIDTYPE_PID ? SI_TKILL : SI_USER, current);
	if (!err && (sig < 0 || sig > NR_SIGNALS || (uinfo && info.si_signo != sig)))
		err = -EINVAL;
	return err ? err : signal_kill_pid(pid, type, &info);
}

long sys_pidfd_send_signal(int pidfd, int sig, siginfo_t __user *uinfo, unsigned int flags)
{
	struct fd f;
	int err;

	if ((flags & ~(PIDFD_SIGNAL_THREAD | PIDFD_SIGNAL_THREAD_GROUP | PIDFD_SIGNAL_PROCESS_GROUP)) ||
	    (flags & (flags - 1)))
		return -EINVAL;
	f = fd_get(current->vfs.files, pidfd);
	err = f.file ? pidfd_signal(f.file, sig, uinfo, flags) : -EBADF;
	fd_put(f);
	return err;
}

long sys_sigaltstack(stack_t __user *uss, stack_t __user *uold)
{
	unsigned long sp = arch_regs_sp(arch_user_regs(current->thread.kstack_top));
	stack_t ss, old;
	int err;

	if (uss && copy_from_user(&ss, uss, sizeof(ss)))
		return -EFAULT;
	memset(&old, 0, sizeof(old));
	err = signal_altstack(uss ? &ss : NULL, uold ? &old : NULL, sp, MINSIGSTKSZ);
	if (err)
		return err;
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_rt_sigreturn(void)
{
	struct arch_regs *regs = arch_user_regs(current->thread.kstack_top);
	uint64_t mask;
	stack_t ss;

	arch_syscall_skip_restart(regs);
	if (arch_sigframe_pop(regs, &mask, &ss)) {
		signal_force_fault(SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	signal_set_mask(mask);
	/* as Linux: a bad one is left out */
	ignore_result(signal_altstack(&ss, NULL, arch_regs_sp(regs), MINSIGSTKSZ));
	return arch_syscall_result(regs);
}

long sys_restart_syscall(void)
{
	struct restart_block *rb = &current->restart;

	return rb->fn ? rb->fn(rb) : -EINTR;
}

long sys_signalfd4(int ufd, sigset_t __user *umask, size_t size, int flags)
{
	struct fdtable *table = current->vfs.files;
	struct file *file;
	uint64_t mask;
	struct fd f;
	int fd, err;

	if ((flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) || size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&mask, umask, sizeof(mask)))
		return -EFAULT;
	if (ufd != -1) {
		f = fd_get(table, ufd);
		err = f.file ? signalfd_change(f.file, mask) : -EBADF;
		fd_put(f);
		return err ? err : ufd;
	}
	fd = fd_reserve(table, 0, current_nofile(), flags & SFD_CLOEXEC);
	if (fd < 0)
		return fd;
	err = signalfd_create(mask, flags & SFD_NONBLOCK, &file);
	if (err) {
		fd_unreserve(table, fd);
		return err;
	}
	fd_install(table, fd, file);
	return fd;
}

long sys_signalfd(int ufd, sigset_t __user *umask, size_t size)
{
	return sys_signalfd4(ufd, umask, size, 0);
}

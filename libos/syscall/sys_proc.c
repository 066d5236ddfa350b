/* SPDX-License-Identifier: MIT */
/* System calls of processes: clone family, exit, wait, identity of processes. Sources: the man pages of their names. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/sched.h"
#include "abi/wait.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/cgroup/cgroup.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/namespace.h"
#include "proc/pidfd.h"
#include "proc/session.h"
#include "proc/signal.h"
#include "proc/task_alloc.h"
#include "proc/wait.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "tty/tty.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

long sys_fork(void)
{
	struct fork_args a = { .exit_signal = SIGCHLD };

	return task_fork(&a);
}

long sys_vfork(void)
{
	struct fork_args a = { .flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD };

	return task_fork(&a);
}

long sys_clone(unsigned long flags, unsigned long stack, int __user *parent_tid, int __user *child_tid,
	       unsigned long tls)
{
	struct fork_args a = {
		.flags = (uint32_t)flags & ~(uint64_t)CSIGNAL, .exit_signal = flags & CSIGNAL, .stack = stack,
		.tls = tls,
		.parent_tid = parent_tid, .child_tid = child_tid, .pidfd = parent_tid,
	};

	/* The same pointer cannot take both numbers. */
	if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID))
		return -EINVAL;
	return task_fork(&a);
}

static int check_clone3(const struct clone_args *c, size_t size)
{
	if (c->flags & ~(uint64_t)(0xffffffffULL | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP))
		return -EINVAL;
	if (c->flags & (CLONE_DETACHED | (CSIGNAL & ~(uint64_t)CLONE_NEWTIME)))
		return -EINVAL;
	if ((c->flags & CLONE_INTO_CGROUP) && (c->cgroup > INT32_MAX || size < CLONE_ARGS_SIZE_VER2))
		return -EINVAL;
	if ((c->flags & (CLONE_THREAD | CLONE_PARENT)) && c->exit_signal)
		return -EINVAL;
	if ((c->flags & CLONE_PIDFD) && (c->flags & CLONE_PARENT_SETTID) && c->pidfd == c->parent_tid)
		return -EINVAL;		/* as in clone */
	if (c->exit_signal > NR_SIGNALS)
		return -EINVAL;
	if (!c->stack != !c->stack_size)
		return -EINVAL;
	if (c->stack && !user_range_ok((void __user *)c->stack, c->stack_size))
		return -EINVAL;
	if (c->set_tid_size > PID_NS_DEPTH || (!c->set_tid != !c->set_tid_size))
		return -EINVAL;
	return 0;
}

/* The numbers wanted, innermost namespace first. */
static int take_tids(const struct clone_args *c, int *tids)
{
	if (!c->set_tid_size)
		return 0;
	if (copy_from_user(tids, (void __user *)c->set_tid, c->set_tid_size * sizeof(*tids)))
		return -EFAULT;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN) && !cred_capable(current->cred, CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	for (unsigned i = 0; i < c->set_tid_size; i++) {
		if (tids[i] < 1)
			return -EINVAL;
	}
	return 0;
}

long sys_clone3(struct clone_args __user *uargs, size_t size)
{
	struct clone_args c;
	struct fork_args a;
	int tids[PID_NS_DEPTH], err;
	long ret;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(&c, sizeof(c), uargs, size);
	if (!err)
		err = check_clone3(&c, size);
	if (err)
		return err;
	err = take_tids(&c, tids);
	if (err)
		return err;
	a = (struct fork_args){
		.flags = c.flags, .exit_signal = (int)c.exit_signal,
		.stack = c.stack ? c.stack + c.stack_size : 0, .tls = c.tls,
		.parent_tid = (int __user *)c.parent_tid, .child_tid = (int __user *)c.child_tid,
		.pidfd = (int __user *)c.pidfd, .set_tid = tids, .nr_set_tid = (unsigned)c.set_tid_size,
	};
	if (c.flags & CLONE_INTO_CGROUP) {
		err = cgroup_fork_target((int)c.cgroup, c.flags & CLONE_THREAD, &a.cgroup);
		if (err)
			return err;
	}
	ret = task_fork(&a);
	cgroup_put(a.cgroup);
	return ret;
}

long sys_exit(int status)
{
	task_exit((status & 0xff) << 8);
}

long sys_exit_group(int status)
{
	process_exit_group((status & 0xff) << 8);
}

static void put_times(struct __kernel_old_timeval *tv, uint64_t ns)
{
	tv->tv_sec = (long)(ns / NSEC_PER_SEC);
	tv->tv_usec = (long)(ns % NSEC_PER_SEC / 1000);
}

static int put_rusage(struct rusage __user *to, const struct proc_usage *u)
{
	struct rusage r;

	memset(&r, 0, sizeof(r));
	put_times((struct __kernel_old_timeval *)&r.ru_utime, u->utime_ns);
	put_times((struct __kernel_old_timeval *)&r.ru_stime, u->stime_ns);
	r.ru_maxrss = (long)(u->maxrss_pages * (PAGE_SIZE / 1024));
	r.ru_minflt = (long)u->minflt;
	r.ru_majflt = (long)u->majflt;
	r.ru_inblock = (long)(u->disk.read_bytes >> 9);
	r.ru_oublock = (long)(u->disk.write_bytes >> 9);
	r.ru_nvcsw = (long)u->nvcsw;
	r.ru_nivcsw = (long)u->nivcsw;
	return copy_to_user(to, &r, sizeof(r)) ? -EFAULT : 0;
}

/* Referenced pid numbered nr, or NULL. */
static struct pid *get_pid_nr(int nr)
{
	struct pid *pid;

	rcu_read_lock();
	pid = pid_get(pid_find(current->pid_ns, nr));
	rcu_read_unlock();
	return pid;
}

long sys_wait4(int nr, int __user *status, int options, struct rusage __user *rusage)
{
	struct wait_request w = { .options = (unsigned)options | WEXITED };
	int err;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (nr == INT32_MIN)
		return -ESRCH;
	if (nr == -1) {
		w.which = WAIT_ANY;
	} else if (nr > 0) {
		w.which = WAIT_PID;
		w.pid = get_pid_nr(nr);
	} else {
		w.which = WAIT_PGRP;
		w.pid = nr ? get_pid_nr(-nr) : pid_get(current->process->pids[PIDTYPE_PGID]);
	}
	err = process_wait(&w);
	pid_put(w.pid);
	if (err || !w.nr)
		return err;
	if (status && put_user(w.status, status))
		return -EFAULT;
	if (rusage && put_rusage(rusage, &w.usage))
		return -EFAULT;
	return w.nr;
}

static int waitid_target(int idtype, int id, struct wait_request *w)
{
	struct fd f;

	switch (idtype) {
	case P_ALL:
		w->which = WAIT_ANY;
		return 0;
	case P_PID:
		w->which = WAIT_PID;
		if (id <= 0)
			return -EINVAL;
		w->pid = get_pid_nr(id);
		return 0;
	case P_PGID:
		w->which = WAIT_PGRP;
		if (id < 0)
			return -EINVAL;
		w->pid = id ? get_pid_nr(id) : pid_get(current->process->pids[PIDTYPE_PGID]);
		return 0;
	case P_PIDFD:
		w->which = WAIT_PID;
		if (id < 0)
			return -EINVAL;
		f = fd_get(current->vfs.files, id);
		w->pid = f.file ? pid_get(pidfd_pid(f.file)) : NULL;
		if (w->pid && (f.file->flags & O_NONBLOCK))
			w->options |= WNOHANG;
		fd_put(f);
		return w->pid ? 0 : -EBADF;
	default:
		return -EINVAL;
	}
}

long sys_waitid(int idtype, int id, siginfo_t __user *info, int options, struct rusage __user *rusage)
{
	struct wait_request w = { .options = (unsigned)options };
	int err;

	if ((options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	err = waitid_target(idtype, id, &w);
	if (err)
		return err;
	err = process_wait(&w);
	pid_put(w.pid);
	if (err)
		return err;
	if (!w.nr && !(options & WNOHANG))
		return -EAGAIN;			/* a pidfd that does not wait */
	if (w.nr && rusage && put_rusage(rusage, &w.usage))
		return -EFAULT;
	if (!w.nr)
		memset(&w.info, 0, sizeof(w.info));
	if (info && copy_to_user(info, &w.info, sizeof(w.info)))
		return -EFAULT;
	return 0;
}

long sys_getrusage(int who, struct rusage __user *usage)
{
	struct proc_usage u;
	unsigned long irq;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	irq = read_lock_irqsave(&proc_tree.lock);
	if (who == RUSAGE_CHILDREN)
		u = current->process->child_usage;
	else
		process_usage(current->process, &u);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	if (who == RUSAGE_THREAD) {
		task_usage(current, &u);
	}
	if (who != RUSAGE_CHILDREN)
		u.maxrss_pages = mm_max_rss(current->mm);
	return put_rusage(usage, &u);
}

long sys_getpid(void)
{
	return task_tgid(current);
}

long sys_gettid(void)
{
	return task_tid(current);
}

long sys_getppid(void)
{
	int nr;

	rcu_read_lock();
	nr = process_ppid_in(current->process, current->pid_ns);
	rcu_read_unlock();
	return nr;
}

long sys_getpgid(int pid)
{
	return session_getpgid(pid);
}

long sys_getpgrp(void)
{
	return session_getpgid(0);
}

long sys_getsid(int pid)
{
	return session_getsid(pid);
}

long sys_setpgid(int pid, int pgid)
{
	return pid < 0 ? -EINVAL : session_setpgid(pid, pgid);
}

long sys_setsid(void)
{
	return session_create();
}

long sys_vhangup(void)
{
	if (!cred_capable(current->cred, CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty_hangup_current();
	return 0;
}

long sys_set_tid_address(int __user *tidptr)
{
	current->clear_child_tid = tidptr;
	return task_tid(current);
}

long sys_pidfd_open(int nr, unsigned int flags)
{
	struct file *file;
	struct pid *pid;
	int fd, err;

	if (flags & ~(unsigned)(O_NONBLOCK | PIDFD_THREAD))
		return -EINVAL;
	if (nr <= 0)
		return -EINVAL;
	pid = get_pid_nr(nr);
	if (!pid)
		return -ESRCH;
	err = list_empty(&pid->members[flags & PIDFD_THREAD ? PIDTYPE_PID : PIDTYPE_TGID]) ? -EINVAL :
	      pidfd_prepare(pid, flags, &fd, &file);
	pid_put(pid);
	if (err)
		return err;
	fd_install(current->vfs.files, fd, file);
	return fd;
}

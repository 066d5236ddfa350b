/* SPDX-License-Identifier: MIT */
/*
 * procfs/stat: stat, statm, status, limits of one process or thread, in proc(5)'s spelling.
 *
 * What belongs together is gathered under its lock into struct view first, then printed without one. A file of
 * PROCFS_THREAD speaks of one thread where the process's speaks of all.
 */
#include "proc/procfs/internal.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/vma.h"
#include "proc/ptrace.h"
#include "proc/task_alloc.h"
#include "sched/sched.h"
#include "sync/percpu.h"
#include "time/clock.h"
#include "tty/job.h"
#include "vfs/fdtable.h"
#include "vfs/user.h"

#define TICK_NS		(NSEC_PER_SEC / 100)	/* USER_HZ */
#define KIB(pages)	((unsigned long)(pages) << (PAGE_SHIFT - 10))

/* One moment of a task. */
struct view {
	int pid, tgid, ppid, pgrp, session, tpgid;
	unsigned nr_threads;
	char state;
	int exit_signal, exit_code;
	uint64_t pending, shared_pending, ignored, caught;
	struct proc_usage use, child_use;
	uint64_t tty;
};

static char state_of(const struct task *task)
{
	if (task->exit_state != TASK_LIVE)
		return task->exit_state == TASK_ZOMBIE ? 'Z' : 'X';
	return thread_state_char(&task->thread);
}

/* Signals and terminal: under the sighand lock, which a released task has no more. */
static void view_signals(struct view *v, struct task *task)
{
	struct sighand *sighand = READ_ONCE(task->sighand);

	if (!sighand)
		return;
	spin_lock(&sighand->lock);
	if (task->process->tty) {
		v->tty = tty_devnr(task->process->tty);
		v->tpgid = pid_nr_in(tty_foreground(task->process->tty), current->pid_ns);
	}
	v->pending = task->pending.set;
	v->shared_pending = task->process->shared_pending.set;
	for (int i = 0; i < NR_SIGNALS; i++) {
		if (sighand->action[i].handler == (unsigned long)SIG_IGN)
			v->ignored |= SIGMASK(i + 1);
		else if (sighand->action[i].handler != (unsigned long)SIG_DFL)
			v->caught |= SIGMASK(i + 1);
	}
	spin_unlock(&sighand->lock);
}

static void view_thread_use(struct view *v, const struct task *task)
{
	struct thread_times times;

	thread_times(&task->thread, &times);
	v->use = task->usage;
	v->use.utime_ns = times.user_ns;
	v->use.stime_ns = times.system_ns;
	v->use.nvcsw = task->thread.nvcsw;
	v->use.nivcsw = task->thread.nivcsw;
}

static void view_take(struct view *v, struct task *task, bool thread)
{
	const struct pid_ns *ns = current->pid_ns;
	struct process *p = task->process;
	unsigned long flags = read_lock_irqsave(&proc_tree.lock);

	*v = (struct view){ .tpgid = -1 };
	v->pid = task_tid_in(task, ns);
	v->tgid = process_tgid_in(p, ns);
	v->ppid = process_ppid_in(p, ns);
	v->pgrp = pid_nr_in(p->pids[PIDTYPE_PGID], ns);
	v->session = pid_nr_in(p->pids[PIDTYPE_SID], ns);
	v->nr_threads = p->nr_tasks;
	v->state = state_of(task);
	v->exit_signal = task->exit_signal;
	v->exit_code = task->exit_code;
	v->child_use = p->child_usage;
	if (thread)
		view_thread_use(v, task);
	else
		process_usage(p, &v->use);
	view_signals(v, task);
	read_unlock_irqrestore(&proc_tree.lock, flags);
}

/* Address-space sizes; all 0 for a kernel thread or a zombie. */
struct sizes {
	unsigned long vsize, rss, file, shmem, data, stack, text, lib, locked, peak_vm, peak_rss, tables;
	unsigned long start_code, end_code, stack_top, start_data, end_data, start_brk;
	unsigned long arg_start, arg_end, env_start, env_end;
	bool no_huge;
};

static void sizes_take(struct sizes *s, struct task *task)
{
	struct mm *mm = task_grab_mm(task);
	uint64_t text;

	*s = (struct sizes){ 0 };
	if (!mm)
		return;
	mm_read_lock(mm);
	text = (((mm->end_code + PAGE_SIZE - 1) & PAGE_MASK) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT;
	s->text = text < mm->exec_vm ? text : mm->exec_vm;
	s->lib = mm->exec_vm - s->text;
	s->vsize = mm->total_vm;
	s->data = mm->data_vm;
	s->stack = mm->stack_vm;
	s->locked = mm->locked_vm;
	s->rss = mm_rss(mm);
	s->file = (unsigned long)READ_ONCE(mm->rss[MM_FILE]);
	s->shmem = (unsigned long)READ_ONCE(mm->rss[MM_SHMEM]);
	s->peak_vm = mm->hiwater_vm > mm->total_vm ? mm->hiwater_vm : mm->total_vm;
	s->peak_rss = mm_max_rss(mm);
	s->tables = READ_ONCE(mm->pgtable_pages);
	s->start_code = mm->start_code;
	s->end_code = mm->end_code;
	s->stack_top = mm->stack_top;
	s->start_data = mm->start_data;
	s->end_data = mm->end_data;
	s->start_brk = mm->start_brk;
	s->arg_start = mm->arg_start;
	s->arg_end = mm->arg_end;
	s->env_start = mm->env_start;
	s->env_end = mm->env_end;
	s->no_huge = mm->no_huge;
	mm_read_unlock(mm);
	mm_put(mm);
}

static unsigned long ticks(uint64_t ns)
{
	return (unsigned long)(ns / TICK_NS);
}

/* Fields 3 to 22. */
static void print_stat_head(struct strbuf *out, const struct view *v, const struct task *task)
{
	struct sched_attrs attrs;
	int priority;

	sched_get_attrs(&task->thread, &attrs);
	priority = sched_rt_prio(&task->thread) ? -1 - sched_rt_prio(&task->thread) : 20 + attrs.nice;
	strbuf_printf(out, " %c %d %d %d %ld %d %u", v->state, v->ppid, v->pgrp, v->session, (long)v->tty, v->tpgid,
		      task->flags & PF_KTHREAD ? 0x00200000u : 0x00400000u);
	strbuf_printf(out, " %lu %lu %lu %lu", (unsigned long)v->use.minflt, (unsigned long)v->child_use.minflt,
		      (unsigned long)v->use.majflt, (unsigned long)v->child_use.majflt);
	strbuf_printf(out, " %lu %lu %lu %lu", ticks(v->use.utime_ns), ticks(v->use.stime_ns),
		      ticks(v->child_use.utime_ns), ticks(v->child_use.stime_ns));
	strbuf_printf(out, " %d %d %u 0 %lu", priority, attrs.nice, v->nr_threads, ticks(task->start_ns));
}

int procfs_show_stat(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);
	struct sched_attrs attrs;
	struct sizes s;
	struct view v;
	bool see;

	if (!task)
		return -ESRCH;
	/* Addresses help an attacker: only to those who may look into the process. */
	see = task == current || !task_may_access(current, task);
	view_take(&v, task, t->index == PROCFS_THREAD);
	sizes_take(&s, task);
	sched_get_attrs(&task->thread, &attrs);
	strbuf_printf(out, "%d (%s)", v.pid, task->thread.name);
	print_stat_head(out, &v, task);
	strbuf_printf(out, " %lu %lu %lu %lu %lu %lu 0 0", s.vsize << PAGE_SHIFT, s.rss,
		      (unsigned long)rlimit_cur(task->process, RLIMIT_RSS), see ? s.start_code : !!s.start_code,
		      see ? s.end_code : !!s.end_code, see ? s.stack_top : 0);
	strbuf_printf(out, " %lu %lu %lu %lu 0 0 0", (unsigned long)(v.pending & INT32_MAX),
		      (unsigned long)(task->blocked & INT32_MAX), (unsigned long)(v.ignored & INT32_MAX),
		      (unsigned long)(v.caught & INT32_MAX));
	strbuf_printf(out, " %d %u %d %d 0 0 0", v.exit_signal, READ_ONCE(task->thread.cpu), attrs.rt_prio,
		      (int)attrs.policy);
	if (see)
		strbuf_printf(out, " %lu %lu %lu %lu %lu %lu %lu %d\n", s.start_data, s.end_data, s.start_brk,
			      s.arg_start, s.arg_end, s.env_start, s.env_end, v.exit_code);
	else
		strbuf_puts(out, " 0 0 0 0 0 0 0 0\n");
	task_put(task);
	return 0;
}

int procfs_show_statm(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);
	struct sizes s;

	if (!task)
		return -ESRCH;
	sizes_take(&s, task);
	task_put(task);
	strbuf_printf(out, "%lu %lu %lu %lu 0 %lu 0\n", s.vsize, s.rss, s.file + s.shmem, s.text, s.data + s.stack);
	return 0;
}

static const char *state_name(char state)
{
	switch (state) {
	case 'R':	return "R (running)";
	case 'S':	return "S (sleeping)";
	case 'D':	return "D (disk sleep)";
	case 'T':	return "T (stopped)";
	case 't':	return "t (tracing stop)";
	case 'Z':	return "Z (zombie)";
	case 'X':	return "X (dead)";
	default:	return "I (idle)";
	}
}

static unsigned fd_slots(struct task *task)
{
	struct fdtable *files = task_grab_files(task);
	unsigned slots;

	if (!files)
		return 0;
	rcu_read_lock();
	slots = rcu_dereference(files->array)->capacity;
	rcu_read_unlock();
	fdtable_put(files);
	return slots;
}

static void print_credentials(struct strbuf *out, struct task *task)
{
	const struct cred *c = task_grab_cred(task);

	strbuf_printf(out, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid);
	strbuf_printf(out, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid, c->fsgid);
	strbuf_printf(out, "FDSize:\t%u\nGroups:\t", fd_slots(task));
	for (unsigned i = 0; i < c->nr_groups; i++)
		strbuf_printf(out, "%u ", c->groups[i]);
	strbuf_putc(out, '\n');
	cred_put(c);
}

static void print_capabilities(struct strbuf *out, struct task *task)
{
	const struct cred *c = task_grab_cred(task);

	strbuf_printf(out, "CapInh:\t%016lx\n", (unsigned long)c->cap_inheritable);
	strbuf_printf(out, "CapPrm:\t%016lx\n", (unsigned long)c->cap_permitted);
	strbuf_printf(out, "CapEff:\t%016lx\n", (unsigned long)c->cap_effective);
	strbuf_printf(out, "CapBnd:\t%016lx\n", (unsigned long)c->cap_bounding);
	strbuf_printf(out, "CapAmb:\t%016lx\n", (unsigned long)c->cap_ambient);
	cred_put(c);
}

/* Signals queued for all processes of the user, and how many may be. */
static void print_queued(struct strbuf *out, struct task *task)
{
	const struct cred *c = task_grab_cred(task);

	strbuf_printf(out, "SigQ:\t%ld/%lu\n", READ_ONCE(user_count_of(c)->sigpending),
		      (unsigned long)rlimit_cur(task->process, RLIMIT_SIGPENDING));
	cred_put(c);
}

static void print_memory(struct strbuf *out, struct task *task)
{
	struct sizes s;

	sizes_take(&s, task);
	if (!s.vsize)
		return;
	strbuf_printf(out, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\n", KIB(s.peak_vm), KIB(s.vsize));
	strbuf_printf(out, "VmLck:\t%8lu kB\nVmPin:\t%8lu kB\n", KIB(s.locked), 0UL);
	strbuf_printf(out, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\n", KIB(s.peak_rss), KIB(s.rss));
	strbuf_printf(out, "RssAnon:\t%8lu kB\nRssFile:\t%8lu kB\nRssShmem:\t%8lu kB\n",
		      KIB(s.rss - s.file - s.shmem), KIB(s.file), KIB(s.shmem));
	strbuf_printf(out, "VmData:\t%8lu kB\nVmStk:\t%8lu kB\n", KIB(s.data), KIB(s.stack));
	strbuf_printf(out, "VmExe:\t%8lu kB\nVmLib:\t%8lu kB\n", KIB(s.text), KIB(s.lib));
	strbuf_printf(out, "VmPTE:\t%8lu kB\nVmSwap:\t%8lu kB\nHugetlbPages:\t%8lu kB\n", KIB(s.tables), 0UL, 0UL);
	strbuf_printf(out, "CoreDumping:\t%d\nTHP_enabled:\t%d\n", READ_ONCE(task->process->core_dumper) != NULL,
		      !s.no_huge);
}

static void print_cpus(struct strbuf *out, cpumask_t allowed)
{
	cpumask_t mask = allowed & cpus_online();
	bool first = true;

	strbuf_printf(out, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", (unsigned long)mask);
	for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		unsigned last = cpu;

		if (!(mask & cpumask_of(cpu)))
			continue;
		while (last + 1 < ARCH_NR_CPUS && (mask & cpumask_of(last + 1)))
			last++;
		strbuf_printf(out, "%s%u", first ? "" : ",", cpu);
		if (last > cpu)
			strbuf_printf(out, "-%u", last);
		first = false;
		cpu = last;
	}
	strbuf_puts(out, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

int procfs_show_status(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);
	struct fs_state *fs;
	struct view v;

	if (!task)
		return -ESRCH;
	view_take(&v, task, true);
	fs = task_grab_fs(task);
	strbuf_puts(out, "Name:\t");
	strbuf_escape(out, task->thread.name, "\n");
	strbuf_putc(out, '\n');
	if (fs)
		strbuf_printf(out, "Umask:\t%04o\n", READ_ONCE(fs->umask));
	fs_state_put(fs);
	strbuf_printf(out, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n",
		      state_name(v.state), v.tgid, v.pid, v.ppid, ptrace_tracer_nr(task, current->pid_ns));
	print_credentials(out, task);
	strbuf_printf(out, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\nKthread:\t%d\n", v.tgid, v.pid, v.pgrp,
		      v.session, !!(task->flags & PF_KTHREAD));
	print_memory(out, task);
	strbuf_printf(out, "Threads:\t%u\n", v.nr_threads);
	print_queued(out, task);
	strbuf_printf(out, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		      (unsigned long)v.pending, (unsigned long)v.shared_pending,
		      (unsigned long)READ_ONCE(task->blocked), (unsigned long)v.ignored, (unsigned long)v.caught);
	print_capabilities(out, task);
	strbuf_printf(out, "NoNewPrivs:\t%d\nSeccomp:\t%u\nSeccomp_filters:\t%u\n", READ_ONCE(task->no_new_privs),
		      READ_ONCE(task->seccomp_mode), READ_ONCE(task->seccomp_count));
	print_cpus(out, READ_ONCE(task->thread.allowed));
	strbuf_printf(out, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		      (unsigned long)v.use.nvcsw, (unsigned long)v.use.nivcsw);
	task_put(task);
	return 0;
}

static const struct {
	const char *name, *unit;
} limit_names[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", "" },
	[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void print_limit(struct strbuf *out, uint64_t value)
{
	if (value == RLIM64_INFINITY)
		strbuf_printf(out, " %-20s", "unlimited");
	else
		strbuf_printf(out, " %-20lu", (unsigned long)value);
}

int procfs_show_limits(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);

	if (!task)
		return -ESRCH;
	strbuf_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		strbuf_printf(out, "%-25s", limit_names[i].name);
		print_limit(out, READ_ONCE(task->process->rlim[i].rlim_cur));
		print_limit(out, READ_ONCE(task->process->rlim[i].rlim_max));
		strbuf_printf(out, " %-10s\n", limit_names[i].unit);
	}
	task_put(task);
	return 0;
}

/* What it read and wrote; the process's with what its threads that ended did, and its children it waited for. */
int procfs_show_io(struct strbuf *out, const struct pseudo_target *t)
{
	struct proc_usage use;
	struct task *task;
	unsigned long flags;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	flags = read_lock_irqsave(&proc_tree.lock);
	if (t->index == PROCFS_THREAD) {
		task_usage(task, &use);
	} else {
		process_usage(task->process, &use);
		usage_add(&use, &task->process->child_usage);
	}
	read_unlock_irqrestore(&proc_tree.lock, flags);
	task_put(task);
	strbuf_printf(out, "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n", (unsigned long)use.rchar,
		      (unsigned long)use.wchar, (unsigned long)use.syscr, (unsigned long)use.syscw);
	strbuf_printf(out, "read_bytes: %lu\nwrite_bytes: %lu\ncancelled_write_bytes: 0\n",
		      (unsigned long)use.disk.read_bytes, (unsigned long)use.disk.write_bytes);
	return 0;
}

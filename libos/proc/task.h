/* SPDX-License-Identifier: MIT */
/*
 * task: one Linux thread; process: the thread group it belongs to.
 *
 * Every task has a process, every process at least its leader, alive or zombie. What CLONE_* flags share hangs
 * behind reference-counted pointers: mm, files, fs, sighand. Exactly one flag decides each.
 *
 *   fork.c   task_create -> visible in proc_tree -> runs
 *   exit.c   PF_EXITING -> resources dropped -> zombie (leader waits for its threads) -> wait.c or autoreap -> dead
 *
 * Locking
 *   proc_tree.lock (class "proctree", rwlock, irq-safe): parent, children, thread lists, group and session
 *     membership, exit states.
 *   process->sighand->lock (class "sighand", irq-safe, inside proc_tree.lock): signal state of the process and of
 *     its tasks: pending sets, masks of others, group stop and exit, actions.
 *   A task's own blocked mask, credentials pointer, TLS, robust list are written by itself only.
 * Tasks and pids are freed after a grace period: /proc and kill() look without locks.
 */
#pragma once

#include "abi/resource.h"
#include "abi/signal.h"
#include "arch/cpu.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "proc/pid.h"
#include "proc/sighand.h"
#include "sched/thread.h"
#include "sync/completion.h"
#include "sync/rwlock.h"
#include "time/hrtimer.h"
#include "vfs/cred.h"
#include "vfs/namei.h"

struct cgroup;
struct cgroup_ns;
struct mm;
struct ipc_ns;
struct sem_undo_list;
struct tty;
struct uts_ns;

enum task_flags {
	PF_EXITING = 1,			/* past the point of no return of exit */
	PF_FORKNOEXEC = 2,		/* has not exec'd since fork (setpgid rule) */
	PF_KTHREAD = 4,
	PF_VFORK_CHILD = 8,		/* borrows its parent's mm until exec or exit */
	PF_RESTORE_MASK = 16,		/* saved_mask is to be put back (sigsuspend, ppoll) */
	PF_CORE_PARKED = 32,		/* about to exit, waits for the core file that shows it */
};

enum exit_state { TASK_LIVE, TASK_ZOMBIE, TASK_DEAD };

/* A call that restart_syscall(2) continues: nanosleep, poll, futex, clock_nanosleep. */
struct restart_block {
	long (*fn)(struct restart_block *rb);	/* NULL: -EINTR */
	uint64_t deadline_ns;
	unsigned long arg[4];
};

/* Resource use, in ns and counts; summed into the process at exit and into the parent at wait. */
struct proc_usage {
	uint64_t utime_ns, stime_ns;
	uint64_t minflt, majflt, nvcsw, nivcsw;
	uint64_t maxrss_pages;
	/* /proc/PID/io: bytes and calls of read(2), write(2) and their kin; bytes from disks, and made dirty */
	uint64_t rchar, wchar, syscr, syscw;
	struct thread_io disk;
};

/*
 * Field legend: [I] immutable, [a] atomic, [o] written by the task itself, [t] proc_tree.lock, [s]
 * sighand->lock, [r] RCU, [p] futex_pi.c's lock
 */
struct task {
	struct thread thread;		/* first: task_of() is a cast the compiler checks */
	struct mm *mm;			/* [o] NULL: exiting */
	struct process *process;	/* [I] until exec by a non-leader [t] */
	struct pid *pid;		/* [t] names this thread; also the process when leader */
	struct list_head pid_link;	/* [t] pid->members[PIDTYPE_PID] */
	struct list_head group_link;	/* [t] process->tasks */
	struct list_head release_link;	/* [o] dead tasks about to be released */
	unsigned flags;			/* [o] enum task_flags */
	int exit_state;			/* [t] enum exit_state */
	int exit_code;			/* [t] as wait4's status */
	int exit_signal;		/* [I] what the parent gets; 0 for threads; -1: none */

	struct vfs_ctx vfs;		/* [o] files, fs, cred, mount namespace */
	const struct cred *cred;	/* [r] effective (== vfs.cred) */
	const struct cred *real_cred;	/* [r] what others judge this task by */
	struct uts_ns *uts;		/* [o] */
	struct ipc_ns *ipc;		/* [o] */
	struct cgroup_ns *cgroup_ns;	/* [o] */
	struct sem_undo_list *sem_undo;	/* [o] NULL: nothing to undo */
	struct pid_ns *pid_ns;		/* [I] where its pid lives */
	struct pid_ns *child_ns;	/* [o] where children go */

	struct sighand *sighand;	/* [s] NULL after exit */
	struct sigpending pending;	/* [s] for this thread alone */
	uint64_t blocked;		/* [o] written under [s] */
	uint64_t saved_mask;		/* [o] with PF_RESTORE_MASK */
	uint64_t sigwait_set;		/* [s] what sigtimedwait is waiting for */
	unsigned long altstack_sp;	/* [o] */
	size_t altstack_size;		/* [o] */
	int altstack_flags;		/* [o] SS_* */
	unsigned jobctl;		/* [s] enum jobctl */
	struct restart_block restart;	/* [o] */

	int32_t __user *set_child_tid;	/* [o] */
	int32_t __user *clear_child_tid;	/* [o] */
	void __user *robust_list;	/* [o] */
	void __user *rseq;		/* [o] struct rseq; NULL: not registered */
	uint32_t rseq_len, rseq_sig;	/* [o] */
	uint32_t rseq_cpu;		/* [o] CPU number the area holds */
	struct completion *vfork_done;	/* [o] parent waits here */
	struct list_head pi_owned;	/* [p] PI futexes with waiters it owns */
	struct pi_waiter *pi_waiting;	/* [p] the one it waits for */
	bool pi_exited;			/* [p] may not own any more */

	uint64_t start_ns;		/* [I] boottime */
	struct proc_usage usage;	/* [o] minflt etc.; times come from thread */
	int pdeath_signal;		/* [o] PR_SET_PDEATHSIG */
	bool no_new_privs;		/* [o] */
	uint8_t seccomp_mode;		/* [s] SECCOMP_MODE_*; read by itself without */
	unsigned seccomp_count;		/* [s] filters */
	struct seccomp_filter *seccomp;	/* [s] newest filter; read by itself without */
	unsigned personality;		/* [o] */
	unsigned long timer_slack_ns;	/* [o] */
	unsigned long default_slack_ns;	/* [I] what it was started with */
	uint32_t ioprio;		/* [o] */
	struct task_trace *trace;	/* [a] ptrace; NULL: never was traced; owned */
	struct rcu_head rcu;
};

enum process_flags {
	SIGNAL_GROUP_EXIT = 1,		/* all threads are to end with group_exit_code */
	SIGNAL_STOPPED = 2,		/* all threads stopped */
	SIGNAL_CONTINUED = 4,		/* continued, parent not told yet */
	SIGNAL_TELL_CONTINUED = 8,	/* the next thread to run tells the parent */
	SIGNAL_UNKILLABLE = 16,		/* a PID namespace's init */
};

/* Field legend: [a] atomic, [o] own tasks, [t] proc_tree.lock, [s] sighand->lock, [l] rlim_lock, [r] RCU */
struct process {
	struct refcount refs;		/* [a] one per task, one per /proc user */
	struct task *leader;		/* [t] */
	struct list_head tasks;		/* [t], read under [r] */
	unsigned nr_tasks;		/* [t] */
	struct process *parent;		/* [t] real parent */
	struct list_head children;	/* [t] */
	struct list_head sibling;	/* [t] */
	struct task *parent_task;	/* [t] thread that forked it: PDEATHSIG, __WNOTHREAD */
	struct pid *pids[PIDTYPE_MAX];	/* [t] TGID, PGID, SID */
	struct list_head pid_links[PIDTYPE_MAX];	/* [t] */
	struct cgroup *cgroup;		/* [t] where it is, or was when it ended; a reference */
	struct list_head cgroup_link;	/* [t] cgroup->processes while a thread lives */
	struct tty *tty;		/* [s] controlling terminal */
	bool session_leader;		/* [t] */
	bool child_subreaper;		/* [o] */
	bool has_child_subreaper;	/* [t] an ancestor is one */
	bool execed;			/* [o] since fork: setpgid by the parent gives EACCES */
	uint32_t exec_id;		/* [o] programs executed since fork */

	unsigned sig_flags;		/* [s] enum process_flags */
	int group_exit_code;		/* [s] */
	int stop_signal;		/* [s] */
	unsigned stop_count;		/* [s] threads still to stop */
	struct task *group_exec;	/* [s] thread that is exec'ing: others end, it takes the leader's place */
	struct waitq exec_wait;		/* group_exec, or core_dumper, waits for the others, and they for the latter */
	struct task *core_dumper;	/* [s] writes a core file; the others wait in exit */
	unsigned core_left;		/* [s] of them, not there yet */
	bool core_abort;		/* [a] SIGKILL came meanwhile */
	struct sigpending shared_pending;	/* [s] for any thread */
	struct waitq child_wait;	/* wait4: this process's threads */
	struct waitq signalfd_wait;	/* signalfd and sigtimedwait pollers */

	struct rlimit64 rlim[RLIM_NLIMITS];	/* [l] rlim_lock; single words read without */
	struct spinlock rlim_lock;
	struct proc_usage dead_usage;	/* [t] threads that ended */
	struct proc_usage child_usage;	/* [t] children waited for, with theirs */
	struct hrtimer real_timer;	/* ITIMER_REAL */
	uint64_t real_interval_ns;	/* [s] */
	struct cpu_itimer { uint64_t expires_ns, interval_ns; } cpu_timer[2];	/* [s] VIRTUAL, PROF */
	struct list_head tracees;	/* [t] struct task_trace of threads our threads trace */
	int group_stop_sig;		/* [s] of the last group stop */
	struct list_head posix_timers;	/* [s] */
	int next_timer_id;		/* [s] */
	int oom_score_adj;		/* [o] */
	char *exe_path;			/* [o] for messages only */
	struct rcu_head rcu;
};

/* Field legend: [a] atomic, [l] lock, [I] immutable */
struct uts_ns {
	struct refcount refs;		/* [a] */
	struct spinlock lock;
	char nodename[65];		/* [l] */
	char domainname[65];		/* [l] */
	uint32_t inum;			/* [I] */
};

/* The one lock of the process tree. */
extern struct proc_tree {
	struct rwlock lock;
	unsigned nr_tasks;		/* [t] */
	unsigned max_tasks;		/* [I] set at boot from memory size */
	uint64_t forks;			/* [a] /proc/stat */
} proc_tree;

static inline struct task *task_of(struct thread *thread)
{
	return container_of(thread, struct task, thread);
}

#define current (task_of(arch_current()))

static inline bool task_is_leader(const struct task *t)
{
	return t->process->leader == t;
}

/* Numbers as the given viewer's namespace sees them. */
int task_tid(const struct task *t);			/* in its own namespace */
int task_tgid(const struct task *t);
int task_tid_in(const struct task *t, const struct pid_ns *ns);
int process_tgid_in(const struct process *p, const struct pid_ns *ns);
/* Of the parent: getppid(2). 0 for process 1, and when the parent is outside of ns. Under RCU or proc_tree.lock. */
int process_ppid_in(const struct process *p, const struct pid_ns *ns);

struct task *task_get(struct task *t);
void task_put(struct task *t);
/* The task with thread id nr (or process id: the leader) in ns, referenced; NULL: none. */
struct task *task_find(struct pid_ns *ns, int nr);
struct process *process_find(struct pid_ns *ns, int tgid);
struct process *process_get(struct process *p);
void process_put(struct process *p);

/* Recompute WORK_SYSCALL_SLOW: is anybody watching this task's system calls? (ptrace.c) */
void task_recalc_slow(struct task *t);

/* Soft limit, read without a lock. */
static inline uint64_t rlimit_cur(const struct process *p, unsigned which)
{
	return READ_ONCE(p->rlim[which].rlim_cur);
}

/* RLIMIT_NOFILE of the current process: descriptors are below it. */
static inline unsigned current_nofile(void)
{
	return (unsigned)rlimit_cur(current->process, RLIMIT_NOFILE);
}

/* p became a subreaper: its descendants are told. Takes the tree lock. */
void process_mark_subreaper(struct process *p);
/* Usage of a process: live threads, dead ones; caller holds proc_tree.lock for reading. */
void process_usage(struct process *p, struct proc_usage *out);

/* May `actor` look into or trace `target` (ptrace_may_access): 0 or -EPERM. */
int __must_check task_may_access(struct task *actor, struct task *target);

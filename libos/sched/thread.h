/* SPDX-License-Identifier: MIT */
/*
 * struct thread: what the scheduler schedules. proc/ embeds it in struct task; kernel threads are a bare one.
 *
 * Life:
 *	thread_init() -> THREAD_NEW -> thread_start() -> RUNNING <-> asleep (sync/block.h)
 *	  -> thread_exit(): state DEAD, last switch away -> on the next thread's stack: kernel stack and context
 *	     freed, the scheduler's reference dropped -> last thread_put(): release() after a grace period.
 *
 * Locking. `cpu`, `on_rq` and the scheduling entity belong to the run queue lock of the CPU the thread is on;
 * a sleeping thread belongs to the lock of the CPU it last ran on. `work` and `state`: sync/block.h.
 */
#pragma once

#include "arch/context.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/atomic.h"
#include "sync/block.h"
#include "sync/percpu.h"
#include "sync/rcu.h"

struct arch_mm;

#define THREAD_NAME_SIZE	16	/* comm: 15 bytes and NUL, as Linux */

/* Scheduling policies: numbers of the ABI (abi/sched.h). */
enum sched_policy {
	POLICY_NORMAL = 0,
	POLICY_FIFO = 1,
	POLICY_RR = 2,
	POLICY_BATCH = 3,
	POLICY_IDLE = 5,
};
#define NICE_MIN	(-20)
#define NICE_MAX	19
#define RT_PRIO_MAX	99		/* 1 (low) .. 99 (high) */

/* Field legend: [q] run-queue lock, [a] written under [q], read anywhere */
struct sched_entity {
	struct rb_node node;		/* [q] fair: in the tree by vruntime */
	struct list_head rt_link;	/* [q] rt: in the queue of its priority; dead: on the CPU's list to free */
	uint64_t vruntime;		/* [q] fair: weighted run time, ns */
	uint64_t slice_start_ns;	/* [q] sum_exec_ns when its slice began */
	uint64_t exec_start_ns;		/* [q] clock when run time was last accounted */
	uint64_t sum_exec_ns;		/* [a] time executed */
	uint64_t rt_since_ns;		/* [a] rt: sum_exec_ns when it last woke, or became real-time */
	uint32_t weight;		/* [q] fair: share by nice */
	uint32_t inv_weight;		/* [q] 2^32 / weight */
	bool queued;			/* [q] in the tree or list above: runnable, not running */
	int8_t nice;			/* [a] */
	uint8_t policy;			/* [a] enum sched_policy */
	uint8_t rt_prio;		/* [a] 1..99 for FIFO and RR, else 0 */
	uint8_t own_policy, own_prio;	/* [a] as it was set; policy and rt_prio are higher while it is boosted */
	uint8_t boost;			/* [q] inherited real-time priority; 0: none */
	bool reset_on_fork;		/* [a] SCHED_RESET_ON_FORK */
};

/*
 * What a thread collects to hand over at once (block/plug.h); handed over at the latest when it sleeps: flush() is
 * called by schedule(), on the sleeper, interrupts on; it may not sleep. Field legend: [I] immutable
 */
struct thread_plug {
	void (*flush)(struct thread_plug *plug);	/* [I] */
};

/* What a thread had read from disks, and made dirty to be written to them. Field legend: [c] own thread only */
struct thread_io {
	uint64_t read_bytes, write_bytes;	/* [c] */
};

/*
 * Field legend: [I] immutable after thread_start(), [q] run-queue lock, [c] own thread only, [a] atomic or
 * single-word reads by others, [r] freed by RCU
 */
struct thread {
	union {				/* first: sync/block.h finds it from the thread's address */
		struct blocker blocker;
		struct {		/* the same fields by their own names */
			uint32_t work;	/* [a] enum thread_work */
			uint32_t state;	/* [c][q] enum thread_state */
			uint32_t on_cpu;/* [q] executing now */
		};
	};
	uint32_t cpu;			/* [q][a] CPU it is on, or last was */
	uint8_t on_rq;			/* [q] on that CPU's run queue, running included */
	uint8_t migrating;		/* [q] between two run queues: vruntime is relative */
	bool yielded;			/* [q] rt: gave up its place at the head */
	bool woke;			/* [c] woke somebody since it was last judged */
	uint8_t sleeps_after_wake;	/* [c] 0..3: how often it slept soon after; balance.c */
	bool kernel;			/* [I] never returns to user mode */
	int pagefault_disabled;		/* [c] > 0: user copies do not sleep, they fail */
	void *journal_handle;		/* [c] fs/ext4: the innermost open handle; NULL: none */
	struct thread_plug *plug;	/* [c] NULL: nothing is held back */
	bool faulting;			/* [c] resolves a page fault: memory is for what cannot be refused */

	struct arch_thread arch;	/* [c] saved context */
	void *kstack;			/* [I] lowest address; NULL: the boot CPU's first stack */
	void *kstack_top;		/* [I] */
	/* Address space to activate; NULL: kernel thread, keeps what is loaded. [c], or not running */
	struct arch_mm *mm;

	struct sched_entity se;		/* [q] */
	cpumask_t allowed;		/* [q][a] CPUs it may run on */

	char name[THREAD_NAME_SIZE];	/* [a] NUL-terminated always */
	struct refcount refs;		/* [a] */
	/* Last reference gone, after a grace period: free what embeds the thread. */
	void (*release)(struct thread *t);	/* [I] */
	/*
	 * On each switch to (in = true) and away from the thread: rseq, ptrace, per-thread limits. NULL:
	 * none. Irqs off, rq lock held.
	 */
	void (*switched)(struct thread *t, bool in);	/* [c], or before it starts */
	struct rcu_head rcu;

	uint64_t user_sampled_ns;	/* [a] time between ticks, when the tick hit user mode */
	uint64_t system_sampled_ns;	/* [a] when it hit the kernel */
	uint64_t nvcsw, nivcsw;		/* [a] switches: voluntary, involuntary */
	struct thread_io io;		/* [c] */
	uint64_t minflt, majflt;	/* [c] page faults resolved from memory, and with I/O */
	uint64_t start_ns;		/* [I] clock_ns() at thread_start() */
	uint64_t tick_limit_ns;		/* [a] sum_exec_ns at which tick_expired() is called; 0: no CPU-time limit */
	void (*tick_expired)(struct thread *t);	/* [I] RLIMIT_CPU, CPU timers. Interrupt context, on its CPU. */
};
_Static_assert(offsetof(struct thread, blocker) == 0, "thread_blocker() relies on it");

static inline struct thread *current_thread(void)
{
	return arch_current();
}

/* How a new thread comes to be. */
struct thread_params {
	const char *name;
	bool kernel;
	void (*release)(struct thread *t);
	/* Policy, nice, affinity are inherited from; NULL: SCHED_OTHER, nice 0, all CPUs. */
	const struct thread *parent;
};

/*
 * Prepare *t (zeroed, or copied from another task's struct: every field is set here): kernel stack, defaults,
 * one reference for the caller and one for the scheduler. The caller then prepares t->arch with
 * arch_thread_init_kernel/_user(&t->arch, t->kstack_top, ...). Returns 0 or -ENOMEM. May sleep.
 */
int __must_check thread_init(struct thread *t, const struct thread_params *params);
/* Undo thread_init() of a thread that was never started (its arch context was not initialised, or is fini'd). */
void thread_fini(struct thread *t);
/* Let a prepared thread run. Context: any but interrupt. */
void thread_start(struct thread *t);
/*
 * End the current thread: it never runs again. Everything it owned was given up, its mm detached. What the
 * scheduler held (stack, FPU state, one reference) is freed after the switch away.
 */
__noreturn void thread_exit(void);

static inline void thread_get(struct thread *t)
{
	refcount_inc(&t->refs);
}
/* Drop a reference; the last one calls release() after a grace period. Any context. */
void thread_put(struct thread *t);
/*
 * Return addresses of a thread that sleeps, innermost first, at most max; it stays asleep meanwhile. 0: it runs, is
 * about to, or has ended.
 */
unsigned thread_sleeping_trace(struct thread *t, uintptr_t *pc, unsigned max);

/* Point the current thread at another address space (exec, exit: NULL) and load it. Interrupts on. */
void thread_set_mm(struct arch_mm *mm);

/* Set or clear WORK_* bits of any thread; set prods it if it is in user mode on another CPU. Any context. */
void thread_set_work(struct thread *t, uint32_t bits);
static inline void thread_clear_work(struct thread *t, uint32_t bits)
{
	atomic_word_clear(&t->work, bits);
}
static inline bool thread_has_work(const struct thread *t, uint32_t bits)
{
	return READ_ONCE(t->work) & bits;
}

/*
 * New or changed signal for t: set WORK_SIGNAL (fatal: and WORK_KILL) and wake it from the sleeps
 * that this ends (fatal: stopped and traced states too); or make it notice in user mode. Any context; t is
 * referenced.
 */
void thread_signal(struct thread *t, bool fatal);

void thread_set_name(struct thread *t, const char *name);
/* 'R', 'S', 'D', 'T', 't', 'Z'/'X' is proc's business, 'I' for an idle kernel thread: /proc/PID/stat. */
char thread_state_char(const struct thread *t);

/* User and system time in ns: exact sum, split by the ratio of accounting ticks. Any context. */
struct thread_times {
	uint64_t user_ns;
	uint64_t system_ns;
};
void thread_times(const struct thread *t, struct thread_times *out);
/* Exact time executed, the running stretch included. */
uint64_t thread_cpu_ns(const struct thread *t);

/* For back traces and gdb: kernel stack of a thread that is not running. */
static inline bool thread_on_stack(const struct thread *t, const void *p)
{
	return (const char *)p >= (const char *)t->kstack && (const char *)p < (const char *)t->kstack_top;
}

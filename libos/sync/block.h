/* SPDX-License-Identifier: MIT */
/*
 * How sync/ puts a thread to sleep and wakes it: declared here, provided by sched/ (the floor above).
 *
 * struct blocker is the head of struct thread, so that states and pending work are read without a call.
 *
 * States and who makes each transition:
 *
 *	          set_current_state()           schedule()
 *	RUNNING ----------------------> X ---------------------> X, off the run queue
 *	   ^                            |                              |
 *	   +----- thread_wake(t, X) ----+------------------------------+
 *
 * The rule against lost wake-ups: the sleeper sets its state (a full barrier) and then checks its condition;
 * the waker changes the condition and then calls thread_wake() (a full barrier before it reads the state).
 */
#pragma once

#include "arch/cpu.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/atomic.h"
#include "sync/lockdep.h"

struct thread;

enum thread_state {
	THREAD_RUNNING = 0,		/* running, or on a run queue */
	THREAD_INTERRUPTIBLE = 1 << 0,	/* asleep until woken or a signal is pending */
	THREAD_UNINTERRUPTIBLE = 1 << 1,/* asleep until woken */
	THREAD_WAKEKILL = 1 << 2,	/* with UNINTERRUPTIBLE: a fatal signal wakes too */
	THREAD_STOPPED = 1 << 3,	/* job control stop: SIGCONT or a fatal signal wakes */
	THREAD_TRACED = 1 << 4,		/* stopped for its tracer */
	THREAD_DEAD = 1 << 5,		/* will never run again */
	THREAD_NEW = 1 << 6,		/* not started yet */

	THREAD_KILLABLE = THREAD_UNINTERRUPTIBLE | THREAD_WAKEKILL,
	THREAD_NORMAL = THREAD_INTERRUPTIBLE | THREAD_UNINTERRUPTIBLE,
};
/* Beside the states given to a wake-up: the waker is about to sleep, so the woken thread had better run here. */
#define WAKE_SYNC	(1u << 31)

/* Things to do before the thread returns to user mode (user_exit_work()); tested there as one word. */
enum thread_work {
	WORK_RESCHED = 1 << 0,		/* another thread should run; also: RCU wants this CPU to pass by */
	WORK_SIGNAL = 1 << 1,		/* an unblocked signal is pending: ends interruptible sleeps */
	WORK_KILL = 1 << 2,		/* a fatal signal is pending: ends killable sleeps */
	WORK_NOTIFY = 1 << 3,		/* run task work (proc/) */
	WORK_STOP = 1 << 4,		/* job-control stop or ptrace stop requested */
	WORK_SYSCALL_EXIT = 1 << 5,	/* stop or trace at the end of this system call */
	WORK_RSEQ = 1 << 6,		/* restartable sequence: CPU number or preemption to publish */
	WORK_ARCH = 1 << 7,		/* the architecture's own (FPU registers to load): it deals with it itself */

	/* Not work but modes; not part of the loop at return (see WORK_EXIT_MASK). */
	WORK_SYSCALL_SLOW = 1 << 16,	/* trace=, ptrace or seccomp wants to see system calls */
};
#define WORK_EXIT_MASK	0xffffu

/* Field legend: [c] own thread, [a] atomic, [q] run-queue lock of the thread's CPU */
struct blocker {
	uint32_t work;			/* [a] enum thread_work */
	uint32_t state;			/* [c] sets; thread_wake() under [q] sets RUNNING */
	uint32_t on_cpu;		/* [q] 1 while executing; others: a hint, under RCU */
	uint16_t nr_held;		/* [c] lockdep: sleeping locks held */
	uint16_t rcu_depth;		/* [c] lockdep: rcu_read_lock() nesting */
	struct held_lock held[HELD_SLEEP_MAX];	/* [c] lockdep */
};

static inline struct blocker *thread_blocker(struct thread *t)
{
	return (struct blocker *)t;
}

static inline struct blocker *current_blocker(void)
{
	return thread_blocker(arch_current());
}

/* Set the current thread's state, with a full barrier after it. */
static inline void set_current_state(unsigned state)
{
	smp_store_mb(&current_blocker()->state, (uint32_t)state);
}

/* Back to RUNNING by oneself, no order needed. */
static inline void set_current_running(void)
{
	WRITE_ONCE(current_blocker()->state, THREAD_RUNNING);
}

/* Of the current thread; proc/ asks about any task with signal_pending(task). */
static inline bool thread_signal_pending(void)
{
	return unlikely(READ_ONCE(current_blocker()->work) & (WORK_SIGNAL | WORK_KILL));
}

static inline bool fatal_signal_pending(void)
{
	return unlikely(READ_ONCE(current_blocker()->work) & WORK_KILL);
}

/* True when a sleep in `state` is to end because of a signal of the current thread. */
static inline bool signal_pending_state(unsigned state)
{
	uint32_t work = READ_ONCE(current_blocker()->work);

	if (likely(!(work & (WORK_SIGNAL | WORK_KILL))))
		return false;
	if (state & THREAD_INTERRUPTIBLE)
		return true;
	return (state & (THREAD_WAKEKILL | THREAD_STOPPED | THREAD_TRACED)) && (work & WORK_KILL);
}

/* No deadline. */
#define WAIT_FOREVER	UINT64_MAX

/*
 * sched/sched.c: give up the CPU; returns when the current thread runs again. If its state is not RUNNING it
 * leaves the run queue (unless a signal that the state heeds is pending). Interrupts on, no spin lock held.
 */
void schedule(void);

/*
 * time/sleep.c: schedule(), but wake at `deadline_ns` (clock_ns() scale) at the latest. Returns false when
 * the deadline has passed. The state is RUNNING on return. Same context.
 */
bool schedule_until(uint64_t deadline_ns);

/*
 * sched/sched.c: make t runnable if its state is one of `states` (WAKE_SYNC may be added). Returns true if it was.
 * Full barrier before the state is read. Any context; takes run-queue locks. t must not go away: reference or RCU.
 */
bool thread_wake(struct thread *t, unsigned states);

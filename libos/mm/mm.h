/* SPDX-License-Identifier: MIT */
/*
 * mm: an address space: areas, page tables, counters.
 *
 * Locking. mm->lock (class "mmap", rwsem): faults, copies and look-ups hold it for reading, changes of areas for
 * writing. Page-table entries: the table page's ptl. See mm/pgtable.h for tables shared between address spaces.
 */
#pragma once

#include "arch/mmu.h"
#include "lib/compiler.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sched/thread.h"
#include "sync/rcu.h"
#include "sync/rwsem.h"

struct file;
struct vma;

#define MM_AUXV_WORDS	56

/* Limits of the process, kept up to date by proc/ (setrlimit). Bytes. */
struct mm_limits {
	uint64_t stack, data, as, memlock;
	bool randomize;			/* exec only: ASLR, as far as mm_random_level() has it */
	bool bottom_up;			/* exec only: new mappings go to the lowest gap of the upper two thirds */
};

enum mm_counter { MM_FILE, MM_ANON, MM_SHMEM, MM_COUNTERS };

/* Field legend: [I] immutable after exec, [m] lock, [a] atomic */
struct mm {
	struct arch_mm arch;
	struct refcount refs;		/* [a] tasks, and borrowers like /proc */
	int users;			/* [a] tasks running in it */
	struct rwsem lock;
	struct rb_root vmas;		/* [m] by address */
	struct vma *last_hit;		/* [a] hint for vma_find() */
	unsigned nr_vmas;		/* [m] */
	vaddr_t mmap_base;		/* [I] new mappings are placed below it; above it with limits.bottom_up */
	vaddr_t stack_top;		/* [I] */
	vaddr_t start_brk, brk;		/* [m] */
	vaddr_t start_code, end_code, start_data, end_data;	/* [I] */
	vaddr_t arg_start, arg_end, env_start, env_end;		/* [m] prctl may move them */
	unsigned long auxv[MM_AUXV_WORDS];	/* [I] */
	unsigned nr_auxv;		/* [I] words */
	int64_t rss[MM_COUNTERS];	/* [a] pages */
	uint64_t total_vm, data_vm, stack_vm, exec_vm, locked_vm;	/* [m] pages */
	int64_t committed;		/* [m] pages counted by mm/commit.h */
	uint64_t hiwater_rss, hiwater_vm;	/* [a] pages */
	uint64_t pgtable_pages;		/* [a] */
	uint32_t lock_future;		/* [m] VM_LOCKED bits new areas get (mlockall) */
	struct mm_limits limits;	/* [a] single words */
	struct file *exe;		/* [m] opaque; put through exe_put */
	void (*exe_put)(struct file *file);	/* [I] */
	struct file *(*exe_get)(struct file *file);	/* [I] */
	bool no_huge;			/* [a] PR_SET_THP_DISABLE: fork and exec keep it */
	uint8_t dumpable;		/* [a] enum dumpable (mm/dump.h) */
	unsigned dump_filter;		/* [a] enum dump_filter (mm/dump.h) */
	uint64_t membarrier_state;	/* [a] */
	struct aio_table *aio;		/* [a] contexts of ipc/aio.c; NULL: there never was one */
	void (*aio_free)(struct mm *mm);	/* [a] set before aio is */
	struct rcu_head rcu;		/* /proc finds it through tasks, without a lock */
};

/* An empty address space with one reference and one user; NULL: no memory. May sleep. */
struct mm *mm_create(void);
/* Share (CLONE_VM): one more reference and user. */
struct mm *mm_get(struct mm *mm);
/* A user leaves; the last one unmaps everything. May sleep. NULL is allowed. */
void mm_put(struct mm *mm);
/*
 * One more user, unless none is left (then false): for /proc, under RCU. mm_put() gives it back. mm_drop: the
 * struct only.
 */
bool __must_check mm_grab(struct mm *mm);
void mm_drop(struct mm *mm);
/* The address space a thread runs in; NULL: kernel thread. */
static inline struct mm *thread_mm(const struct thread *t)
{
	return t->mm ? container_of(t->mm, struct mm, arch) : NULL;
}

static inline int mm_users(const struct mm *mm) { return __atomic_load_n(&mm->users, __ATOMIC_RELAXED); }

/* fork: *out is a copy-on-write copy of mm. 0 or -ENOMEM. May sleep. */
int __must_check mm_fork(struct mm *mm, struct mm **out);

static inline void mm_read_lock(struct mm *mm) __acquires_shared(mm->lock) { down_read(&mm->lock); }
static inline void mm_read_unlock(struct mm *mm) __releases_shared(mm->lock) { up_read(&mm->lock); }
static inline void mm_write_lock(struct mm *mm) __acquires(mm->lock) { down_write(&mm->lock); }
static inline void mm_write_unlock(struct mm *mm) __releases(mm->lock) { up_write(&mm->lock); }

/* --- exec (mm_exec.c); the mm is the current one and nobody else's --- */
/* Choose stack top and mmap base. */
void mm_exec_layout(struct mm *mm, const struct mm_limits *limits);
/* Map the stack area. */
int __must_check mm_exec_stack(struct mm *mm, bool executable);
void mm_set_brk(struct mm *mm, vaddr_t end_of_bss);
void mm_set_code(struct mm *mm, vaddr_t start_code, vaddr_t end_code, vaddr_t start_data, vaddr_t end_data);
void mm_set_args(struct mm *mm, vaddr_t arg_start, vaddr_t arg_end, vaddr_t env_start, vaddr_t env_end);
void mm_set_auxv(struct mm *mm, const unsigned long *auxv, unsigned words);
static inline vaddr_t mm_stack_top(const struct mm *mm) { return mm->stack_top; }
/* kernel.randomize_va_space: 0 none, 1 all but the break, 2 all. For programs that start from now on. */
int mm_random_level(void);
void mm_set_random_level(int level);
static inline bool mm_randomize(const struct mm *mm) { return mm->limits.randomize; }

/* --- counters --- */
static inline void mm_count(struct mm *mm, enum mm_counter which, int64_t pages)
{
	__atomic_fetch_add(&mm->rss[which], pages, __ATOMIC_RELAXED);
}
unsigned long mm_huge_entries(void);		/* 2 MiB pages mapped, in all address spaces */
uint64_t mm_rss(const struct mm *mm);		/* pages resident now */
uint64_t mm_max_rss(const struct mm *mm);	/* pages, most ever */

/*
 * Read or write another process's memory (ptrace, /proc/PID/cmdline). Bytes done. FOLL force: ignore
 * protection. May sleep.
 */
size_t mm_access(struct mm *mm, vaddr_t addr, void *buf, size_t size, bool write, bool force);

/* Resolve a fault in any mm whose lock the caller holds for reading. As mm_fault() (arch/upcall.h). */
int __must_check mm_fault_locked(struct mm *mm, vaddr_t addr, unsigned access);

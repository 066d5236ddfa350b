/* SPDX-License-Identifier: MIT */
/*
 * Start-up order: init levels and the hooks that run in them.
 *
 * Model. A folder registers functions with INIT_HOOK(level, fn); core_start() runs the levels in order, and within a
 * level the hooks in link order, which nobody may rely on. Up to INIT_SCHED everything runs on the
 * boot CPU's first stack with interrupts off; from INIT_THREADS on, in the first kernel thread, where
 * hooks may sleep. At the end PID 1's program is started.
 *
 * A hook that fails returns -errno: logged with its name, and start-up goes on; a hook without which
 * nothing can go on panics by itself.
 *
 * In the hosted build the linker collects the same section; tests call init_run_level().
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

enum init_level {
	INIT_EARLY,		/* nothing but the early console, the log and the command line */
	INIT_MEMORY,		/* page allocator, slab: from its end on kmalloc() works (mm/ orders its own hooks) */
	INIT_IRQ,		/* interrupt controllers, clock, timer */
	INIT_SCHED,		/* run queues; ends with the switch to the first kernel thread */
	INIT_THREADS,		/* threads, timers, work queues, RCU work; interrupts are on */
	INIT_BUS,		/* ACPI tables, PCI, virtio transports are found */
	INIT_VFS,		/* dentry, inode, file caches; file systems register. Other CPUs are started */
	INIT_DEVICE,		/* drivers: block, console, random, net */
	INIT_NET,		/* protocols */
	INIT_LATE,		/* what needs drivers: root file system is found and mounted */
	INIT_LEVELS
};

/* Field legend: [I] immutable */
struct init_hook {
	int (*fn)(void);		/* [I] 0 or -errno */
	const char *name;		/* [I] */
	unsigned level;			/* [I] enum init_level */
};

/* At file scope. One per function. */
#define INIT_HOOK(level_, fn_)								\
	static const struct init_hook init_hook_##fn_					\
		__keep __section("init_hooks") __aligned(8) = { fn_, #fn_, (level_) }

/* Run all hooks of one level. The hosted tests' way in; the kernel goes through core_start(). */
void init_run_level(enum init_level level);

/* Level being run now, or INIT_LEVELS once start-up is over. Any context. */
enum init_level init_current_level(void);

/*
 * proc/ registers, at any level, what becomes PID 1: called in the first kernel thread after INIT_LATE. It
 * does not return.
 */
void init_set_user_start(void (*fn)(void));

struct boot_info;
/* What the machine handed over; valid for ever (the memory map and strings were copied). */
const struct boot_info *boot_info_get(void);
/* The archive handed over with the kernel: physical range, size 0 if there is none. */
void boot_initrd(paddr_t *start, size_t *size);
/* Physical address of the ACPI root pointer the loader found; 0: it did not look. */
paddr_t boot_rsdp(void);
/* The command line, as given. */
const char *boot_cmdline(void);

/*
 * Declared here, provided by sched/: make the caller the idle thread of CPU 0 and start fn(arg) as the
 * first kernel thread.
 */
__noreturn void sched_boot(void (*fn)(void *arg), void *arg);

/* SPDX-License-Identifier: MIT */
/*
 * The hosted machine, as tests and its own files see it. The model is in tests/host/README.md.
 *
 * A test of one subsystem calls host_machine_init() and then what it needs (init_run_level(), or the functions
 * under test). A test of the running kernel is a KTEST (tests/host/kernel.h).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct arch_regs;
struct boot_info;

/* Field legend: [I] given by the test before host_machine_init() */
struct host_options {
	size_t ram_size;		/* [I] bytes; 0: 64 MiB */
	unsigned nr_cpus;		/* [I] 0: 1 */
	uint64_t interleave_seed;	/* [I] not 0: CPUs take turns at random points, by this seed */
	const char *cmdline;		/* [I] NULL: "" */
};

/* Simulated RAM, CPUs, clock. Once per process. */
void host_machine_init(const struct host_options *options);
const struct boot_info *host_boot_info(void);
/* Start the kernel: core_start() on a context of its own. Does not return. */
__noreturn void host_boot(void);

/* --- Fibers: host contexts with stacks AddressSanitizer knows ------------------------------------ */

struct host_fiber *host_fiber_new(void (*entry)(void *arg), void *arg);
void host_fiber_free(struct host_fiber *fiber);
/* Suspend the context that runs as *from, and resume `to`. */
void host_fiber_switch(struct host_fiber *from, struct host_fiber *to);
/* A fiber for the context the program started with. */
struct host_fiber *host_fiber_adopt(void);

/* --- Devices and time ---------------------------------------------------------------------------- */

/* Call fn(arg) as an interrupt of CPU 0, delay_ns from now by the simulated clock. */
void host_event_after(uint64_t delay_ns, void (*fn)(void *arg), void *arg);
/* Move the clock on. Timers that fall due fire at the next point where interrupts are on. */
void host_clock_advance(uint64_t ns);
/* Give the running CPU's pending interrupts a chance, if its flag is on. */
void host_irq_poll(void);
/* Forget events, timers and the clock's value: between tests that do not boot. */
void host_clock_reset(void);

/* --- User programs ------------------------------------------------------------------------------- */

/*
 * What runs "in user mode": called with the user registers, it does what the program would do up to its next
 * system call, fills in nr and arg, and returns. regs->result then has the previous call's result.
 */
void host_set_user_program(void (*program)(struct arch_regs *regs));

/* Where a user address of the loaded address space lies in simulated RAM, or NULL. No fault is taken. */
void *host_user_ptr(vaddr_t addr, bool write);

void host_ram_init(size_t size);
void host_cpus_init(unsigned nr, uint64_t interleave_seed);
__noreturn void host_die(const char *why);

/* SPDX-License-Identifier: MIT */
/*
 * machine/percpu.h: what the CPU itself and the entry code need of each CPU, reached through GS.
 *
 * In kernel mode GS base is the CPU's per-CPU offset: %gs:symbol with the symbol's link address as displacement
 * is this CPU's copy of a per-CPU variable. `arch_cpu` is one such variable; entry code uses it by fixed offsets
 * (offsets.c). In user mode GS base is the program's, and MSR_KERNEL_GS_BASE holds the offset (swapgs).
 *
 * Field legend: [I] immutable once the CPU runs, [c] own CPU
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct thread;
struct arch_mm;
struct cpu_tables;

#define ARCH_CPU_ASIDS	6	/* address spaces whose translations one CPU keeps at a time */

/* Which address space a PCID of this CPU holds, and up to which of its flush generations. */
struct asid_slot {
	uint64_t ctx_id;		/* [c] 0: empty */
	uint64_t tlb_gen;		/* [c] */
};

struct arch_cpu {
	uintptr_t percpu_offset;	/* [I] */
	struct thread *current;		/* [c] */
	uintptr_t kstack_top;		/* [c] kernel stack of current: loaded by system-call entry */
	uintptr_t scratch;		/* [c] system-call entry only */
	struct thread *fpu_owner;	/* [c] thread whose state the FPU registers were last loaded from or saved to */
	uint32_t id;			/* [I] */
	uint32_t apic_id;		/* [I] */
	uint32_t irq_depth;		/* [c] nesting of hard interrupts */
	uint32_t asid;			/* [c] slot in force */
	uint32_t asid_next;		/* [c] slot to take next */
	bool lazy;			/* [c, read by others] loaded_mm is kept loaded but not in use */
	struct arch_mm *loaded_mm;	/* [c, read by others] NULL: the kernel's own root */
	struct asid_slot asids[ARCH_CPU_ASIDS];	/* [c] */
	struct cpu_tables *tables;	/* [I] */
	uint64_t irq_total;		/* [c] */
};

extern struct arch_cpu arch_cpu;	/* the template: only its address is used */

#define arch_cpu_read(field) __extension__ ({						\
	__typeof__(arch_cpu.field) v_;							\
	__asm__ __volatile__("mov %%gs:%P1, %0" : "=r"(v_) : "i"(&arch_cpu.field));	\
	v_; })

#define arch_cpu_write(field, value) do {						\
	__typeof__(arch_cpu.field) v_ = (value);					\
	__asm__ __volatile__("mov %0, %%gs:%P1" : : "r"(v_), "i"(&arch_cpu.field) : "memory"); \
} while (0)

/* Offset of each CPU's copy; 0 (the template itself, read only) for CPUs that were not found. [I] */
extern uintptr_t arch_percpu_offsets[];

static __always_inline uintptr_t arch_percpu_offset(void)
{
	return arch_cpu_read(percpu_offset);
}

static __always_inline uintptr_t arch_percpu_offset_of(unsigned cpu)
{
	return arch_percpu_offsets[cpu];
}

/* This CPU's struct arch_cpu. Valid while the caller stays on the CPU. */
static __always_inline struct arch_cpu *arch_this_cpu(void)
{
	return (struct arch_cpu *)((uintptr_t)&arch_cpu + arch_percpu_offset());
}

static __always_inline struct arch_cpu *arch_cpu_of(unsigned cpu)
{
	return (struct arch_cpu *)((uintptr_t)&arch_cpu + arch_percpu_offset_of(cpu));
}

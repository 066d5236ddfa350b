/* SPDX-License-Identifier: MIT */
/*
 * arch/boot.h: from firmware to core/init.c.
 *
 * Order: the entry code builds page tables (kernel image W^X, direct map of all RAM), per-CPU area, GDT, IDT,
 * early console, then calls core_start(boot_info) on the boot CPU's stack with interrupts off.
 * core/init.c then runs the init levels; the arch's own hooks register in those levels too.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "loader/boot_info.h"

/* Physical ranges the kernel image and the early tables occupy, so that mm/ keeps out of them. */
void arch_boot_reserved(void (*fn)(paddr_t base, size_t size, void *arg), void *arg);

/* Cycle counter at the kernel's first instruction: "kernel entry to PID 1" is measured from it. */
uint64_t arch_boot_cycles(void);
/* The same instant on the arch_clock_ns() scale (<= 0 ns is possible: clock started later). */
int64_t arch_boot_entry_ns(void);

/* Physical address of something in the kernel image (a static variable, embedded data). Any context. */
paddr_t arch_image_phys(const void *p);

/* Section bounds of the image, for W^X checks, symbol look-up and freeing. */
extern char __text_start[], __text_end[], __rodata_start[], __rodata_end[], __data_start[], __bss_end[];
extern char __percpu_start[], __percpu_end[];

/* SPDX-License-Identifier: MIT */
/* machine/trap.h: between the entry code in trap/ and C. */
#pragma once

#include "arch/regs.h"

#define TRAP_STUB_SIZE	16	/* known to entry.asm */

extern char trap_stubs[], syscall_entry[];

/* Called from entry.asm, interrupts off. */
void trap_handler(struct arch_regs *regs, unsigned vector, unsigned long error);
void irq_handler(struct arch_regs *regs, unsigned vector);
void paranoid_handler(struct arch_regs *regs, unsigned vector, unsigned long error);
/* Before returning to user mode with work pending; interrupts off on entry and return. */
void exit_to_user_work(struct arch_regs *regs);
/* IRETQ would fault: the address to return to is not canonical. Interrupts off on entry and return. */
void exit_bad_address(struct arch_regs *regs);

/* trap/extable.c: where to go on after a fault at ip, or 0. Any context. */
uintptr_t extable_find(uintptr_t ip);

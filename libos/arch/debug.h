/* SPDX-License-Identifier: MIT */
/*
 * arch/debug.h: last words.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct arch_regs;
struct thread;

/* Write to the early console (COM1, polled) whatever state the machine is in. Any context. */
void arch_early_write(const char *s, size_t n);

/* Return addresses of the current call chain, or of a thread that is not running (t), or from *regs. */
unsigned arch_backtrace(uintptr_t *pc, unsigned max, const struct thread *t, const struct arch_regs *regs);

/* The caller's registers as they are now; those a call may change hold what they happen to. Any context. */
void arch_regs_capture(struct arch_regs *out);

/* Registers as text, through emit(). */
void arch_regs_print(const struct arch_regs *regs, void (*emit)(const char *line));

/* End the machine. exit code: through isa-debug-exit (port 0xf4) when there is one and code != 0; then the
 * ACPI/keyboard/triple-fault ways. Never returns. Any context. */
__noreturn void arch_machine_halt(void);		/* stop, power stays on */
__noreturn void arch_machine_reset(void);
__noreturn void arch_machine_exit(unsigned code);	/* debug exit, else halt */

/* Software breakpoint for make gdb. */
void arch_breakpoint(void);

/* SPDX-License-Identifier: MIT */
/*
 * Last words, and what others add to them. panic() itself is declared in core/assert.h.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

struct arch_regs;
struct thread;

/* Print one line of a report to the consoles, whatever state they are in. In a panic or a warning only. */
void panic_line(const char *fmt, ...) __printf(1, 2);
/* Symbolised back trace of the caller (t and regs NULL), a stopped thread, or registers; through klog. */
void print_backtrace(const struct thread *t, const struct arch_regs *regs);

/* Something a folder wants to say in a panic (who runs, memory left). Called once, other CPUs stopped, irqs off. */
struct panic_note {
	const char *name;
	void (*print)(void);		/* uses panic_line() */
	struct list_head link;
};
void panic_note_register(struct panic_note *note);

/* True from the first panic on. */
bool panic_in_progress(void);

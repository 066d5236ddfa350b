/* SPDX-License-Identifier: MIT */
/*
 * Last words: panic, kernel faults, warnings, back traces, the stack protector's alarm.
 *
 * A panic stops the other CPUs, prints what is known, and ends the machine: through the debug exit device if
 * there is one (status 1), or as panic= says: seconds until reset; negative: at once; 0 (default): exit or halt.
 * A panic inside a panic ends the machine at once.
 */
#include "core/panic.h"

#include "arch/boot.h"
#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/debug.h"
#include "arch/irq.h"
#include "arch/smp.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "core/cmdline.h"
#include "core/ksyms.h"
#include "core/log.h"
#include "lib/format.h"
#include "sync/atomic.h"
#include "sync/context.h"
#include "trace/trace.h"

#define FRAMES_MAX	24
#define TRACE_LAST	24	/* records of each CPU's flight recorder to print */

/* Field legend: [a] atomic, [o] the panicking CPU */
static struct {
	uint32_t cpu;			/* [a] panicking CPU + 1; 0: none */
	int reset_seconds;		/* [o] panic= */
	struct list_head notes;		/* [o] */
	const struct arch_regs *regs;	/* [o] of the fault that led here */
} last = { .notes = LIST_HEAD_INIT(last.notes) };
CMDLINE_INT_OPTION(panic, "panic", &last.reset_seconds,
		   "seconds from a panic to a reset; 0: halt; negative: at once");

/*
 * The stack protector: compiled code compares with the guard, which the architecture's entry code makes
 * random, and calls the second when a frame was overrun.
 */
uintptr_t __stack_chk_guard = 0x5bd1e995a7c3f000UL;
__noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
	panic("stack overrun in the function that returns to %p", __builtin_return_address(0));
}

void panic_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvlog(KLOG_EMERG, fmt, ap);
	va_end(ap);
}

static void emit_line(const char *line)
{
	panic_line("%s", line);
}

static void print_frame(unsigned nr, uintptr_t pc)
{
	char name[KSYM_NAME_MAX];
	uintptr_t offset;

	/* A return address may lie behind the last instruction of a caller that does not expect to return. */
	if (ksym_lookup(pc - 1, name, sizeof(name), &offset))
		panic_line("  #%u %#lx %s+%#lx", nr, pc, name, offset + 1);
	else
		panic_line("  #%u %#lx", nr, pc);
}

void print_backtrace(const struct thread *t, const struct arch_regs *regs)
{
	uintptr_t pc[FRAMES_MAX];
	unsigned n = arch_backtrace(pc, FRAMES_MAX, t, regs);

	for (unsigned i = 0; i < n; i++)
		print_frame(i, pc[i]);
}

void panic_note_register(struct panic_note *note)
{
	list_add_tail(&note->link, &last.notes);
}

bool panic_in_progress(void)
{
	return READ_ONCE(last.cpu) != 0;
}

static __noreturn void panic_end(void)
{
	uint64_t until = arch_clock_ns() + (uint64_t)last.reset_seconds * 1000000000UL;

	if (last.reset_seconds == 0)
		arch_machine_exit(1);
	while (last.reset_seconds > 0 && arch_clock_ns() < until)
		arch_cpu_relax();
	arch_machine_reset();
}

/* Become the one that panics. Others wait here to be stopped; the same CPU again gives up. */
static void panic_enter(void)
{
	uint32_t me = arch_cpu_id() + 1, none = 0;

	arch_irq_disable();
	if (try_cmpxchg(&last.cpu, &none, me)) {
		arch_ipi_others(IPI_STOP);
		log_enter_panic();
		return;
	}
	if (none == me)
		arch_machine_exit(2);
	for (;;)
		arch_cpu_relax();
}

/* regs: of the fault, or where panic() was called. */
static __noreturn __cold void panic_report(const char *message, const struct arch_regs *regs)
{
	struct panic_note *note;

	panic_line("Kernel panic: %s", message);
	panic_line("cpu %u%s", arch_cpu_id(), in_irq() ? ", in an interrupt" : "");
	arch_regs_print(regs, emit_line);
	panic_line("Back trace:");
	print_backtrace(NULL, last.regs);
	list_for_each_entry(note, &last.notes, link)
		note->print();
	panic_line("Last events:");
	trace_dump(TRACE_LAST, emit_line);
	panic_line("---- end of panic ----");
	panic_end();
}

void panic(const char *fmt, ...)
{
	static char message[320];
	static struct arch_regs regs;
	va_list ap;

	panic_enter();
	arch_regs_capture(&regs);
	va_start(ap, fmt);
	kvscnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	panic_report(message, &regs);
}

void kernel_fault(struct arch_regs *regs, const char *what, unsigned long addr, unsigned long error)
{
	static char message[160];

	panic_enter();
	last.regs = regs;
	kscnprintf(message, sizeof(message), "%s, address %#lx, error code %#lx, at %#lx", what, addr, error,
		   arch_regs_ip(regs));
	panic_report(message, regs);
}

void verify_failed(const char *expr, const char *file, int line)
{
	panic("%s:%d: failed: %s", file, line, expr);
}

void verify_op_failed(const char *expr, unsigned long a, unsigned long b, const char *file)
{
	panic("%s: failed: %s (%#lx, %#lx)", file, expr, a, b);
}

void warn_at(const char *expr, const char *file, int line)
{
	klog(KLOG_ERR, "WARNING: %s:%d: %s", file, line, expr);
	print_backtrace(NULL, NULL);
}

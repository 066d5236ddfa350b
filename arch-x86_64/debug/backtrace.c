/* SPDX-License-Identifier: MIT */
/* Call chains by frame pointer, and registers as text. Reads only memory that is certainly mapped. */
#include "arch/debug.h"

#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "lib/format.h"
#include "machine/boot.h"
#include "machine/msr.h"
#include "machine/trap.h"
#include "sched/thread.h"

struct frame {
	const struct frame *up;
	uintptr_t ret;
};

static bool in_text(uintptr_t pc)
{
	return pc >= (uintptr_t)__text_start && pc < (uintptr_t)__text_end;
}

/* Frames lie on one stack, each above the one before: [low, end). */
static bool frame_ok(const struct frame *f, uintptr_t low, uintptr_t end)
{
	uintptr_t at = (uintptr_t)f;

	return at >= low && at < end && !(at & 7) && at >= ARCH_DIRECT_MAP &&
	       (at & (PAGE_SIZE - 1)) <= PAGE_SIZE - sizeof(*f);
}

static unsigned walk(uintptr_t *pc, unsigned n, unsigned max, const struct frame *f, uintptr_t end)
{
	uintptr_t low = (uintptr_t)f;

	while (n < max && frame_ok(f, low, end) && in_text(f->ret)) {
		pc[n++] = f->ret;
		if (f->up <= f)
			break;
		f = f->up;
	}
	return n;
}

/* switch_stacks() left r15 r14 r13 r12 rbx rbp ret at ksp. */
static unsigned walk_switched(uintptr_t *pc, unsigned max, const struct thread *t)
{
	const uintptr_t *sp = (const uintptr_t *)t->arch.ksp;

	if (!sp || !max)
		return 0;
	pc[0] = sp[6];
	return walk(pc, 1, max, (const struct frame *)sp[5],
		    t->kstack_top ? (uintptr_t)t->kstack_top : sp[5] + ARCH_KSTACK_SIZE);
}

unsigned arch_backtrace(uintptr_t *pc, unsigned max, const struct thread *t, const struct arch_regs *regs)
{
	if (regs) {
		if (!max || arch_regs_user(regs))
			return 0;
		pc[0] = regs->ip;
		return walk(pc, 1, max, (const struct frame *)regs->bp, regs->bp + 2 * ARCH_KSTACK_SIZE);
	}
	if (t && t != arch_current())
		return walk_switched(pc, max, t);
	return walk(pc, 0, max, __builtin_frame_address(0),
		    (uintptr_t)__builtin_frame_address(0) + 2 * ARCH_KSTACK_SIZE);
}

void arch_regs_print(const struct arch_regs *regs, void (*emit)(const char *line))
{
	char line[120];

	ksnprintf(line, sizeof(line), "RIP %016lx CS %02lx RFLAGS %08lx RSP %016lx SS %02lx", regs->ip, regs->cs,
		 regs->flags, regs->sp, regs->ss);
	emit(line);
	ksnprintf(line, sizeof(line), "RAX %016lx RBX %016lx RCX %016lx RDX %016lx", regs->ax, regs->bx, regs->cx,
		 regs->dx);
	emit(line);
	ksnprintf(line, sizeof(line), "RSI %016lx RDI %016lx RBP %016lx ORIG %016lx", regs->si, regs->di, regs->bp,
		 regs->orig_ax);
	emit(line);
	ksnprintf(line, sizeof(line), "R8  %016lx R9  %016lx R10 %016lx R11 %016lx", regs->r8, regs->r9, regs->r10,
		 regs->r11);
	emit(line);
	ksnprintf(line, sizeof(line), "R12 %016lx R13 %016lx R14 %016lx R15 %016lx", regs->r12, regs->r13, regs->r14,
		 regs->r15);
	emit(line);
	ksnprintf(line, sizeof(line), "CR2 %016lx CR3 %016lx GS  %016lx CPU %u", read_cr2(), read_cr3(),
		 (unsigned long)rdmsr(MSR_GS_BASE), arch_cpu_id());
	emit(line);
}

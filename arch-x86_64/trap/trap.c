/* SPDX-License-Identifier: MIT */
/*
 * Exceptions: what each becomes.
 *
 *   from user mode     a page fault goes to mm_fault(); what that refuses, and everything else, becomes the signal,
 *                      code and address Linux gives (table below; checked on Linux by tests/contract/fault/)
 *   from kernel mode   a page fault on user memory at an instruction of the fault table goes to mm_fault(), and when
 *                      refused continues at the table's fix-up; anything else is a bug: kernel_fault()
 *
 * Exceptions in user mode run with interrupts on once the processor's registers (CR2, DR6) have been read.
 */
#include "machine/trap.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/mmu.h"
#include "arch/upcall.h"
#include "machine/apic.h"
#include "machine/debugreg.h"
#include "machine/desc.h"
#include "machine/fpu.h"
#include "machine/msr.h"
#include "machine/trap.h"
#include "sched/thread.h"

#define PF_PRESENT	0x01
#define PF_WRITE	0x02
#define PF_USER		0x04
#define PF_RESERVED	0x08
#define PF_FETCH	0x10

#ifndef SI_KERNEL
#define SI_KERNEL	0x80	/* kernel-internal in some header versions */
#endif

/* Where si_addr comes from. */
enum fault_addr { ADDR_NONE, ADDR_IP };

struct trap_signal {
	const char *name;
	uint8_t signo, code, addr;
};

/* User-mode exceptions that need no decoding. signo 0: handled elsewhere or never seen. */
static const struct trap_signal trap_signals[32] = {
	[X86_TRAP_DE] = { "divide error", SIGFPE, FPE_INTDIV, ADDR_IP },
	[X86_TRAP_BP] = { "breakpoint", SIGTRAP, SI_KERNEL, ADDR_NONE },
	[X86_TRAP_OF] = { "overflow", SIGSEGV, SI_KERNEL, ADDR_NONE },
	[X86_TRAP_BR] = { "bounds", SIGSEGV, SI_KERNEL, ADDR_NONE },
	[X86_TRAP_UD] = { "invalid opcode", SIGILL, ILL_ILLOPN, ADDR_IP },
	[X86_TRAP_TS] = { "invalid TSS", SIGSEGV, SI_KERNEL, ADDR_NONE },
	[X86_TRAP_NP] = { "segment not present", SIGBUS, SI_KERNEL, ADDR_NONE },
	[X86_TRAP_SS] = { "stack segment", SIGBUS, SI_KERNEL, ADDR_NONE },
	[X86_TRAP_GP] = { "general protection", SIGSEGV, SI_KERNEL, ADDR_NONE },
	[X86_TRAP_AC] = { "alignment check", SIGBUS, BUS_ADRALN, ADDR_NONE },
};

static const char *trap_name(unsigned vector)
{
	switch (vector) {
	case X86_TRAP_DB: return "debug exception";
	case X86_TRAP_NMI: return "non-maskable interrupt";
	case X86_TRAP_NM: return "device not available";
	case X86_TRAP_DF: return "double fault";
	case X86_TRAP_PF: return "page fault";
	case X86_TRAP_MF: return "x87 error";
	case X86_TRAP_MC: return "machine check";
	case X86_TRAP_XM: return "SIMD error";
	default:
		return vector < 32 && trap_signals[vector].name ? trap_signals[vector].name : "unknown exception";
	}
}

/* Record what ucontext and trace=fault show, then let proc/ deliver. Interrupts on. */
static void raise(struct arch_regs *regs, const struct arch_fault *fault)
{
	struct arch_thread *at = &current_thread()->arch;

	at->trap_nr = fault->trapno;
	at->trap_error = fault->error_code;
	user_fault(regs, fault);
}

static void raise_simple(struct arch_regs *regs, unsigned vector, unsigned long error)
{
	const struct trap_signal *s = &trap_signals[vector];
	struct arch_fault fault = {
		.signo = s->signo, .code = s->code, .trapno = vector, .error_code = error,
		.addr = s->addr == ADDR_IP ? regs->ip : 0,
	};

	if (!s->signo)
		kernel_fault(regs, trap_name(vector), regs->ip, error);
	raise(regs, &fault);
}

/* --- Page faults --- */

static unsigned fault_flags(unsigned long error)
{
	return (error & PF_WRITE ? FAULT_WRITE : 0) | (error & PF_FETCH ? FAULT_EXEC : 0) |
	       (error & PF_USER ? FAULT_USER : 0) | (error & PF_PRESENT ? FAULT_PRESENT : 0);
}

static void user_page_fault(struct arch_regs *regs, vaddr_t addr, unsigned long error)
{
	struct arch_fault fault = { .signo = SIGSEGV, .code = SEGV_MAPERR, .addr = addr, .trapno = X86_TRAP_PF };
	int r = -EFAULT;

	if (likely(addr < ARCH_USER_MAX))
		r = mm_fault(addr, fault_flags(error), regs);
	else
		error |= PF_PRESENT;	/* as Linux: says nothing about what the kernel has mapped */
	if (likely(r == 0) || r == -EINTR || r == -ENOMEM)
		return;
	if (r == -EACCES) {
		fault.code = SEGV_ACCERR;
	} else if (r == -EIO) {
		fault.signo = SIGBUS;
		fault.code = BUS_ADRERR;
	}
	fault.error_code = error;
	current_thread()->arch.trap_addr = addr;
	raise(regs, &fault);
}

/* Returns true when the fault was resolved or a fix-up taken. Interrupts off on entry and return. */
static bool kernel_page_fault(struct arch_regs *regs, vaddr_t addr, unsigned long error)
{
	uintptr_t fixup = extable_find(regs->ip);

	if (!fixup || addr >= ARCH_USER_MAX || (error & PF_RESERVED))
		return false;
	if (regs->flags & FLAGS_IF) {
		int r;

		arch_irq_enable();
		r = mm_fault(addr, fault_flags(error), regs);
		arch_irq_disable();
		if (r == 0)
			return true;
	}
	regs->ip = fixup;
	return true;
}

static void page_fault(struct arch_regs *regs, unsigned long error)
{
	vaddr_t addr = read_cr2();

	if (arch_regs_user(regs) && !(error & PF_RESERVED)) {
		arch_irq_enable();
		user_page_fault(regs, addr, error);
		return;
	}
	if (!kernel_page_fault(regs, addr, error))
		kernel_fault(regs, error & PF_RESERVED ? "corrupt page table" : "page fault", addr, error);
}

/* --- Floating point: x87 and SSE status bits, lowest first, to si_code, as Linux orders them. --- */

static int fpe_code(unsigned pending)
{
	if (pending & 0x01)
		return FPE_FLTINV;
	if (pending & 0x04)
		return FPE_FLTDIV;
	if (pending & 0x08)
		return FPE_FLTOVF;
	if (pending & 0x12)		/* denormal operand, underflow */
		return FPE_FLTUND;
	if (pending & 0x20)
		return FPE_FLTRES;
	return 0;
}

static void float_fault(struct arch_regs *regs, unsigned vector)
{
	struct arch_fault fault = { .signo = SIGFPE, .addr = regs->ip, .trapno = vector };

	fault.code = fpe_code(fpu_pending_exceptions(vector == X86_TRAP_XM));
	arch_irq_enable();
	if (fault.code)			/* else somebody has already cleared it */
		raise(regs, &fault);
}

/* --- Debug exceptions --- */

static unsigned long dr6_take(void)
{
	unsigned long dr6;

	__asm__ __volatile__("mov %%dr6, %0" : "=r"(dr6));
	__asm__ __volatile__("mov %0, %%dr6" : : "r"(DR6_CLEAR));
	return dr6 ^ DR6_CLEAR;
}

/* RF: or the instruction would hit its own breakpoint again when it is gone back to. */
static void step_over_breakpoint(struct arch_regs *regs, unsigned long dr6, unsigned long dr7)
{
	for (unsigned n = 0; n < 4; n++) {
		if ((dr6 >> n & 1) && dr7_executes(dr7, n))
			regs->flags |= FLAGS_RF;
	}
}

static void debug_fault(struct arch_regs *regs)
{
	struct arch_thread *at = &current_thread()->arch;
	unsigned long dr6 = dr6_take();
	struct arch_fault fault = { .signo = SIGTRAP, .addr = regs->ip, .trapno = X86_TRAP_DB };

	at->dr6 = dr6;
	if (at->dr7)
		step_over_breakpoint(regs, dr6, at->dr7);
	fault.code = dr6 & DR6_BREAKPOINTS ? TRAP_HWBKPT : dr6 & DR6_STEP ? TRAP_TRACE : TRAP_BRKPT;
	arch_irq_enable();
	raise(regs, &fault);
}

static void user_trap(struct arch_regs *regs, unsigned vector, unsigned long error)
{
	switch (vector) {
	case X86_TRAP_DB:
		debug_fault(regs);
		return;
	case X86_TRAP_MF:
	case X86_TRAP_XM:
		float_fault(regs, vector);
		return;
	case X86_TRAP_NMI:
		paranoid_handler(regs, vector, error);
		return;
	default:
		arch_irq_enable();
		raise_simple(regs, vector, error);
	}
}

void trap_handler(struct arch_regs *regs, unsigned vector, unsigned long error)
{
	uintptr_t fixup;

	if (likely(vector == X86_TRAP_PF)) {
		page_fault(regs, error);
		return;
	}
	if (arch_regs_user(regs)) {
		user_trap(regs, vector, error);
		return;
	}
	fixup = extable_find(regs->ip);
	if (!fixup)
		kernel_fault(regs, trap_name(vector), regs->ip, error);
	regs->ip = fixup;
}

/* On an IST stack, in kernel mode (or an NMI from user mode). Takes no lock, resolves nothing. */
void paranoid_handler(struct arch_regs *regs, unsigned vector, unsigned long error)
{
	if (vector == X86_TRAP_NMI) {
		nmi_handler(regs);
		return;
	}
	if (vector == X86_TRAP_DB) {
		/* A step or user breakpoint that hit in entry code: not the kernel's affair. */
		dr6_take();
		regs->flags &= ~FLAGS_TF;
		return;
	}
	kernel_fault(regs, trap_name(vector), vector == X86_TRAP_DF ? read_cr2() : regs->ip, error);
}

void exit_bad_address(struct arch_regs *regs)
{
	arch_irq_enable();
	raise_simple(regs, X86_TRAP_GP, 0);
	arch_irq_disable();
}

void exit_to_user_work(struct arch_regs *regs)
{
	struct thread *t = current_thread();
	uint32_t work;

	while ((work = READ_ONCE(t->blocker.work) & WORK_EXIT_MASK)) {
		if (work == WORK_ARCH)
			fpu_restore_current();
		else
			user_exit_work(regs);
	}
}

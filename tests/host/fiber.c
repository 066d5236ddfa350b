/* SPDX-License-Identifier: MIT */
/*
 * Fibers and the context part of the contract (arch/context.h).
 *
 * A kernel thread runs on a host stack of FIBER_STACK bytes with a guard page, not on its kernel stack:
 * sanitized code and libc need more room. The kernel stack's top still holds the user registers. Every switch
 * tells AddressSanitizer which stack is in use next. Its own swapcontext() does not know that: it maps the shadow of
 * the whole stack anew at each switch, which was half of what hosted tests took. So libc's is called.
 */
#include "host.h"

#include "abi/errno.h"
#include "arch/context.h"
#include "arch/irq.h"
#include "arch/mmu.h"
#include "arch/upcall.h"
#include "sched/thread.h"

#include <dlfcn.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define FIBER_STACK	(512UL << 10)

struct host_fiber {
	ucontext_t context;
	void *stack;			/* NULL: adopted */
	const void *stack_low;		/* what AddressSanitizer is told */
	size_t stack_size;
	void *fake_stack;		/* AddressSanitizer's, while suspended */
	void (*entry)(void *arg);
	void *arg;
};

static struct {
	struct host_fiber *from;	/* who switched to the fiber that runs */
	struct thread *prev;		/* thread that ran before, across arch_thread_switch() */
	void (*program)(struct arch_regs *regs);
	int (*swapcontext)(ucontext_t *from, const ucontext_t *to);	/* libc's swapcontext() */
} fibers;

/* Linked only when the kernel's scheduler is. */
__weak void sched_thread_start(struct thread *prev);
__weak void syscall_enter(struct arch_regs *regs);
__weak void user_exit_work(struct arch_regs *regs);

/* Until syscall/ has one. */
void syscall_enter_slow(struct arch_regs *regs);
__weak void syscall_enter_slow(struct arch_regs *regs)
{
	(void)regs;
	host_die("syscall_enter_slow() is not there yet");
}

/* First thing after a switch, on the stack switched to. */
static void fiber_arrived(struct host_fiber *self)
{
	const void *low;
	size_t size;

	__sanitizer_finish_switch_fiber(self->fake_stack, &low, &size);
	if (fibers.from && !fibers.from->stack) {	/* learn the adopted context's stack */
		fibers.from->stack_low = low;
		fibers.from->stack_size = size;
	}
}

static void fiber_main(unsigned low, unsigned high)
{
	struct host_fiber *self = (struct host_fiber *)((uintptr_t)high << 32 | low);

	fiber_arrived(self);
	self->entry(self->arg);
	host_die("a fiber's entry function returned");
}

struct host_fiber *host_fiber_new(void (*entry)(void *arg), void *arg)
{
	struct host_fiber *f = calloc(1, sizeof(*f));
	uintptr_t self = (uintptr_t)f;
	void *area;

	area = mmap(NULL, FIBER_STACK + PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!f || area == MAP_FAILED || mprotect(area, PAGE_SIZE, PROT_NONE))
		host_die("no memory for a fiber");
	f->stack = area;
	f->stack_low = (char *)area + PAGE_SIZE;
	f->stack_size = FIBER_STACK;
	f->entry = entry;
	f->arg = arg;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = (char *)area + PAGE_SIZE;
	f->context.uc_stack.ss_size = FIBER_STACK;
	makecontext(&f->context, (void (*)(void))(void *)fiber_main, 2, (unsigned)self, (unsigned)(self >> 32));
	return f;
}

struct host_fiber *host_fiber_adopt(void)
{
	struct host_fiber *f = calloc(1, sizeof(*f));

	if (!f)
		host_die("no memory for a fiber");
	return f;
}

void host_fiber_free(struct host_fiber *f)
{
	if (f->stack) {
		ASAN_UNPOISON_MEMORY_REGION(f->stack_low, f->stack_size);
		munmap(f->stack, FIBER_STACK + PAGE_SIZE);
	}
	free(f);
}

static void find_swapcontext(void)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), *symbol = libc ? dlsym(libc, "swapcontext") : NULL;

	fibers.swapcontext = swapcontext;
	if (symbol)
		memcpy(&fibers.swapcontext, &symbol, sizeof(symbol));
}

void host_fiber_switch(struct host_fiber *from, struct host_fiber *to)
{
	if (from == to)
		return;
	if (!fibers.swapcontext)
		find_swapcontext();
	fibers.from = from;
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack_low, to->stack_size);
	if (fibers.swapcontext(&from->context, &to->context))
		host_die("swapcontext failed");
	fiber_arrived(from);
}

/* --- arch/context.h ---------------------------------------------------------------------------- */

struct kernel_entry {
	void (*fn)(void *arg);
	void *arg;
};

static void kernel_thread_main(void *arg)
{
	struct kernel_entry entry = *(struct kernel_entry *)arg;

	free(arg);
	if (sched_thread_start)
		sched_thread_start(fibers.prev);
	entry.fn(entry.arg);
	host_die("a kernel thread's entry function returned");
}

void arch_thread_init_kernel(struct arch_thread *at, void *stack_top, void (*entry)(void *), void *arg)
{
	struct kernel_entry *start = malloc(sizeof(*start));

	(void)stack_top;
	if (!start)
		host_die("no memory for a thread");
	*start = (struct kernel_entry){ entry, arg };
	*at = (struct arch_thread){ .fiber = host_fiber_new(kernel_thread_main, start) };
}

/* User mode: the test's program runs to its next system call, the kernel serves it, pending work is done. */
static __noreturn void user_loop(struct arch_regs *regs)
{
	struct thread *t = arch_current();

	for (;;) {
		arch_irq_disable();
		while (READ_ONCE(t->work) & WORK_EXIT_MASK)
			user_exit_work(regs);
		arch_irq_enable();
		if (!fibers.program)
			host_die("a user thread, but no host_set_user_program()");
		regs->user = true;
		fibers.program(regs);
		syscall_enter(regs);
	}
}

static void user_thread_main(void *arg)
{
	sched_thread_start(fibers.prev);
	user_loop(arg);
}

struct arch_regs *arch_user_regs(void *kernel_stack_top)
{
	return (struct arch_regs *)((uintptr_t)kernel_stack_top - sizeof(struct arch_regs));
}

int arch_thread_init_user(struct arch_thread *at, void *stack_top, const struct arch_regs *regs,
			  const struct arch_thread *from)
{
	struct arch_regs *own = arch_user_regs(stack_top);

	*own = *regs;
	own->result = 0;
	*at = (struct arch_thread){ .fs_base = from ? from->fs_base : 0 };
	at->fiber = host_fiber_new(user_thread_main, own);
	return 0;
}

void arch_thread_fini(struct arch_thread *at)
{
	if (at->fiber)
		host_fiber_free(at->fiber);
	at->fiber = NULL;
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	if (!prev->arch.fiber)		/* the boot or an idle thread: it is what the CPU runs */
		prev->arch.fiber = host_cpu->fiber;
	fibers.prev = prev;
	host_cpu->current = next;
	host_cpu->fiber = next->arch.fiber;
	host_fiber_switch(prev->arch.fiber, next->arch.fiber);
	return fibers.prev;
}

void arch_thread_reset(struct arch_thread *at)
{
	at->fs_base = 0;
}

int arch_set_tls(struct arch_thread *at, unsigned long base)
{
	if (base >= ARCH_USER_MAX)
		return -EPERM;
	at->fs_base = base;
	return 0;
}

long arch_prctl(int code, unsigned long addr)
{
	(void)code;
	(void)addr;
	return -EINVAL;
}

size_t arch_fpu_size(void)
{
	return 0;
}

int arch_fpu_get(struct thread *t, void *buf, size_t size)
{
	(void)t;
	memset(buf, 0, size);
	return 0;
}

int arch_fpu_set(struct thread *t, const void *buf, size_t size)
{
	(void)t;
	(void)buf;
	return size ? -EINVAL : 0;
}

void arch_enter_user(void)
{
	user_loop(arch_user_regs(arch_current()->kstack_top));
}

bool arch_stack_ok(const struct thread *t)
{
	(void)t;
	return true;
}

void host_set_user_program(void (*program)(struct arch_regs *regs))
{
	fibers.program = program;
}

void arch_regs_start(struct arch_regs *regs, unsigned long ip, unsigned long sp)
{
	*regs = (struct arch_regs){ .ip = ip, .sp = sp, .nr = -1, .user = true };
}

/* SPDX-License-Identifier: MIT */
/*
 * Thread contexts: made, switched, reset, freed.
 *
 * A kernel stack, high to low: register frame (user threads; struct arch_regs at the very top), then what the
 * kernel has pushed, then while switched out the words drawn in switch.asm, where arch.ksp points.
 */
#include "arch/context.h"

#include "abi/errno.h"
#include "abi/prctl.h"
#include "abi/unistd.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "lib/string.h"
#include "machine/debugreg.h"
#include "machine/desc.h"
#include "machine/features.h"
#include "machine/fpu.h"
#include "machine/msr.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "core/assert.h"
#include "core/init.h"
#include "sched/thread.h"

_Static_assert(__NR_restart_syscall == X86_NR_RESTART_SYSCALL, "machine/regs.h");

/* What switch_stacks() pops. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, bx, bp, ip;
};

extern char thread_user_start[], thread_kernel_start[];
struct thread *switch_stacks(uintptr_t *save, uintptr_t load, struct thread *prev);

static struct {
	struct kmem_cache *fpu_cache;	/* [I] */
} context;

static DEFINE_PER_CPU(unsigned long, loaded_gs_base);	/* [c] user GS base last loaded or seen */

static int context_init(void)
{
	context.fpu_cache = kmem_cache_create("fpu", x86.fpu_size, 64);
	if (!context.fpu_cache)
		panic("no memory for the FPU image cache");
	return 0;
}
INIT_HOOK(INIT_IRQ, context_init);

struct arch_regs *arch_user_regs(void *kernel_stack_top)
{
	return (struct arch_regs *)kernel_stack_top - 1;
}

static void push_frame(struct arch_thread *at, void *below, const struct switch_frame *frame)
{
	struct switch_frame *f = (struct switch_frame *)below - 1;

	*f = *frame;
	at->ksp = (uintptr_t)f;
}

void arch_thread_init_kernel(struct arch_thread *at, void *stack_top, void (*entry)(void *), void *arg)
{
	const struct switch_frame frame = {
		.ip = (uint64_t)thread_kernel_start, .bx = (uint64_t)entry, .r12 = (uint64_t)arg,
	};

	*at = (struct arch_thread){ .fpu_cpu = ARCH_FPU_NOWHERE };
	/* 16 bytes off the top: the stack is aligned for a call when the start routine runs. */
	push_frame(at, (char *)stack_top, &frame);
}

/* User TLS bases: with FSGSBASE the program may have changed them by itself. */
static void tls_save(struct arch_thread *at)
{
	if (!x86.fsgsbase)
		return;
	at->fs_base = rdfsbase();
	at->gs_base = rdmsr(MSR_KERNEL_GS_BASE);
	this_cpu_write(loaded_gs_base, at->gs_base);
}

int arch_thread_init_user(struct arch_thread *at, void *stack_top, const struct arch_regs *regs,
			  const struct arch_thread *from)
{
	const struct switch_frame frame = { .ip = (uint64_t)thread_user_start };
	struct arch_regs *top = arch_user_regs(stack_top);
	struct arch_thread new = { .fpu_cpu = ARCH_FPU_NOWHERE };

	new.fpu = kmem_cache_alloc(context.fpu_cache, GFP_KERNEL);
	if (!new.fpu)
		return -ENOMEM;
	if (from && from->fpu) {
		if (from == &current_thread()->arch) {
			fpu_sync_current();
			tls_save(&current_thread()->arch);
		}
		memcpy(new.fpu, from->fpu, x86.fpu_size);
		new.fs_base = from->fs_base;
		new.gs_base = from->gs_base;
	} else {
		fpu_image_init(new.fpu);
	}
	*at = new;
	*top = *regs;
	top->ax = 0;
	if (from && from->step_forced)
		top->flags &= ~FLAGS_TF;
	push_frame(at, top, &frame);
	return 0;
}

void arch_thread_fini(struct arch_thread *at)
{
	if (at->fpu)
		kmem_cache_free(context.fpu_cache, at->fpu);
	at->fpu = NULL;
	at->fpu_cpu = ARCH_FPU_NOWHERE;
}

static void tls_load(const struct arch_thread *at)
{
	if (x86.fsgsbase)
		wrfsbase(at->fs_base);
	else
		wrmsr(MSR_FS_BASE, at->fs_base);
	if (this_cpu_read(loaded_gs_base) != at->gs_base) {
		wrmsr(MSR_KERNEL_GS_BASE, at->gs_base);
		this_cpu_write(loaded_gs_base, at->gs_base);
	}
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	if (prev->arch.fpu) {
		fpu_switch_out(prev);
		tls_save(&prev->arch);
	}
	if (unlikely(prev->arch.dr7 | next->arch.dr7))
		debugreg_switch(&next->arch);
	arch_set_current(next);
	desc_set_kstack((uintptr_t)next->kstack_top);
	if (next->arch.fpu) {
		tls_load(&next->arch);
		fpu_switch_in(next);
	}
	return switch_stacks(&prev->arch.ksp, next->arch.ksp, prev);
}

/* A kernel thread becomes PID 1 at its first exec: the one time when a missing page cannot be an error code. */
static void become_user(struct arch_thread *at)
{
	void *image = kmem_cache_alloc(context.fpu_cache, GFP_KERNEL);

	if (!image)
		panic("no memory for the first program's FPU image");
	fpu_image_init(image);
	at->fpu = image;
}

/* Hardware breakpoints were about the old program. */
static void debug_reset(struct arch_thread *at)
{
	bool loaded = at->dr7;

	memset(at->dr, 0, sizeof(at->dr));
	at->dr6 = at->dr7 = at->dr7_shown = 0;
	if (loaded)
		debugreg_switch(at);
}

void arch_thread_reset(struct arch_thread *at)
{
	if (!at->fpu)
		become_user(at);
	at->fs_base = at->gs_base = 0;
	at->trap_nr = at->trap_error = at->trap_addr = 0;
	at->step_forced = false;
	debug_reset(at);
	tls_load(at);
	fpu_sync_current();		/* so that a switch from here on does not overwrite the fresh image */
	fpu_reload_current();
	fpu_image_init(at->fpu);
}

static bool base_ok(unsigned long base)
{
	return base < ARCH_USER_MAX;
}

int arch_set_tls(struct arch_thread *at, unsigned long base)
{
	if (!base_ok(base))
		return -EPERM;
	at->fs_base = base;
	if (at == &current_thread()->arch)
		tls_load(at);
	return 0;
}

static int set_gs(struct arch_thread *at, unsigned long base)
{
	if (!base_ok(base))
		return -EPERM;
	at->gs_base = base;
	tls_load(at);
	return 0;
}

long arch_prctl(int code, unsigned long addr)
{
	struct arch_thread *at = &current_thread()->arch;
	unsigned long value;

	tls_save(at);
	switch (code) {
	case ARCH_SET_FS:
		return arch_set_tls(at, addr);
	case ARCH_SET_GS:
		return set_gs(at, addr);
	case ARCH_GET_FS:
		value = at->fs_base;
		break;
	case ARCH_GET_GS:
		value = at->gs_base;
		break;
	case ARCH_GET_CPUID:
		return 1;		/* the instruction works ... */
	case ARCH_SET_CPUID:
		return -ENODEV;		/* ... and no CPU here is told to fault on it */
	default:
		return -EINVAL;
	}
	return copy_to_user((void __user __force *)addr, &value, sizeof(value)) ? -EFAULT : 0;
}

bool arch_stack_ok(const struct thread *t)
{
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	uintptr_t top = (uintptr_t)t->kstack_top;

	return sp < top && sp > top - ARCH_KSTACK_SIZE;
}

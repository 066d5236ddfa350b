/* SPDX-License-Identifier: MIT */
/*
 * Signal frames in Linux's x86-64 layout. High to low on the user stack:
 *
 *	red zone (128 bytes, not on a fresh alternate stack)
 *	FPU image, 64-byte aligned: FXSAVE region, whose last bytes say (magic1, sizes) that XSAVE components follow,
 *	  then those, then magic2
 *	siginfo
 *	ucontext: flags, link, stack, registers (struct sigcontext), mask
 *	return address = restorer        <- rsp at the handler's entry: 16n + 8, as after a call
 *
 * rt_sigreturn finds the frame at rsp - 8. Everything it reads is the program's and is taken as such: flags are masked,
 * selectors replaced, the FPU image checked. Sources: <asm/sigcontext.h>, <asm/ucontext.h>, sigreturn(2).
 */
#include "arch/sigframe.h"

#include "abi/errno.h"
#include "arch/context.h"
#include "arch/cpu.h"
#include "lib/align.h"
#include "lib/string.h"
#include "machine/desc.h"
#include "machine/features.h"
#include "machine/fpu.h"
#include "machine/msr.h"
#include "mm/uaccess.h"
#include "sched/thread.h"

#define RED_ZONE		128UL
#define FP_ALIGN		64UL
#define FXSAVE_SIZE		512U
#define SW_RESERVED_OFFSET	464U
#define UC_XSTATE_FLAG		0x1UL	/* UC_FP_XSTATE */
#define UC_SS_FLAGS		0x6UL	/* UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS */

struct rt_sigframe {
	uint64_t restorer;
	struct ucontext uc;
	siginfo_t info;
};
_Static_assert(offsetof(struct rt_sigframe, info) == 312, "Linux: info follows 8 + 304 bytes");

/* Bytes of the FPU part. */
static size_t fp_size(void)
{
	return x86.fpu_size + (x86.xsave ? FP_XSTATE_MAGIC2_SIZE : 0);
}

unsigned long arch_minsigstksz(void)
{
	return sizeof(struct rt_sigframe) + fp_size() + FP_ALIGN + RED_ZONE + 16;
}

/* --- Push --- */

/* Where the frame and its FPU part go. */
struct layout {
	unsigned long frame, fp;
};

static struct layout lay_out(const struct arch_regs *regs, const struct sigframe_request *req)
{
	unsigned long sp = req->stack_top ? req->stack_top : regs->sp - RED_ZONE;
	struct layout l;

	l.fp = (sp - fp_size()) & ~(FP_ALIGN - 1);
	l.frame = ((l.fp - sizeof(struct rt_sigframe)) & ~15UL) - 8;
	return l;
}

/* The program's FPU state to the user stack. */
static int push_fp(unsigned long to)
{
	struct thread *t = current_thread();
	struct _fpx_sw_bytes sw = {
		.magic1 = FP_XSTATE_MAGIC1, .extended_size = (uint32_t)fp_size(), .xfeatures = x86.xcr0,
		.xstate_size = x86.fpu_size,
	};
	uint32_t magic2 = FP_XSTATE_MAGIC2;

	fpu_sync_current();
	fpu_reload_current();	/* from here the image is the truth: a switch must not overwrite it */
	fpu_image_expand(t->arch.fpu);
	if (copy_to_user((void __user __force *)to, t->arch.fpu, x86.fpu_size))
		return -EFAULT;
	if (!x86.xsave)
		return 0;
	if (copy_to_user((void __user __force *)(to + SW_RESERVED_OFFSET), &sw, sizeof(sw)) ||
	    copy_to_user((void __user __force *)(to + x86.fpu_size), &magic2, sizeof(magic2)))
		return -EFAULT;
	return 0;
}

static void fill_context(struct sigcontext *sc, const struct arch_regs *regs, const struct arch_thread *at)
{
	*sc = (struct sigcontext){
		.r8 = regs->r8, .r9 = regs->r9, .r10 = regs->r10, .r11 = regs->r11,
		.r12 = regs->r12, .r13 = regs->r13, .r14 = regs->r14, .r15 = regs->r15,
		.rdi = regs->di, .rsi = regs->si, .rbp = regs->bp, .rbx = regs->bx,
		.rdx = regs->dx, .rax = regs->ax, .rcx = regs->cx, .rsp = regs->sp,
		.rip = regs->ip, .eflags = regs->flags, .cs = (uint16_t)regs->cs, .ss = (uint16_t)regs->ss,
		.err = at->trap_error, .trapno = at->trap_nr, .cr2 = at->trap_addr,
	};
}

static void fill_frame(struct rt_sigframe *f, const struct arch_regs *regs, const struct sigframe_request *req)
{
	memset(f, 0, sizeof(*f));
	f->restorer = req->restorer;
	f->uc.uc_flags = UC_SS_FLAGS | (x86.xsave ? UC_XSTATE_FLAG : 0);
	f->uc.uc_stack.ss_sp = (void *)req->altstack_sp;
	f->uc.uc_stack.ss_size = req->altstack_size;
	f->uc.uc_stack.ss_flags = req->altstack_flags;
	fill_context(&f->uc.uc_mcontext, regs, &current_thread()->arch);
	memcpy(&f->uc.uc_mcontext.oldmask, &req->saved_mask, 8);
	memcpy(&f->uc.uc_sigmask, &req->saved_mask, 8);
	f->info = *req->info;
}

int arch_sigframe_push(struct arch_regs *regs, const struct sigframe_request *req)
{
	struct layout l = lay_out(regs, req);
	struct rt_sigframe frame;

	if (!req->restorer)	/* x86-64 needs SA_RESTORER */
		return -EFAULT;
	if (!user_range_ok((void __user __force *)l.frame, sizeof(frame)) || push_fp(l.fp) < 0)
		return -EFAULT;
	fill_frame(&frame, regs, req);
	frame.uc.uc_mcontext.fpstate = (struct _fpstate *)l.fp;
	if (copy_to_user((void __user __force *)l.frame, &frame, sizeof(frame)))
		return -EFAULT;
	regs->di = (unsigned long)req->signo;
	regs->si = l.frame + offsetof(struct rt_sigframe, info);
	regs->dx = l.frame + offsetof(struct rt_sigframe, uc);
	regs->ax = 0;
	regs->ip = req->handler;
	regs->sp = l.frame;
	regs->cs = X86_USER_CS;
	regs->ss = X86_USER_DS;
	regs->flags &= ~(FLAGS_DF | FLAGS_RF | FLAGS_TF);
	fpu_image_init(current_thread()->arch.fpu);	/* the handler starts with a fresh FPU */
	return 0;
}

/* --- Pop --- */

/* True, and *features set, when the image at `fp` is followed by XSAVE components as push_fp() leaves them. */
static bool fp_extended(unsigned long fp, uint64_t *features)
{
	struct _fpx_sw_bytes sw;
	uint32_t magic2;

	if (!x86.xsave || copy_from_user(&sw, (const void __user __force *)(fp + SW_RESERVED_OFFSET), sizeof(sw)))
		return false;
	if (sw.magic1 != FP_XSTATE_MAGIC1 || sw.xstate_size != x86.fpu_size || sw.xstate_size > sw.extended_size)
		return false;
	if (copy_from_user(&magic2, (const void __user __force *)(fp + sw.xstate_size), sizeof(magic2)))
		return false;
	*features = sw.xfeatures;
	return magic2 == FP_XSTATE_MAGIC2;
}

static int pop_fp(unsigned long fp)
{
	void *image = current_thread()->arch.fpu;
	uint64_t features = 3, header;
	size_t size = FXSAVE_SIZE;

	fpu_sync_current();
	fpu_reload_current();
	if (!fp) {
		fpu_image_init(image);
		return 0;
	}
	if (fp_extended(fp, &features)) {
		size = x86.fpu_size;
		if (copy_from_user(&header, (const void __user __force *)(fp + FXSAVE_SIZE), sizeof(header)))
			return -EFAULT;
		features &= header;
	}
	/* FXRSTOR and XRSTOR take no other addresses. */
	if (!IS_ALIGNED(fp, size == FXSAVE_SIZE ? 16 : 64) ||
	    copy_from_user(image, (const void __user __force *)fp, size)) {
		fpu_image_init(image);
		return -EFAULT;
	}
	return fpu_image_sanitise(image, features) ? 0 : -EFAULT;
}

static void take_context(struct arch_regs *regs, const struct sigcontext *sc)
{
	*regs = (struct arch_regs){
		.r8 = sc->r8, .r9 = sc->r9, .r10 = sc->r10, .r11 = sc->r11,
		.r12 = sc->r12, .r13 = sc->r13, .r14 = sc->r14, .r15 = sc->r15,
		.di = sc->rdi, .si = sc->rsi, .bp = sc->rbp, .bx = sc->rbx,
		.dx = sc->rdx, .ax = sc->rax, .cx = sc->rcx, .sp = sc->rsp, .ip = sc->rip,
		.cs = X86_USER_CS, .ss = X86_USER_DS, .orig_ax = -1UL,
		.flags = (sc->eflags & FLAGS_USER) | (regs->flags & ~FLAGS_USER),
	};
}

int arch_sigframe_pop(struct arch_regs *regs, uint64_t *mask, stack_t *ss)
{
	unsigned long at = regs->sp - offsetof(struct rt_sigframe, uc);
	struct rt_sigframe frame;

	if (copy_from_user(&frame, (const void __user __force *)at, sizeof(frame)))
		return -EFAULT;
	if (pop_fp((unsigned long)frame.uc.uc_mcontext.fpstate) < 0)
		return -EFAULT;
	memcpy(mask, &frame.uc.uc_sigmask, 8);
	*ss = frame.uc.uc_stack;
	take_context(regs, &frame.uc.uc_mcontext);
	return 0;
}

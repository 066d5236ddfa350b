/* SPDX-License-Identifier: MIT */
/*
 * FPU state: x87, SSE, AVX and what else XSAVE manages, for user programs; the kernel itself never uses it.
 *
 * Model. Each user thread has an image in memory. The registers of a CPU hold the state of its `fpu_owner`, for sure
 * only if that thread's fpu_cpu is this CPU too.
 *   switch out   image := registers, if they are in force (WORK_ARCH clear); they stay the owner's
 *   switch in    if this CPU still holds the thread's registers: nothing; else WORK_ARCH is set
 *   to user mode WORK_ARCH: registers := image, cleared
 *   image edited (signal return, ptrace, exec)   fpu_cpu := nowhere, WORK_ARCH set
 *
 * Invariants
 *  (1) In user mode, WORK_ARCH is clear and the registers are the thread's own.
 *  (2) WORK_ARCH set: the image is the truth. Clear, and the thread is current: the registers are.
 *
 * Form. FXSAVE (512 bytes), or the standard form of XSAVE sized by CPUID leaf 0xD; the kernel's images are what signal
 * frames hold. Source: Intel SDM volume 1, chapter 13.
 */
#include "machine/fpu.h"

#include "abi/errno.h"
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "lib/string.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "sched/thread.h"

#define FXSAVE_SIZE	512
#define XSAVE_HEADER	512		/* offset; 64 bytes */
#define XCOMP_X87	0x01UL
#define XCOMP_SSE	0x02UL
#define XCOMP_AVX	0x04UL
#define XCOMP_AVX512	0xe0UL
#define MXCSR_DEFAULT	0x1f80u
#define FCW_DEFAULT	0x037fu

/* The legacy region's fields this file touches. */
struct fxsave {
	uint16_t fcw, fsw;
	uint8_t ftw, reserved;
	uint16_t fop;
	uint64_t rip, rdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t st[128], xmm[256], unused[96];
};
_Static_assert(sizeof(struct fxsave) == FXSAVE_SIZE, "SDM table 10-2");

struct xsave_header {
	uint64_t features, compacted, reserved[6];
};

static struct {
	uint32_t mxcsr_mask;		/* [I] bits a program may set */
} fpu;

static struct xsave_header *image_header(void *image)
{
	return (struct xsave_header *)((char *)image + XSAVE_HEADER);
}

static void image_save(void *image)
{
	uint32_t lo = (uint32_t)x86.xcr0, hi = (uint32_t)(x86.xcr0 >> 32);

	if (x86.xsaveopt)
		__asm__ __volatile__("xsaveopt64 (%0)" : : "r"(image), "a"(lo), "d"(hi) : "memory");
	else if (x86.xsave)
		__asm__ __volatile__("xsave64 (%0)" : : "r"(image), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ __volatile__("fxsave64 (%0)" : : "r"(image) : "memory");
}

static void image_load(const void *image)
{
	uint32_t lo = (uint32_t)x86.xcr0, hi = (uint32_t)(x86.xcr0 >> 32);

	if (x86.xsave)
		__asm__ __volatile__("xrstor64 (%0)" : : "r"(image), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ __volatile__("fxrstor64 (%0)" : : "r"(image) : "memory");
}

void fpu_init(void)
{
	uint64_t offered;

	x86.xcr0 = XCOMP_X87 | XCOMP_SSE;
	x86.fpu_size = FXSAVE_SIZE;
	x86.xsave = x86.xsave && x86.max_leaf >= 0xd;
	if (!x86.xsave)
		return;
	offered = cpuid(0xd, 0).a;
	x86.xcr0 |= offered & XCOMP_AVX;
	if ((offered & (XCOMP_AVX512 | XCOMP_AVX)) == (XCOMP_AVX512 | XCOMP_AVX))
		x86.xcr0 |= XCOMP_AVX512;
	x86.xsaveopt = cpuid(0xd, 1).a & 1;
}

void fpu_init_cpu(void)
{
	static struct fxsave probe __aligned(16);

	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | (x86.xsave ? CR4_OSXSAVE : 0));
	if (x86.xsave) {
		__asm__ __volatile__("xsetbv" : : "c"(0), "a"((uint32_t)x86.xcr0),
				     "d"((uint32_t)(x86.xcr0 >> 32)));
		x86.fpu_size = cpuid(0xd, 0).b;	/* for what XCR0 now enables */
	}
	__asm__ __volatile__("fninit");
	if (arch_cpu_id() == 0) {
		__asm__ __volatile__("fxsave64 %0" : "=m"(probe));
		fpu.mxcsr_mask = probe.mxcsr_mask ? probe.mxcsr_mask : 0xffbf;
	}
}

void fpu_image_init(void *image)
{
	struct fxsave *fx = image;

	memset(image, 0, x86.fpu_size);
	fx->fcw = FCW_DEFAULT;
	fx->mxcsr = MXCSR_DEFAULT;
	fx->mxcsr_mask = fpu.mxcsr_mask;
	if (x86.xsave)
		image_header(image)->features = XCOMP_X87 | XCOMP_SSE;
}

/* Offset and size of a component beyond the legacy region. */
static void component_clear(void *image, unsigned component)
{
	struct cpuid_regs r = cpuid(0xd, component);

	memset((char *)image + r.b, 0, r.a);
}

void fpu_image_expand(void *image)
{
	struct fxsave *fx = image;
	uint64_t left_out;

	if (!x86.xsave)
		return;
	left_out = x86.xcr0 & ~image_header(image)->features;
	if (left_out & XCOMP_X87) {
		memset(fx, 0, offsetof(struct fxsave, mxcsr));
		memset(fx->st, 0, sizeof(fx->st));
		fx->fcw = FCW_DEFAULT;
	}
	if (left_out & XCOMP_SSE)
		memset(fx->xmm, 0, sizeof(fx->xmm));
	for (unsigned c = 2; c < 63; c++) {
		if (left_out >> c & 1)
			component_clear(image, c);
	}
	image_header(image)->features |= XCOMP_X87 | XCOMP_SSE;
}

bool fpu_image_sanitise(void *image, uint64_t features)
{
	struct fxsave *fx = image;
	bool loadable = !(fx->mxcsr & ~fpu.mxcsr_mask);

	fx->mxcsr &= fpu.mxcsr_mask;
	if (x86.xsave) {
		struct xsave_header *h = image_header(image);

		loadable &= !h->compacted && !h->reserved[0];
		*h = (struct xsave_header){ .features = features & x86.xcr0 };
	}
	return loadable;
}

static bool registers_are(const struct thread *t)
{
	const struct arch_cpu *self = arch_this_cpu();

	return self->fpu_owner == t && t->arch.fpu_cpu == (int32_t)self->id;
}

static void work_set(struct thread *t)
{
	if (!(READ_ONCE(t->blocker.work) & WORK_ARCH))
		__atomic_fetch_or(&t->blocker.work, WORK_ARCH, __ATOMIC_RELAXED);
}

static void work_clear(struct thread *t)
{
	if (READ_ONCE(t->blocker.work) & WORK_ARCH)
		__atomic_fetch_and(&t->blocker.work, ~(uint32_t)WORK_ARCH, __ATOMIC_RELAXED);
}

void fpu_switch_out(struct thread *t)
{
	if (!(READ_ONCE(t->blocker.work) & WORK_ARCH))
		image_save(t->arch.fpu);
}

void fpu_switch_in(struct thread *t)
{
	if (registers_are(t))
		work_clear(t);
	else
		work_set(t);
}

void fpu_restore_current(void)
{
	struct thread *t = current_thread();
	struct arch_cpu *self = arch_this_cpu();

	image_load(t->arch.fpu);
	self->fpu_owner = t;
	t->arch.fpu_cpu = (int32_t)self->id;
	work_clear(t);
}

void fpu_sync_current(void)
{
	struct thread *t = current_thread();
	unsigned long flags = arch_irq_save();

	fpu_switch_out(t);
	arch_irq_restore(flags);
}

void fpu_reload_current(void)
{
	struct thread *t = current_thread();

	t->arch.fpu_cpu = ARCH_FPU_NOWHERE;
	work_set(t);
}

unsigned fpu_pending_exceptions(bool sse)
{
	uint32_t mxcsr;
	uint16_t fsw, fcw;

	if (sse) {
		__asm__ __volatile__("stmxcsr %0" : "=m"(mxcsr));
		return mxcsr & ~(mxcsr >> 7) & 0x3f;
	}
	__asm__ __volatile__("fnstsw %0; fnstcw %1" : "=m"(fsw), "=m"(fcw));
	return fsw & ~fcw & 0x3f;
}

/* --- Register sets for ptrace and core files --- */

size_t arch_fpu_size(void)
{
	return x86.fpu_size;
}

int arch_fpu_get(struct thread *t, void *buf, size_t size)
{
	if (!t->arch.fpu || size > x86.fpu_size)
		return -EINVAL;
	if (t == current_thread()) {
		fpu_sync_current();
		fpu_reload_current();	/* the image is the truth from here on */
	}
	fpu_image_expand(t->arch.fpu);
	memcpy(buf, t->arch.fpu, size);
	return 0;
}

int arch_fpu_set(struct thread *t, const void *buf, size_t size)
{
	struct fxsave *fx = t->arch.fpu;

	if (!fx || size < FXSAVE_SIZE || size > x86.fpu_size)
		return -EINVAL;
	if (((const struct fxsave *)buf)->mxcsr & ~fpu.mxcsr_mask)
		return -EINVAL;
	memcpy(fx, buf, size);
	if (x86.xsave) {
		uint64_t features = size > XSAVE_HEADER + 8 ? image_header(fx)->features : XCOMP_X87 | XCOMP_SSE;

		ignore_result(fpu_image_sanitise(fx, features));	/* what it mends is all there is to it */
	}
	t->arch.fpu_cpu = ARCH_FPU_NOWHERE;
	work_set(t);
	return 0;
}

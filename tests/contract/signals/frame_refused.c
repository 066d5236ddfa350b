/* SPDX-License-Identifier: MIT */
/* A handler leaves floating-point state that the processor would not load: SIGSEGV instead of a return. */
#include "lib/contract.h"

#include <ucontext.h>

#define XSAVE_HEADER	512	/* offset in the image, behind the legacy region */

static void keep(int sig, siginfo_t *info, void *ctx) {}

static void reserved_mxcsr(int sig, siginfo_t *info, void *ctx)
{
	((ucontext_t *)ctx)->uc_mcontext.fpregs->mxcsr = 0xffffffff;
}

static void compacted_form(int sig, siginfo_t *info, void *ctx)
{
	((uint64_t *)((char *)((ucontext_t *)ctx)->uc_mcontext.fpregs + XSAVE_HEADER))[1] = ~0UL;
}

static void odd_place(int sig, siginfo_t *info, void *ctx)
{
	ucontext_t *uc = ctx;

	uc->uc_mcontext.fpregs = (void *)((char *)uc->uc_mcontext.fpregs + 8);
}

static void bad_place(int sig, siginfo_t *info, void *ctx)
{
	((ucontext_t *)ctx)->uc_mcontext.fpregs = bad_pointer();
}

static void no_state(int sig, siginfo_t *info, void *ctx)
{
	((ucontext_t *)ctx)->uc_mcontext.fpregs = NULL;
}

static int handle(void *handler)
{
	on_siginfo(SIGUSR1, (void (*)(int, siginfo_t *, void *))handler, 0);
	return raise(SIGUSR1);
}

static bool has_xsave(void)
{
	unsigned a = 1, b, c, d;

	__asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return c & (1u << 27);
}

void contract_main(void)
{
	CHECK_EXIT(handle, (void *)keep, 0, "a frame as it was is loaded");
	CHECK_EXIT(handle, (void *)no_state, 0, "no state: a fresh one");
	CHECK_SIGNALLED(handle, (void *)reserved_mxcsr, SIGSEGV, "reserved bits of mxcsr");
	CHECK_SIGNALLED(handle, (void *)bad_place, SIGSEGV, "a pointer to nothing");
	if (!has_xsave())
		return;
	CHECK_SIGNALLED(handle, (void *)compacted_form, SIGSEGV, "a header of another form");
	CHECK_SIGNALLED(handle, (void *)odd_place, SIGSEGV, "an image that is not aligned");
}

/* SPDX-License-Identifier: MIT */
/*
 * The signal frame: 16-byte alignment, red zone untouched, rdi rsi rdx, siginfo and ucontext
 * behind it.
 */
#include "lib/contract.h"

#include <ucontext.h>

static volatile uintptr_t handler_sp, interrupted_sp;
static volatile int info_signo, aligned;

static __attribute__((noinline)) void look(uintptr_t sp)
{
	handler_sp = sp;
}

static void handler(int sig, siginfo_t *info, void *ctx)
{
	ucontext_t *uc = ctx;
	/* At the entry of a function rsp + 8 is 16-aligned; frame address + 16 is that rsp + 8. */
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

	aligned = (frame + 16) % 16 == 0;
	info_signo = info->si_signo;
	interrupted_sp = (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
	look(frame);
	/* Fill what lies below, as a deep call would. */
	memset(__builtin_alloca(2000), 0xaa, 2000);
}

/* Writes into the red zone below rsp, traps, and looks whether it is still there. */
static __attribute__((noinline)) long red_zone(void)
{
	long sum;

	__asm__ volatile("mov $0x1234567, %%rax\n"
			 "mov %%rax, -8(%%rsp)\n"
			 "mov %%rax, -64(%%rsp)\n"
			 "mov %%rax, -128(%%rsp)\n"
			 "int3\n"
			 "mov -8(%%rsp), %0\n"
			 "add -64(%%rsp), %0\n"
			 "add -128(%%rsp), %0\n" : "=r"(sum) :: "rax", "memory");
	return sum;
}

void contract_main(void)
{
	on_siginfo(SIGTRAP, handler, 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(red_zone(), 3 * 0x1234567, "the 128 bytes below rsp are untouched");
		CHECK_INT(info_signo, SIGTRAP, "siginfo arrives");
		CHECK_INT(aligned, 1, "the handler's stack is aligned");
		CHECK(handler_sp < interrupted_sp - 128, "the frame lies below the red zone");
		CHECK(handler_sp > interrupted_sp - 20000, "and close to it");
	}
}

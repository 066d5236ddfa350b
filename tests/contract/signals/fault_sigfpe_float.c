/* SPDX-License-Identifier: MIT */
/*
 * SSE and x87 exceptions that are unmasked: SIGFPE with the right code; sticky flags in the
 * frame.
 */
#include "lib/contract.h"

#include <cpuid.h>
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static volatile int code;

static void on_fault(int sig, siginfo_t *info, void *uc)
{
	code = sig == SIGFPE ? info->si_code : -1;
	siglongjmp(back, 1);
}

static void set_mxcsr(unsigned int value)
{
	__asm__ volatile("ldmxcsr %0" :: "m"(value));
}

static void divide(double a, double b)
{
	code = 0;
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("divsd %1, %0" : "+x"(a) : "x"(b));
	set_mxcsr(0x1f80);
}

static void x87_divide(double a, double b)
{
	unsigned short control = 0x37b;

	code = 0;
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("fninit; fldcw %0; fldl %1; fldl %2; fdivrp; fwait" :: "m"(control), "m"(a), "m"(b));
	__asm__ volatile("fninit");
}

/* QEMU's emulation sets the sticky flags but raises no SSE exception. */
static bool emulated(void)
{
	unsigned int a, b = 0, c = 0, d = 0;

	__cpuid(0x40000000, a, b, c, d);
	return b == 0x54474354 && c == 0x43544743 && d == 0x47435447;
}

static void sse(void)
{
	set_mxcsr(0x1f80 & ~(1 << 9));
	divide(1.0, 0.0);
	CHECK_INT(code, FPE_FLTDIV, "1 / 0 is FPE_FLTDIV");
	set_mxcsr(0x1f80 & ~(1 << 7));
	divide(0.0, 0.0);
	CHECK_INT(code, FPE_FLTINV, "0 / 0 is FPE_FLTINV");
	set_mxcsr(0x1f80 & ~(1 << 10));
	divide(1e308, 1e-308);
	CHECK_INT(code, FPE_FLTOVF, "an overflow is FPE_FLTOVF");
	set_mxcsr(0x1f80 & ~(1 << 11));
	divide(1e-308, 1e308);
	CHECK_INT(code, FPE_FLTUND, "an underflow is FPE_FLTUND");
	set_mxcsr(0x1f80 & ~(1 << 12));
	divide(1.0, 3.0);
	CHECK_INT(code, FPE_FLTRES, "an inexact result is FPE_FLTRES");
}

void contract_main(void)
{
	on_siginfo(SIGFPE, on_fault, 0);
	if (emulated())
		skip("the emulated CPU raises no SSE exceptions");
	else
		sse();
	x87_divide(1.0, 0.0);
	CHECK_INT(code, FPE_FLTDIV, "x87: 1 / 0 is FPE_FLTDIV");
	divide(1.0, 0.0);
	CHECK_INT(code, 0, "masked, nothing happens");
}

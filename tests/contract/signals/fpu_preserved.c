/* SPDX-License-Identifier: MIT */
/*
 * x87, SSE and (where there is) AVX registers survive handlers that use them, and switches
 * between processes.
 */
#include "lib/contract.h"

#include <cpuid.h>
#include <sched.h>

static bool has_avx(void)
{
	unsigned int a, b, c = 0, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & (1 << 28)) && (c & (1 << 27));
}

static void clobber(int sig)
{
	double x[4] = { 9, 9, 9, 9 };

	__asm__ volatile("movupd %0, %%xmm0; movapd %%xmm0, %%xmm1; movapd %%xmm0, %%xmm7; movapd %%xmm0, %%xmm15;"
			 "fninit; fld1; fld1; fld1; fld1" :: "m"(x) : "xmm0", "xmm1", "xmm7", "xmm15");
	if (has_avx())
		__asm__ volatile("vbroadcastsd %0, %%ymm5" :: "m"(x[0]) : "xmm5");
	__asm__ volatile("ldmxcsr %0" :: "m"((unsigned int){ 0x7f80 }));
}

/*
 * Loads known values, lets `middle` happen (int3 or a yield), and compares. Returns the wrong
 * ones.
 */
static int check_once(double seed, bool trap)
{
	double in[4] = { seed, seed * 3, seed * 5, seed * 7 }, out[4], ymm[4] = { 0 }, st = 0;
	unsigned int mxcsr = 0x3f80, mxcsr_after = 0;
	bool avx = has_avx();

	__asm__ volatile("ldmxcsr %0" :: "m"(mxcsr));
	__asm__ volatile("fninit; fldl %0" :: "m"(in[0]));
	if (avx)
		__asm__ volatile("vmovupd %0, %%ymm5" :: "m"(in) : "xmm5");
	__asm__ volatile("movsd %[a], %%xmm0; movsd %[b], %%xmm7; movsd %[c], %%xmm15;"
			 "test %[trap], %[trap]; jz 1f; int3; jmp 2f;"
			 "1: mov $24, %%eax; syscall; 2:"
			 "movsd %%xmm0, %[o0]; movsd %%xmm7, %[o1]; movsd %%xmm15, %[o2]"
			 : [o0] "=m"(out[0]), [o1] "=m"(out[1]), [o2] "=m"(out[2])
			 : [a] "m"(in[0]), [b] "m"(in[1]), [c] "m"(in[2]), [trap] "r"((long)trap)
			 : "rax", "rcx", "r11", "xmm0", "xmm7", "xmm15", "memory");
	if (avx)
		__asm__ volatile("vmovupd %%ymm5, %0; vzeroupper" : "=m"(ymm) :: "xmm5");
	__asm__ volatile("fstpl %0; stmxcsr %1" : "=m"(st), "=m"(mxcsr_after));
	__asm__ volatile("ldmxcsr %0" :: "m"((unsigned int){ 0x1f80 }));
	return (out[0] != in[0]) + (out[1] != in[1]) + (out[2] != in[2]) + (st != in[0]) +
	       (mxcsr_after != 0x3f80) + (avx && memcmp(ymm, in, sizeof(ymm)) != 0);
}

static int spin(void *arg)
{
	int wrong = 0;

	for (int i = 0; i < 3000; i++)
		wrong += check_once(*(double *)arg + i, false);
	return wrong ? 1 : 0;
}

void contract_main(void)
{
	int wrong = 0;
	pid_t pid[4];

	on_signal(SIGTRAP, clobber, 0);
	for (int i = 0; i < 100; i++)
		wrong += check_once(1.5 + i, true);
	CHECK_INT(wrong, 0, "registers survive a handler that uses them, 100 times");
	for (int i = 0; i < 4; i++) {
		double seed = 1000.0 * (i + 1);

		pid[i] = fork_child();
		if (pid[i] == 0)
			_exit(spin(&seed));
	}
	for (int i = 0; i < 4; i++)
		CHECK_INT(wait_status(pid[i]), 0, "process %d keeps its registers over 3000 yields",
			  i);
}

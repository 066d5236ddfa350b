/* SPDX-License-Identifier: MIT */
/* A child of fork begins with its parent's x87 and SSE registers and control words (lesson 33). */
#include "lib/contract.h"

/* Loads known values, forks, and compares in both. *pid is fork's result; returns the wrong ones. */
static int fork_with(double seed, long *pid)
{
	double in[3] = { seed, seed * 3, seed * 5 }, out[3], st = 0;
	unsigned int mxcsr = 0x3f80, mxcsr_after = 0;
	unsigned short cw = 0x0f7f, cw_after = 0;

	__asm__ volatile("ldmxcsr %0; fninit; fldcw %1; fldl %2" :: "m"(mxcsr), "m"(cw), "m"(in[0]));
	__asm__ volatile("movsd %[a], %%xmm0; movsd %[b], %%xmm7; movsd %[c], %%xmm15;"
			 "mov %[fork], %%eax; syscall; mov %%rax, %[pid];"
			 "movsd %%xmm0, %[o0]; movsd %%xmm7, %[o1]; movsd %%xmm15, %[o2]"
			 : [o0] "=m"(out[0]), [o1] "=m"(out[1]), [o2] "=m"(out[2]), [pid] "=m"(*pid)
			 : [a] "m"(in[0]), [b] "m"(in[1]), [c] "m"(in[2]), [fork] "i"(SYS_fork)
			 : "rax", "rcx", "r11", "xmm0", "xmm7", "xmm15", "memory");
	__asm__ volatile("fnstcw %0; fstpl %1; stmxcsr %2" : "=m"(cw_after), "=m"(st), "=m"(mxcsr_after));
	__asm__ volatile("fninit; ldmxcsr %0" :: "m"((unsigned int){ 0x1f80 }));
	return (out[0] != in[0]) + (out[1] != in[1]) + (out[2] != in[2]) + (st != in[0]) +
	       (mxcsr_after != mxcsr) + (cw_after != cw);
}

void contract_main(void)
{
	for (int round = 1; round <= 5; round++) {
		long pid = -1;
		int wrong = fork_with(round * 1.5, &pid);

		REQUIRE(pid >= 0);
		if (!pid)
			syscall(SYS_exit_group, wrong);
		CHECK_INT(wrong, 0, "the parent keeps its registers");
		CHECK_INT(wait_status((pid_t)pid), 0, "and the child has the same");
	}
}

/* SPDX-License-Identifier: MIT */
/* ABI of ptrace(2), from the UAPI headers; they lack user_regs_struct (sys/user.h has it), checked in abi_check.c. */
#pragma once

#include <asm/ptrace-abi.h>
#include <linux/ptrace.h>

struct user_regs_struct {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss, fs_base, gs_base, ds, es, fs, gs;
};

/* sys/user.h's struct user: what PTRACE_PEEKUSER's offsets mean. */
struct user_area {
	struct user_regs_struct regs;
	int u_fpvalid, pad0;
	unsigned char i387[512];
	unsigned long u_tsize, u_dsize, u_ssize, start_code, start_stack;
	long signal;
	int reserved, pad1;
	unsigned long u_ar0, u_fpstate, magic;
	char u_comm[32];
	unsigned long u_debugreg[8];
	unsigned long error_code, fault_address;
};

/* Layout of the first version: what PTRACE_GET_SYSCALL_INFO returns sizes of. */
#define PTRACE_O_KNOWN	(PTRACE_O_MASK & ~PTRACE_O_SUSPEND_SECCOMP)

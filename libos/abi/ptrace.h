/* SPDX-License-Identifier: MIT */
/* ABI of ptrace(2), from the UAPI headers; they lack user_regs_struct (sys/user.h has it), checked in abi_check.c. */
#pragma once

#include <linux/ptrace.h>

struct user_regs_struct {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss, fs_base, gs_base, ds, es, fs, gs;
};

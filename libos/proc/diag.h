/* SPDX-License-Identifier: MIT */
/*
 * diag.h: what the kernel says about programs when it is asked: trace=fault, /proc/sys/kernel/trace.
 */
#pragma once

struct arch_fault;
struct arch_regs;

/*
 * trace=fault: current's CPU fault will end it: log registers, the code bytes around the instruction, and the place of
 * both addresses in what is mapped. Call before the signal is sent. May sleep.
 */
void diag_user_fault(const struct arch_regs *regs, const struct arch_fault *fault);

/* SPDX-License-Identifier: MIT */
/*
 * arch/vdso.h: what the code of libos/vdso/ needs, in user mode. machine/vdso.h provides as inlines:
 *   uint64_t vdso_cycles(void)                       the counter of struct arch_vdso_clock, ordered after what precedes
 *   long vdso_syscall2(long nr, long a, long b)      a system call of two arguments
 *   unsigned vdso_cpu(void)                          number of the CPU, perhaps of a moment ago
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#include <machine/vdso.h>

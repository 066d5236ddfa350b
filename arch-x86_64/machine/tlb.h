/* SPDX-License-Identifier: MIT */
/* machine/tlb.h: inside arch-x86_64. */
#pragma once

#include "lib/types.h"

/* Drop kernel translations of a range on every CPU. Interrupts on, no spin lock held. */
void tlb_flush_kernel(vaddr_t start, vaddr_t end);

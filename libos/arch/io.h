/* SPDX-License-Identifier: MIT */
/*
 * arch/io.h: device access. Inlines from machine/io.h, callable in any context:
 *   uint8_t/16/32 arch_in8/16/32(uint16_t port); void arch_out8/16/32(uint16_t port, value)
 *   uint8_t/16/32/64 arch_read8/16/32/64(const volatile void __iomem *); void arch_write8/16/32/64(ptr, value)
 *   void arch_mb(void), arch_rmb(void), arch_wmb(void)   full, read, write barriers that devices observe
 * The mapping itself comes from mm/kvmap.h: kvmap_io().
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#include <machine/io.h>

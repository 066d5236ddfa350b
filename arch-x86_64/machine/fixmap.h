/* SPDX-License-Identifier: MIT */
/*
 * machine/fixmap.h: pages at fixed virtual addresses for devices the arch itself drives, usable before mm/ is up.
 */
#pragma once

#include "arch/mmu.h"

enum fixmap_slot { FIX_LAPIC, FIX_HPET, FIX_IOAPIC, FIX_COUNT = FIX_IOAPIC + 8 };

/* Map the page that holds device register `pa`; returns where `pa` itself is. Start-up code, one caller a slot. */
volatile void __iomem *fixmap_io(enum fixmap_slot slot, paddr_t pa);

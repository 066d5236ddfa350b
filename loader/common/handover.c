/* SPDX-License-Identifier: MIT */
/* handover_prepare(): see handover.h. */
#include "loader/common/handover.h"

#include "loader/common/cpu.h"

void handover_prepare(struct handover_block *block, uint64_t entry)
{
	struct handover *h = &block->handover;

	idmap_build(block->tables, cpu_has_huge_pages());
	block->info.magic = BOOT_INFO_MAGIC;
	h->cr3 = (uint32_t)(uintptr_t)block->tables;
	h->stack = (uint32_t)(uintptr_t)(block->stack + sizeof(block->stack));
	h->info = (uint32_t)(uintptr_t)&block->info;
	h->entry = (uint32_t)entry;
}

/* SPDX-License-Identifier: MIT */
/* commit: see commit.h. Each CPU counts what is promised on it; what others see is the sum. */
#include "mm/commit.h"

#include "abi/errno.h"
#include "mm/page_alloc.h"
#include "mm/vma.h"
#include "sync/percpu.h"

struct mm_sysctl mm_sysctl = {
	.max_map_count = 65530, .overcommit = OVERCOMMIT_GUESS, .overcommit_ratio = 50,
};

static DEFINE_PER_CPU(int64_t, committed);

bool commit_counts(uint32_t vm_flags)
{
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_NORESERVE)) == VM_WRITE;
}

void commit_add(int64_t pages)
{
	this_cpu_add(committed, pages);
}

uint64_t commit_total(void)
{
	int64_t sum = 0;
	unsigned cpu;

	for_each_online_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&committed, cpu));
	return sum > 0 ? (uint64_t)sum : 0;
}

uint64_t commit_limit(void)
{
	uint64_t kib = READ_ONCE(mm_sysctl.overcommit_kbytes);

	return kib ? kib >> (PAGE_SHIFT - 10) : pages_total() * READ_ONCE(mm_sysctl.overcommit_ratio) / 100;
}

int commit_check(uint64_t pages)
{
	switch (READ_ONCE(mm_sysctl.overcommit)) {
	case OVERCOMMIT_ALWAYS:
		return 0;
	case OVERCOMMIT_NEVER:
		return commit_total() + pages <= commit_limit() ? 0 : -ENOMEM;
	default:		/* what alone is more than all RAM is refused */
		return pages <= pages_total() ? 0 : -ENOMEM;
	}
}

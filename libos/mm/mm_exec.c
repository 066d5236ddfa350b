/* SPDX-License-Identifier: MIT */
/*
 * mm_exec: the shape of a fresh address space.
 *
 *   ARCH_USER_MAX  - random (up to 16 GiB)        stack_top: the stack grows down from here
 *                  - gap: stack limit, 128 MiB to 5/6 of user space, + random (up to 1 TiB)   mmap_base: mappings below
 *   program, then brk + random (up to 32 MiB)
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "core/cmdline.h"
#include "core/random.h"
#include "lib/align.h"
#include "lib/compiler.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mmap.h"

#define STACK_RANDOM_PAGES	(1UL << 22)
#define MMAP_RANDOM_PAGES	(1UL << 28)
#define BRK_RANDOM_PAGES	(1UL << 13)
#define STACK_INITIAL		(132UL << 10)	/* mapped at once; the rest grows by faults */
#define MMAP_GAP_MIN		(128UL << 20)
#define STACK_GUARD_GAP		(256 * PAGE_SIZE)

static struct {
	int random_level;		/* [a] moves: 0 nothing, 1 all but the break, 2 all */
} exec_policy = { .random_level = 2 };

int mm_random_level(void)
{
	return READ_ONCE(exec_policy.random_level);
}

void mm_set_random_level(int level)
{
	WRITE_ONCE(exec_policy.random_level, level);
}

static int option_norandmaps(const char *value)
{
	mm_set_random_level(0);
	return 0;
}
CMDLINE_CALL_OPTION(norandmaps, "norandmaps", option_norandmaps, "programs start at fixed addresses");

static vaddr_t random_offset(const struct mm *mm, uint64_t pages)
{
	return mm->limits.randomize ? (random_u64() % pages) << PAGE_SHIFT : 0;
}

void mm_exec_layout(struct mm *mm, const struct mm_limits *limits)
{
	uint64_t gap;

	mm->limits = *limits;
	if (!mm_random_level())
		mm->limits.randomize = false;
	mm->stack_top = ARCH_USER_MAX - random_offset(mm, STACK_RANDOM_PAGES);
	if (limits->bottom_up) {
		mm->mmap_base = ALIGN_UP(ARCH_USER_MAX / 3, PAGE_SIZE) + random_offset(mm, MMAP_RANDOM_PAGES);
		return;
	}
	gap = max(limits->stack, MMAP_GAP_MIN);
	gap = min(gap, (uint64_t)(ARCH_USER_MAX / 6 * 5));
	mm->mmap_base = ALIGN_DOWN(mm->stack_top - gap - STACK_GUARD_GAP - random_offset(mm, MMAP_RANDOM_PAGES),
				   PAGE_SIZE);
}

int mm_exec_stack(struct mm *mm, bool executable)
{
	struct map_request req = {
		.addr = mm->stack_top - STACK_INITIAL, .size = STACK_INITIAL,
		.prot = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0),
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN,
		.vm_flags = VM_STACK,
	};
	long ret = mm_map(mm, &req);

	return ret < 0 ? (int)ret : 0;
}

void mm_set_brk(struct mm *mm, vaddr_t end_of_bss)
{
	mm->start_brk = mm->brk = ALIGN_UP(end_of_bss, PAGE_SIZE);
	if (mm_random_level() > 1)
		mm->start_brk = mm->brk += random_offset(mm, BRK_RANDOM_PAGES);
}

void mm_set_code(struct mm *mm, vaddr_t start_code, vaddr_t end_code, vaddr_t start_data, vaddr_t end_data)
{
	mm->start_code = start_code;
	mm->end_code = end_code;
	mm->start_data = start_data;
	mm->end_data = end_data;
}

void mm_set_args(struct mm *mm, vaddr_t arg_start, vaddr_t arg_end, vaddr_t env_start, vaddr_t env_end)
{
	mm->arg_start = arg_start;
	mm->arg_end = arg_end;
	mm->env_start = env_start;
	mm->env_end = env_end;
}

void mm_set_auxv(struct mm *mm, const unsigned long *auxv, unsigned words)
{
	mm->nr_auxv = min(words, (unsigned)MM_AUXV_WORDS);
	memcpy(mm->auxv, auxv, mm->nr_auxv * sizeof(auxv[0]));
}

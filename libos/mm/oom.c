/* SPDX-License-Identifier: MIT */
/* oom: the hook between the page allocator and proc/, which stands above it. See oom.h. */
#include "mm/oom.h"

#include "lib/types.h"
#include "sched/sched.h"

static struct {
	bool (*kill)(enum oom_need need);		/* [I] after start-up */
} oom;

void oom_register(bool (*fn)(enum oom_need need))
{
	oom.kill = fn;
}

bool oom_kill(enum oom_need need)
{
	if (!oom.kill || !oom.kill(need))
		return false;
	thread_yield();
	return true;
}

/* SPDX-License-Identifier: MIT */
/* oom: the hook between the page allocator and proc/, which stands above it. See oom.h. */
#include "mm/oom.h"

#include "lib/types.h"
#include "sched/sched.h"

static struct {
	bool (*kill)(void);		/* [I] after start-up */
} oom;

void oom_register(bool (*fn)(void))
{
	oom.kill = fn;
}

bool oom_kill(void)
{
	if (!oom.kill || !oom.kill())
		return false;
	thread_yield();
	return true;
}

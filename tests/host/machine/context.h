/* SPDX-License-Identifier: MIT */
/* machine/context.h of the hosted build: a thread's context is a host fiber with a stack of its own. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct host_fiber;

/* Field legend: [t] the thread itself, or the scheduler on its behalf while it does not run */
struct arch_thread {
	struct host_fiber *fiber;	/* [t] NULL: runs on the context the machine started with */
	unsigned long fs_base;		/* [t] */
};

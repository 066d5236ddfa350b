/* SPDX-License-Identifier: MIT */
/*
 * oom: when nothing can be freed. proc/ registers who chooses and kills the largest task.
 */
#pragma once

#include "lib/compiler.h"

/* How bad it is. */
enum oom_need {
	OOM_WORTHWHILE,			/* a system call could return ENOMEM: kill only who has a good part of memory */
	OOM_ANYBODY,			/* a program cannot go on without this page */
};

/* fn: kill something, say so in the log, return true if memory will come free. Thread context. */
void oom_register(bool (*fn)(enum oom_need need));
/* By the page allocator and page faults. True: worth trying again. May sleep. */
bool oom_kill(enum oom_need need);

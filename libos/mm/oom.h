/* SPDX-License-Identifier: MIT */
/*
 * oom: when nothing can be freed. proc/ registers who chooses and kills the largest task.
 */
#pragma once

#include "lib/compiler.h"

/* fn: kill something, say so in the log, return true if memory will come free. Thread context. */
void oom_register(bool (*fn)(void));
/* Called by the page allocator. True: worth trying again. May sleep. */
bool oom_kill(void);

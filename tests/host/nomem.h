/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out at a chosen point. A test that includes this is linked so that what other files ask of mm/slab.h
 * and mm/page_alloc.h comes here first (--wrap); the rest of mm/ asks past it.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct thread;

/*
 * The n-th request from now on (0: the next) of this thread that may sleep and may fail (no GFP_RESERVE) gets nothing;
 * lasting: all behind it, too.
 */
void host_nomem_at(struct thread *thread, unsigned n, bool lasting);
/* No more of it. How many requests got nothing. */
unsigned host_nomem_end(void);

/* SPDX-License-Identifier: MIT */
/* The allocator handed down to lib/: see lib/alloc.h. */
#include "lib/alloc.h"

static struct {
	const struct lib_allocator *ops;	/* [a] set once at start-up */
} allocator;

void lib_set_allocator(const struct lib_allocator *ops)
{
	smp_store_release(&allocator.ops, ops);		/* pairs with the loads below */
}

void *lib_alloc(size_t size)
{
	const struct lib_allocator *ops = smp_load_acquire(&allocator.ops);

	return ops ? ops->alloc(size) : NULL;
}

void lib_free(void *p)
{
	const struct lib_allocator *ops = smp_load_acquire(&allocator.ops);

	if (ops && p)
		ops->free(p);
}

/* SPDX-License-Identifier: MIT */
/* Reference counts: the cold half of lib/refcount.h. */
#include "lib/refcount.h"

static struct {
	void (*report)(struct refcount *r, enum refcount_misuse what);	/* [a] */
} refcounts;

void refcount_set_reporter(void (*fn)(struct refcount *r, enum refcount_misuse what))
{
	smp_store_release(&refcounts.report, fn);	/* pairs with the load in refcount_saturate */
}

void refcount_saturate(struct refcount *r, enum refcount_misuse what)
{
	void (*report)(struct refcount *r, enum refcount_misuse what) = smp_load_acquire(&refcounts.report);

	/* Half-way to the wrap on either side, so that concurrent users cannot count it back to life. */
	refcount_set(r, REFCOUNT_SATURATED);
	if (report)
		report(r, what);
}

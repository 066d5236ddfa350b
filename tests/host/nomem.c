/* SPDX-License-Identifier: MIT */
#include "nomem.h"

#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sched/sched.h"

/* Field legend: [t] the thread's */
static struct {
	struct thread *thread;		/* [t] NULL: off */
	unsigned left;			/* [t] that get what they ask for */
	unsigned refused;		/* [t] */
	bool lasting;			/* [t] */
} nomem;

void host_nomem_at(struct thread *thread, unsigned n, bool lasting)
{
	nomem.left = n;
	nomem.refused = 0;
	nomem.lasting = lasting;
	nomem.thread = thread;
}

unsigned host_nomem_end(void)
{
	nomem.thread = NULL;
	return nomem.refused;
}

static bool refuse(unsigned gfp)
{
	if (!nomem.thread || current_thread() != nomem.thread || !(gfp & GFP_WAIT) || gfp & GFP_RESERVE)
		return false;
	if (nomem.left) {
		nomem.left--;
		return false;
	}
	if (nomem.refused && !nomem.lasting)
		return false;
	nomem.refused++;
	return true;
}

/* By the linker: __wrap_NAME is who is called, __real_NAME what it was. */
void *__real_kmalloc(size_t size, unsigned gfp);
void *__real_kzalloc(size_t size, unsigned gfp);
void *__real_kcalloc(size_t n, size_t size, unsigned gfp);
void *__real_kmem_cache_alloc(struct kmem_cache *cache, unsigned gfp);
struct page *__real_alloc_pages(unsigned gfp, unsigned order);
void *__wrap_kmalloc(size_t size, unsigned gfp);
void *__wrap_kzalloc(size_t size, unsigned gfp);
void *__wrap_kcalloc(size_t n, size_t size, unsigned gfp);
void *__wrap_kmem_cache_alloc(struct kmem_cache *cache, unsigned gfp);
struct page *__wrap_alloc_pages(unsigned gfp, unsigned order);

void *__wrap_kmalloc(size_t size, unsigned gfp)
{
	return refuse(gfp) ? NULL : __real_kmalloc(size, gfp);
}

void *__wrap_kzalloc(size_t size, unsigned gfp)
{
	return refuse(gfp) ? NULL : __real_kzalloc(size, gfp);
}

void *__wrap_kcalloc(size_t n, size_t size, unsigned gfp)
{
	return refuse(gfp) ? NULL : __real_kcalloc(n, size, gfp);
}

void *__wrap_kmem_cache_alloc(struct kmem_cache *cache, unsigned gfp)
{
	return refuse(gfp) ? NULL : __real_kmem_cache_alloc(cache, gfp);
}

struct page *__wrap_alloc_pages(unsigned gfp, unsigned order)
{
	return refuse(gfp) ? NULL : __real_alloc_pages(gfp, order);
}

/* SPDX-License-Identifier: MIT */
/*
 * slab: object caches on pages.
 *
 * A slab is 2^order pages; its head page has the free list and the count of objects out. A cache keeps slabs with
 * free objects on `partial`; full ones are on no list (an object finds its slab by address), empty ones go back
 * beyond a few.
 *
 * Invariants
 *  (1) Each object is in exactly one place: given out, in one CPU's magazine, or on its slab's free list.
 *  (2) slab_inuse counts objects not on the slab's free list; 0 <= slab_inuse <= per_slab.
 *  (3) A slab is on `partial` exactly while its free list is not empty.
 *
 * Locking. cache->lock (class "slab", irq-safe) for slabs and lists; a magazine belongs to its CPU, irqs off.
 */
#include "mm/slab.h"

#include "core/assert.h"
#include "core/init.h"
#include "core/kasan.h"
#include "lib/align.h"
#include "lib/alloc.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "lib/xarray.h"
#include "mm/bootmem.h"
#include "mm/kvmap.h"
#include "sync/percpu.h"
#include "sync/rcu.h"

#define MAGAZINE_MAX	32
#define KMALLOC_SHIFT_MIN 4
#define KMALLOC_SHIFT_MAX 13		/* 8 KiB; above: pages */
#define EMPTY_SLABS_KEPT 2
#define POISON_FREE	0x6b		/* same value as elsewhere: known from crash dumps */

struct magazine {
	unsigned count;			/* [c] */
	void *object[MAGAZINE_MAX];	/* [c] */
};

/* Field legend: [I] immutable, [l] lock, [c] own CPU with irqs off, [s] slabs.lock */
struct kmem_cache {
	const char *name;		/* [I] */
	size_t size;			/* [I] bytes per object, aligned */
	size_t object_size;		/* [I] as asked for */
	unsigned order, per_slab;	/* [I] */
	unsigned magazine_size;		/* [I] */
	struct spinlock lock;
	struct list_head partial;	/* [l] */
	unsigned nr_empty;		/* [l] empty slabs on partial */
	unsigned long nr_slabs;		/* [l] */
	struct list_head link;		/* [s] */
	struct magazine cpu[ARCH_NR_CPUS] __aligned(ARCH_CACHE_LINE);	/* [c] */
};

static struct {
	struct spinlock lock;
	struct list_head caches;	/* [lock] */
	struct kmem_cache *general[KMALLOC_SHIFT_MAX + 1];	/* [I] */
	unsigned long pages;		/* [a] */
} slabs = { .lock = SPINLOCK_NAMED("slabs"), .caches = LIST_HEAD_INIT(slabs.caches) };

static void **next_of(const struct kmem_cache *cache, void *obj)
{
	/* The link lies in the object's middle, where a stray write of a neighbour or a stale pointer rarely hits. */
	return (void **)((char *)obj + ALIGN_DOWN(cache->size / 2, sizeof(void *)));
}

static struct page *slab_of(const struct kmem_cache *cache, const void *obj)
{
	return virt_to_page((void *)ALIGN_DOWN((uintptr_t)obj, PAGE_SIZE << cache->order));
}

static void check_object(const struct kmem_cache *cache, const struct page *slab, const void *obj)
{
	size_t at = (const char *)obj - (const char *)page_address(slab);

	if (unlikely(!page_test(slab, PG_SLAB) || slab->slab != cache || at % cache->size ||
		     at / cache->size >= cache->per_slab))
		panic("slab: %p is no object of cache %s", obj, cache->name);
}

static void poison_object(const struct kmem_cache *cache, void *obj)
{
	if (CONFIG_DEBUG)
		memset(obj, POISON_FREE, cache->object_size);
	kasan_poison(obj, cache->size, KASAN_FREE_OBJECT);
}

/* Bytes [from, to) of a free object, by words where there are some: this is most of what an allocation costs. */
static void check_poison(const struct kmem_cache *cache, const uint8_t *obj, size_t from, size_t to)
{
	static const uint64_t word = POISON_FREE * 0x0101010101010101ull;
	size_t i = from;

	while (i + sizeof(word) <= to && *(const uint64_t *)(obj + i) == word)
		i += sizeof(word);
	while (i < to && obj[i] == POISON_FREE)
		i++;
	if (i < to)
		panic("slab: %s object %p was written after free at byte %lu: %x", cache->name, obj, (unsigned long)i,
		      obj[i]);
}

static void unpoison_object(const struct kmem_cache *cache, void *obj)
{
	size_t link = (size_t)((char *)next_of(cache, obj) - (char *)obj);

	kasan_unpoison(obj, cache->object_size);
	if (!CONFIG_DEBUG)
		return;
	check_poison(cache, obj, 0, min(link, cache->object_size));
	if (link + sizeof(void *) < cache->object_size)
		check_poison(cache, obj, link + sizeof(void *), cache->object_size);
}

static struct page *slab_create(struct kmem_cache *cache, unsigned gfp)
{
	struct page *slab = alloc_pages(gfp & ~(unsigned)GFP_ZERO, cache->order);
	char *obj;

	if (!slab)
		return NULL;
	slab->slab = cache;
	slab->slab_inuse = 0;
	slab->freelist = NULL;
	page_set(slab, PG_SLAB);
	obj = (char *)page_address(slab) + cache->per_slab * cache->size;
	for (unsigned i = 0; i < cache->per_slab; i++) {
		obj -= cache->size;
		if (CONFIG_DEBUG)
			memset(obj, POISON_FREE, cache->object_size);
		*next_of(cache, obj) = slab->freelist;
		slab->freelist = obj;
	}
	kasan_poison(page_address(slab), PAGE_SIZE << cache->order, KASAN_REDZONE);
	__atomic_fetch_add(&slabs.pages, 1UL << cache->order, __ATOMIC_RELAXED);
	return slab;
}

static void slab_destroy(struct kmem_cache *cache, struct page *slab)
{
	page_clear(slab, PG_SLAB);
	slab->mapping = NULL;
	__atomic_fetch_sub(&slabs.pages, 1UL << cache->order, __ATOMIC_RELAXED);
	free_pages(slab, cache->order);
}

/* Free-list links of poisoned objects are read and written here, behind KASAN's back. */
static __no_sanitize_address void *slab_pop(struct kmem_cache *cache, struct page *slab)
{
	void *obj = slab->freelist;

	slab->freelist = *next_of(cache, obj);
	if (slab->slab_inuse++ == 0)
		cache->nr_empty--;
	if (!slab->freelist)
		list_del(&slab->lru);
	return obj;
}

/* Returns the slab when it became superfluous and left the list. */
static __no_sanitize_address struct page *slab_push(struct kmem_cache *cache, void *obj)
{
	struct page *slab = slab_of(cache, obj);

	if (!slab->freelist)
		list_add(&slab->lru, &cache->partial);
	*next_of(cache, obj) = slab->freelist;
	slab->freelist = obj;
	if (--slab->slab_inuse)
		return NULL;
	if (cache->nr_empty < EMPTY_SLABS_KEPT) {
		cache->nr_empty++;
		list_move_tail(&slab->lru, &cache->partial);
		return NULL;
	}
	list_del(&slab->lru);
	cache->nr_slabs--;
	return slab;
}

static void magazine_fill(struct kmem_cache *cache, struct magazine *m)
{
	struct page *slab;

	spin_lock(&cache->lock);
	while (m->count < (cache->magazine_size + 1) / 2 && !list_empty(&cache->partial)) {
		slab = list_first_entry(&cache->partial, struct page, lru);
		m->object[m->count++] = slab_pop(cache, slab);
	}
	spin_unlock(&cache->lock);
}

static void magazine_drain(struct kmem_cache *cache, struct magazine *m, unsigned keep)
{
	LIST_HEAD(dead);
	struct page *slab, *next;

	spin_lock(&cache->lock);
	while (m->count > keep) {
		slab = slab_push(cache, m->object[--m->count]);
		if (slab)
			list_add(&slab->lru, &dead);
	}
	spin_unlock(&cache->lock);
	list_for_each_entry_safe(slab, next, &dead, lru)
		slab_destroy(cache, slab);
}

static void add_slab(struct kmem_cache *cache, struct page *slab)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);

	list_add(&slab->lru, &cache->partial);
	cache->nr_slabs++;
	cache->nr_empty++;
	spin_unlock_irqrestore(&cache->lock, flags);
}

void *kmem_cache_alloc(struct kmem_cache *cache, unsigned gfp)
{
	struct magazine *m;
	struct page *slab;
	unsigned long flags;
	void *obj;

	alloc_might_sleep(gfp);
	for (;;) {
		flags = arch_irq_save();
		m = &cache->cpu[arch_cpu_id()];
		if (unlikely(!m->count))
			magazine_fill(cache, m);
		if (likely(m->count))
			break;
		arch_irq_restore(flags);
		slab = slab_create(cache, gfp);
		if (!slab)
			return NULL;
		add_slab(cache, slab);
	}
	obj = m->object[--m->count];
	arch_irq_restore(flags);
	unpoison_object(cache, obj);
	if (gfp & GFP_ZERO)
		memset(obj, 0, cache->object_size);
	return obj;
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	struct magazine *m;
	unsigned long flags;

	if (!obj)
		return;
	check_object(cache, slab_of(cache, obj), obj);
	poison_object(cache, obj);
	flags = arch_irq_save();
	m = &cache->cpu[arch_cpu_id()];
	for (unsigned i = 0; CONFIG_DEBUG && i < m->count; i++) {
		if (m->object[i] == obj)
			panic("slab: %s object %p freed twice", cache->name, obj);
	}
	if (unlikely(m->count == cache->magazine_size))
		magazine_drain(cache, m, cache->magazine_size / 2);
	m->object[m->count++] = obj;
	arch_irq_restore(flags);
}

static void cache_setup(struct kmem_cache *cache, const char *name, size_t size, size_t align)
{
	unsigned long flags;

	if (!align)
		align = size >= ARCH_CACHE_LINE ? ARCH_CACHE_LINE : 8;
	cache->name = name;
	cache->object_size = size;
	cache->size = ALIGN_UP(max(size, 2 * sizeof(void *)), align);
	cache->order = 0;
	while ((PAGE_SIZE << cache->order) / cache->size < 8 && cache->order < 3)
		cache->order++;
	cache->per_slab = (PAGE_SIZE << cache->order) / cache->size;
	cache->magazine_size = cache->size >= 4096 ? 4 : cache->size >= 1024 ? 8 : MAGAZINE_MAX;
	spin_lock_init(&cache->lock, "slab");
	INIT_LIST_HEAD(&cache->partial);
	flags = spin_lock_irqsave(&slabs.lock);
	list_add_tail(&cache->link, &slabs.caches);
	spin_unlock_irqrestore(&slabs.lock, flags);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align)
{
	unsigned order = 0;
	struct kmem_cache *cache;
	struct page *page;

	while ((PAGE_SIZE << order) < sizeof(*cache))
		order++;
	page = alloc_pages(GFP_KERNEL | GFP_ZERO, order);
	if (!page)
		return NULL;
	cache = page_address(page);
	cache_setup(cache, name, size, align);
	return cache;
}

void *kmalloc(size_t size, unsigned gfp)
{
	unsigned shift = size <= 16 ? KMALLOC_SHIFT_MIN : (unsigned)ilog2(size - 1) + 1;
	struct page *page;

	if (likely(shift <= KMALLOC_SHIFT_MAX))
		return kmem_cache_alloc(slabs.general[shift], gfp);
	if (shift - PAGE_SHIFT > PAGE_ORDER_MAX)
		return NULL;
	page = alloc_pages(gfp, shift - PAGE_SHIFT);
	return page ? page_address(page) : NULL;
}

void *kzalloc(size_t size, unsigned gfp)
{
	return kmalloc(size, gfp | GFP_ZERO);
}

void *kcalloc(size_t n, size_t size, unsigned gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, gfp | GFP_ZERO);
}

/* Head page of a kmalloc'd object: its slab, or its page block. */
static struct page *object_head(const void *p)
{
	struct page *page = virt_to_page(p);

	while (page->state == PAGE_TAIL)
		page = pfn_to_page(page_to_pfn(page) & (page_to_pfn(page) - 1));
	return page;
}

size_t ksize(const void *p)
{
	struct page *page = object_head(p);

	return page_test(page, PG_SLAB) ? page->slab->object_size : PAGE_SIZE << page->order;
}

void kfree(const void *p)
{
	struct page *page;

	if (!p)
		return;
	page = object_head(p);
	if (page_test(page, PG_SLAB))
		kmem_cache_free(page->slab, (void *)p);
	else
		free_pages(page, page->order);
}

void *krealloc(void *p, size_t size, unsigned gfp)
{
	size_t old = p ? ksize(p) : 0;
	void *n;

	if (p && size <= old)
		return p;
	n = kmalloc(size, gfp);
	if (!n)
		return NULL;
	if (p)
		memcpy(n, p, old);
	kfree(p);
	return n;
}

char *kstrdup(const char *s, unsigned gfp)
{
	return kmemdup(s, strlen(s) + 1, gfp);
}

void *kmemdup(const void *p, size_t size, unsigned gfp)
{
	void *n = kmalloc(size, gfp);

	return n ? memcpy(n, p, size) : NULL;
}

/* What is neither on a free list nor in a magazine; other CPUs' magazines are read as they change. */
static void count_objects(struct kmem_cache *cache, struct slab_info *info)
{
	unsigned long idle = 0;
	struct page *slab;
	unsigned cpu;

	spin_lock(&cache->lock);
	list_for_each_entry(slab, &cache->partial, lru)
		idle += cache->per_slab - slab->slab_inuse;
	info->slabs = cache->nr_slabs;
	spin_unlock(&cache->lock);
	for_each_online_cpu(cpu)
		idle += READ_ONCE(cache->cpu[cpu].count);
	info->active = info->slabs * info->per_slab > idle ? info->slabs * info->per_slab - idle : 0;
}

void slab_for_each(void (*fn)(const struct slab_info *info, void *arg), void *arg)
{
	unsigned long flags = spin_lock_irqsave(&slabs.lock);
	struct kmem_cache *cache;

	list_for_each_entry(cache, &slabs.caches, link) {
		struct slab_info info = {
			.name = cache->name, .object_size = cache->object_size, .order = cache->order,
			.per_slab = cache->per_slab,
		};

		count_objects(cache, &info);
		fn(&info, arg);
	}
	spin_unlock_irqrestore(&slabs.lock, flags);
}

unsigned long slab_pages(void)
{
	return __atomic_load_n(&slabs.pages, __ATOMIC_RELAXED);
}

static void *lib_kmalloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static void lib_kfree(void *p)
{
	kfree(p);
}

static struct xa_node *node_alloc(bool may_sleep)
{
	return kzalloc(sizeof(struct xa_node), may_sleep ? GFP_KERNEL : GFP_ATOMIC);
}

static void node_free_rcu(struct rcu_head *head)
{
	kfree(container_of((void *)head, struct xa_node, hook));
}

static void node_free(struct xa_node *node)
{
	BUILD_BUG_ON(sizeof(node->hook) < sizeof(struct rcu_head));
	call_rcu((struct rcu_head *)node->hook, node_free_rcu);
}

static int slab_init(void)
{
	static const struct lib_allocator lib_ops = { lib_kmalloc, lib_kfree };
	static const struct xa_allocator xa_ops = { .alloc = node_alloc, .free = node_free };
	static const char *const names[] = { "kmalloc-16", "kmalloc-32", "kmalloc-64", "kmalloc-128", "kmalloc-256",
					     "kmalloc-512", "kmalloc-1k", "kmalloc-2k", "kmalloc-4k", "kmalloc-8k" };

	bootmem_init();
	page_alloc_init();
	for (unsigned s = KMALLOC_SHIFT_MIN; s <= KMALLOC_SHIFT_MAX; s++)
		slabs.general[s] = kmem_cache_create(names[s - KMALLOC_SHIFT_MIN], 1UL << s, 16);
	lib_set_allocator(&lib_ops);
	xarray_set_allocator(&xa_ops);
	rcu_set_free(lib_kfree);
	return 0;
}
INIT_HOOK(INIT_MEMORY, slab_init);

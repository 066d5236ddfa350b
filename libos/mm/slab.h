/* SPDX-License-Identifier: MIT */
/*
 * slab: kernel objects. A cache per object type, general sizes behind kmalloc().
 *
 * In front of each cache every CPU has a stack of free objects ("magazine"), so that the common alloc and free
 * touch no lock. Debug build: freed objects are poisoned and checked on the next allocation, red zones by KASAN.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "mm/page_alloc.h"

struct kmem_cache;

/* align 0: natural (8, or a cache line for objects of a line and more). Never fails at boot; NULL: no memory. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align);
/* NULL: no memory. With GFP_WAIT may sleep, else any context. */
void *kmem_cache_alloc(struct kmem_cache *cache, unsigned gfp);
/* Any context; NULL is allowed. */
void kmem_cache_free(struct kmem_cache *cache, void *obj);

/* Bytes of any alignment up to 16; sizes above a few pages are whole pages, contiguous. NULL: no memory. */
void *kmalloc(size_t size, unsigned gfp) __attribute__((alloc_size(1), malloc));
void *kzalloc(size_t size, unsigned gfp) __attribute__((alloc_size(1), malloc));
/* n * size with overflow check, zeroed. */
void *kcalloc(size_t n, size_t size, unsigned gfp) __attribute__((alloc_size(1, 2), malloc));
void *krealloc(void *p, size_t size, unsigned gfp) __attribute__((alloc_size(2)));
void kfree(const void *p);
/* Usable size of a kmalloc'd object. */
size_t ksize(const void *p);

/* Large or small, not necessarily contiguous; thread context. */
void *kvmalloc(size_t size, unsigned gfp) __attribute__((alloc_size(1), malloc));
void *kvzalloc(size_t size, unsigned gfp) __attribute__((alloc_size(1), malloc));
void kvfree(const void *p);

char *kstrdup(const char *s, unsigned gfp);
void *kmemdup(const void *p, size_t size, unsigned gfp);

/* For /proc/slabinfo and meminfo. */
struct slab_info {
	const char *name;
	size_t object_size;
	unsigned order, per_slab;	/* of one slab: pages as a power of two, objects */
	unsigned long slabs, active;	/* slabs, and objects given out */
};
void slab_for_each(void (*fn)(const struct slab_info *info, void *arg), void *arg);
unsigned long slab_pages(void);

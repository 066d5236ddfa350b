/* SPDX-License-Identifier: MIT */
/* kmalloc and caches: objects keep their content, are aligned, and their pages come back. */
#include "kernel.h"

#include "lib/string.h"
#include "mm/kvmap.h"
#include "mm/slab.h"

#include <sys/wait.h>
#include <unistd.h>

#define HELD_MAX	1024

struct held {
	uint8_t *p;
	size_t size;
	uint8_t fill;
};

static void check_fill(const struct held *h)
{
	for (size_t i = 0; i < h->size; i++) {
		if (h->p[i] != h->fill)
			test_fail(__FILE__, __LINE__, "byte %lu of %lu changed", (unsigned long)i,
				  (unsigned long)h->size);
	}
}

static size_t random_size(void)
{
	switch (test_random_below(8)) {
	case 0: return test_random_below(30000);
	case 1: return test_random_below(5000);
	default: return test_random_below(300);
	}
}

static void fill(struct held *h, size_t size)
{
	h->size = size;
	h->fill = (uint8_t)test_random();
	memset(h->p, h->fill, size);
}

KTEST(kmalloc_random)
{
	static struct held held[HELD_MAX];

	for (unsigned round = 0; round < 30000; round++) {
		struct held *h = &held[test_random_below(HELD_MAX)];
		size_t size = random_size();

		if (!h->p) {
			h->p = kmalloc(size, GFP_KERNEL);
			CHECK(h->p);
			CHECK_EQ((uintptr_t)h->p & 15, 0);
			CHECK_GE(ksize(h->p), size);
			fill(h, size);
			continue;
		}
		check_fill(h);
		if (round % 5 == 0) {
			h->p = krealloc(h->p, max(size, h->size), GFP_KERNEL);
			CHECK(h->p);
			check_fill(h);
			fill(h, max(size, h->size));
		} else {
			kfree(h->p);
			h->p = NULL;
		}
	}
	for (unsigned i = 0; i < HELD_MAX; i++)
		kfree(held[i].p);
}

KTEST(kmalloc_edges)
{
	size_t huge = SIZE_MAX / 2;	/* behind the compiler's back, who would warn */
	void *p;

	kfree(NULL);
	CHECK(!kcalloc(*(volatile size_t *)&huge, 3, GFP_KERNEL));
	CHECK(!kmalloc(PAGE_SIZE << (PAGE_ORDER_MAX + 1), GFP_KERNEL | GFP_QUIET));
	p = kmalloc(0, GFP_KERNEL);
	CHECK(p);
	kfree(p);
	p = kzalloc(5000, GFP_KERNEL);
	CHECK(p);
	for (unsigned i = 0; i < 5000; i++)
		CHECK_EQ(((char *)p)[i], 0);
	kfree(p);
}

KTEST(cache_gives_pages_back)
{
	struct kmem_cache *cache = kmem_cache_create("test", 200, 0);
	static void *obj[4000];
	unsigned long before, used;

	CHECK(cache);
	before = slab_pages();
	for (unsigned i = 0; i < 4000; i++) {
		obj[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		CHECK(obj[i]);
		CHECK_EQ((uintptr_t)obj[i] % 64, 0);
	}
	used = slab_pages() - before;
	CHECK_GE(used, 4000 * 200 / PAGE_SIZE);
	for (unsigned i = 0; i < 4000; i++)
		kmem_cache_free(cache, obj[i]);
	CHECK_LE(slab_pages() - before, 16);
}

KTEST(kvmalloc_large)
{
	unsigned long before = pages_free() + slab_pages();

	for (unsigned i = 0; i < 20; i++) {
		size_t size = 10000 + test_random_below(300000);
		char *p = kvzalloc(size, GFP_KERNEL);

		CHECK(p);
		CHECK(kvmap_contains(p));
		CHECK_EQ(p[0] | p[size - 1] | p[size / 2], 0);
		memset(p, 1, size);
		kvfree(p);
	}
	CHECK_LE(before - (pages_free() + slab_pages()), 8);
}

KTEST(kernel_stacks_are_reused)
{
	void *a = kstack_alloc(), *b;

	CHECK(a);
	kstack_free(a);
	b = kstack_alloc();
	CHECK(a == b);
	kstack_free(b);
}

/* --- Writes to freed objects --- */

#define FREED_SIZE	44u
#define SURVIVED	77

static size_t damage_at;

static __no_sanitize_address void damage(uint8_t *p)
{
	*p ^= 0x10;
}

static void write_after_free(void)
{
	struct kmem_cache *cache = kmem_cache_create("freed", FREED_SIZE, 0);
	uint8_t *p = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_free(cache, p);
	if (damage_at < FREED_SIZE)
		damage(p + damage_at);
	CHECK(kmem_cache_alloc(cache, GFP_KERNEL) == p);
}

/* A machine of its own: a panic ends it. */
static bool survives(size_t at)
{
	static const struct host_options options = { .nr_cpus = 1 };
	pid_t pid = fork();
	int status;

	if (!pid) {
		test_exit_on_failure();
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		damage_at = at;
		ktest_run(&options, write_after_free);
		_exit(SURVIVED);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED;
}

/* Around the link in the object's middle. */
TEST(writes_after_free_are_seen)
{
	CHECK(survives(FREED_SIZE));
	CHECK(!survives(0));
	CHECK(!survives(FREED_SIZE / 2 - 3));
	CHECK(!survives(FREED_SIZE / 2 + 11));
	CHECK(!survives(FREED_SIZE - 1));
}

/* SPDX-License-Identifier: MIT */
/* The page allocator against a record of what is out: no frame twice, nothing lost, exhaustion is NULL. */
#include "kernel.h"

#include "lib/string.h"
#include "mm/page_alloc.h"

#define HELD_MAX	512

struct held {
	struct page *page;
	unsigned order;
	uint64_t tag;
};

static void stamp(const struct held *h)
{
	uint64_t *p = page_address(h->page);

	for (size_t i = 0; i < (PAGE_SIZE << h->order) / 8; i += 512)
		p[i] = h->tag + i;
}

static void check_stamp(const struct held *h)
{
	const uint64_t *p = page_address(h->page);

	for (size_t i = 0; i < (PAGE_SIZE << h->order) / 8; i += 512)
		CHECK_EQ(p[i], h->tag + i);
}

static void drop(struct held *h)
{
	check_stamp(h);
	if (h->tag & 1)
		free_pages(h->page, h->order);
	else
		put_page(h->page);
	h->page = NULL;
}

KTEST(page_alloc_random)
{
	static struct held held[HELD_MAX];
	unsigned long before = pages_free(), out = 0;

	for (unsigned round = 0; round < 20000; round++) {
		struct held *h = &held[test_random_below(HELD_MAX)];

		if (h->page) {
			out -= 1UL << h->order;
			drop(h);
			continue;
		}
		h->order = test_random_below(4) ? 0 : (unsigned)test_random_below(6);
		h->page = alloc_pages(GFP_QUIET, h->order);
		if (!h->page)
			continue;
		CHECK_EQ(page_to_pfn(h->page) & ((1UL << h->order) - 1), 0);
		out += 1UL << h->order;
		h->tag = test_random();
		stamp(h);
		CHECK_EQ(pages_free(), before - out);
	}
	for (unsigned i = 0; i < HELD_MAX; i++) {
		if (held[i].page)
			drop(&held[i]);
	}
	CHECK_EQ(pages_free(), before);
}

KTEST(page_alloc_zeroes)
{
	static const uint8_t zero[PAGE_SIZE];

	for (unsigned i = 0; i < 64; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		CHECK(page);
		memset(page_address(page), 0xaa, PAGE_SIZE);
		put_page(page);
		page = alloc_page(GFP_KERNEL | GFP_ZERO);
		CHECK(page);
		CHECK_MEM(page_address(page), zero, PAGE_SIZE);
		put_page(page);
	}
}

KTEST_ON(page_alloc_runs_out, .ram_size = 16 << 20)
{
	unsigned long before = pages_free(), n = 0;
	struct page *page, *list = NULL;

	while ((page = alloc_page(GFP_QUIET)) != NULL) {
		page->mapping = (struct address_space *)list;
		list = page;
		n++;
	}
	CHECK_GT(n, before / 2);
	CHECK(!alloc_pages(GFP_KERNEL | GFP_QUIET, 3));
	page = alloc_page(GFP_ATOMIC);		/* the reserve is for those who cannot wait */
	CHECK(page);
	put_page(page);
	while ((page = list) != NULL) {
		list = (struct page *)page->mapping;
		page->mapping = NULL;
		put_page(page);
	}
	CHECK_EQ(pages_free(), before);
	page = alloc_pages(GFP_KERNEL, PAGE_ORDER_MAX - 1);	/* single pages merged again */
	CHECK(page);
	free_pages(page, PAGE_ORDER_MAX - 1);
}

/* SPDX-License-Identifier: MIT */
/* Heap sort and binary search: see lib/sort.h. */
#include "lib/sort.h"

static void swap_bytes(void *a, void *b, size_t size)
{
	uint8_t *x = a, *y = b;

	for (; size; size--, x++, y++)
		swap(*x, *y);
}

static void swap_u32(void *a, void *b, size_t size)
{
	uint32_t *x = a, *y = b;

	for (; size; size -= sizeof(*x), x++, y++)
		swap(*x, *y);
}

static void swap_u64(void *a, void *b, size_t size)
{
	uint64_t *x = a, *y = b;

	for (; size; size -= sizeof(*x), x++, y++)
		swap(*x, *y);
}

/* The widest words that elements and their places are made of. */
static swap_func_t widest_swap(const void *base, size_t size)
{
	uintptr_t bits = (uintptr_t)base | size;

	return bits % sizeof(uint64_t) == 0 ? swap_u64 : bits % sizeof(uint32_t) == 0 ? swap_u32 : swap_bytes;
}

struct heap {
	uint8_t *base;
	size_t size;		/* of an element */
	cmp_func_t cmp;
	swap_func_t swap_fn;
};

/* Restore "no child is greater" below element i of the first n. */
static void sift_down(const struct heap *h, size_t i, size_t n)
{
	size_t child;

	while ((child = 2 * i + 1) < n) {
		uint8_t *c = h->base + child * h->size;

		if (child + 1 < n && h->cmp(c, c + h->size) < 0) {
			child++;
			c += h->size;
		}
		if (h->cmp(h->base + i * h->size, c) >= 0)
			return;
		h->swap_fn(h->base + i * h->size, c, h->size);
		i = child;
	}
}

void sort(void *base, size_t num, size_t size, cmp_func_t cmp, swap_func_t swap_fn)
{
	struct heap h = { base, size, cmp, swap_fn ? swap_fn : widest_swap(base, size) };
	size_t i;

	for (i = num / 2; i--; )
		sift_down(&h, i, num);
	for (i = num; i-- > 1; ) {
		h.swap_fn(h.base, h.base + i * size, size);
		sift_down(&h, 0, i);
	}
}

void *array_search(const void *key, const void *base, size_t num, size_t size, cmp_func_t cmp)
{
	const uint8_t *lo = base;
	int c;

	while (num) {
		const uint8_t *mid = lo + num / 2 * size;

		c = cmp(key, mid);
		if (!c)
			return (void *)mid;
		if (c > 0) {
			lo = mid + size;
			num--;
		}
		num /= 2;
	}
	return NULL;
}

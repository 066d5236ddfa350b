/* SPDX-License-Identifier: MIT */
/* The xarray against a sorted array of present indices, with allocation failures and node accounting. */
#include "test.h"

#include "abi/errno.h"
#include "lib/xarray.h"

#include <stdlib.h>
#include <string.h>

static struct {
	long live;
	unsigned fail_after;	/* allocations until one fails; 0: never */
} nodes;

static struct xa_node *node_alloc(bool may_sleep)
{
	(void)may_sleep;
	if (nodes.fail_after && !--nodes.fail_after)
		return NULL;
	nodes.live++;
	return calloc(1, sizeof(struct xa_node));
}

static void node_free(struct xa_node *node)
{
	nodes.live--;
	node->hook[0] = node->hook[1] = (void *)0x5a;
	free(node);
}

static const struct xa_allocator node_ops = { node_alloc, node_free };

static void start(void)
{
	nodes.live = 0;
	nodes.fail_after = 0;
	xarray_set_allocator(&node_ops);
}

/* The model: what is stored where, in a small set of possible indices. */
#define SLOTS	400
static unsigned long indices[SLOTS];
static void *model[SLOTS];
static bool marks[SLOTS][XA_NR_MARKS];

static int by_value(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static void choose_indices(unsigned spread)
{
	unsigned i;

	for (i = 0; i < SLOTS; i++) {
		indices[i] = spread ? test_random() >> test_random_below(spread) : i;
		model[i] = NULL;
		memset(marks[i], 0, sizeof(marks[i]));
	}
	if (spread == 64) {
		indices[0] = 0;
		indices[SLOTS - 1] = ULONG_MAX;
	}
	qsort(indices, SLOTS, sizeof(indices[0]), by_value);
	for (i = 1; i < SLOTS; i++) {
		if (indices[i] <= indices[i - 1])
			indices[i] = indices[i - 1] + 1;
	}
}

static bool matches(unsigned i, enum xa_mark mark)
{
	return model[i] && (mark == XA_PRESENT || marks[i][mark]);
}

static void check_against_model(struct xarray *xa)
{
	unsigned long index, from = test_random_below(SLOTS), to = from + test_random_below(SLOTS - from);
	enum xa_mark mark = (enum xa_mark)test_random_below(4);
	void *entry;
	unsigned i;

	for (i = 0; i < SLOTS; i++) {
		CHECK(xa_load(xa, indices[i]) == model[i]);
		CHECK(xa_get_mark(xa, indices[i], XA_MARK_1) == (model[i] && marks[i][1]));
	}
	i = from;
	xa_for_each_range_marked(xa, index, entry, indices[from], indices[to], mark) {
		while (i <= to && !matches(i, mark))
			i++;
		CHECK(i <= to && indices[i] == index && model[i] == entry);
		i++;
	}
	while (i <= to && !matches(i, mark))
		i++;
	CHECK_EQ(i, to + 1);

	index = indices[to];
	entry = xa_find_before(xa, &index, indices[from], mark);
	for (i = to + 1; i > from && !matches(i - 1, mark); i--)
		;
	CHECK_EQ(entry != NULL, i > from);
	CHECK(!entry || (index == indices[i - 1] && entry == model[i - 1]));
}

static void random_step(struct xarray *xa)
{
	unsigned i = test_random_below(SLOTS), m = test_random_below(XA_NR_MARKS);
	void *entry = xa_mk_value(test_random() >> 1), *old;

	switch (test_random_below(8)) {
	case 0: case 1:
		CHECK_EQ(xa_store_prealloc(xa, indices[i], entry, &old, NULL), 0);
		CHECK(old == model[i]);
		model[i] = entry;
		break;
	case 2:
		CHECK_EQ(xa_insert(xa, indices[i], entry), model[i] ? -EBUSY : 0);
		model[i] = model[i] ? model[i] : entry;
		break;
	case 3: case 4:
		CHECK(xa_erase(xa, indices[i]) == model[i]);
		model[i] = NULL;
		memset(marks[i], 0, sizeof(marks[i]));
		break;
	case 5: case 6:
		xa_set_mark(xa, indices[i], (enum xa_mark)m);
		marks[i][m] = model[i] != NULL;
		break;
	default:
		xa_clear_mark(xa, indices[i], (enum xa_mark)m);
		marks[i][m] = false;
	}
}

static void random_run(unsigned spread)
{
	DEFINE_XARRAY(xa);
	unsigned step, i;

	start();
	choose_indices(spread);
	for (step = 0; step < 6000; step++) {
		random_step(&xa);
		if (step % 16 == 0)
			check_against_model(&xa);
	}
	for (i = 0; i < SLOTS; i++)
		CHECK(xa_erase(&xa, indices[i]) == model[i]);
	CHECK(xa_empty(&xa));
	CHECK_EQ(nodes.live, 0);
}

TEST(xarray_random_dense)
{
	random_run(0);
}

TEST(xarray_random_sparse)
{
	random_run(64);
}

TEST(xarray_random_middle)
{
	random_run(50);
}

TEST(xarray_marks_empty)
{
	DEFINE_XARRAY(xa);

	start();
	CHECK(!xa_marked(&xa, XA_MARK_0));
	CHECK_EQ(xa_store(&xa, 5000, &xa), 0);
	xa_set_mark(&xa, 5000, XA_MARK_0);
	CHECK(xa_marked(&xa, XA_MARK_0));
	CHECK(!xa_marked(&xa, XA_MARK_1));
	CHECK_EQ(xa_store(&xa, 0xffffffffff, &xa), 0);
	CHECK(xa_marked(&xa, XA_MARK_0));
	CHECK(xa_erase(&xa, 5000) == &xa);
	CHECK(!xa_marked(&xa, XA_MARK_0));
	xa_destroy(&xa);
	CHECK_EQ(nodes.live, 0);
}

TEST(xarray_alloc_lowest)
{
	DEFINE_XARRAY(xa);
	unsigned long index;
	unsigned i;

	start();
	for (i = 0; i < 5000; i++) {
		CHECK_EQ(xa_alloc(&xa, &index, &xa, 3, 5002), 0);
		CHECK_EQ(index, i + 3);
	}
	CHECK_EQ(xa_alloc(&xa, &index, &xa, 3, 5002), -EBUSY);
	for (i = 0; i < 300; i++) {
		unsigned long hole = 3 + test_random_below(5000);

		CHECK(xa_erase(&xa, hole));
		CHECK_EQ(xa_alloc(&xa, &index, &xa, test_random_below(hole + 1), 5002), 0);
		CHECK_EQ(index, index < 3 ? index : hole);
		if (index < 3) {
			CHECK(xa_erase(&xa, index));
			CHECK_EQ(xa_store(&xa, hole, &xa), 0);
		}
	}
	CHECK_EQ(xa_store(&xa, ULONG_MAX, &xa), 0);
	CHECK_EQ(xa_find_free(&xa, ULONG_MAX, ULONG_MAX, &index), -EBUSY);
	CHECK_EQ(xa_find_free(&xa, 4000, ULONG_MAX, &index), 0);
	CHECK_EQ(index, 5003);
	xa_destroy(&xa);
	CHECK_EQ(nodes.live, 0);
}

TEST(xarray_no_memory)
{
	DEFINE_XARRAY(xa);
	unsigned i;

	start();
	CHECK_EQ(xa_store(&xa, 1, &xa), 0);
	for (i = 1; i < 25; i++) {
		long before = nodes.live;

		nodes.fail_after = i;
		if (xa_store(&xa, ULONG_MAX / 3, &xa) == 0)
			break;
		CHECK_EQ(nodes.live, before);
		CHECK(xa_load(&xa, 1) == &xa);
		CHECK(!xa_load(&xa, ULONG_MAX / 3));
	}
	CHECK_EQ(i, 21);	/* 10 new tops and 10 nodes below */
	nodes.fail_after = 0;
	xa_destroy(&xa);
	CHECK_EQ(nodes.live, 0);
}

TEST(xarray_prealloc_suffices)
{
	unsigned round;

	for (round = 0; round < 300; round++) {
		struct xa_prealloc pool = XA_PREALLOC_INIT;
		unsigned long from = test_random() >> test_random_below(64), count = 1 + test_random_below(9000), i;
		DEFINE_XARRAY(xa);

		start();
		if (from + count < from)
			continue;
		if (round % 2)
			CHECK_EQ(xa_store(&xa, test_random() >> test_random_below(64), &xa), 0);
		CHECK_EQ(xa_prealloc_fill(&pool, &xa, from, count), 0);
		nodes.fail_after = 1;
		for (i = 0; i < count; i++)
			CHECK_EQ(xa_store_prealloc(&xa, from + i, &xa, NULL, &pool), 0);
		CHECK_LE(pool.count, 25);
		nodes.fail_after = 0;
		xa_prealloc_drain(&pool);
		xa_destroy(&xa);
		CHECK_EQ(nodes.live, 0);
	}
}

TEST(xarray_extract)
{
	DEFINE_XARRAY(xa);
	void *got[64];
	unsigned i;

	start();
	for (i = 0; i < 1000; i++)
		CHECK_EQ(xa_store(&xa, i * 3, xa_mk_value(i)), 0);
	CHECK_EQ(xa_extract(&xa, got, 300, 302, 64, XA_PRESENT), 1);
	CHECK_EQ(xa_to_value(got[0]), 100);
	CHECK_EQ(xa_extract(&xa, got, 298, ULONG_MAX, 64, XA_PRESENT), 64);
	for (i = 0; i < 64; i++)
		CHECK(xa_is_value(got[i]) && xa_to_value(got[i]) == 100 + i);
	CHECK_EQ(xa_extract(&xa, got, 0, ULONG_MAX, 0, XA_PRESENT), 0);
	xa_destroy(&xa);
}

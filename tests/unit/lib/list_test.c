/* SPDX-License-Identifier: MIT */
/* Lists and hash lists against arrays; reference counts. */
#include "test.h"

#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"

#include <string.h>

struct item {
	struct list_head link;
	struct hlist_node hash;
	int id;
};

#define ITEMS	40

static struct item items[ITEMS];

/* The model: ids in order. */
static struct {
	int id[ITEMS];
	int n;
} model;

static void model_insert(int at, int id)
{
	memmove(&model.id[at + 1], &model.id[at], (model.n++ - at) * sizeof(int));
	model.id[at] = id;
}

static bool model_remove(int id)
{
	int i;

	for (i = 0; i < model.n; i++) {
		if (model.id[i] == id) {
			memmove(&model.id[i], &model.id[i + 1], (--model.n - i) * sizeof(int));
			return true;
		}
	}
	return false;
}

static void check_list(struct list_head *head)
{
	struct item *it;
	int i = 0;

	list_for_each_entry(it, head, link)
		CHECK(i < model.n && it->id == model.id[i++]);
	CHECK_EQ(i, model.n);
	list_for_each_entry_reverse(it, head, link)
		CHECK_EQ(it->id, model.id[--i]);
	list_for_each_entry_rcu(it, head, link)
		CHECK_EQ(it->id, model.id[i++]);
	CHECK_EQ(i, model.n);
	CHECK_EQ(list_empty(head), model.n == 0);
	CHECK_EQ(list_is_singular(head), model.n == 1);
	it = list_first_entry_or_null(head, struct item, link);
	CHECK_EQ(it ? it->id : -1, model.n ? model.id[0] : -1);
}

TEST(list_random)
{
	LIST_HEAD(head);
	int step, i;

	model.n = 0;
	for (i = 0; i < ITEMS; i++) {
		items[i].id = i;
		INIT_LIST_HEAD(&items[i].link);
	}
	for (step = 0; step < 20000; step++) {
		int id = (int)test_random_below(ITEMS);
		struct item *it = &items[id];
		bool in = !list_empty(&it->link);

		switch (test_random_below(6)) {
		case 0:
			CHECK_EQ(model_remove(id), in);
			list_del_init(&it->link);
			break;
		case 1:
			if (!in) {
				list_add(&it->link, &head);
				model_insert(0, id);
			}
			break;
		case 2:
			if (!in) {
				list_add_tail_rcu(&it->link, &head);
				model_insert(model.n, id);
			}
			break;
		case 3:
			if (in) {
				model_remove(id);
				model_insert(0, id);
				list_move(&it->link, &head);
			}
			break;
		case 4:
			if (in) {
				model_remove(id);
				model_insert(model.n, id);
				list_move_tail(&it->link, &head);
			}
			break;
		default:
			if (in) {
				model_remove(id);
				list_del_rcu(&it->link);
				INIT_LIST_HEAD(&it->link);
			}
		}
		check_list(&head);
	}
}

TEST(list_splice_joins)
{
	LIST_HEAD(a);
	LIST_HEAD(b);
	LIST_HEAD(empty);
	struct item *it, *n;
	int i;

	model.n = 0;
	for (i = 0; i < 10; i++) {
		list_add_tail(&items[i].link, i < 5 ? &a : &b);
		items[i].id = i;
		model_insert(i, i);
	}
	list_splice_tail_init(&b, &a);
	list_splice_init(&empty, &a);
	CHECK(list_empty(&b));
	check_list(&a);
	list_rotate_left(&a);
	model_remove(0);
	model_insert(9, 0);
	check_list(&a);
	list_for_each_entry_safe(it, n, &a, link) {
		if (it->id % 2) {
			list_del(&it->link);
			model_remove(it->id);
		}
	}
	check_list(&a);
}

TEST(hlist_random)
{
	HLIST_HEAD(head);
	struct hlist_node *n;
	struct item *it;
	int step, i;

	model.n = 0;
	for (i = 0; i < ITEMS; i++) {
		items[i].id = i;
		INIT_HLIST_NODE(&items[i].hash);
	}
	for (step = 0; step < 20000; step++) {
		int id = (int)test_random_below(ITEMS);

		it = &items[id];
		if (!hlist_unhashed(&it->hash)) {
			model_remove(id);
			if (step % 2)
				hlist_del_init(&it->hash);
			else
				hlist_del_init_rcu(&it->hash);
		} else if (model.n && step % 3 == 0) {
			hlist_add_behind_rcu(&it->hash, &items[model.id[0]].hash);
			model_insert(1, id);
		} else if (model.n && step % 3 == 1) {
			hlist_add_before(&it->hash, &items[model.id[model.n - 1]].hash);
			model_insert(model.n - 1, id);
		} else {
			hlist_add_head_rcu(&it->hash, &head);
			model_insert(0, id);
		}
		i = 0;
		hlist_for_each_entry(it, &head, hash)
			CHECK(i < model.n && it->id == model.id[i++]);
		CHECK_EQ(i, model.n);
		i = 0;
		hlist_for_each_entry_rcu(it, &head, hash)
			CHECK(i < model.n && it->id == model.id[i++]);
	}
	hlist_for_each_entry_safe(it, n, &head, hash)
		hlist_del(&it->hash);
	CHECK(hlist_empty(&head));
}

static int reported = -1;

static void report(struct refcount *r, enum refcount_misuse what)
{
	(void)r;
	reported = what;
}

TEST(refcount_saturates)
{
	struct refcount r = REFCOUNT_INIT(1);

	refcount_set_reporter(report);
	refcount_inc(&r);
	CHECK(!refcount_dec_and_test(&r));
	CHECK(!refcount_dec_not_one(&r));
	CHECK(refcount_dec_and_test(&r));
	CHECK(!refcount_inc_not_zero(&r));
	CHECK_EQ(reported, -1);
	refcount_inc(&r);
	CHECK_EQ(reported, REFCOUNT_INC_FROM_ZERO);
	CHECK_EQ(refcount_read(&r), REFCOUNT_SATURATED);
	CHECK(!refcount_dec_and_test(&r));
	refcount_set(&r, INT_MAX);
	refcount_inc(&r);
	CHECK_EQ(reported, REFCOUNT_OVERFLOW);
	refcount_set(&r, 0);
	CHECK(!refcount_dec_and_test(&r));
	CHECK_EQ(reported, REFCOUNT_UNDERFLOW);
	refcount_set_reporter(NULL);
}

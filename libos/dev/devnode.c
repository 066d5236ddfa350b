/* SPDX-License-Identifier: MIT */
/* The list of device names: see dev/devnode.h. The mutex (class "devnodes") is held while the listener runs. */
#include "dev/devnode.h"

#include "abi/errno.h"
#include "core/init.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"

/* Field legend: [I] immutable, [l] devnodes.lock */
struct devnode {
	struct list_head link;		/* [l] */
	char name[DEVNODE_NAME_MAX];	/* [I] */
	uint32_t mode;			/* [I] */
	uint64_t rdev;			/* [I] */
};

/* Field legend: [l] lock */
static struct {
	struct mutex lock;
	struct list_head all;		/* [l] in the order they came */
	devnode_fn listener;		/* [l] NULL: none yet */
} devnodes = { .all = LIST_HEAD_INIT(devnodes.all) };

static struct devnode *find_locked(const char *name)
{
	struct devnode *n;

	assert_held(&devnodes.lock);
	list_for_each_entry(n, &devnodes.all, link) {
		if (!strcmp(n->name, name))
			return n;
	}
	return NULL;
}

int devnode_add(const char *name, uint32_t mode, uint64_t rdev)
{
	struct devnode *n = kzalloc(sizeof(*n), GFP_KERNEL);
	int err = 0;

	if (!n)
		return -ENOMEM;
	n->mode = mode;
	n->rdev = rdev;
	if (strscpy(n->name, name, sizeof(n->name)) < 0) {
		kfree(n);
		return -ENAMETOOLONG;
	}
	mutex_lock(&devnodes.lock);
	if (find_locked(name)) {
		err = -EEXIST;
	} else {
		list_add_tail(&n->link, &devnodes.all);
		if (devnodes.listener)
			devnodes.listener(n->name, n->mode, n->rdev, /*added=*/true);
	}
	mutex_unlock(&devnodes.lock);
	if (err)
		kfree(n);
	return err;
}

void devnode_remove(const char *name)
{
	struct devnode *n;

	mutex_lock(&devnodes.lock);
	n = find_locked(name);
	if (n) {
		list_del(&n->link);
		if (devnodes.listener)
			devnodes.listener(n->name, n->mode, n->rdev, /*added=*/false);
	}
	mutex_unlock(&devnodes.lock);
	kfree(n);
}

void devnode_set_listener(devnode_fn fn)
{
	struct devnode *n;

	mutex_lock(&devnodes.lock);
	devnodes.listener = fn;
	list_for_each_entry(n, &devnodes.all, link)
		fn(n->name, n->mode, n->rdev, /*added=*/true);
	mutex_unlock(&devnodes.lock);
}

static int devnode_init(void)
{
	mutex_init(&devnodes.lock, "devnodes");
	return 0;
}
INIT_HOOK(INIT_SCHED, devnode_init);

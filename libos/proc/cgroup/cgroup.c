/* SPDX-License-Identifier: MIT */
/*
 * cgroup: the tree of groups: making and removing them, the controllers their children have, their names.
 *
 * A group is alive from cgroup_make() to cgroup_remove(); its memory stays as long as a zombie, an open file or a
 * cached inode refers to it. The root is static and always there.
 */
#include "proc/cgroup/cgroup.h"

#include "abi/errno.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/cgroup/internal.h"

DEFINE_MUTEX(cgroup_mutex);

struct cgroups cgroups = {
	.nr_groups = 1,
	.last_id = 1,
};

#define NO_PIDS_LIMIT	{ .max = CGROUP_NO_LIMIT }
#define EVENT_INIT(name)								\
	{ .wait = { .lock = SPINLOCK_NAMED("cgroup_event"), .entries = LIST_HEAD_INIT(cgroup_root.name.wait.entries) } }

struct cgroup cgroup_root = {
	.refs = REFCOUNT_INIT(1),
	.id = 1,
	.name = "",
	.children = LIST_HEAD_INIT(cgroup_root.children),
	.sibling = LIST_HEAD_INIT(cgroup_root.sibling),
	.max_depth = CGROUP_NO_LIMIT,
	.max_descendants = CGROUP_NO_LIMIT,
	.processes = LIST_HEAD_INIT(cgroup_root.processes),
	.pids = NO_PIDS_LIMIT,
	.events = EVENT_INIT(events),
	.pids_events = EVENT_INIT(pids_events),
	.notify_link = LIST_HEAD_INIT(cgroup_root.notify_link),
};

const char *const cgroup_controller_names[NR_CONTROLLERS] = { [CONTROLLER_PIDS] = "pids" };

struct cgroup *cgroup_get(struct cgroup *cg)
{
	if (!cgroup_is_root(cg))
		refcount_inc(&cg->refs);
	return cg;
}

void cgroup_put(struct cgroup *cg)
{
	while (cg && !cgroup_is_root(cg) && refcount_dec_and_test(&cg->refs)) {
		struct cgroup *parent = cg->parent;

		kfree(cg->name);
		kfree(cg);
		cg = parent;
	}
}

bool cgroup_is_descendant(const struct cgroup *cg, const struct cgroup *of)
{
	while (cg->depth > of->depth)
		cg = cg->parent;
	return cg == of;
}

bool cgroup_is_thread_root(const struct cgroup *cg)
{
	return !cgroup_is_root(cg) && cg->subtree_control && !list_empty(&cg->processes);
}

bool cgroup_is_valid_domain(const struct cgroup *cg)
{
	for (cg = cg->parent; cg; cg = cg->parent) {
		if (cgroup_is_thread_root(cg))
			return false;
	}
	return true;
}

bool cgroup_may_be_thread_root(const struct cgroup *cg)
{
	return cgroup_is_root(cg) || cg->nr_populated == !list_empty(&cg->processes);
}

struct cgroup *cgroup_next(const struct cgroup *top, struct cgroup *cg)
{
	if (!list_empty(&cg->children))
		return list_first_entry(&cg->children, struct cgroup, sibling);
	for (; cg != top; cg = cg->parent) {
		if (!list_is_last(&cg->sibling, &cg->parent->children))
			return list_entry(cg->sibling.next, struct cgroup, sibling);
	}
	return NULL;
}

void cgroup_print_path(struct strbuf *out, const struct cgroup *cg, const struct cgroup *root)
{
	const struct cgroup *common = root;
	size_t start = out->len;

	while (!cgroup_is_descendant(cg, common)) {
		strbuf_puts(out, "/..");
		common = common->parent;
	}
	for (unsigned depth = common->depth + 1; depth <= cg->depth; depth++) {
		const struct cgroup *step = cg;

		while (step->depth > depth)
			step = step->parent;
		strbuf_putc(out, '/');
		strbuf_puts(out, step->name);
	}
	if (out->len == start)
		strbuf_putc(out, '/');
}

/* --- Making and removing --- */

/* Every group above sees one more level and one more descendant. */
static int check_limits(const struct cgroup *parent)
{
	int64_t level = 1;

	for (const struct cgroup *cg = parent; cg; cg = cg->parent, level++) {
		struct cgroup *below = (struct cgroup *)cg;
		int64_t descendants = 0;

		if (level > cg->max_depth)
			return -EAGAIN;
		if (cg->max_descendants == CGROUP_NO_LIMIT)
			continue;
		while ((below = cgroup_next(cg, below)) != NULL)
			descendants++;
		if (descendants >= cg->max_descendants)
			return -EAGAIN;
	}
	return 0;
}

static struct cgroup *cgroup_alloc(struct cgroup *parent, const char *name)
{
	struct cgroup *cg = kzalloc(sizeof(*cg), GFP_KERNEL);

	if (!cg)
		return NULL;
	cg->name = kstrdup(name, GFP_KERNEL);
	if (!cg->name) {
		kfree(cg);
		return NULL;
	}
	refcount_set(&cg->refs, 1);	/* the tree's */
	cg->parent = cgroup_get(parent);
	cg->depth = parent->depth + 1;
	INIT_LIST_HEAD(&cg->children);
	INIT_LIST_HEAD(&cg->sibling);
	INIT_LIST_HEAD(&cg->processes);
	INIT_LIST_HEAD(&cg->notify_link);
	cg->max_depth = cg->max_descendants = cg->pids.max = CGROUP_NO_LIMIT;
	cgroup_event_init(&cg->events);
	cgroup_event_init(&cg->pids_events);
	return cg;
}

/* Files belong to who made the group. */
static void set_owner(struct cgroup *cg, uint32_t mode, const struct cred *cred)
{
	for (unsigned i = 0; i < NR_CG_FILES; i++)
		cg->attr[i] = (struct pseudo_attr){
			.mode = i < CG_FOLDER ? cgroup_files[i].mode & 07777 : mode & 07777,
			.uid = cred->fsuid, .gid = cred->fsgid, .nlink = 1,
		};
}

static bool has_child(const struct cgroup *parent, const char *name)
{
	const struct cgroup *cg;

	list_for_each_entry(cg, &parent->children, sibling) {
		if (!strcmp(cg->name, name))
			return true;
	}
	return false;
}

static int cgroup_make_locked(struct cgroup *parent, const char *name, uint32_t mode, const struct cred *cred,
			      struct cgroup **out)
{
	struct cgroup *cg;
	int err;

	assert_held(&cgroup_mutex);
	if (parent->dead)
		return -ENODEV;
	if (has_child(parent, name))
		return -EEXIST;
	err = check_limits(parent);
	if (err)
		return err;
	cg = cgroup_alloc(parent, name);
	if (!cg)
		return -ENOMEM;
	cg->id = ++cgroups.last_id;
	set_owner(cg, mode, cred);
	list_add_tail(&cg->sibling, &parent->children);
	parent->nr_children++;
	cgroups.nr_groups++;
	*out = cgroup_get(cg);
	return 0;
}

int cgroup_make(struct cgroup *parent, const char *name, uint32_t mode, const struct cred *cred, struct cgroup **out)
{
	int err;

	if (strchr(name, '\n'))
		return -EINVAL;		/* /proc/PID/cgroup is read by lines */
	mutex_lock(&cgroup_mutex);
	err = cgroup_make_locked(parent, name, mode, cred, out);
	mutex_unlock(&cgroup_mutex);
	return err;
}

static int cgroup_remove_locked(struct cgroup *cg)
{
	unsigned long irq;
	int err = 0;

	assert_held(&cgroup_mutex);
	if (cg->dead)
		return -ENODEV;
	if (cgroup_is_root(cg) || !list_empty(&cg->children))
		return -EBUSY;
	irq = write_lock_irqsave(&proc_tree.lock);
	if (cg->nr_populated)
		err = -EBUSY;
	else
		cg->dead = true;
	write_unlock_irqrestore(&proc_tree.lock, irq);
	if (err)
		return err;
	list_del_init(&cg->sibling);
	cg->parent->nr_children--;
	cgroups.nr_groups--;
	return 0;
}

int cgroup_remove(struct cgroup *cg)
{
	int err;

	mutex_lock(&cgroup_mutex);
	err = cgroup_remove_locked(cg);
	mutex_unlock(&cgroup_mutex);
	if (err)
		return err;
	cgroup_forget_inodes(cg);
	cgroup_put(cg);			/* the tree's; the caller's inode has its own */
	return 0;
}

/* --- Controllers --- */

static int find_controller(const char *name)
{
	for (int i = 0; i < NR_CONTROLLERS; i++) {
		if (!strcmp(name, cgroup_controller_names[i]))
			return i;
	}
	return -EINVAL;
}

/* "+name" and "-name", the last one of a name counts. */
static int parse_control(char *text, unsigned *enable, unsigned *disable)
{
	*enable = *disable = 0;
	while (*(text += strspn(text, " \n"))) {
		size_t len = strcspn(text, " \n");
		char sign = *text, *next = text + len;
		int controller;

		if (*next)
			*next++ = '\0';
		controller = find_controller(text + 1);
		if ((sign != '+' && sign != '-') || controller < 0)
			return -EINVAL;
		*(sign == '+' ? enable : disable) |= BIT(controller);
		*(sign == '+' ? disable : enable) &= ~BIT(controller);
		text = next;
	}
	return 0;
}

/* Processes beside controlled children are allowed where those children stay empty. Tree lock held. */
static int check_enable(const struct cgroup *cg)
{
	if (!cgroup_is_valid_domain(cg))
		return -EOPNOTSUPP;
	if (!cgroup_may_be_thread_root(cg) && !list_empty(&cg->processes))
		return -EBUSY;
	return 0;
}

static int control_locked(struct cgroup *cg, unsigned enable, unsigned disable)
{
	struct cgroup *child;
	unsigned long irq;
	int err = 0;

	assert_held(&cgroup_mutex);
	if (cg->dead)
		return -ENODEV;
	enable &= ~cg->subtree_control;
	disable &= cg->subtree_control;
	if (enable & ~cgroup_controllers(cg))
		return -ENOENT;
	list_for_each_entry(child, &cg->children, sibling) {
		if (child->subtree_control & disable)
			return -EBUSY;
	}
	irq = write_lock_irqsave(&proc_tree.lock);
	if (enable)
		err = check_enable(cg);
	if (!err) {
		WRITE_ONCE(cg->subtree_control, (cg->subtree_control | enable) & ~disable);
		list_for_each_entry(child, &cg->children, sibling) {
			if ((enable | disable) & BIT(CONTROLLER_PIDS))
				cgroup_pids_enable(child);
		}
	}
	write_unlock_irqrestore(&proc_tree.lock, irq);
	return err;
}

int cgroup_write_control(struct cgroup *cg, char *text)
{
	unsigned enable, disable;
	int err = parse_control(text, &enable, &disable);

	if (err)
		return err;
	mutex_lock(&cgroup_mutex);
	err = control_locked(cg, enable, disable);
	mutex_unlock(&cgroup_mutex);
	return err;
}

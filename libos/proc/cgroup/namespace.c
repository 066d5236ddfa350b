/* SPDX-License-Identifier: MIT */
/* namespace: cgroup namespaces: whose members see one group as the root of names. Source: cgroup_namespaces(7). */
#include "mm/slab.h"
#include "proc/cgroup/internal.h"

struct cgroup_ns cgroup_ns_init = {
	.refs = REFCOUNT_INIT(1),
	.root = &cgroup_root,
	.inum = 0xeffffffbu,		/* Linux's number of the first */
};

void cgroup_ns_put(struct cgroup_ns *ns)
{
	if (ns && refcount_dec_and_test(&ns->refs)) {
		cgroup_put(ns->root);
		kfree(ns);
	}
}

struct cgroup_ns *cgroup_ns_create(uint32_t inum)
{
	struct cgroup_ns *ns = kzalloc(sizeof(*ns), GFP_KERNEL);
	unsigned long irq;

	if (!ns)
		return NULL;
	refcount_set(&ns->refs, 1);
	ns->inum = inum;
	irq = read_lock_irqsave(&proc_tree.lock);
	ns->root = cgroup_get(current->process->cgroup);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return ns;
}

/* SPDX-License-Identifier: MIT */
/*
 * vma: the tree of areas. A red-black tree by address with a last-hit hint in front: faults and calls tend to
 * come back to the area they used last.
 */
#include "mm/vma.h"

#include "abi/errno.h"
#include "mm/commit.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/slab.h"

static inline struct vma *vma_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct vma, node) : NULL;
}

struct vma *vma_find(struct mm *mm, vaddr_t addr)
{
	struct vma *hit = READ_ONCE(mm->last_hit), *found = NULL;
	struct rb_node *n = mm->vmas.rb_node;

	if (likely(hit && hit->start <= addr && addr < hit->end))
		return hit;
	while (n) {
		struct vma *vma = vma_of(n);

		if (vma->end > addr) {
			found = vma;
			if (vma->start <= addr)
				break;
			n = n->rb_left;
		} else {
			n = n->rb_right;
		}
	}
	if (found)
		WRITE_ONCE(mm->last_hit, found);
	return found;
}

struct vma *vma_intersects(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *vma = vma_find(mm, start);

	return vma && vma->start < end ? vma : NULL;
}

struct vma *vma_first(struct mm *mm)
{
	return vma_of(rb_first(&mm->vmas));
}

struct vma *vma_last(struct mm *mm)
{
	return vma_of(rb_last(&mm->vmas));
}

struct vma *vma_next(const struct vma *vma)
{
	return vma_of(rb_next(&vma->node));
}

struct vma *vma_prev(const struct vma *vma)
{
	return vma_of(rb_prev(&vma->node));
}

struct vma *vma_alloc(struct mm *mm)
{
	struct vma *vma = kzalloc(sizeof(*vma), GFP_KERNEL);

	if (vma)
		vma->mm = mm;
	return vma;
}

void vma_free(struct vma *vma)
{
	kfree(vma);
}

/*
 * The mapping's tree. Truncation and write-back find areas by it: whatever changes the range of one that stays, does so
 * without letting go of i_mmap_lock in between, or they would miss it.
 */
static void i_mmap_lock(struct vma *vma) __no_lock_check
{
	if (vma->mapping)
		down_write(&vma->mapping->i_mmap_lock);
}

static void i_mmap_unlock(struct vma *vma) __no_lock_check
{
	if (vma->mapping)
		up_write(&vma->mapping->i_mmap_lock);
}

static void i_mmap_link(struct vma *vma)
{
	if (!vma->mapping)
		return;
	vma->i_mmap.start = vma->pgoff;
	vma->i_mmap.last = vma->pgoff + vma_pages(vma) - 1;
	interval_tree_insert(&vma->i_mmap, &vma->mapping->i_mmap);
}

static void i_mmap_unlink(struct vma *vma)
{
	if (vma->mapping)
		interval_tree_remove(&vma->i_mmap, &vma->mapping->i_mmap);
}

static void tree_insert(struct vma *vma)
{
	struct mm *mm = vma->mm;
	struct rb_node **link = &mm->vmas.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = vma->start < vma_of(parent)->start ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&vma->node, parent, link);
	rb_insert_color(&vma->node, &mm->vmas);
	mm->nr_vmas++;
}

/* Out of the mm's tree, closed and freed; not in the mapping's any more. */
static void tree_remove(struct vma *vma)
{
	struct mm *mm = vma->mm;

	rb_erase(&vma->node, &mm->vmas);
	mm->nr_vmas--;
	if (mm->last_hit == vma)
		mm->last_hit = NULL;
	if (vma->ops && vma->ops->close)
		vma->ops->close(vma);
	vma_free(vma);
}

void vma_insert(struct vma *vma)
{
	tree_insert(vma);
	i_mmap_lock(vma);
	i_mmap_link(vma);
	i_mmap_unlock(vma);
}

int vma_insert_new(struct vma *vma)
{
	bool denied;

	i_mmap_lock(vma);
	denied = vma->mapping && vma->mapping->no_writers && vma_is_writer(vma);
	if (!denied)
		i_mmap_link(vma);
	i_mmap_unlock(vma);
	if (denied)
		return -EPERM;
	tree_insert(vma);
	return 0;
}

void vma_remove(struct vma *vma)
{
	i_mmap_lock(vma);
	i_mmap_unlink(vma);
	i_mmap_unlock(vma);
	tree_remove(vma);
}

/* The order of areas does not change, so only the mapping's tree needs to know. */
void vma_set_bounds(struct vma *vma, vaddr_t start, vaddr_t end)
{
	i_mmap_lock(vma);
	i_mmap_unlink(vma);
	vma->pgoff += (uint64_t)((int64_t)(start - vma->start) >> PAGE_SHIFT);
	vma->start = start;
	vma->end = end;
	i_mmap_link(vma);
	i_mmap_unlock(vma);
}

int vma_split(struct vma *vma, vaddr_t addr)
{
	return vma->mm->nr_vmas >= READ_ONCE(mm_sysctl.max_map_count) ? -ENOMEM : vma_split_unlimited(vma, addr);
}

int vma_split_unlimited(struct vma *vma, vaddr_t addr)
{
	struct vma *high = vma_alloc(vma->mm);

	if (!high)
		return -ENOMEM;
	*high = *vma;
	high->start = addr;
	high->pgoff = vma_pgoff_at(vma, addr);
	if (high->ops && high->ops->open)
		high->ops->open(high);
	i_mmap_lock(vma);
	i_mmap_unlink(vma);
	vma->end = addr;
	i_mmap_link(vma);
	i_mmap_link(high);
	i_mmap_unlock(vma);
	tree_insert(high);
	return 0;
}

static bool can_merge(const struct vma *low, const struct vma *high)
{
	return low->end == high->start && low->flags == high->flags && low->file == high->file &&
	       low->mapping == high->mapping && low->ops == high->ops && low->private == high->private &&
	       !(low->flags & VM_SPECIAL) && vma_pgoff_at(low, high->start) == high->pgoff;
}

/* high goes, low takes its range. */
static struct vma *absorb(struct vma *low, struct vma *high)
{
	i_mmap_lock(low);
	i_mmap_unlink(high);
	i_mmap_unlink(low);
	low->end = high->end;
	i_mmap_link(low);
	i_mmap_unlock(low);
	tree_remove(high);
	return low;
}

struct vma *vma_merge(struct vma *vma)
{
	struct vma *prev = vma_prev(vma), *next;

	if (prev && can_merge(prev, vma))
		vma = absorb(prev, vma);
	next = vma_next(vma);
	if (next && can_merge(vma, next))
		vma = absorb(vma, next);
	return vma;
}

/* SPDX-License-Identifier: MIT */
/* shmem: see shmem.h. */
#include "mm/shmem.h"

#include "mm/commit.h"
#include "mm/slab.h"

const struct address_space_ops shmem_as_ops = { .fill = NULL };

static loff_t shmem_size(struct address_space *as)
{
	return container_of(as, struct shmem, as)->size;
}

struct shmem *shmem_create(size_t size, bool reserve)
{
	bool counts = reserve || READ_ONCE(mm_sysctl.overcommit) == OVERCOMMIT_NEVER;
	uint64_t pages = counts ? size >> PAGE_SHIFT : 0;
	struct shmem *shm = commit_check(pages) ? NULL : kzalloc(sizeof(*shm), GFP_KERNEL);

	if (!shm)
		return NULL;
	shm->committed = (int64_t)pages;
	commit_add(shm->committed);
	refcount_set(&shm->refs, 1);
	shm->size = (loff_t)size;
	address_space_init(&shm->as, NULL, &shmem_as_ops, shmem_size);
	shm->as.shmem = true;
	return shm;
}

void shmem_put(struct shmem *shm)
{
	if (!refcount_dec_and_test(&shm->refs))
		return;
	commit_add(-shm->committed);
	pagecache_truncate(&shm->as, 0);
	address_space_fini(&shm->as);
	kfree(shm);
}

static void shmem_open(struct vma *vma)
{
	refcount_inc(&((struct shmem *)vma->private)->refs);
}

static void shmem_close(struct vma *vma)
{
	shmem_put(vma->private);
}

static const char *shmem_name(struct vma *vma)
{
	(void)vma;
	return "/dev/zero (deleted)";
}

static const struct vma_ops shmem_vma_ops = { .open = shmem_open, .close = shmem_close, .name = shmem_name };

struct shmem *shmem_map_anon(struct map_request *req, size_t size)
{
	struct shmem *shm = shmem_create(size, !(req->flags & MAP_NORESERVE));

	if (!shm)
		return NULL;
	req->mapping = &shm->as;
	req->ops = &shmem_vma_ops;
	req->private = shm;
	req->pgoff = 0;
	return shm;
}

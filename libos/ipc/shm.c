/* SPDX-License-Identifier: MIT */
/*
 * shm: System V shared memory. Source: shmget(2), shmop(2), shmctl(2).
 *
 * Model. A segment is a nameless tmpfs file; attaching maps it shared. `nattch` counts areas of address spaces: fork
 * and a partial munmap add to it through the area operations, exec and exit take away. A segment that was removed
 * while attached (SHM_DEST) keeps its identifier, but no key, until the last area goes.
 *
 * Locking. Everything is under the namespace's ids->lock, which is taken inside mm locks; so none is taken under it.
 * An attached area keeps the segment and its namespace.
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "abi/stat.h"
#include "ipc/internal.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/align.h"
#include "lib/format.h"
#include "lib/strbuf.h"
#include "mm/commit.h"
#include "mm/mmap.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/* Bits of a segment's mode that IPC_STAT shows besides the permissions. */
#define MODE_DEST	01000u		/* goes when nobody has it attached */
#define MODE_LOCKED	02000u

/* Field legend: [I] immutable, [i] ids->lock */
struct shm_segment {
	struct ipc_object obj;		/* [i] */
	struct file *file;		/* [I] */
	size_t size;			/* [I] bytes, as asked for */
	int64_t committed;		/* [I] pages counted by mm/commit.h */
	unsigned long nattch;		/* [i] */
	int64_t atime, dtime, ctime;	/* [i] */
	int cpid, lpid;			/* [i] */
};

static struct shm_segment *segment_of(const struct ipc_object *obj)
{
	return container_of((struct ipc_object *)obj, struct shm_segment, obj);
}

static uint64_t size_pages(size_t size)
{
	return ALIGN_UP(size, PAGE_SIZE) >> PAGE_SHIFT;
}

static struct ipc_ids *ids_of(const struct shm_segment *seg)
{
	return &seg->obj.ns->ids[IPC_SHM];
}

/* --- Making and removing --- */

static int create_segment(const struct ipc_who *who, const struct ipc_request *rq, struct ipc_object **out)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SHM);
	struct shm_segment *seg;
	char name[16];
	bool reserve;
	int err;

	if (rq->size < SHMMIN || rq->size > READ_ONCE(who->ns->shmmax))
		return -EINVAL;
	if (ids->total + size_pages(rq->size) > READ_ONCE(who->ns->shmall))
		return -ENOSPC;
	reserve = !(rq->flags & SHM_NORESERVE) || READ_ONCE(mm_sysctl.overcommit) == OVERCOMMIT_NEVER;
	if (reserve && commit_check(size_pages(rq->size)))
		return -ENOMEM;
	seg = kzalloc(sizeof(*seg), GFP_KERNEL);
	if (!seg)
		return -ENOMEM;
	ipc_object_init(&seg->obj, who, rq);
	ksnprintf(name, sizeof(name), "SYSV%08x", (unsigned)rq->key);
	err = tmpfs_nameless(name, (loff_t)rq->size, who->cred, &seg->file);
	if (err) {
		kfree(seg);
		return err;
	}
	seg->size = rq->size;
	seg->committed = reserve ? (int64_t)size_pages(seg->size) : 0;
	commit_add(seg->committed);
	seg->ctime = ipc_now();
	seg->cpid = who->tgid;
	ids->total += size_pages(seg->size);
	*out = &seg->obj;
	return 0;
}

static int check_size(const struct ipc_object *obj, const struct ipc_request *rq)
{
	return rq->size > segment_of(obj)->size ? -EINVAL : 0;
}

int shm_get(const struct ipc_who *who, int key, size_t size, unsigned flags)
{
	struct ipc_request rq = { .kind = IPC_SHM, .key = key, .flags = flags, .size = size,
				  .create = create_segment, .check = check_size };

	if ((flags & SHM_HUGETLB) && !cred_capable(who->cred, CAP_IPC_LOCK))
		return -EPERM;
	if (flags & SHM_HUGETLB)
		return -ENOMEM;		/* no pool of huge pages is configured */
	return ipc_obtain(who, &rq);
}

void shm_destroy(struct ipc_object *obj)
{
	struct shm_segment *seg = segment_of(obj);

	commit_add(-seg->committed);
	fput(seg->file);
	kfree_rcu(seg, obj.rcu);
}

/* Nobody has it, and nobody shall. */
static void release_locked(struct shm_segment *seg)
{
	struct ipc_ids *ids = ids_of(seg);

	assert_held(&ids->lock);
	seg->obj.removed = true;
	ids->total -= size_pages(seg->size);
	ipc_unlink_locked(ids, &seg->obj);
	ipc_object_put(&seg->obj);
}

void shm_remove_locked(struct ipc_object *obj)
{
	struct shm_segment *seg = segment_of(obj);

	assert_held(&ids_of(seg)->lock);
	if (!seg->nattch) {
		release_locked(seg);
		return;
	}
	obj->mode |= MODE_DEST;
	ipc_unkey_locked(ids_of(seg), obj);
}

/* --- Areas: each is one attachment --- */

static void attach_locked(struct shm_segment *seg, int tgid)
{
	assert_held(&ids_of(seg)->lock);
	seg->nattch++;
	seg->atime = ipc_now();
	seg->lpid = tgid;
	refcount_inc(&seg->obj.refs);
	ipc_ns_get(seg->obj.ns);
}

/* The end of an attachment that attach_locked() began. */
static void detach(struct shm_segment *seg)
{
	struct ipc_ns *ns = seg->obj.ns;
	struct ipc_ids *ids = &ns->ids[IPC_SHM];
	struct ipc_who who = ipc_current();

	mutex_lock(&ids->lock);
	seg->nattch--;
	seg->dtime = ipc_now();
	seg->lpid = who.tgid;
	if (!seg->nattch && (seg->obj.mode & MODE_DEST) && !seg->obj.removed)
		release_locked(seg);
	mutex_unlock(&ids->lock);
	ipc_object_put(&seg->obj);
	ipc_ns_put(ns);
}

static void area_open(struct vma *vma)
{
	struct shm_segment *seg = vma->private;

	mutex_lock(&ids_of(seg)->lock);
	attach_locked(seg, ipc_current().tgid);
	mutex_unlock(&ids_of(seg)->lock);
}

static void area_close(struct vma *vma)
{
	detach(vma->private);
}

static const struct vma_ops area_ops = { .open = area_open, .close = area_close };

/* How flags of shmat(2) become a mapping; 0 or -EINVAL. */
static int attach_request(struct map_request *req, vaddr_t addr, unsigned flags)
{
	req->flags = MAP_SHARED;
	req->prot = PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) | (flags & SHM_EXEC ? PROT_EXEC : 0);
	req->addr = addr;
	if (!addr)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (addr & ~PAGE_MASK) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		req->addr = addr & PAGE_MASK;
		if (!req->addr && (flags & SHM_REMAP))
			return -EINVAL;
	}
	req->flags |= flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	return 0;
}

/* The segment, with one attachment counted. */
static int attach_begin(const struct ipc_who *who, int id, unsigned flags, struct shm_segment **out)
{
	unsigned wanted = 0444 | (flags & SHM_RDONLY ? 0 : 0222) | (flags & SHM_EXEC ? 0111 : 0);
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SHM);
	struct ipc_object *obj;
	int err = -EINVAL;

	mutex_lock(&ids->lock);
	obj = ipc_lookup(ids, id, false);
	if (obj)
		err = ipc_permitted(who, obj, wanted);
	if (!err) {
		*out = segment_of(obj);
		(*out)->file->inode->ino = (unsigned)id;	/* what /proc/PID/maps shows */
		attach_locked(*out, who->tgid);
	}
	mutex_unlock(&ids->lock);
	return err;
}

long shm_attach(const struct ipc_who *who, struct mm *mm, int id, vaddr_t addr, unsigned flags)
{
	struct map_request req = { .ops = &area_ops };
	struct shm_segment *seg;
	long ret = attach_request(&req, addr, flags);

	if (!ret)
		ret = attach_begin(who, id, flags, &seg);
	if (ret)
		return ret;
	req.size = ALIGN_UP(seg->size, PAGE_SIZE);
	req.mapping = &seg->file->inode->mapping;
	req.file = seg->file;
	req.private = seg;
	if (flags & SHM_RDONLY)
		req.vm_clear = VM_MAYWRITE;
	ret = mm_map(mm, &req);
	detach(seg);			/* the area has one of its own */
	return ret == -EEXIST ? -EINVAL : ret;
}

int shm_detach(struct mm *mm, vaddr_t addr)
{
	struct shm_segment *seg = NULL;
	vaddr_t pos = addr, end = 0;
	struct vma *vma;
	int err = 0;

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	mm_write_lock(mm);
	/* The first area that begins where the segment does; then the other pieces of it. */
	while (!err && (vma = vma_find(mm, pos)) != NULL && (!end || vma->end <= end)) {
		pos = vma->end;
		if (vma->ops != &area_ops || vma->start < addr || (seg && vma->private != seg) ||
		    vma->pgoff != (vma->start - addr) >> PAGE_SHIFT)
			continue;
		if (!seg) {
			seg = vma->private;
			refcount_inc(&seg->obj.refs);
			ipc_ns_get(seg->obj.ns);
			end = addr + ALIGN_UP(seg->size, PAGE_SIZE);
		}
		err = mm_unmap_locked(mm, vma->start, vma->end);
	}
	mm_write_unlock(mm);
	if (!seg)
		return -EINVAL;
	ipc_ns_put(seg->obj.ns);
	ipc_object_put(&seg->obj);
	return err;
}

/* --- shmctl --- */

void shm_fill_stat(const struct ipc_object *obj, void *ds)
{
	const struct shm_segment *seg = segment_of(obj);
	struct shmid64_ds *out = ds;

	*out = (struct shmid64_ds){
		.shm_segsz = seg->size, .shm_atime = seg->atime, .shm_dtime = seg->dtime, .shm_ctime = seg->ctime,
		.shm_cpid = seg->cpid, .shm_lpid = seg->lpid, .shm_nattch = seg->nattch,
	};
	ipc_fill_perm(&seg->obj, &out->shm_perm);
}

int shm_limits(const struct ipc_who *who, struct shminfo64 *out)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SHM);
	int ret;

	*out = (struct shminfo64){
		.shmmax = who->ns->shmmax, .shmmin = SHMMIN, .shmmni = who->ns->shmmni,
		.shmseg = who->ns->shmmni, .shmall = who->ns->shmall,
	};
	mutex_lock(&ids->lock);
	ret = ipc_highest_locked(ids);
	mutex_unlock(&ids->lock);
	return ret;
}

int shm_usage(const struct ipc_who *who, struct shm_info *out)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SHM);
	struct ipc_object *obj;
	unsigned long slot;
	int ret;

	*out = (struct shm_info){ 0 };
	mutex_lock(&ids->lock);
	out->used_ids = (int)ids->in_use;
	out->shm_tot = ids->total;
	xa_for_each(&ids->objects, slot, obj)
		out->shm_rss += READ_ONCE(segment_of(obj)->file->inode->mapping.nr_pages);
	ret = ipc_highest_locked(ids);
	mutex_unlock(&ids->lock);
	return ret;
}

int shm_set(const struct ipc_who *who, int id, const struct ipc64_perm *perm)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SHM);
	struct ipc_object *obj;
	int err = -EINVAL;

	mutex_lock(&ids->lock);
	obj = ipc_lookup(ids, id, false);
	if (obj)
		err = ipc_owner(who, obj);
	if (!err)
		err = ipc_update_perm(obj, perm);
	if (!err)
		segment_of(obj)->ctime = ipc_now();
	mutex_unlock(&ids->lock);
	return err;
}

static int may_lock(const struct ipc_who *who, const struct shm_segment *seg, bool lock, uint64_t memlock)
{
	const struct cred *c = who->cred;

	if (cred_capable(c, CAP_IPC_LOCK))
		return 0;
	if (c->euid != seg->obj.uid && c->euid != seg->obj.cuid)
		return -EPERM;
	if (!lock)
		return 0;
	return !memlock ? -EPERM : seg->size > memlock ? -ENOMEM : 0;
}

/* There is no swap: a segment's pages stay in memory, locked or not. */
int shm_lock(const struct ipc_who *who, int id, bool lock, uint64_t memlock)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_SHM);
	struct ipc_object *obj;
	int err = -EINVAL;

	mutex_lock(&ids->lock);
	obj = ipc_lookup(ids, id, false);
	if (obj)
		err = may_lock(who, segment_of(obj), lock, memlock);
	if (!err)
		obj->mode = lock ? obj->mode | MODE_LOCKED : obj->mode & ~MODE_LOCKED;
	mutex_unlock(&ids->lock);
	return err;
}

void shm_show(struct strbuf *out, struct ipc_object *obj)
{
	const struct shm_segment *seg = segment_of(obj);

	strbuf_printf(out, "%10d %10d  %4o %21lu %5u %5u  %5lu %5u %5u %5u %5u %10llu %10llu %10llu %21lu %21lu\n",
		      obj->key, obj->id, obj->mode, seg->size, (unsigned)seg->cpid, (unsigned)seg->lpid, seg->nattch,
		      obj->uid, obj->gid, obj->cuid, obj->cgid, (unsigned long long)seg->atime,
		      (unsigned long long)seg->dtime, (unsigned long long)seg->ctime,
		      (unsigned long)READ_ONCE(seg->file->inode->mapping.nr_pages) << PAGE_SHIFT, 0UL);
}

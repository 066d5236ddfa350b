/* SPDX-License-Identifier: MIT */
/*
 * balloc: blocks of the volume, taken and given back.
 *
 * Model. The bitmaps on disk say what is in use. Besides, a group may have `busy` bits: blocks whose freeing has not
 * been committed yet. After a crash they still belong to whom they belonged, so nobody may write to them until then;
 * the commit clears them (blocks_committed). A volume without a journal has none.
 *
 *	in use --ext4_blocks_free--> free in the bitmap, busy --commit--> free --ext4_balloc--> in use
 *
 * Counts. `free` is what the bitmaps say; of these, busy ones cannot be had yet, delayed ones are promised to dirty
 * pages, pool blocks are kept for the extent blocks which those may need, root blocks for the super user.
 *
 * Placement. A goal (behind the file's last block) is taken if it is free. Else the first run that is long enough, in
 * the goal's group, then in the ones behind it; when no group has one, the longest run of the first group with any.
 */
#include "fs/ext4/group.h"

#include "fs/ext4/discard.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"

#define POOL_MAX	4096		/* as Linux: a fiftieth, at most this many */

/* A run whose bits were cleared in transaction tid. Field legend: [c] count_lock */
struct freed {
	struct list_head link;		/* [c] */
	uint32_t tid;			/* [c] */
	uint32_t group;			/* [c] */
	uint32_t first, count;		/* [c] bits */
};

/* --- Counts --------------------------------------------------------------------------------------- */

/* What may be taken by who has these flags. count_lock held. */
static int64_t available_locked(const struct ext4_alloc *a, unsigned flags)
{
	int64_t left = a->free_blocks - a->busy_blocks;

	assert_held(&a->count_lock);
	if (!(flags & EXT4_ALLOC_DELAYED))
		left -= a->delayed_blocks;
	if (!(flags & (EXT4_ALLOC_DELAYED | EXT4_ALLOC_META)))
		left -= a->pool_blocks;
	if (!(flags & (EXT4_ALLOC_DELAYED | EXT4_ALLOC_META | EXT4_ALLOC_ROOT)))
		left -= a->root_blocks;
	return left;
}

static void count_blocks(struct ext4_fs *fs, int64_t free, int64_t busy, int64_t delayed)
{
	struct ext4_alloc *a = fs->alloc;

	spin_lock(&a->count_lock);
	a->free_blocks += free;
	a->busy_blocks += busy;
	a->delayed_blocks += delayed;
	spin_unlock(&a->count_lock);
}

int ext4_delayed_reserve(struct ext4_fs *fs, uint32_t n, bool root)
{
	struct ext4_alloc *a = fs->alloc;
	int err = 0;

	spin_lock(&a->count_lock);
	if (available_locked(a, root ? EXT4_ALLOC_ROOT : 0) < (int64_t)n)
		err = -ENOSPC;
	else
		a->delayed_blocks += n;
	spin_unlock(&a->count_lock);
	return err;
}

void ext4_delayed_release(struct ext4_fs *fs, uint32_t n)
{
	if (n)
		count_blocks(fs, 0, 0, -(int64_t)n);
}

bool ext4_retry_alloc(struct ext4_fs *fs)
{
	if (!fs->alloc || READ_ONCE(fs->alloc->busy_blocks) <= 0)
		return false;
	return !ext4_journal_commit_all(fs);
}

void ext4_alloc_counts(struct ext4_fs *fs, struct ext4_counts *out)
{
	struct ext4_alloc *a = fs->alloc;
	int64_t blocks, keep;

	spin_lock(&a->count_lock);
	blocks = a->free_blocks - a->delayed_blocks;
	out->inodes = (uint64_t)max(a->free_inodes, (int64_t)0);
	spin_unlock(&a->count_lock);
	blocks = max(blocks, (int64_t)0);
	keep = a->root_blocks + a->pool_blocks;
	out->blocks = (uint64_t)blocks;
	out->available = blocks > keep ? (uint64_t)(blocks - keep) : 0;
}

void ext4_alloc_super(struct ext4_fs *fs, struct ext4_disk_super *disk)
{
	struct ext4_alloc *a = fs->alloc;
	uint64_t blocks;

	if (!a)
		return;
	spin_lock(&a->count_lock);
	blocks = (uint64_t)a->free_blocks;
	disk->s_free_inodes_count = cpu_to_le32((uint32_t)a->free_inodes);
	spin_unlock(&a->count_lock);
	disk->s_free_blocks_count_lo = cpu_to_le32((uint32_t)blocks);
	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		disk->s_free_blocks_count_hi = cpu_to_le32((uint32_t)(blocks >> 32));
}

/* --- Taking --------------------------------------------------------------------------------------- */

struct run {
	uint32_t first, count;
};

static size_t next_free(const unsigned long *map, const unsigned long *busy, size_t bits, size_t from)
{
	for (;;) {
		from = find_next_zero_bit(map, bits, from);
		if (!busy || from >= bits || !test_bit(from, busy))
			return from;
		from = find_next_zero_bit(busy, bits, from);
	}
}

static size_t run_end(const unsigned long *map, const unsigned long *busy, size_t bits, size_t from)
{
	size_t end = find_next_bit(map, bits, from);

	return busy ? find_next_bit(busy, end, from) : end;
}

/* The run at `from`, else the first one of `wanted` bits behind it (wrapping around), else the longest. */
static struct run find_run(const unsigned long *map, const unsigned long *busy, size_t bits, size_t from,
			   uint32_t wanted)
{
	struct run best = { 0, 0 };
	size_t at = from, end;
	bool wrapped = false;

	for (;;) {
		at = next_free(map, busy, bits, at);
		if (at >= bits || (wrapped && at >= from)) {
			if (wrapped || !from)
				return best;
			wrapped = true;
			at = 0;
			continue;
		}
		end = run_end(map, busy, bits, at);
		if (end - at > best.count)
			best = (struct run){ (uint32_t)at, (uint32_t)min(end - at, (size_t)wanted) };
		if (best.count >= wanted || (at == from && !wrapped))
			return best;
		at = end;
	}
}

/* Set the run's bits in the open bitmap. */
static int take_run(struct ext4_handle *h, struct ext4_bitmap *b, struct run run)
{
	struct ext4_group *group = &h->fs->alloc->groups[b->group];
	int err = ext4_bitmap_get_write(h, b);

	if (err)
		return err;
	bitmap_set(b->map, run.first, run.count);
	group->free_blocks -= run.count;
	ext4_group_set_count(h->fs, b->desc, EXT4_GROUP_FREE_BLOCKS, group->free_blocks);
	return ext4_bitmap_flipped(h, b, run.first, run.count);
}

/* Try one group: from bit `from` on. 1: got it; 0: nothing, or less than `least`; -errno. */
static int try_group(struct ext4_handle *h, struct ext4_request *req, uint32_t number, uint32_t from, uint32_t least)
{
	struct ext4_fs *fs = h->fs;
	struct ext4_group *group = &fs->alloc->groups[number];
	struct ext4_bitmap b;
	struct run run;
	int err;

	if (READ_ONCE(group->free_blocks) - READ_ONCE(group->nr_busy) < least)
		return 0;
	mutex_lock(ext4_group_lock(fs, number));
	err = ext4_bitmap_open(h, number, EXT4_GROUP_BLOCK_BITMAP, &b);
	if (err) {
		mutex_unlock(ext4_group_lock(fs, number));
		return err == -EFSCORRUPTED || err == -EFSBADCRC ? 0 : err;	/* there are other groups */
	}
	run = find_run(b.map, group->busy, ext4_group_blocks(fs, number), from, req->count);
	if (run.count && (run.count >= least || run.first == from)) {
		err = take_run(h, &b, run);
		req->block = ext4_group_first(fs, number) + run.first;
		req->count = run.count;
		err = err ? err : 1;
	}
	ext4_bitmap_close(&b);
	mutex_unlock(ext4_group_lock(fs, number));
	return err;
}

static int search(struct ext4_handle *h, struct ext4_request *req)
{
	struct ext4_fs *fs = h->fs;
	uint64_t goal = req->goal;
	uint32_t per_group = le32_to_cpu(fs->disk.s_blocks_per_group), start, from;
	int err = 0;

	if (goal <= fs->first_block || goal >= fs->blocks_count)
		goal = ext4_group_first(fs, (uint32_t)(req->inode->vfs.ino - 1) /
						le32_to_cpu(fs->disk.s_inodes_per_group));
	start = (uint32_t)((goal - fs->first_block) / per_group);
	from = (uint32_t)((goal - fs->first_block) % per_group);
	for (uint32_t least = req->count; !err; least = 1) {
		for (uint32_t i = 0; !err && i < fs->nr_groups; i++) {
			err = try_group(h, req, (start + i) % fs->nr_groups, i ? 0 : from, least);
			cond_resched();
		}
		if (least == 1)
			break;
	}
	return err ? err : -ENOSPC;
}

static void add_blocks(struct ext4_inode *inode, int64_t count)
{
	int64_t sectors = count * (int64_t)(1u << (inode->vfs.sb->block_bits - 9));

	spin_lock(&inode->vfs.spin);
	WRITE_ONCE(inode->vfs.blocks, inode->vfs.blocks + (uint64_t)sectors);
	spin_unlock(&inode->vfs.spin);
}

int ext4_balloc(struct ext4_handle *h, struct ext4_request *req)
{
	struct ext4_fs *fs = h->fs;
	struct ext4_alloc *a = fs->alloc;
	int64_t left;
	uint32_t claimed;
	int err;

	spin_lock(&a->count_lock);
	left = available_locked(a, req->flags);
	req->count = (uint32_t)min((int64_t)req->count, max(left, (int64_t)0));
	a->free_blocks -= req->count;
	spin_unlock(&a->count_lock);
	if (!req->count)
		return -ENOSPC;
	claimed = req->count;
	err = search(h, req);
	if (err < 0)
		req->count = 0;
	count_blocks(fs, claimed - req->count, 0, 0);
	if (err < 0)
		return err;
	add_blocks(req->inode, req->count);
	return 0;
}

int ext4_blocks_alloc(struct ext4_handle *h, struct ext4_inode *inode, uint64_t goal, uint32_t *count, uint64_t *block)
{
	struct ext4_request req = { .inode = inode, .goal = goal, .count = *count, .flags = EXT4_ALLOC_META };
	int err = ext4_balloc(h, &req);

	*count = req.count;
	*block = req.block;
	return err;
}

/* --- Giving back ---------------------------------------------------------------------------------- */

/* Is any of it what the group itself needs? A broken file must not free that. */
static bool is_meta(const struct ext4_fs *fs, const struct ext4_bitmap *b, uint64_t block, uint32_t count)
{
	uint64_t table = ext4_group_block(fs, b->desc, EXT4_GROUP_INODE_TABLE), end = block + count;
	uint64_t blocks = ext4_group_block(fs, b->desc, EXT4_GROUP_BLOCK_BITMAP);
	uint64_t inodes = ext4_group_block(fs, b->desc, EXT4_GROUP_INODE_BITMAP);

	return block < ext4_group_first(fs, b->group) + ext4_group_base_meta(fs, b->group) ||
	       (block <= blocks && blocks < end) || (block <= inodes && inodes < end) ||
	       (block < table + ext4_table_blocks(fs) && table < end);
}

/* Keep the run from being used before the commit. */
static int make_busy(struct ext4_handle *h, uint32_t number, struct run run)
{
	struct ext4_fs *fs = h->fs;
	struct ext4_group *group = &fs->alloc->groups[number];
	struct freed *freed;

	if (!ext4_has_journal(fs)) {
		if (fs->opts.discard)
			ext4_discard_blocks(fs, ext4_group_first(fs, number) + run.first, run.count);
		return 0;
	}
	if (!group->busy)
		group->busy = kzalloc(fs->block_size, GFP_KERNEL | GFP_RESERVE);
	freed = kmalloc(sizeof(*freed), GFP_KERNEL | GFP_RESERVE);
	if (!group->busy || !freed) {
		kfree(freed);
		return -ENOMEM;
	}
	*freed = (struct freed){ .tid = ext4_journal_tid(h), .group = number, .first = run.first, .count = run.count };
	bitmap_set(group->busy, run.first, run.count);
	group->nr_busy += run.count;
	spin_lock(&fs->alloc->count_lock);
	fs->alloc->busy_blocks += run.count;
	list_add_tail(&freed->link, &fs->alloc->freed);
	spin_unlock(&fs->alloc->count_lock);
	return 0;
}

static int free_in_group(struct ext4_handle *h, struct ext4_bitmap *b, struct run run)
{
	struct ext4_group *group = &h->fs->alloc->groups[b->group];
	uint64_t block = ext4_group_first(h->fs, b->group) + run.first;
	int err;

	if (is_meta(h->fs, b, block, run.count))
		err = ext4_corrupt(h->fs, "blocks %llu to %llu are the volume's own", (unsigned long long)block,
				   (unsigned long long)block + run.count - 1);
	else if (find_next_zero_bit(b->map, run.first + run.count, run.first) < run.first + run.count)
		err = ext4_corrupt(h->fs, "blocks %llu to %llu are free already", (unsigned long long)block,
				   (unsigned long long)block + run.count - 1);
	else
		err = ext4_bitmap_get_write(h, b);
	if (!err)
		err = make_busy(h, b->group, run);
	if (err)
		return err;
	bitmap_clear(b->map, run.first, run.count);
	group->state &= ~(uint32_t)EXT4_GROUP_TRIMMED;
	group->free_blocks += run.count;
	ext4_group_set_count(h->fs, b->desc, EXT4_GROUP_FREE_BLOCKS, group->free_blocks);
	count_blocks(h->fs, run.count, 0, 0);
	return ext4_bitmap_flipped(h, b, run.first, run.count);
}

int ext4_blocks_free(struct ext4_handle *h, struct ext4_inode *inode, uint64_t block, uint64_t count, bool meta)
{
	struct ext4_fs *fs = h->fs;
	uint32_t per_group = le32_to_cpu(fs->disk.s_blocks_per_group), number;
	struct ext4_bitmap b;
	struct run run;
	int err = 0;

	if (!count || !ext4_block_valid(fs, block, count))
		return ext4_corrupt(fs, "inode %llu: freeing blocks outside of the volume",
				    (unsigned long long)inode->vfs.ino);
	if (meta)
		err = ext4_journal_forget(h, block, (unsigned)count);
	while (count && !err) {
		number = (uint32_t)((block - fs->first_block) / per_group);
		run.first = (uint32_t)((block - fs->first_block) % per_group);
		run.count = (uint32_t)min(count, (uint64_t)per_group - run.first);
		mutex_lock(ext4_group_lock(fs, number));
		err = ext4_bitmap_open(h, number, EXT4_GROUP_BLOCK_BITMAP, &b);
		if (!err) {
			err = free_in_group(h, &b, run);
			ext4_bitmap_close(&b);
		}
		mutex_unlock(ext4_group_lock(fs, number));
		if (!err)
			add_blocks(inode, -(int64_t)run.count);
		block += run.count;
		count -= run.count;
	}
	if (err && !ext4_is_aborted(fs))	/* as Linux: what named them is gone, or names them in part still */
		ext4_error(fs, "inode %llu: its blocks were not freed", (unsigned long long)inode->vfs.ino);
	return err;
}

/* The runs of transaction tid and earlier ones, from the list to `out`. */
static void take_freed(struct ext4_alloc *a, uint32_t tid, struct list_head *out)
{
	struct freed *freed;

	spin_lock(&a->count_lock);
	while ((freed = list_first_entry_or_null(&a->freed, struct freed, link)) && (int32_t)(freed->tid - tid) <= 0)
		list_move_tail(&freed->link, out);
	spin_unlock(&a->count_lock);
}

/* Neighbours on the list are often neighbours on the disk: tell the device of them at once. */
static void discard_freed(struct ext4_fs *fs, const struct list_head *list)
{
	uint64_t block = 0, count = 0, first;
	const struct freed *freed;

	list_for_each_entry(freed, list, link) {
		first = ext4_group_first(fs, freed->group) + freed->first;
		if (count && first == block + count) {
			count += freed->count;
		} else if (count && first + freed->count == block) {
			block = first;
			count += freed->count;
		} else {
			ext4_discard_blocks(fs, block, count);
			block = first;
			count = freed->count;
		}
	}
	ext4_discard_blocks(fs, block, count);
}

static void blocks_committed(struct ext4_fs *fs, uint32_t tid)
{
	struct freed *freed, *next;
	struct ext4_group *group;
	LIST_HEAD(list);

	if (!fs->alloc)
		return;
	take_freed(fs->alloc, tid, &list);
	if (READ_ONCE(fs->opts.discard))
		discard_freed(fs, &list);
	list_for_each_entry_safe(freed, next, &list, link) {
		group = &fs->alloc->groups[freed->group];
		mutex_lock(ext4_group_lock(fs, freed->group));
		bitmap_clear(group->busy, freed->first, freed->count);
		group->nr_busy -= freed->count;
		if (!group->nr_busy) {
			kfree(group->busy);
			group->busy = NULL;
		}
		mutex_unlock(ext4_group_lock(fs, freed->group));
		count_blocks(fs, 0, -(int64_t)freed->count, 0);
		kfree(freed);
		cond_resched();
	}
}

/* --- Mounting for writing ------------------------------------------------------------------------- */

static const struct ext4_journal_ops journal_ops = {
	.write_ordered = ext4_write_ordered,
	.blocks_committed = blocks_committed,
};

/* Counts of one group, checked once. */
static int read_group(struct ext4_fs *fs, uint32_t number)
{
	struct ext4_group *group = &fs->alloc->groups[number];
	struct ext4_disk_group *desc;
	struct ext4_buf buf;
	int err = ext4_group_get(fs, number, &buf, &desc);

	if (err)
		return err;
	if (!ext4_group_csum_ok(fs, number, desc))
		err = ext4_bad_csum(fs, "descriptor of group", number);
	group->free_blocks = ext4_group_count(fs, desc, EXT4_GROUP_FREE_BLOCKS);
	group->free_inodes = ext4_group_count(fs, desc, EXT4_GROUP_FREE_INODES);
	group->used_dirs = ext4_group_count(fs, desc, EXT4_GROUP_USED_DIRS);
	group->state = 0;
	ext4_buf_put(&buf);
	if (!err && (group->free_blocks > ext4_group_blocks(fs, number) ||
		     group->free_inodes > le32_to_cpu(fs->disk.s_inodes_per_group)))
		err = ext4_corrupt(fs, "group %u has more free blocks or inodes than there are", number);
	fs->alloc->free_blocks += group->free_blocks;
	fs->alloc->free_inodes += group->free_inodes;
	return err;
}

static void setup(struct ext4_fs *fs, struct ext4_alloc *a)
{
	uint64_t root = le32_to_cpu(fs->disk.s_r_blocks_count_lo);

	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		root |= (uint64_t)le32_to_cpu(fs->disk.s_r_blocks_count_hi) << 32;
	a->root_blocks = (int64_t)root;
	a->pool_blocks = (int64_t)min(fs->blocks_count / 50, (uint64_t)POOL_MAX);
	for (unsigned i = 0; i < GROUP_LOCKS; i++)
		mutex_init(&a->locks[i], "ext4_group");
	mutex_init(&a->orphan_lock, "ext4_orphan");
	spin_lock_init(&a->count_lock, "ext4_count");
	INIT_LIST_HEAD(&a->freed);
	INIT_LIST_HEAD(&a->orphans);
}

static struct ext4_alloc *create(struct ext4_fs *fs)
{
	struct ext4_alloc *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	a->groups = kvzalloc(fs->nr_groups * sizeof(struct ext4_group), GFP_KERNEL);
	if (!a->groups) {
		kfree(a);
		return NULL;
	}
	setup(fs, a);
	return a;
}

int ext4_alloc_open(struct ext4_fs *fs)
{
	bool again = fs->alloc != NULL;		/* it was writable before: fsck may have been at it meanwhile */
	int err = 0;

	if (!again)
		fs->alloc = create(fs);
	if (!fs->alloc)
		return -ENOMEM;
	fs->alloc->free_blocks = fs->alloc->free_inodes = 0;
	for (uint32_t i = 0; !err && i < fs->nr_groups; i++)
		err = read_group(fs, i);
	if (err && !again)
		ext4_alloc_close(fs);
	else if (!err)
		fs->journal_ops = &journal_ops;
	return err;
}

void ext4_alloc_close(struct ext4_fs *fs)
{
	struct ext4_alloc *a = fs->alloc;
	struct freed *freed;

	if (!a)
		return;
	/* After an abort some were not committed. */
	while ((freed = list_first_entry_or_null(&a->freed, struct freed, link))) {
		list_del(&freed->link);
		kfree(freed);
	}
	for (uint32_t i = 0; i < fs->nr_groups; i++)
		kfree(a->groups[i].busy);
	kvfree(a->groups);
	kfree(a);
	fs->alloc = NULL;
	fs->journal_ops = NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * jblock: what handles change, block by block: entering a block into a transaction, taking freed ones out, files
 * whose data goes first. The life of a struct jblock is drawn in log.h.
 */
#include "core/assert.h"
#include "core/init.h"
#include "fs/ext4/log.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "time/clock.h"

static struct {
	struct kmem_cache *blocks;	/* [I] after INIT_VFS */
} caches;

static int caches_init(void)
{
	caches.blocks = kmem_cache_create("ext4_jblock", sizeof(struct jblock), 0);
	return caches.blocks ? 0 : -ENOMEM;
}
INIT_HOOK(INIT_VFS, caches_init);

struct jblock *ext4_jslot_block(struct jslot *slot, uint32_t tid)
{
	return container_of(slot - (tid & 1), struct jblock, slot[0]);
}

void ext4_jblock_drop_locked(struct ext4_journal *j, struct jblock *jb)
{
	assert_held(&j->lock);
	if (jb->slot[0].txn || jb->slot[1].txn || jb->checkpoint)
		return;
	xa_erase(&j->blocks, jb->block);
	j->nr_blocks--;
	put_page(jb->page);
	kmem_cache_free(caches.blocks, jb);
}

static struct jblock *jblock_create(const struct ext4_buf *buf)
{
	/* In the midst of a change, most often: what is half done is worse than a little of the reserve. */
	struct jblock *jb = kmem_cache_alloc(caches.blocks, GFP_KERNEL | GFP_RESERVE | GFP_ZERO);

	if (!jb)
		return NULL;
	jb->block = buf->block;
	jb->page = get_page(buf->page);
	jb->data = buf->data;
	INIT_LIST_HEAD(&jb->checkpoint_link);
	return jb;
}

/* The block's jblock, made if there is none. 0 with j->lock held, or -ENOMEM without. */
static int jblock_get_lock(struct ext4_journal *j, const struct ext4_buf *buf, struct jblock **out)
{
	struct jblock *jb, *fresh = NULL;
	int err = 0;

	for (;;) {
		spin_lock(&j->lock);
		jb = xa_load(&j->blocks, buf->block);
		if (jb || fresh)
			break;
		spin_unlock(&j->lock);
		fresh = jblock_create(buf);
		if (!fresh)
			return -ENOMEM;
	}
	if (!jb) {
		err = xa_store(&j->blocks, buf->block, fresh);
		jb = err ? NULL : fresh;
		fresh = err ? fresh : NULL;
		j->nr_blocks += !err;
	}
	if (err)
		spin_unlock(&j->lock);
	if (fresh) {
		put_page(fresh->page);
		kmem_cache_free(caches.blocks, fresh);
	}
	*out = jb;
	return err;
}

/* Does the committing transaction, whose slot it is, still need the block as it is? */
static bool needs_copy(const struct jslot *slot)
{
	return slot->txn && slot->changed && !slot->forgotten && !slot->logged && !slot->frozen;
}

/*
 * Invariant (3): the committing transaction's version, before it changes. Drops and takes j->lock for the memory: the
 * slot may be gone afterwards, or somebody else was faster. 0 or -ENOMEM.
 */
static int freeze_locked(struct ext4_journal *j, struct jblock *jb, struct jslot *slot)
{
	uint32_t size = j->fs->block_size;
	struct ext4_txn *txn = slot->txn;
	void *copy;

	assert_held(&j->lock);
	spin_unlock(&j->lock);
	copy = kmalloc(size, GFP_KERNEL | GFP_RESERVE);
	spin_lock(&j->lock);
	if (!copy)
		return -ENOMEM;
	if (slot->txn == txn && needs_copy(slot)) {
		memcpy(copy, jb->data, size);
		slot->frozen = copy;
	} else {
		kfree(copy);
	}
	return 0;
}

/*
 * Data of a file whose page left the cache and was read again: the new page is the block from here on. Its own
 * transaction has a slot, the committing one a copy if it needs one; what is being written in place is waited for.
 * j->lock held; dropped meanwhile.
 */
static void replace_page_locked(struct ext4_journal *j, struct jblock *jb, const struct ext4_buf *buf)
{
	assert_held(&j->lock);
	while (jb->writing) {
		spin_unlock(&j->lock);
		wait_event(&j->wait, !READ_ONCE(jb->writing));
		spin_lock(&j->lock);
	}
	put_page(jb->page);
	jb->page = get_page(buf->page);
	jb->data = buf->data;
}

/* Enter the block into the handle's transaction: from here on the jblock stays. j->lock held. */
static void slot_join_locked(struct ext4_journal *j, struct ext4_handle *h, struct jblock *jb)
{
	struct ext4_txn *txn = h->txn;
	struct jslot *slot = &jb->slot[txn->tid & 1];

	assert_held(&j->lock);
	if (!slot->txn) {
		*slot = (struct jslot){ .txn = txn };
		list_add_tail(&slot->link, &txn->blocks);
		txn->nr_blocks++;
		if (h->credits) {
			h->credits--;
			txn->credits--;
		}
	}
	slot->forgotten = false;
}

static int no_journal(struct ext4_handle *h)
{
	return h->dead || READ_ONCE(h->fs->journal->error) ? -EROFS : 0;
}

int ext4_journal_get_write(struct ext4_handle *h, struct ext4_buf *buf)
{
	struct ext4_journal *j = h->fs->journal;
	struct jslot *other;
	struct jblock *jb;
	int err = no_journal(h);

	if (err || !h->txn)
		return err;
	VERIFY(buf->page);
	err = jblock_get_lock(j, buf, &jb);
	if (err)
		return err;
	if (jb->slot[h->txn->tid & 1].txn != h->txn || jb->slot[h->txn->tid & 1].forgotten) {
		ext4_revoke_cancel_locked(j, h->txn, buf->block);
		slot_join_locked(j, h, jb);
	}
	/* Also when another handle entered it: that may be waiting for the memory still, or got none. */
	other = &jb->slot[~h->txn->tid & 1];
	if (needs_copy(other))
		err = freeze_locked(j, jb, other);
	if (!err && unlikely(jb->data != buf->data))
		replace_page_locked(j, jb, buf);
	ASSERT(err || !needs_copy(other));
	spin_unlock(&j->lock);
	return err;
}

bool ext4_journal_read(struct ext4_fs *fs, uint64_t block, void *to)
{
	struct ext4_journal *j = fs->journal;
	const struct jblock *jb;

	spin_lock(&j->lock);
	jb = xa_load(&j->blocks, block);
	if (jb)
		memcpy(to, jb->data, fs->block_size);
	spin_unlock(&j->lock);
	return jb != NULL;
}

int ext4_journal_get_new(struct ext4_handle *h, uint64_t block, struct ext4_buf *buf)
{
	struct ext4_fs *fs = h->fs;
	uint64_t byte = block << fs->block_bits;
	unsigned offset = byte & ~PAGE_MASK;
	int err;

	*buf = (struct ext4_buf){ .block = block };
	if (!ext4_block_valid(fs, block, 1))
		return ext4_corrupt(fs, "block %llu cannot be meta data", (unsigned long long)block);
	/* Of a smaller block than a page the neighbours are read: they are perhaps in use. */
	err = pagecache_get_for_write(&fs->bdev->mapping, byte >> PAGE_SHIFT, offset, fs->block_size, &buf->page);
	if (err)
		return err;
	buf->data = (char *)page_address(buf->page) + offset;
	if (fs->block_size == PAGE_SIZE) {	/* nobody may see it before it has content */
		memset(buf->data, 0, PAGE_SIZE);
		page_set(buf->page, PG_UPTODATE);
	}
	unlock_page(buf->page);
	err = ext4_journal_get_write(h, buf);
	if (err)
		ext4_buf_put(buf);
	else
		memset(buf->data, 0, fs->block_size);
	return err;
}

/* No journal: on the list of what is to be written. */
static int dirty_in_place(struct ext4_journal *j, struct ext4_buf *buf)
{
	struct jblock *jb;
	int err = jblock_get_lock(j, buf, &jb);

	if (err)
		return err;
	if (!jb->checkpoint) {
		jb->checkpoint = j->in_place;
		list_add_tail(&jb->checkpoint_link, &j->in_place->checkpoint);
		if (!j->in_place->changed) {
			j->in_place->changed = true;
			j->in_place->start_ns = clock_ns();
			if (j->thread_idle)
				wake_up(&j->wait_thread);
		}
	}
	jb->again = jb->writing;
	spin_unlock(&j->lock);
	return 0;
}

int ext4_journal_dirty(struct ext4_handle *h, struct ext4_buf *buf)
{
	struct ext4_journal *j = h->fs->journal;
	struct jslot *slot;
	struct jblock *jb;
	int err = no_journal(h);

	if (err)
		return err;
	if (!j->logged)
		return dirty_in_place(j, buf);
	spin_lock(&j->lock);
	jb = xa_load(&j->blocks, buf->block);
	slot = jb ? &jb->slot[h->txn->tid & 1] : NULL;
	VERIFY(slot && slot->txn == h->txn);	/* ext4_journal_get_write() comes first */
	slot->changed = true;
	h->txn->changed = true;
	spin_unlock(&j->lock);
	return 0;
}

/* --- Freed blocks --- */

static int forget_in_place(struct ext4_journal *j, uint64_t block)
{
	struct jblock *jb;

	spin_lock(&j->lock);
	for (;;) {
		jb = xa_load(&j->blocks, block);
		if (!jb || !jb->writing)
			break;
		spin_unlock(&j->lock);
		wait_event(&j->wait, !READ_ONCE(jb->writing));
		spin_lock(&j->lock);
	}
	if (jb) {
		list_del_init(&jb->checkpoint_link);
		jb->checkpoint = NULL;
		ext4_jblock_drop_locked(j, jb);
	}
	spin_unlock(&j->lock);
	return 0;
}

static int forget_one(struct ext4_journal *j, struct ext4_handle *h, uint64_t block)
{
	struct ext4_txn *txn = h->txn;
	struct jblock *jb;
	struct jslot *slot;
	int err = ext4_revoke_add(j, txn, block);

	if (err)
		return err;
	spin_lock(&j->lock);
	txn->changed = true;
	jb = xa_load(&j->blocks, block);
	if (jb) {
		slot = &jb->slot[txn->tid & 1];
		if (!slot->txn) {
			*slot = (struct jslot){ .txn = txn };
			list_add_tail(&slot->link, &txn->blocks);
			txn->nr_blocks++;
		}
		slot->changed = false;
		slot->forgotten = true;
	}
	spin_unlock(&j->lock);
	return 0;
}

int ext4_journal_forget(struct ext4_handle *h, uint64_t block, unsigned count)
{
	struct ext4_journal *j = h->fs->journal;
	int err = no_journal(h);

	for (unsigned i = 0; i < count && !err; i++)
		err = h->txn ? forget_one(j, h, block + i) : forget_in_place(j, block + i);
	return err;
}

/* --- Ordered data --- */

int ext4_journal_order(struct ext4_handle *h, struct ext4_inode *inode)
{
	struct ext4_journal *j = h->fs->journal;
	struct ordered **mine, *fresh;

	if (!h->txn || !READ_ONCE(j->ordered) || ext4_journals_data(inode))
		return no_journal(h);
	/* Only handles of the running transaction, this one among them, set the pointer; commits clear their own. */
	mine = &inode->ordered[h->txn->tid & 1];
	fresh = READ_ONCE(*mine) ? NULL : kmalloc(sizeof(*fresh), GFP_KERNEL);
	spin_lock(&j->lock);
	h->txn->changed = true;
	if (!*mine && fresh) {
		*fresh = (struct ordered){ .inode = inode };
		list_add_tail(&fresh->link, &h->txn->inodes);
		*mine = fresh;
		fresh = NULL;
	}
	spin_unlock(&j->lock);
	kfree(fresh);
	return *mine ? 0 : -ENOMEM;
}

void ext4_ordered_drop_locked(struct ext4_journal *j, struct ext4_txn *txn, struct ordered *o)
{
	assert_held(&j->lock);
	list_del(&o->link);
	if (o->inode)
		o->inode->ordered[txn->tid & 1] = NULL;
}

/*
 *	commit of 7				here
 *	closes 7, which has new blocks of F	(begins handle of 8)
 *	writes other files
 *						cuts F, or removes its last name, in 8; drops its pages
 *	finds nothing to write of F
 *	record of 7
 *	power fails: F has its size, and in its blocks what was there before
 *
 * Who drops pages calls this before, and before the size changes, which hides them from write-back.
 */
void ext4_journal_write_ordered(struct ext4_inode *inode)
{
	struct ext4_journal *j = ext4_fs(inode->vfs.sb)->journal;
	bool named;

	if (!j || !j->logged)
		return;
	spin_lock(&j->lock);
	named = j->committing && inode->ordered[j->committing->tid & 1];
	spin_unlock(&j->lock);
	if (named && j->fs->journal_ops && j->fs->journal_ops->write_ordered)
		ignore_result(j->fs->journal_ops->write_ordered(inode));
}

/* Take the inode off the transactions' lists. False: a commit is writing it, wait. */
static bool unorder(struct ext4_journal *j, struct ext4_inode *inode)
{
	bool busy = false;

	spin_lock(&j->lock);
	for (unsigned i = 0; i < ARRAY_SIZE(inode->ordered); i++) {
		struct ordered *o = inode->ordered[i];

		busy |= o && o->writing;
		if (!o || o->writing)
			continue;
		o->inode = NULL;
		inode->ordered[i] = NULL;
	}
	spin_unlock(&j->lock);
	return !busy;
}

void ext4_journal_inode_gone(struct ext4_inode *inode)
{
	struct ext4_journal *j = ext4_fs(inode->vfs.sb)->journal;

	if (j && j->logged)
		wait_event(&j->wait, unorder(j, inode));
}

/* SPDX-License-Identifier: MIT */
/*
 * ext4: what the files of this folder share. Nobody else includes it; others see fs/ext4/probe.h and the VFS.
 *
 * Model. Meta data (superblock, group descriptors, inode tables, folders, extent and attribute blocks) is read
 * through the page cache of the block device; file data through the file's own. Neither is kept a second time,
 * apart from what an inode needs decoded. A journal that holds committed changes is replayed into memory
 * (recovery.c): the blocks it changes then come from fs->replay instead of the disk, for data and meta data alike.
 *
 * Trust. A volume may be anything: each value read from disk is checked before it is used as an index, a length or
 * a block number, and each structure that has a checksum is verified when it is read.
 */
#pragma once

#include "block/bdev.h"
#include "fs/ext4/disk.h"
#include "fs/ext4/journal.h"
#include "fs/ext4/options.h"
#include "lib/byteorder.h"
#include "lib/err.h"
#include "lib/xarray.h"
#include "sync/mutex.h"
#include "sync/rwsem.h"
#include "vfs/inode.h"
#include "vfs/super.h"

/* Linux's meaning of these errors in file systems. */
#define EFSCORRUPTED	EUCLEAN
#define EFSBADCRC	EBADMSG

/* Field legend: [I] immutable after mount, [u] changed by remounts, [s] super_lock */
struct ext4_fs {
	struct super_block *sb;		/* [I] */
	struct bdev *bdev;		/* [I] */
	bool claimed;			/* [I] bdev is held exclusively */
	bool writable;			/* [a] changes may wait for the disk: until a remount for reading is done */
	struct ext4_disk_super disk;	/* [s] as read, after replay; what never changes is read without the lock */
	uint32_t block_size;		/* [I] bytes */
	uint32_t block_bits;		/* [I] */
	uint32_t inode_size;		/* [I] bytes on disk */
	uint32_t desc_size;		/* [I] bytes of a group descriptor */
	uint32_t inodes_count;		/* [I] */
	uint32_t nr_groups;		/* [I] */
	uint64_t blocks_count;		/* [I] */
	uint32_t first_block;		/* [I] of group 0 */
	uint32_t csum_seed;		/* [I] */
	uint32_t compat, incompat, ro_compat;	/* [u] feature words */
	struct xarray replay;		/* [I] block number -> its content by the journal */
	struct mutex super_lock;	/* class "ext4_super": inside a handle */
	struct rwsem mode_sem;		/* class "ext4_mode": outside of handles; writing back, or chattr +j */
	struct ext4_options opts;	/* [u] */
	uint32_t next_sequence;		/* [u] of the log after a replay; 0: nothing was replayed */
	bool clean_before;		/* [s] s_state said so when it was mounted */
	struct ext4_journal *journal;	/* [u] NULL: mounted read-only */
	unsigned handles;		/* [a] that are open, or about to be: a remount for reading waits for them */
	struct waitq idle;		/* there are none */
	const struct ext4_journal_ops *journal_ops;	/* [I] NULL: none */
	struct ext4_alloc *alloc;	/* [u] groups and counts; NULL: mounted read-only */
};

struct ordered;

/*
 * Field legend: [I] immutable after ext4_iget, [s] map_lock, [m] map_sem (folders and links: inode->lock), [a] single
 * words, [i] inode->lock, [d] delayed_lock, [o] orphan_lock of the volume, [j] journal lock,
 * [r] raw_lock to change it
 */
struct ext4_inode {
	struct inode vfs;		/* [I] with locks of its own */
	uint32_t flags;			/* [m] EXT4_*_FL */
	uint32_t csum_seed;		/* [I] */
	uint32_t data[EXT4_N_BLOCKS];	/* [m] i_block: extent root, block map, link text or inline data */
	uint64_t xattr_block;		/* [I] 0: none */
	uint32_t extra_isize;		/* [I] 0: no attributes in the inode */
	struct rwsem xattr_sem;		/* protects the attributes on disk, inline data among them */
	struct spinlock map_lock;
	uint32_t map_first, map_count;	/* [s] the run found last; count 0: none */
	uint64_t map_block;		/* [s] */
	uint64_t map_unwritten;		/* [s] */
	struct rwsem map_sem;
	struct spinlock raw_lock;	/* while the inode is put into its table block */
	loff_t disksize;		/* [r] of a regular file: the size on disk */
	uint32_t size_sets;		/* [r] how often it was cut or set, for a check of debug kernels */
	uint32_t projid;		/* [I] */
	uint32_t dtime;			/* [o] next on the orphan list; when freed: the time */
	struct list_head orphan;	/* [o] */
	uint32_t hole_first, hole_end;	/* [a] blocks about to be freed: write-back leaves them alone */
	uint32_t sync_tid, datasync_tid;	/* [a] transactions fsync and fdatasync wait for; 0: none */
	bool times_dirty;		/* [a] times changed in memory only */
	bool write_at_close;		/* [a] it was cut to nothing: what replaces that goes to the disk early */
	bool use_root;			/* [a] the last writer may use reserved blocks */
	struct spinlock delayed_lock;
	struct xarray delayed;		/* [d] blocks that wait for a place: see delayed.c */
	uint32_t promised;		/* [d] */
	struct ordered *ordered[2];	/* [j] entries in transactions' lists of files, by tid & 1: log.h */
};

static inline struct ext4_fs *ext4_fs(const struct super_block *sb)
{
	return sb->private;
}

static inline struct ext4_inode *ext4_i(struct inode *inode)
{
	return container_of(inode, struct ext4_inode, vfs);
}

/* --- data_journal.c --- */

/* Do the contents of this file go through the log, as meta data? */
bool ext4_journals_data(const struct ext4_inode *inode);
/* Are its blocks revoked when they are freed? */
bool ext4_blocks_journalled(const struct ext4_inode *inode);

/* Do written pages get their blocks later, by write-back? */
static inline bool ext4_delays(const struct ext4_inode *inode)
{
	return READ_ONCE(ext4_fs(inode->vfs.sb)->opts.delalloc) && !ext4_journals_data(inode);
}

/* --- block.c: meta data --- */

/* Block `block` held in memory; data is valid until ext4_buf_put(). */
struct ext4_buf {
	struct page *page;		/* NULL: from the journal of a volume mounted read-only */
	void *data;
	uint64_t block;
};

/* Read block. 0, -EIO, -ENOMEM, -EFSCORRUPTED for a number outside of the volume. May sleep. */
int __must_check ext4_buf_get(struct ext4_fs *fs, uint64_t block, struct ext4_buf *buf);
/*
 * The same of a block whose content on the disk nobody needs: zeros, unless it is in the cache or smaller than a page.
 * Not dirty: the caller brings it into a transaction before anything else needs it.
 */
int __must_check ext4_buf_get_unread(struct ext4_fs *fs, uint64_t block, struct ext4_buf *buf);
void ext4_buf_put(struct ext4_buf *buf);
/*
 * What a block was found to be by its checksum. That is remembered while its page stays in memory: changes from here
 * keep the checksum right, and who writes to the device itself makes the page dirty, which forgets it.
 */
enum ext4_kind { EXT4_KIND_DIR, EXT4_KIND_INDEX, EXT4_KIND_EXTENTS };
static inline uint32_t ext4_kind_flag(const struct ext4_buf *buf, enum ext4_kind kind)
{
	return 1u << (PG_CHECKED_SHIFT + 4 * kind + (buf->block & 3));	/* a page has four blocks at most */
}
static inline bool ext4_buf_known(const struct ext4_buf *buf, enum ext4_kind kind)
{
	return buf->page && page_test(buf->page, ext4_kind_flag(buf, kind));
}
static inline void ext4_buf_set_known(struct ext4_buf *buf, enum ext4_kind kind)
{
	if (buf->page)
		page_set(buf->page, ext4_kind_flag(buf, kind));
}
/* Is [block, block + count) inside of the volume and not its first block? */
bool ext4_block_valid(const struct ext4_fs *fs, uint64_t block, uint64_t count);
/*
 * Found in what was read: "ext4 (vda1): TEXT" in the log, and what errors= says (journal.h); returns -EFSCORRUPTED. No
 * spin lock is held, nor the super block's. May sleep.
 */
int ext4_corrupt(const struct ext4_fs *fs, const char *fmt, ...) __printf(2, 3);
/* "ext4 (vda1): WHAT NUMBER: wrong checksum", likewise; returns -EFSBADCRC. */
int ext4_bad_csum(const struct ext4_fs *fs, const char *what, uint64_t number);

/* --- csum.c: true when the checksum is right, or the volume has none --- */

static inline bool ext4_has_csum(const struct ext4_fs *fs)
{
	return fs->ro_compat & EXT4_RO_METADATA_CSUM;
}
bool ext4_super_csum_ok(const struct ext4_disk_super *disk);
void ext4_super_csum_set(struct ext4_disk_super *disk);
bool ext4_group_csum_ok(const struct ext4_fs *fs, uint32_t group, const void *desc);
uint32_t ext4_inode_csum_seed(const struct ext4_fs *fs, uint32_t ino, uint32_t generation);
bool ext4_inode_csum_ok(const struct ext4_fs *fs, uint32_t ino, const struct ext4_disk_inode *disk);
/* These three are computed once while the block stays in memory. */
bool ext4_extent_csum_ok(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_buf *buf);
bool ext4_dir_csum_ok(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_buf *buf);
bool ext4_dx_csum_ok(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_buf *buf, uint32_t table);
bool ext4_xattr_csum_ok(const struct ext4_fs *fs, uint64_t number, const void *block);
/* The same, set. Nothing happens on a volume without. */
void ext4_group_csum_set(const struct ext4_fs *fs, uint32_t group, void *desc);
void ext4_inode_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_disk_inode *disk);
void ext4_extent_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, void *block);
void ext4_dir_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, void *block);
/* The checksum was right before len bytes changed; diff is what they were, XORed with what they are now. */
void ext4_dir_csum_patch(const struct ext4_fs *fs, void *block, uint32_t offset, const void *diff, uint32_t len);
void ext4_dx_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, void *block, uint32_t table);
void ext4_xattr_csum_set(const struct ext4_fs *fs, uint64_t number, void *block);

/* --- group.c --- */

/* First block of a group's inode table. 0 or -errno. May sleep. */
int __must_check ext4_group_inode_table(struct ext4_fs *fs, uint32_t group, uint64_t *block);

/* --- inode.c --- */

/* The inode of this number with a reference. 0, -ESTALE for a free one, -EFSCORRUPTED, -EIO, -ENOMEM. May sleep. */
int __must_check ext4_iget(struct super_block *sb, uint64_t ino, struct inode **out);
/* One without links, too: the orphan list has them. */
int __must_check ext4_iget_orphan(struct super_block *sb, uint64_t ino, struct inode **out);
/* The block of the inode table it lies in. 0 or -EFSCORRUPTED. May sleep. */
int __must_check ext4_inode_block(struct ext4_fs *fs, uint64_t ino, uint64_t *block);
/*
 * The inode on disk, inode_size bytes at *disk while buf is held; raw: without a look at its checksum, which another
 * CPU may be about to set, for inodes that are in memory. May sleep.
 */
int __must_check ext4_inode_raw(struct ext4_fs *fs, uint64_t ino, struct ext4_buf *buf,
				struct ext4_disk_inode **disk);
int __must_check ext4_inode_read(struct ext4_fs *fs, uint64_t ino, struct ext4_buf *buf,
				 struct ext4_disk_inode **disk);

/* --- map.c, extent.c, indirect.c --- */

struct ext4_run {
	uint64_t block;			/* on disk; 0: reads as zero */
	uint64_t unwritten;		/* on disk, when it reads as zero: allocated, not written yet; 0: a hole */
	uint32_t count;			/* blocks, at least 1 */
};

/* Where block `first` of a file lies, and how many of the at most `max` from there go on alike. May sleep. */
int __must_check ext4_map(struct ext4_inode *inode, uint32_t first, uint32_t max, struct ext4_run *run);
int __must_check ext4_extent_map(struct ext4_inode *inode, uint32_t first, uint32_t max, struct ext4_run *run);
int __must_check ext4_indirect_map(struct ext4_inode *inode, uint32_t first, uint32_t max, struct ext4_run *run);

/* --- file.c --- */

extern const struct address_space_ops ext4_aops;
extern const struct inode_ops ext4_file_ops;
extern const struct file_ops ext4_file_fops;
/* Read [offset, offset + size) of what inline data a file has into buf; the rest of buf is zeroed. May sleep. */
int __must_check ext4_inline_read(struct ext4_inode *inode, uint64_t offset, void *buf, size_t size);

/* --- dir.c, htree.c --- */

extern const struct inode_ops ext4_dir_ops;
extern const struct file_ops ext4_dir_fops;

/* A name looked for, and what was found: inode 0 when nothing. */
struct ext4_search {
	const char *name;
	uint32_t len;
	uint32_t ino;
	uint32_t block, offset;		/* where its record lies: block of the folder, byte in its area */
	uint32_t prev;			/* the record before; offset itself for the first */
};

/* Block `first` of a folder, not verified. May sleep. */
int __must_check ext4_dir_block(struct ext4_inode *dir, uint32_t first, struct ext4_buf *buf);
/* Is the record at offset of a block of size bytes sound? */
bool ext4_dirent_ok(const struct ext4_fs *fs, const void *block, uint32_t offset, uint32_t size);
/* Look through the index. 0, -EFSCORRUPTED, -EIO; -EOPNOTSUPP: no usable index, look through all blocks. */
int __must_check ext4_htree_search(struct ext4_inode *dir, struct ext4_search *search);

/* --- symlink.c --- */

extern const struct inode_ops ext4_symlink_ops;

/* --- xattr.c --- */

ssize_t ext4_getxattr(struct inode *inode, const char *name, void *value, size_t size);
ssize_t ext4_listxattr(struct inode *inode, char *list, size_t size);
/* The part of inline data that lies in the attribute "system.data". Bytes, or -errno; *size is the whole. */
ssize_t ext4_xattr_inline(struct ext4_inode *inode, void *buf, size_t room, size_t *size);

/* --- recovery.c --- */

void ext4_replay_free(struct ext4_fs *fs);

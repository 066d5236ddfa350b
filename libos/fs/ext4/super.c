/* SPDX-License-Identifier: MIT */
/*
 * super: mounting.
 *
 * Every number of the superblock that later code divides by, shifts by or counts with is checked here. Features
 * decide: an unknown incompatible one refuses the mount by its name; an unknown read-only one refuses writing
 * (state.c, which also has what mounting for writing does to the superblock).
 */
#include "fs/ext4/log.h"

#include "core/init.h"
#include "core/log.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/probe.h"
#include "lib/align.h"
#include "lib/crc.h"
#include "lib/string.h"
#include "lib/uuid.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/stat.h"

#define KNOWN_INCOMPAT	(EXT4_INCOMPAT_FILETYPE | EXT4_INCOMPAT_RECOVER | EXT4_INCOMPAT_META_BG | \
			 EXT4_INCOMPAT_EXTENTS | EXT4_INCOMPAT_64BIT | EXT4_INCOMPAT_MMP | \
			 EXT4_INCOMPAT_FLEX_BG | EXT4_INCOMPAT_CSUM_SEED | \
			 EXT4_INCOMPAT_LARGEDIR | EXT4_INCOMPAT_INLINE_DATA)
#define BLOCK_LOG_MAX	2		/* 1 KiB << 2: a page */

static struct {
	struct kmem_cache *inodes;	/* [I] after INIT_VFS */
} ext4;

/* --- Superblock ----------------------------------------------------------------------------------- */

static int refuse(const struct ext4_fs *fs, const char *why, uint32_t value)
{
	klog(KLOG_ERR, "ext4 (%s): %s (0x%x)", fs->sb->id, why, value);
	return -EINVAL;
}

static int check_features(const struct ext4_fs *fs)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ EXT4_INCOMPAT_COMPRESSION, "compression" }, { EXT4_INCOMPAT_JOURNAL_DEV, "journal_dev" },
		{ EXT4_INCOMPAT_EA_INODE, "ea_inode" },	      { EXT4_INCOMPAT_DIRDATA, "dirdata" },
		{ EXT4_INCOMPAT_ENCRYPT, "encrypt" },	      { EXT4_INCOMPAT_CASEFOLD, "casefold" },
	};
	uint32_t unknown = fs->incompat & ~(uint32_t)KNOWN_INCOMPAT;

	if (!unknown)
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (unknown & names[i].bit)
			klog(KLOG_ERR, "ext4 (%s): feature '%s' is not supported", fs->sb->id, names[i].name);
		unknown &= ~names[i].bit;
	}
	if (unknown)
		klog(KLOG_ERR, "ext4 (%s): unknown features 0x%x", fs->sb->id, unknown);
	return -EINVAL;
}

/* Sizes that shifts and divisions rely on. */
static int check_sizes(struct ext4_fs *fs)
{
	const struct ext4_disk_super *disk = &fs->disk;
	uint32_t log = le32_to_cpu(disk->s_log_block_size);

	if (log > BLOCK_LOG_MAX)
		return refuse(fs, "block size is not 1, 2 or 4 KiB", log);
	fs->block_bits = 10 + log;
	fs->block_size = 1u << fs->block_bits;
	fs->inode_size = le32_to_cpu(disk->s_rev_level) ? le16_to_cpu(disk->s_inode_size) : EXT4_INODE_SIZE_OLD;
	if (fs->inode_size < EXT4_INODE_SIZE_OLD || fs->inode_size > fs->block_size ||
	    fs->inode_size & (fs->inode_size - 1))
		return refuse(fs, "inode size", fs->inode_size);
	fs->desc_size = EXT4_GROUP_SIZE_OLD;
	if (fs->incompat & EXT4_INCOMPAT_64BIT) {
		fs->desc_size = le16_to_cpu(disk->s_desc_size);
		if (fs->desc_size < sizeof(struct ext4_disk_group) || fs->desc_size > fs->block_size ||
		    fs->desc_size & (fs->desc_size - 1))
			return refuse(fs, "size of group descriptors", fs->desc_size);
	}
	return 0;
}

/* Counts: groups, blocks and inodes must agree with each other and with the device. */
static int check_counts(struct ext4_fs *fs)
{
	const struct ext4_disk_super *disk = &fs->disk;
	uint32_t per_group = le32_to_cpu(disk->s_blocks_per_group), inodes = le32_to_cpu(disk->s_inodes_per_group);
	uint64_t groups;

	fs->blocks_count = le32_to_cpu(disk->s_blocks_count_lo);
	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		fs->blocks_count |= (uint64_t)le32_to_cpu(disk->s_blocks_count_hi) << 32;
	fs->first_block = le32_to_cpu(disk->s_first_data_block);
	fs->inodes_count = le32_to_cpu(disk->s_inodes_count);
	if (fs->blocks_count > fs->bdev->size >> fs->block_bits || fs->blocks_count <= (uint64_t)fs->first_block + 1)
		return refuse(fs, "volume is larger than its device, or empty; blocks", (uint32_t)fs->blocks_count);
	if (fs->first_block != (fs->block_size == 1024 ? 1 : 0) &&
	    !(fs->first_block == 0 && (fs->ro_compat & EXT4_RO_BIGALLOC)))
		return refuse(fs, "first data block", fs->first_block);
	if (!per_group || (!(fs->ro_compat & EXT4_RO_BIGALLOC) && per_group > 8 * fs->block_size))
		return refuse(fs, "blocks per group", per_group);
	if (!inodes || inodes > 8 * fs->block_size)
		return refuse(fs, "inodes per group", inodes);
	groups = DIV_ROUND_UP(fs->blocks_count - fs->first_block, per_group);
	if (groups > UINT32_MAX || groups * inodes != fs->inodes_count)
		return refuse(fs, "number of inodes", fs->inodes_count);
	fs->nr_groups = (uint32_t)groups;
	return 0;
}

static int check_super(struct ext4_fs *fs, bool silent)
{
	struct ext4_disk_super *disk = &fs->disk;
	int err;

	if (le16_to_cpu(disk->s_magic) != EXT4_MAGIC) {
		if (!silent)
			klog(KLOG_ERR, "ext4 (%s): no ext4 file system here", fs->sb->id);
		return -EINVAL;
	}
	if (!ext4_super_csum_ok(disk))
		return ext4_bad_csum(fs, "superblock", 0);
	/* Revision 0 has no feature words. */
	if (le32_to_cpu(disk->s_rev_level)) {
		fs->compat = le32_to_cpu(disk->s_feature_compat);
		fs->incompat = le32_to_cpu(disk->s_feature_incompat);
		fs->ro_compat = le32_to_cpu(disk->s_feature_ro_compat);
	}
	err = check_features(fs);
	if (!err)
		err = check_sizes(fs);
	if (!err)
		err = check_counts(fs);
	if (fs->incompat & EXT4_INCOMPAT_CSUM_SEED)
		fs->csum_seed = le32_to_cpu(disk->s_checksum_seed);
	else
		fs->csum_seed = crc32c(~0u, disk->s_uuid, sizeof(disk->s_uuid));
	return err;
}

bool ext4_probe(struct bdev *bdev, char label[17], uint8_t uuid[16])
{
	struct ext4_disk_super *disk = kmalloc(sizeof(*disk), GFP_KERNEL);
	bool found;

	if (!disk)
		return false;
	found = !bdev_read(bdev, EXT4_SUPER_OFFSET, disk, sizeof(*disk)) && le16_to_cpu(disk->s_magic) == EXT4_MAGIC &&
		ext4_super_csum_ok(disk);
	if (found) {
		memcpy(label, disk->s_volume_name, 16);
		label[16] = '\0';
		memcpy(uuid, disk->s_uuid, 16);
	}
	kfree(disk);
	return found;
}

/* --- Finding the device --------------------------------------------------------------------------- */

/* What is looked for: a label, or a UUID. */
struct search {
	const char *label;		/* or NULL */
	struct uuid uuid;
	struct bdev *found;
};

static void probe_one(struct bdev *bdev, void *arg)
{
	struct search *search = arg;
	struct uuid uuid;
	char label[17];

	if (search->found || !ext4_probe(bdev, label, uuid.b))
		return;
	if (search->label ? !strcmp(label, search->label) : uuid_equal(&uuid, &search->uuid))
		search->found = bdev_get_dev(bdev->dev);
}

/* LABEL= and UUID= are told by the volumes themselves; any other source is the block layer's to find. */
static struct bdev *find_device(const char *source)
{
	struct search search = { .label = NULL };

	if (!strncmp(source, "LABEL=", 6))
		search.label = source + 6;
	else if (strncmp(source, "UUID=", 5))
		return bdev_get(source);
	else if (uuid_parse(source + 5, &search.uuid))
		return NULL;
	bdev_for_each(probe_one, &search);
	return search.found;
}

/* --- Operations ----------------------------------------------------------------------------------- */

static struct inode *alloc_inode(struct super_block *sb)
{
	struct ext4_inode *inode = kmem_cache_alloc(ext4.inodes, GFP_KERNEL | GFP_ZERO);

	ignore_result(sb);	/* one cache for all volumes */
	if (!inode)
		return NULL;
	rwsem_init(&inode->xattr_sem, "ext4_xattr");
	ext4_inode_init(inode);
	return &inode->vfs;
}

static void free_inode(struct inode *inode)
{
	kmem_cache_free(ext4.inodes, ext4_i(inode));
}

static int statfs(struct super_block *sb, struct kstatfs *out)
{
	struct ext4_fs *fs = ext4_fs(sb);
	const struct ext4_disk_super *disk = &fs->disk;
	struct ext4_counts counts;
	bool wide = fs->incompat & EXT4_INCOMPAT_64BIT;
	uint64_t reserved = le32_to_cpu(disk->s_r_blocks_count_lo), uuid[2];

	out->block_size = out->fragment_size = fs->block_size;
	out->name_max = EXT4_NAME_LEN;
	out->blocks = fs->blocks_count - le32_to_cpu(disk->s_overhead_clusters);
	out->blocks_free = le32_to_cpu(disk->s_free_blocks_count_lo);
	if (wide) {
		reserved |= (uint64_t)le32_to_cpu(disk->s_r_blocks_count_hi) << 32;
		out->blocks_free |= (uint64_t)le32_to_cpu(disk->s_free_blocks_count_hi) << 32;
	}
	out->blocks_avail = out->blocks_free > reserved ? out->blocks_free - reserved : 0;
	out->files = fs->inodes_count;
	out->files_free = le32_to_cpu(disk->s_free_inodes_count);
	if (fs->alloc) {
		ext4_alloc_counts(fs, &counts);
		out->blocks_free = counts.blocks;
		out->blocks_avail = counts.available;
		out->files_free = counts.inodes;
	}
	memcpy(uuid, disk->s_uuid, sizeof(uuid));
	out->fsid = uuid[0] ^ uuid[1];
	return 0;
}

static int sync_fs(struct super_block *sb, bool wait)
{
	struct ext4_fs *fs = ext4_fs(sb);
	int err;

	if (!fs->journal)
		return 0;
	if (!wait) {
		ext4_journal_kick(fs);
		return 0;
	}
	err = ext4_journal_commit_all(fs);
	/* Data that no transaction waits for, too. */
	return err || !fs->opts.barrier ? err : bdev_flush(fs->bdev);
}

static void show_options(struct super_block *sb, struct strbuf *out)
{
	const struct ext4_fs *fs = ext4_fs(sb);

	ext4_options_show(&fs->opts, &fs->disk, out);
}

/* The log is empty or was replayed. */
static int open_for_writing(struct ext4_fs *fs)
{
	int err = ext4_alloc_open(fs);

	if (!err)
		err = ext4_state_open(fs, fs->next_sequence);
	if (err)
		return err;
	WRITE_ONCE(fs->writable, true);
	fs->sb->flags &= ~(uint32_t)SB_RDONLY;		/* a remount: for the orphans already */
	ext4_orphan_cleanup(fs);
	return 0;
}

static int become_writable(struct ext4_fs *fs)
{
	struct super_block *sb = fs->sb;
	int err;

	if (fs->journal && fs->journal->error) {
		klog(KLOG_ERR, "ext4 (%s): cannot be remounted for writing after an error", sb->id);
		return -EROFS;
	}
	if (fs->opts.noload && (fs->incompat & EXT4_INCOMPAT_RECOVER))
		return -EROFS;
	if (bdev_is_read_only(fs->bdev))
		return -EACCES;
	ext4_journal_close(fs->journal);
	err = xa_empty(&fs->replay) ? 0 : ext4_replay_write(fs);
	return err ? err : open_for_writing(fs);
}

static int become_readonly(struct ext4_fs *fs)
{
	int err;

	/* Who comes from here on is refused; the journal stays until it is opened again, for who came before. */
	__atomic_fetch_or(&fs->sb->flags, SB_RDONLY, __ATOMIC_SEQ_CST);
	wait_event(&fs->idle, !__atomic_load_n(&fs->handles, __ATOMIC_SEQ_CST));
	fs->next_sequence = 0;
	err = ext4_state_close(fs);
	if (!err)
		WRITE_ONCE(fs->writable, false);	/* fsync has nothing to do from here on */
	return err;
}

static int remount(struct super_block *sb, unsigned flags, const char *options)
{
	struct ext4_fs *fs = ext4_fs(sb);
	struct ext4_options opts = fs->opts;
	int err = ext4_options_parse(&opts, sb->id, options);

	if (!err)
		err = ext4_options_check(&opts, sb->id, fs->compat & EXT4_COMPAT_HAS_JOURNAL);
	if (err)
		return err;
	if (opts.data != fs->opts.data && !(sb->flags & SB_RDONLY)) {
		klog(KLOG_ERR, "ext4 (%s): cannot change data mode on remount", sb->id);
		return -EINVAL;
	}
	fs->opts = opts;
	ext4_state_apply(fs);
	if (!(flags & SB_RDONLY) && (sb->flags & SB_RDONLY))
		return become_writable(fs);
	if ((flags & SB_RDONLY) && !(sb->flags & SB_RDONLY))
		return become_readonly(fs);
	return 0;
}

static void release(struct ext4_fs *fs)
{
	ext4_alloc_close(fs);
	ext4_replay_free(fs);
	if (fs->claimed)
		bdev_release(fs->bdev, fs);
	if (fs->bdev)
		bdev_put(fs->bdev);
	kfree(fs);
}

static void put_super(struct super_block *sb)
{
	struct ext4_fs *fs = ext4_fs(sb);

	if (!(sb->flags & SB_RDONLY))
		ignore_result(ext4_state_close(fs));	/* logged */
	ext4_journal_close(fs->journal);
	inode_evict_sb(sb);				/* the journal's own inode */
	release(fs);
}

static int check_options(struct super_block *sb, const char *options)
{
	struct ext4_options opts = ext4_fs(sb)->opts;

	return ext4_options_parse(&opts, sb->id, options);
}

static const struct super_ops super_ops = {
	.alloc_inode = alloc_inode,
	.free_inode = free_inode,
	.evict_pages = ext4_evict_pages,
	.evict_inode = ext4_evict_inode,
	.may_drop = ext4_may_drop_inode,
	.dirty_inode = ext4_dirty_inode,
	.sync_fs = sync_fs,
	.statfs = statfs,
	.remount = remount,
	.check_options = check_options,
	.put_super = put_super,
	.show_options = show_options,
};

/* --- Mount ---------------------------------------------------------------------------------------- */

/* Largest file that block numbers of 32 bits and an inode's count of blocks can tell. */
static loff_t max_file(const struct ext4_fs *fs)
{
	uint64_t blocks = UINT32_MAX;

	if (!(fs->ro_compat & EXT4_RO_HUGE_FILE))	/* an inode counts its sectors with 32 bits */
		blocks >>= fs->block_bits - 9;
	return (loff_t)(blocks << fs->block_bits);
}
/* The superblock as the journal has it: free counts, and whatever else was committed. */
static int read_super_again(struct ext4_fs *fs)
{
	struct ext4_disk_super old = fs->disk;
	struct ext4_buf buf;
	bool changed;
	int err;

	if (!fs->next_sequence)			/* nothing was replayed */
		return 0;
	err = ext4_buf_get(fs, EXT4_SUPER_OFFSET >> fs->block_bits, &buf);
	if (err)
		return err;
	memcpy(&fs->disk, (const char *)buf.data + (EXT4_SUPER_OFFSET & (fs->block_size - 1)), sizeof(fs->disk));
	ext4_buf_put(&buf);
	err = check_super(fs, /*silent=*/false);
	changed = fs->disk.s_log_block_size != old.s_log_block_size ||
		  fs->disk.s_blocks_per_group != old.s_blocks_per_group;
	if (!err && changed)
		err = ext4_corrupt(fs, "the journal changes the volume's layout");
	return err;
}

static int open_root(struct ext4_fs *fs)
{
	struct inode *root;
	int err = ext4_iget(fs->sb, EXT4_ROOT_INO, &root);

	if (err)
		return err;
	if (!S_ISDIR(root->mode)) {
		inode_put(root);
		return ext4_corrupt(fs, "the root is not a folder");
	}
	fs->sb->root = d_make_root(root);
	return fs->sb->root ? 0 : -ENOMEM;
}

/* What the VFS wants to know. */
static void fill_in(struct ext4_fs *fs)
{
	struct super_block *sb = fs->sb;

	sb->bdev = fs->bdev;
	sb->dev = fs->bdev->dev;
	sb->magic = EXT4_SUPER_MAGIC;
	sb->block_size = fs->block_size;
	sb->block_bits = (uint8_t)fs->block_bits;
	sb->max_bytes = max_file(fs);
	sb->time_gran_ns = fs->inode_size > EXT4_INODE_SIZE_OLD ? 1 : 1000000000;
	sb->time_min = INT32_MIN;
	sb->time_max = fs->inode_size > EXT4_INODE_SIZE_OLD ? INT32_MIN + (1LL << 34) - 1 : INT32_MAX;
}

static int open_volume(struct ext4_fs *fs, const char *source, const char *options)
{
	struct super_block *sb = fs->sb;
	int err;

	fs->bdev = find_device(source);
	if (!fs->bdev)
		return -ENODEV;
	err = bdev_claim(fs->bdev, fs);
	if (err)
		return err;
	fs->claimed = true;
	strscpy(sb->id, fs->bdev->name, sizeof(sb->id));
	err = bdev_read(fs->bdev, EXT4_SUPER_OFFSET, &fs->disk, sizeof(fs->disk));
	if (!err)
		err = check_super(fs, /*silent=*/false);
	if (err)
		return err;
	ext4_options_default(&fs->opts, &fs->disk);
	fill_in(fs);
	err = ext4_options_parse(&fs->opts, sb->id, options);
	return err ? err : ext4_options_check(&fs->opts, sb->id, fs->compat & EXT4_COMPAT_HAS_JOURNAL);
}

static int mount(struct ext4_fs *fs, const char *source, const char *options)
{
	struct super_block *sb = fs->sb;
	bool writable;
	int err = open_volume(fs, source, options);

	if (err)
		return err;
	writable = !(sb->flags & SB_RDONLY);
	if (writable && READ_ONCE(fs->bdev->read_only))
		return -EACCES;
	if (writable && fs->opts.noload && (fs->compat & EXT4_COMPAT_HAS_JOURNAL)) {
		klog(KLOG_ERR, "ext4 (%s): noload is for read-only mounts", sb->id);
		return -EINVAL;
	}
	if (!fs->opts.noload)
		err = ext4_recover(fs, writable, &fs->next_sequence);
	if (!err)
		err = read_super_again(fs);
	if (!err && writable)
		err = open_for_writing(fs);
	return err ? err : open_root(fs);
}

static int fill_super(struct super_block *sb, const char *source, const char *options)
{
	struct ext4_fs *fs = kzalloc(sizeof(*fs), GFP_KERNEL);
	int err;

	if (!fs)
		return -ENOMEM;
	fs->sb = sb;
	xa_init(&fs->replay);
	mutex_init(&fs->super_lock, "ext4_super");
	waitq_init(&fs->idle, "ext4_idle");
	rwsem_init(&fs->mode_sem, "ext4_mode");
	sb->private = fs;
	sb->ops = &super_ops;
	err = source ? mount(fs, source, options) : -EINVAL;
	if (err) {
		inode_evict_sb(sb);
		if (fs->journal)
			ignore_result(ext4_state_close(fs));	/* logged */
		ext4_journal_close(fs->journal);
		inode_evict_sb(sb);
		sb->bdev = NULL;
		sb->private = NULL;
		release(fs);
	}
	return err;
}

/* The same code reads ext2 and ext3 volumes; their names let `mount -t` and root= work. */
static struct fs_type types[] = {
	{ .name = "ext4", .flags = FS_REQUIRES_DEV, .fill_super = fill_super },
	{ .name = "ext3", .flags = FS_REQUIRES_DEV, .fill_super = fill_super },
	{ .name = "ext2", .flags = FS_REQUIRES_DEV, .fill_super = fill_super },
};

static int ext4_init(void)
{
	int err = 0;

	ext4.inodes = kmem_cache_create("ext4_inode", sizeof(struct ext4_inode), 0);
	for (unsigned i = 0; !err && i < ARRAY_SIZE(types); i++)
		err = fs_register(&types[i]);
	return err;
}
INIT_HOOK(INIT_VFS, ext4_init);

/* SPDX-License-Identifier: MIT */
/*
 * tmpfs: super blocks, options, inodes. Source: tmpfs(5).
 *
 * An inode lives as long as a name or an open file refers to it: the names' references are in the directory
 * entries (dir.c). Inode numbers are never used twice in one instance.
 */
#include "fs/tmpfs/tmpfs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "core/init.h"
#include "fs/tmpfs/internal.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/shmem.h"
#include "mm/slab.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/stat.h"

#define TMPFS_MAGIC_	0x01021994U	/* <linux/magic.h> TMPFS_MAGIC */

static struct {
	struct kmem_cache *inodes;	/* [I] */
} tmpfs;

/* --- Inodes ------------------------------------------------------------------------------------ */

static struct inode *tmpfs_alloc_inode(struct super_block *sb)
{
	struct tmpfs_inode *ti = kmem_cache_alloc(tmpfs.inodes, GFP_KERNEL | GFP_ZERO);

	(void)sb;
	if (!ti)
		return NULL;
	INIT_LIST_HEAD(&ti->xattrs);
	return &ti->vfs;
}

static void tmpfs_free_inode(struct inode *inode)
{
	kfree(tmpfs_i(inode)->link);
	kmem_cache_free(tmpfs.inodes, tmpfs_i(inode));
}

static void tmpfs_evict_inode(struct inode *inode)
{
	if (S_ISDIR(inode->mode))
		tmpfs_drop_entries(inode);
	tmpfs_recount(inode);
	tmpfs_drop_xattrs(inode);
	__atomic_fetch_sub(&tmpfs_sb(inode->sb)->used_inodes, 1, __ATOMIC_RELAXED);
}

static void set_ops(struct inode *inode)
{
	if (S_ISDIR(inode->mode)) {
		tmpfs_i(inode)->next_cookie = TMPFS_FIRST_COOKIE;
		tmpfs_i(inode)->parent = inode;
		inode->ops = &tmpfs_dir_inode_ops;
		inode->fops = &tmpfs_dir_ops;
		inode->size = 2 * TMPFS_NAME_SIZE;
		inode_set_nlink(inode, 2);
	} else if (S_ISREG(inode->mode)) {
		inode->ops = &tmpfs_file_inode_ops;
		inode->fops = &tmpfs_file_ops;
		inode->mapping.ops = &shmem_as_ops;
		inode->mapping.shmem = true;
		tmpfs_i(inode)->seals = F_SEAL_SEAL;	/* only a memfd may be sealed */
	} else if (S_ISLNK(inode->mode)) {
		inode->ops = &tmpfs_link_inode_ops;
	} else {
		inode->ops = &tmpfs_file_inode_ops;	/* inode_init_special() sets the file operations */
	}
}

struct inode *tmpfs_new_inode(struct super_block *sb, struct inode *dir, uint32_t mode, const struct cred *cred)
{
	struct tmpfs_super *sbi = tmpfs_sb(sb);
	struct posix_acl *access = NULL, *deflt = NULL;
	struct inode *inode;

	if (__atomic_add_fetch(&sbi->used_inodes, 1, __ATOMIC_RELAXED) > sbi->max_inodes && sbi->max_inodes)
		goto fail;
	if (dir && posix_acl_create(dir, &mode, &deflt, &access))
		goto fail;
	inode = inode_alloc(sb);
	if (!inode)
		goto fail;
	inode->ino = __atomic_fetch_add(&sbi->next_ino, 1, __ATOMIC_RELAXED);
	xa_init(&tmpfs_i(inode)->cookies);
	inode_init_owner(inode, dir, mode, cred);
	set_ops(inode);
	posix_acl_set_cached(inode, POSIX_ACL_ACCESS, access);
	posix_acl_set_cached(inode, POSIX_ACL_DEFAULT, deflt);
	inode_unlock_new(inode);
	return inode;
fail:
	posix_acl_put(access);
	posix_acl_put(deflt);
	__atomic_fetch_sub(&sbi->used_inodes, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* --- Options ----------------------------------------------------------------------------------- */

/* "64m", "10%" of memory, or a plain number of bytes, into pages. */
static int parse_size(const char *value, uint64_t *pages)
{
	unsigned long long v;
	const char *end;

	v = memparse(value, &end);
	if (end == value)
		return -EINVAL;
	if (*end == '%') {
		v = pages_total() * PAGE_SIZE / 100 * v;
		end++;
	}
	if (*end)
		return -EINVAL;
	*pages = (v + PAGE_SIZE - 1) / PAGE_SIZE;
	return 0;
}

static int parse_option(struct tmpfs_super *sbi, const char *key, const char *value)
{
	static const char *const ignored[] = { "huge", "mpol", "inode64", "inode32", "noswap" };
	const char *end;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(ignored); i++) {
		if (!strcmp(key, ignored[i]))
			return 0;
	}
	if (!value)
		return -EINVAL;
	if (!strcmp(key, "size"))
		return parse_size(value, &sbi->max_pages);
	if (!strcmp(key, "nr_blocks")) {
		sbi->max_pages = memparse(value, &end);
		return end == value || *end ? -EINVAL : 0;
	}
	if (!strcmp(key, "nr_inodes")) {
		sbi->max_inodes = memparse(value, &end);
		return end == value || *end ? -EINVAL : 0;
	}
	if (!strcmp(key, "mode"))
		return kstrtou32(value, 8, &sbi->root_mode);
	if (!strcmp(key, "uid"))
		return kstrtou32(value, 10, &sbi->root_uid);
	if (!strcmp(key, "gid"))
		return kstrtou32(value, 10, &sbi->root_gid);
	return -EINVAL;
}

static int parse_options(struct tmpfs_super *sbi, const char *options)
{
	char *copy, *cursor, *key, *value;
	int err = 0;

	if (!options || !*options)
		return 0;
	cursor = copy = kstrdup(options, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	while (!err && option_next(&cursor, &key, &value))
		err = parse_option(sbi, key, value);
	kfree(copy);
	return err;
}

static void tmpfs_show_options(struct super_block *sb, struct strbuf *out)
{
	const struct tmpfs_super *sbi = tmpfs_sb(sb);

	if (sbi->max_pages != pages_total() / 2)
		strbuf_printf(out, ",size=%lluk", (unsigned long long)sbi->max_pages * (PAGE_SIZE / 1024));
	if (sbi->max_inodes != pages_total() / 2)
		strbuf_printf(out, ",nr_inodes=%llu", (unsigned long long)sbi->max_inodes);
	if (sbi->root_mode != 01777)
		strbuf_printf(out, ",mode=%03o", sbi->root_mode);
	if (sbi->root_uid)
		strbuf_printf(out, ",uid=%u", sbi->root_uid);
	if (sbi->root_gid)
		strbuf_printf(out, ",gid=%u", sbi->root_gid);
}

/* --- Super block ------------------------------------------------------------------------------- */

static int tmpfs_remount(struct super_block *sb, unsigned flags, const char *options)
{
	struct tmpfs_super *sbi = tmpfs_sb(sb), changed = { .max_pages = sbi->max_pages,
							    .max_inodes = sbi->max_inodes };
	int err = parse_options(&changed, options);

	(void)flags;
	if (err)
		return err;
	if ((changed.max_pages && changed.max_pages < sbi->used_pages) ||
	    (changed.max_inodes && changed.max_inodes < sbi->used_inodes))
		return -EINVAL;
	sbi->max_pages = changed.max_pages;
	sbi->max_inodes = changed.max_inodes;
	return 0;
}

static int tmpfs_statfs(struct super_block *sb, struct kstatfs *out)
{
	const struct tmpfs_super *sbi = tmpfs_sb(sb);
	uint64_t used = READ_ONCE(sbi->used_pages), inodes = READ_ONCE(sbi->used_inodes);

	out->type = sb->magic;
	out->block_size = out->fragment_size = PAGE_SIZE;
	out->name_max = NAME_MAX;
	out->fsid = sb->dev;
	out->blocks = sbi->max_pages;
	out->blocks_free = used < sbi->max_pages ? sbi->max_pages - used : 0;
	out->blocks_avail = out->blocks_free;
	out->files = sbi->max_inodes;
	out->files_free = inodes < sbi->max_inodes ? sbi->max_inodes - inodes : 0;
	return 0;
}

static void tmpfs_put_super(struct super_block *sb)
{
	kfree(sb->private);
	sb->private = NULL;
}

static const struct super_ops tmpfs_super_ops = {
	.alloc_inode = tmpfs_alloc_inode,
	.free_inode = tmpfs_free_inode,
	.evict_inode = tmpfs_evict_inode,
	.statfs = tmpfs_statfs,
	.remount = tmpfs_remount,
	.put_super = tmpfs_put_super,
	.show_options = tmpfs_show_options,
};

int tmpfs_fill_super(struct super_block *sb, const char *source, const char *options)
{
	struct tmpfs_super *sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	struct inode *root = NULL;
	int err;

	(void)source;
	if (!sbi)
		return -ENOMEM;
	spin_lock_init(&sbi->lock, "tmpfs");
	sbi->max_pages = sbi->max_inodes = pages_total() / 2;
	sbi->next_ino = 1;
	sbi->root_mode = 01777;
	sb->private = sbi;
	sb->ops = &tmpfs_super_ops;
	sb->magic = TMPFS_MAGIC_;
	err = parse_options(sbi, options);
	if (!err)
		root = tmpfs_new_inode(sb, NULL, S_IFDIR | (sbi->root_mode & 07777), &cred_root);
	if (!err && !root)
		err = -ENOMEM;
	if (!err) {
		root->uid = sbi->root_uid;
		root->gid = sbi->root_gid;
		sb->root = d_make_root(root);
		err = sb->root ? 0 : -ENOMEM;
	}
	if (err) {
		sb->private = NULL;
		kfree(sbi);
	}
	return err;
}

static struct fs_type tmpfs_type = { .name = "tmpfs", .fill_super = tmpfs_fill_super };

static int tmpfs_init(void)
{
	tmpfs.inodes = kmem_cache_create("tmpfs_inode", sizeof(struct tmpfs_inode), 0);
	return fs_register(&tmpfs_type);
}
INIT_HOOK(INIT_VFS, tmpfs_init);

/* SPDX-License-Identifier: MIT */
/*
 * namei: objects made, named, renamed and removed.
 *
 * Each operation is one handle of the journal, so that after a crash all of it happened or nothing did: the order
 * inside matters only for what is undone when a step fails. An object whose last name goes is put on the orphan list
 * in the same handle; it is freed when nobody has it open, or by the next mount. A new object that could not get its
 * name goes the same way.
 *
 * Locks. The VFS holds inode->lock of the folders, and of the object that loses a name.
 */
#include "fs/ext4/namei.h"

#include "abi/ioctl.h"		/* RENAME_* lie in <linux/fs.h> */
#include "fs/ext4/acl.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/dir.h"
#include "fs/ext4/xattr.h"
#include "lib/string.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"

/* A new inode: table, bitmap, descriptor and superblock of its group; attributes inherited; orphan list. */
#define NEW_CREDITS	(12 + EXT4_XATTR_CREDITS)
#define ORPHAN_CREDITS	4

void ext4_inode_touch(struct inode *inode, unsigned what)
{
	struct timespec64 now = inode_now(inode);

	__atomic_fetch_add(&inode->version, 1, __ATOMIC_RELAXED);
	write_seqlock(&inode->meta);
	if (what & EXT4_TOUCH_MTIME)
		inode->mtime = now;
	inode->ctime = now;
	write_sequnlock(&inode->meta);
}

/* Times of a folder whose names changed, and its inode written. */
static int dir_changed(struct ext4_handle *h, struct inode *dir)
{
	ext4_inode_touch(dir, EXT4_TOUCH_MTIME);
	return ext4_inode_dirty(h, dir);
}

static int start(struct inode *dir, unsigned blocks, struct ext4_handle **h)
{
	int err = ext4_journal_start(ext4_fs(dir->sb), blocks, h);

	if (!err && inode_is_dirsync(dir))
		ext4_journal_set_sync(*h);
	return err;
}

/* End a handle; err: what happened in it. */
static int stop(struct ext4_handle *h, int err)
{
	int stopped = ext4_journal_stop(h);

	return err ? err : stopped;
}

/*
 * A step failed when others were done already, and what is in the handle will be committed: the volume needs e2fsck.
 * For want of memory that must be rare: what can be had before the first change is.
 */
static int in_part(struct inode *dir, int err)
{
	struct ext4_fs *fs = ext4_fs(dir->sb);

	if (err && !ext4_is_aborted(fs))
		ext4_error(fs, "names were changed in part: error %d", -err);
	return err;
}

/* --- Links of folders ----------------------------------------------------------------------------- */

/* A count beyond what a folder's inode can hold is 1, "unknown", on volumes that allow it (dir_nlink). */
static bool counts_no_more(const struct inode *dir)
{
	return ext4_fs(dir->sb)->ro_compat & EXT4_RO_DIR_NLINK && ext4_i((struct inode *)dir)->flags & EXT4_INDEX_FL;
}

static bool links_full(const struct inode *dir)
{
	return dir->nlink >= EXT4_LINK_MAX && !counts_no_more(dir);
}

static void gain_folder(struct inode *dir)
{
	bool unknown = dir->nlink == 1 || dir->nlink >= EXT4_LINK_MAX;

	inode_set_nlink(dir, counts_no_more(dir) && unknown ? 1 : dir->nlink + 1);
}

static void lose_folder(struct inode *dir)
{
	if (dir->nlink > 2)
		inode_drop_nlink(dir);
}

/* --- Attributes ----------------------------------------------------------------------------------- */

int ext4_setattr(struct dentry *dentry, const struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct ext4_handle *h;
	int err;

	if (attr->valid & ATTR_SIZE) {
		err = ext4_setsize(inode, attr->size);
		if (err)
			return err;
	}
	err = ext4_journal_start(ext4_fs(inode->sb), 1, &h);
	if (err)
		return err;
	setattr_copy(inode, attr);
	return stop(h, ext4_inode_dirty(h, inode));
}

const struct inode_ops ext4_special_ops = {
	.setattr = ext4_setattr,
	.getxattr = ext4_getxattr,
	.setxattr = ext4_setxattr,
	.listxattr = ext4_listxattr,
	.removexattr = ext4_removexattr,
	.get_acl = ext4_get_acl,
	.set_acl = ext4_set_acl,
};

/* --- Making --------------------------------------------------------------------------------------- */

/* Linux keeps numbers that fit into 8 and 8 bits in the first word, others in the second. */
static void encode_device(struct ext4_inode *inode, uint64_t rdev)
{
	uint32_t major = kdev_major(rdev), minor = kdev_minor(rdev);

	memset(inode->data, 0, sizeof(inode->data));
	if (major < 256 && minor < 256)
		inode->data[0] = cpu_to_le32(major << 8 | minor);
	else
		inode->data[1] = cpu_to_le32((minor & 0xff) | major << 8 | (minor & ~0xffu) << 12);
}

static void set_operations(struct inode *inode, uint64_t rdev)
{
	if (S_ISREG(inode->mode)) {
		inode->ops = &ext4_file_ops;
		inode->fops = &ext4_file_fops;
		inode->mapping.ops = &ext4_aops;
	} else if (S_ISDIR(inode->mode)) {
		inode->ops = &ext4_dir_ops;
		inode->fops = &ext4_dir_fops;
	} else if (S_ISLNK(inode->mode)) {
		inode->ops = &ext4_symlink_ops;
		inode->mapping.ops = &ext4_aops;
	} else {
		inode_init_special(inode, inode->mode, rdev);
		inode->ops = &ext4_special_ops;
		encode_device(ext4_i(inode), rdev);
	}
}

/* Fills a new object before it gets its name. */
typedef int fill_fn(struct ext4_handle *h, struct inode *dir, struct inode *inode, const void *arg);

/* What is made. */
struct making {
	uint32_t mode;
	uint64_t rdev;
	const struct cred *cred;	/* whose it is */
	fill_fn *fill;			/* or NULL */
	const void *arg;
	unsigned blocks;		/* more than the name and the inode take */
};

/* A new inode with its operations and inherited lists, I_NEW, without a name. *out also after some failures. */
static int make_inode(struct ext4_handle *h, struct inode *dir, const struct making *what, struct inode **out)
{
	struct posix_acl *deflt, *access;
	uint32_t mode = what->mode;
	struct inode *inode;
	int err = posix_acl_create(dir, &mode, &deflt, &access);

	*out = NULL;
	if (err)
		return err;
	err = ext4_inode_new(h, dir, mode, what->cred, &inode);
	if (err) {
		posix_acl_put(deflt);
		posix_acl_put(access);
		return err;
	}
	set_operations(inode, what->rdev);
	*out = inode;
	return ext4_acl_init(h, inode, deflt, access);
}

/* A new inode that failed on its way to a name: to be freed, now or by the next mount. */
static void discard(struct ext4_handle *h, struct inode *inode)
{
	inode_set_nlink(inode, 0);
	ignore_result(ext4_orphan_add(h, inode));	/* it is lost then: fsck finds it */
	ignore_result(ext4_inode_dirty(h, inode));
	inode_unlock_new(inode);
}

static int make_in(struct ext4_handle *h, struct inode *dir, struct dentry *dentry, const struct making *what,
		   struct inode **out)
{
	int err = make_inode(h, dir, what, out);
	struct inode *inode = *out;

	if (!inode)
		return err;
	if (!err && what->fill)
		err = what->fill(h, dir, inode, what->arg);
	if (!err)
		err = ext4_inode_dirty(h, inode);
	if (!err)
		err = ext4_dir_add(h, dir, &dentry->name, inode);
	if (err) {
		discard(h, inode);
		return err;
	}
	if (S_ISDIR(inode->mode))
		gain_folder(dir);
	err = in_part(dir, dir_changed(h, dir));
	if (err)
		inode_unlock_new(inode);	/* it has its name */
	return err;
}

static int make(struct inode *dir, struct dentry *dentry, const struct making *what)
{
	struct ext4_handle *h;
	struct inode *inode;
	int err;

	if (dentry->name.len > EXT4_NAME_LEN)
		return -ENAMETOOLONG;
	err = start(dir, EXT4_DIR_CREDITS + NEW_CREDITS + what->blocks, &h);
	if (err)
		return err;
	err = make_in(h, dir, dentry, what, &inode);
	if (!err) {
		inode_unlock_new(inode);
		d_instantiate(dentry, inode);
		return stop(h, 0);
	}
	err = stop(h, err);
	inode_put(inode);		/* outside of the handle: freeing has its own */
	return err;
}

int ext4_create(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred)
{
	struct making what = { .mode = (mode & ~(uint32_t)S_IFMT) | S_IFREG, .cred = cred };

	return make(dir, dentry, &what);
}

int ext4_mknod(struct inode *dir, struct dentry *dentry, uint32_t mode, uint64_t rdev, const struct cred *cred)
{
	struct making what = { .mode = mode, .rdev = rdev, .cred = cred };

	return make(dir, dentry, &what);
}

static int fill_folder(struct ext4_handle *h, struct inode *dir, struct inode *inode, const void *arg)
{
	ignore_result(arg);	/* a folder begins without content */
	return ext4_dir_make(h, inode, dir);
}

int ext4_mkdir(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred)
{
	struct making what = { .mode = (mode & ~(uint32_t)S_IFMT) | S_IFDIR, .cred = cred,
			       .fill = fill_folder, .blocks = EXT4_DIR_CREDITS };

	if (links_full(dir))
		return -EMLINK;
	return make(dir, dentry, &what);
}

static int fill_link(struct ext4_handle *h, struct inode *dir, struct inode *inode, const void *arg)
{
	ignore_result(dir);	/* the text is all a link has */
	return ext4_symlink_write(h, ext4_i(inode), arg);
}

int ext4_symlink(struct inode *dir, struct dentry *dentry, const char *text, const struct cred *cred)
{
	struct making what = { .mode = S_IFLNK | 0777, .cred = cred, .fill = fill_link, .arg = text,
			       .blocks = EXT4_SYMLINK_CREDITS };

	/* As Linux: with its end it has to fit into a block. */
	if (strlen(text) + 1 > ext4_fs(dir->sb)->block_size)
		return -ENAMETOOLONG;
	return make(dir, dentry, &what);
}

int ext4_tmpfile(struct inode *dir, uint32_t mode, const struct cred *cred, struct inode **out)
{
	struct making what = { .mode = (mode & ~(uint32_t)S_IFMT) | S_IFREG, .cred = cred };
	struct ext4_handle *h;
	struct inode *inode;
	int err = READ_ONCE(dir->nlink) ? start(dir, NEW_CREDITS + ORPHAN_CREDITS, &h) : -EPERM;	/* as Linux */

	if (err)
		return err;
	err = make_inode(h, dir, &what, &inode);
	if (inode) {
		inode_set_nlink(inode, 0);
		if (!err)
			err = ext4_orphan_add(h, inode);
		else
			ignore_result(ext4_orphan_add(h, inode));	/* it is lost then: fsck finds it */
		if (!err)
			err = ext4_inode_dirty(h, inode);
		inode_unlock_new(inode);
	}
	err = stop(h, err);
	if (err)
		inode_put(inode);
	else
		*out = inode;
	return err;
}

/* --- More names, and fewer ------------------------------------------------------------------------ */

static int link_in(struct ext4_handle *h, struct inode *inode, struct inode *dir, struct dentry *dentry)
{
	bool first = !inode->nlink;	/* O_TMPFILE: it comes off the orphan list */
	int err = ext4_inode_get_write(h, inode);

	if (!err)
		err = ext4_dir_add(h, dir, &dentry->name, inode);
	if (err)
		return err;
	inode_inc_nlink(inode);
	ext4_inode_touch(inode, EXT4_TOUCH_CTIME);
	if (first)
		err = ext4_orphan_del(h, inode);
	if (!err)
		err = ext4_inode_dirty(h, inode);
	return in_part(dir, err ? err : dir_changed(h, dir));
}

int ext4_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old);
	struct ext4_handle *h;
	int err;

	if (inode->nlink >= EXT4_LINK_MAX)
		return -EMLINK;
	err = start(dir, EXT4_DIR_CREDITS + ORPHAN_CREDITS, &h);
	if (err)
		return err;
	err = link_in(h, inode, dir, dentry);
	if (!err)
		d_instantiate(dentry, inode_get(inode));
	return stop(h, err);
}

/* An object lost a name other than a folder's: it may have been the last. */
static int lose_name(struct ext4_handle *h, struct inode *inode)
{
	int err = 0;

	assert_held(&inode->lock);
	inode_drop_nlink(inode);
	ext4_inode_touch(inode, EXT4_TOUCH_CTIME);
	if (!inode->nlink)
		err = ext4_orphan_add(h, inode);
	return err ? err : ext4_inode_dirty(h, inode);
}

/* An empty folder lost its name. */
static int lose_dir(struct ext4_handle *h, struct inode *inode)
{
	int err;

	assert_held(&inode->lock);
	inode_set_nlink(inode, 0);
	ext4_inode_touch(inode, EXT4_TOUCH_CTIME);
	err = ext4_orphan_add(h, inode);
	return err ? err : ext4_inode_dirty(h, inode);
}

/* Before a name goes: what lose_name() and lose_dir() then change. */
static int prepare_loss(struct ext4_handle *h, struct inode *dir, struct inode *inode)
{
	bool last = inode->nlink <= 1 || S_ISDIR(inode->mode);
	int err = last ? ext4_orphan_prepare(h, inode) : ext4_inode_get_write(h, inode);

	return err ? err : ext4_inode_get_write(h, dir);
}

int ext4_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct ext4_handle *h;
	int err;

	if (!inode->nlink)
		return ext4_corrupt(ext4_fs(dir->sb), "inode %llu has a name and no links",
				    (unsigned long long)inode->ino);
	err = start(dir, EXT4_DIR_CREDITS + ORPHAN_CREDITS, &h);
	if (err)
		return err;
	err = prepare_loss(h, dir, inode);
	if (!err)
		err = ext4_dir_remove(h, dir, &dentry->name, inode->ino);
	if (!err) {
		err = dir_changed(h, dir);
		err = in_part(dir, err ? err : lose_name(h, inode));
	}
	return stop(h, err);
}

int ext4_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct ext4_handle *h;
	int err = ext4_dir_check_empty(inode);

	if (!err)
		err = start(dir, EXT4_DIR_CREDITS + ORPHAN_CREDITS, &h);
	if (err)
		return err;
	err = prepare_loss(h, dir, inode);
	if (!err)
		err = ext4_dir_remove(h, dir, &dentry->name, inode->ino);
	if (!err) {
		lose_folder(dir);
		err = dir_changed(h, dir);
		err = in_part(dir, err ? err : lose_dir(h, inode));
	}
	return stop(h, err);
}

/* --- Renaming ------------------------------------------------------------------------------------- */

/* A folder got another parent. */
static int reparent(struct ext4_handle *h, struct inode *inode, struct inode *from, struct inode *to)
{
	int err;

	if (!S_ISDIR(inode->mode) || from == to)
		return 0;
	assert_held(&inode->lock);
	err = ext4_dir_set_parent(h, inode, to);
	lose_folder(from);
	gain_folder(to);
	return err;
}

/* Both ends of a rename. */
struct renaming {
	struct inode *old_dir, *new_dir;
	struct dentry *old, *new;
	struct inode *inode;		/* that moves */
	struct inode *target;		/* what the new name stood for, or NULL */
	struct inode *whiteout;		/* what stays under the old name, or NULL */
};

static int rename_finish(struct ext4_handle *h, struct renaming *r)
{
	int err;

	ext4_inode_touch(r->inode, EXT4_TOUCH_CTIME);
	err = ext4_inode_dirty(h, r->inode);
	if (!err)
		err = dir_changed(h, r->old_dir);
	if (!err && r->new_dir != r->old_dir)
		err = dir_changed(h, r->new_dir);
	return err;
}

/* The new name is entered before the old one goes, so that a full volume leaves things as they were. */
static int rename_in(struct ext4_handle *h, struct renaming *r)
{
	uint64_t ino = r->inode->ino;
	int err = ext4_inode_get_write(h, r->inode);

	if (!err)
		err = ext4_inode_get_write(h, r->old_dir);
	if (!err && r->target)
		err = prepare_loss(h, r->new_dir, r->target);
	if (err)
		return err;
	if (r->target)
		err = ext4_dir_replace(h, r->new_dir, &r->new->name, r->target->ino, r->inode);
	else
		err = ext4_dir_add(h, r->new_dir, &r->new->name, r->inode);
	if (err)
		return err;
	if (r->whiteout)
		err = ext4_dir_replace(h, r->old_dir, &r->old->name, ino, r->whiteout);
	else
		err = ext4_dir_remove(h, r->old_dir, &r->old->name, ino);
	if (!err)
		err = reparent(h, r->inode, r->old_dir, r->new_dir);
	if (!err && r->target && S_ISDIR(r->target->mode)) {
		lose_folder(r->new_dir);
		err = lose_dir(h, r->target);
	} else if (!err && r->target) {
		err = lose_name(h, r->target);
	}
	return in_part(r->new_dir, err ? err : rename_finish(h, r));
}

static int exchange_in(struct ext4_handle *h, struct renaming *r)
{
	uint64_t ino = r->inode->ino;
	int err = ext4_dir_replace(h, r->new_dir, &r->new->name, r->target->ino, r->inode);

	if (err)
		return err;
	err = ext4_dir_replace(h, r->old_dir, &r->old->name, ino, r->target);
	if (!err)
		err = reparent(h, r->inode, r->old_dir, r->new_dir);
	if (!err)
		err = reparent(h, r->target, r->new_dir, r->old_dir);
	ext4_inode_touch(r->target, EXT4_TOUCH_CTIME);
	if (!err)
		err = ext4_inode_dirty(h, r->target);
	return in_part(r->new_dir, err ? err : rename_finish(h, r));
}

/* Overlays mark a removed name by a character device 0:0. */
static int make_whiteout(struct ext4_handle *h, struct renaming *r)
{
	struct making what = { .mode = S_IFCHR, .cred = cred_current() };
	int err = make_inode(h, r->old_dir, &what, &r->whiteout);

	if (!err)
		err = ext4_inode_dirty(h, r->whiteout);
	return err;
}

/* Would the new parent's count of folders get too large? */
static bool parent_full(const struct renaming *r, bool exchange)
{
	bool target_dir = r->target && S_ISDIR(r->target->mode);

	if (r->old_dir == r->new_dir)
		return false;
	if (S_ISDIR(r->inode->mode) && !target_dir && links_full(r->new_dir))
		return true;
	return exchange && target_dir && !S_ISDIR(r->inode->mode) && links_full(r->old_dir);
}

static int rename_handle(struct renaming *r, unsigned flags)
{
	unsigned blocks = 2 * EXT4_DIR_CREDITS + ORPHAN_CREDITS;
	struct ext4_handle *h;
	int err;

	err = start(r->old_dir, blocks + (flags & RENAME_WHITEOUT ? NEW_CREDITS : 0), &h);
	if (err)
		return err;
	if (inode_is_dirsync(r->new_dir))
		ext4_journal_set_sync(h);
	if (flags & RENAME_WHITEOUT)
		err = make_whiteout(h, r);
	if (!err && (flags & RENAME_EXCHANGE))
		err = exchange_in(h, r);
	else if (!err)
		err = rename_in(h, r);
	if (r->whiteout && err)
		discard(h, r->whiteout);
	else if (r->whiteout)
		inode_unlock_new(r->whiteout);
	return stop(h, err);
}

int ext4_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
		unsigned flags)
{
	struct renaming r = { .old_dir = old_dir, .new_dir = new_dir, .old = old, .new = new,
			      .inode = d_inode(old), .target = d_inode(new) };
	bool exchange = flags & RENAME_EXCHANGE;
	int err = 0;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (new->name.len > EXT4_NAME_LEN)
		return -ENAMETOOLONG;
	if (r.target && !exchange && S_ISDIR(r.target->mode))
		err = ext4_dir_check_empty(r.target);
	if (!err && parent_full(&r, exchange))
		err = -EMLINK;
	if (err)
		return err;
	/* A program that replaces a file by renaming wants one or the other: the new one's data goes first. */
	if (r.target && !exchange && S_ISREG(r.inode->mode) && ext4_fs(old_dir->sb)->opts.auto_da_alloc)
		ignore_result(pagecache_sync(&r.inode->mapping, 0, LLONG_MAX, /*wait=*/false));	/* fsync tells */
	err = rename_handle(&r, flags);
	inode_put(r.whiteout);
	return err;
}

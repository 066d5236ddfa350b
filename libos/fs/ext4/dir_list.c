/* SPDX-License-Identifier: MIT */
/*
 * dir_list: folders listed in the order of their names' hashes.
 *
 * A position is a function of the name: hash in the upper half, the second hash in the lower. So it stays good while
 * names come and go and leaves are split, which moves records; and while a folder gets its first block, or its index.
 * Therefore folders in their inode and those of one block are listed that way too, when the volume has indexes.
 *
 *	0 "."    1 ".."    2 ... names ...    END
 *
 * Leaves are taken one at a time, with those that go on with the same hash. Names with both hashes equal follow each
 * other by one in the order of their bytes.
 */
#include "fs/ext4/dir.h"

#include "abi/dirent.h"
#include "fs/ext4/htree.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"

#define FIRST_NAME	2
#define END		((loff_t)INT32_MAX << 32)
#define LEAVES_MAX	8		/* with the same hash, taken together */

struct listed {
	loff_t at;
	const struct ext4_disk_dirent *entry;
};

/* What is being listed. */
struct listing {
	struct ext4_inode *dir;
	struct dir_context *ctx;
	uint32_t version;		/* of the hash */
	struct listed *names;
	uint32_t nr, room;
};

static int add_name(struct listing *list, const struct ext4_disk_dirent *entry, const struct dirhash_result *hash)
{
	loff_t at = (loff_t)((uint64_t)(hash->hash >> 1) << 32 | hash->minor);

	if (list->nr == list->room) {
		uint32_t room = list->room ? 2 * list->room : 128;
		struct listed *more = kmalloc(room * sizeof(*more), GFP_KERNEL);

		if (!more)
			return -ENOMEM;
		if (list->nr)
			memcpy(more, list->names, list->nr * sizeof(*more));
		kfree(list->names);
		list->names = more;
		list->room = room;
	}
	list->names[list->nr++] = (struct listed){ .at = max(at, (loff_t)FIRST_NAME), .entry = entry };
	return 0;
}

/* Take the names of an area. 0, -EOPNOTSUPP: names cannot be hashed, -errno. */
static int collect(struct listing *list, const char *area, uint32_t size)
{
	struct ext4_fs *fs = ext4_fs(list->dir->vfs.sb);
	const struct ext4_disk_dirent *entry;
	struct dirhash_result hash;
	int err;

	for (uint32_t offset = 0; offset < size; offset += le16_to_cpu(entry->rec_len)) {
		entry = (const void *)(area + offset);
		if (!ext4_dirent_ok(fs, area, offset, size) || !ext4_dirent_name_ok(entry))
			return ext4_corrupt(fs, "folder %llu: broken record", (unsigned long long)list->dir->vfs.ino);
		if (!entry->inode || ext4_dirent_is_dots(entry))
			continue;
		if (ext4_htree_hash(fs, list->version, entry->name, entry->name_len, &hash))
			return -EOPNOTSUPP;
		err = add_name(list, entry, &hash);
		if (err)
			return err;
	}
	return 0;
}

static int by_position(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	unsigned length = min(x->entry->name_len, y->entry->name_len);
	int order;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	order = memcmp(x->entry->name, y->entry->name, length);
	return order ? order : (int)x->entry->name_len - (int)y->entry->name_len;
}

/* Emit what was collected from the position on. 1: the receiver is full; 0. */
static int emit_collected(struct listing *list)
{
	struct ext4_fs *fs = ext4_fs(list->dir->vfs.sb);
	struct dir_context *ctx = list->ctx;

	sort(list->names, list->nr, sizeof(*list->names), by_position, NULL);
	for (uint32_t i = 0; i < list->nr; i++) {
		struct listed *listed = &list->names[i];
		const struct ext4_disk_dirent *entry = listed->entry;

		if (i && listed->at <= listed[-1].at)
			listed->at = listed[-1].at + 1;
		if (listed->at < ctx->pos)
			continue;
		if (!ctx->emit(ctx, entry->name, entry->name_len, le32_to_cpu(entry->inode),
			       ext4_dirent_dtype(fs, entry), listed->at + 1))
			return 1;
		ctx->pos = listed->at + 1;
	}
	return 0;
}

/* --- Indexed folders ------------------------------------------------------------------------------ */

/* Leaves held together. */
struct leaves {
	struct ext4_buf bufs[LEAVES_MAX];
	unsigned nr;
};

/* Collect the leaf the way stands on. */
static int take_leaf(struct listing *list, struct ext4_htree_way *way, struct leaves *leaves)
{
	const struct ext4_htree_level *last = ext4_htree_last(way);
	struct ext4_buf *buf = &leaves->bufs[leaves->nr];
	int err = ext4_dir_plain_block(list->dir, ext4_htree_block(last, last->at), buf);

	if (err)
		return err;
	leaves->nr++;
	return collect(list, buf->data, ext4_dir_room(ext4_fs(list->dir->vfs.sb)));
}

/* The leaf at the position and those that belong to it, and where the next one begins. 0 or -errno. */
static int take_leaves(struct listing *list, struct leaves *leaves, loff_t *next)
{
	struct ext4_htree_way way = { .nr = 0 };
	uint32_t hash = (uint32_t)((uint64_t)list->ctx->pos >> 32) << 1;
	uint32_t key = 0;
	int err = ext4_htree_open_hash(list->dir, hash, &way), more = 1;

	list->version = way.version;
	while (!err && more) {
		err = take_leaf(list, &way, leaves);
		if (!err)
			more = ext4_htree_next(list->dir, &way, &key);
		if (more < 0)
			err = more;
		if (!(key & 1) || leaves->nr == LEAVES_MAX)
			break;
	}
	ext4_htree_release(&way);
	*next = more ? (loff_t)((uint64_t)(key >> 1) << 32) : END;
	/* Keys that do not grow, or a hash that fills too many leaves, would be listed for ever. */
	if (!err && *next <= list->ctx->pos)
		err = ext4_corrupt(ext4_fs(list->dir->vfs.sb), "folder %llu: index out of order",
				   (unsigned long long)list->dir->vfs.ino);
	return err;
}

/* 1: the receiver is full, 0: go on, -errno. */
static int list_leaves(struct listing *list)
{
	struct leaves leaves = { .nr = 0 };
	loff_t next;
	int err;

	list->nr = 0;
	err = take_leaves(list, &leaves, &next);
	if (!err)
		err = emit_collected(list);
	if (!err)
		list->ctx->pos = next;
	while (leaves.nr)
		ext4_buf_put(&leaves.bufs[--leaves.nr]);
	return err;
}

/* --- Folders without an index --------------------------------------------------------------------- */

static int list_inline(struct listing *list)
{
	struct ext4_inline_records records;
	int err = ext4_inline_dir_load(list->dir, &records);

	if (err)
		return err;
	err = collect(list, records.bytes, records.split);
	if (!err)
		err = collect(list, records.bytes + records.split, records.size - records.split);
	if (!err)
		err = emit_collected(list);
	kfree(records.bytes);
	return err;
}

static int list_block(struct listing *list)
{
	struct ext4_inode *dir = list->dir;
	struct ext4_buf buf;
	int err = ext4_dir_plain_block(dir, 0, &buf);

	if (err)
		return err;
	err = collect(list, buf.data, ext4_dir_area_size(dir, buf.data, 0));
	if (!err)
		err = emit_collected(list);
	ext4_buf_put(&buf);
	return err;
}

static int list_all(struct listing *list)
{
	int err = list->dir->flags & EXT4_INLINE_DATA_FL ? list_inline(list) : list_block(list);

	if (!err)
		list->ctx->pos = END;
	return err;
}

/* --- Both ----------------------------------------------------------------------------------------- */

/* "..": what the folder says. */
static int list_dots(struct ext4_inode *dir, struct dir_context *ctx)
{
	struct ext4_search search = { .name = "..", .len = 2 };
	int err = 0;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, dir->vfs.ino, DT_DIR, 1))
			return 1;
		ctx->pos = 1;
	}
	if (ctx->pos > 1)
		return 0;
	if (dir->flags & EXT4_INLINE_DATA_FL)
		search.ino = le32_to_cpu(dir->data[0]);
	else
		err = ext4_dir_search(dir, &search);
	if (err)
		return err;
	if (search.ino && !ctx->emit(ctx, "..", 2, search.ino, DT_DIR, FIRST_NAME))
		return 1;
	ctx->pos = FIRST_NAME;
	return 0;
}

static bool has_hash_order(const struct ext4_inode *dir)
{
	const struct ext4_fs *fs = ext4_fs(dir->vfs.sb);

	return (fs->compat & EXT4_COMPAT_DIR_INDEX) &&
	       ((dir->flags & (EXT4_INDEX_FL | EXT4_INLINE_DATA_FL)) || dir->vfs.size == (loff_t)fs->block_size);
}

int ext4_dir_list(struct ext4_inode *dir, struct dir_context *ctx)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	struct listing list = { .dir = dir, .ctx = ctx };
	int err;

	if (!has_hash_order(dir))
		return -EOPNOTSUPP;
	list.version = ext4_htree_version(fs, fs->disk.s_def_hash_version);
	err = list_dots(dir, ctx);
	while (!err && ctx->pos < END)
		err = dir->flags & EXT4_INDEX_FL ? list_leaves(&list) : list_all(&list);
	kfree(list.names);
	return err;
}

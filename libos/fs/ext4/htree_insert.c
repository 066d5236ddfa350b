/* SPDX-License-Identifier: MIT */
/*
 * htree_insert: names entered into a folder with a hash index, and how that index grows.
 *
 * The way down ends at a leaf. If the name does not fit, one of these makes room, and the walk begins again, since
 * any of them moves what it stood on:
 *
 *	split_leaf	the upper half of a full leaf by hash goes to a new block, whose key enters the last level
 *	split_node	the upper half of a full index block goes to a new one, whose key enters the level above
 *	add_level	the root is full too: its entries go to a new index block, the only one the root then has
 *
 * Each leaves a sound index, so a failure between two of them loses nothing. Each takes the right to write every
 * block it will change, and has its memory, before it changes the first.
 *
 * Names of one hash may lie in two leaves; the key of the second then has bit 0 set.
 */
#include "fs/ext4/htree.h"

#include "fs/ext4/alloc.h"
#include "fs/ext4/dir.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "mm/slab.h"

/* A record of a leaf that is split. */
struct mapped {
	uint32_t hash;
	uint16_t offset;
	uint16_t size;			/* that its name needs */
};

static uint32_t table_of(const struct ext4_htree_level *level)
{
	return (uint32_t)((const char *)level->entries - (const char *)level->buf.data);
}

/* How many entries a table at this offset may have. */
static uint32_t table_limit(const struct ext4_fs *fs, uint32_t table)
{
	uint32_t tail = ext4_has_csum(fs) ? (uint32_t)sizeof(struct ext4_disk_dx_tail) : 0;

	return (fs->block_size - table - tail) / (uint32_t)sizeof(struct ext4_disk_dx_entry);
}

static void set_head(struct ext4_disk_dx_entry *entries, uint32_t limit, uint32_t count)
{
	struct ext4_disk_dx_countlimit *head = (void *)entries;

	head->limit = cpu_to_le16((uint16_t)limit);
	head->count = cpu_to_le16((uint16_t)count);
}

static int node_dirty(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_buf *buf, uint32_t table)
{
	ext4_dx_csum_set(ext4_fs(dir->vfs.sb), dir, buf->data, table);
	return ext4_journal_dirty(h, buf);
}

/* Enter a key behind the entry the level stands on. The level has room, and the right to be written. */
static int enter_key(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_htree_level *level, uint32_t key,
		     uint32_t block)
{
	struct ext4_disk_dx_entry *at = level->entries + level->at + 1;

	memmove(at + 1, at, (level->count - level->at - 1) * sizeof(*at));
	at->hash = cpu_to_le32(key);
	at->block = cpu_to_le32(block);
	level->count++;
	set_head(level->entries, level->limit, level->count);
	return node_dirty(h, dir, &level->buf, table_of(level));
}

/* An index block with no entries yet. */
static void node_init(const struct ext4_fs *fs, void *block)
{
	static const struct ext4_entry none = { .name = "" };

	ext4_dirent_write(block, fs->block_size, &none);
	set_head((void *)((char *)block + EXT4_DX_NODE_TABLE), table_limit(fs, EXT4_DX_NODE_TABLE), 0);
}

/* --- Leaves --------------------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b)
{
	const struct mapped *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The records of a leaf in the order of their hashes. How many, or -EFSCORRUPTED. */
static int map_leaf(struct ext4_inode *dir, uint32_t version, const void *leaf, struct mapped *map)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint32_t room = ext4_dir_room(fs);
	const struct ext4_disk_dirent *entry;
	struct dirhash_result hash;
	int nr = 0;

	for (uint32_t offset = 0; offset < room; offset += le16_to_cpu(entry->rec_len)) {
		entry = (const void *)((const char *)leaf + offset);
		if (!ext4_dirent_ok(fs, leaf, offset, room))
			return ext4_corrupt(fs, "folder %llu: broken record", (unsigned long long)dir->vfs.ino);
		if (!entry->inode || !entry->name_len)
			continue;
		map[nr].offset = (uint16_t)offset;
		map[nr].size = (uint16_t)ext4_dirent_size(entry->name_len);
		if (ext4_htree_hash(fs, version, entry->name, entry->name_len, &hash))
			return -EFSCORRUPTED;
		map[nr++].hash = hash.hash;
	}
	sort(map, (size_t)nr, sizeof(*map), by_hash, NULL);
	return nr;
}

/* From which on records go to the new leaf: about half of the bytes, at least one record on each side. */
static int split_point(const struct mapped *map, int nr, uint32_t block_size)
{
	uint32_t moved = 0;
	int at = nr;

	while (at > 1 && moved + map[at - 1].size / 2 <= block_size / 2)
		moved += map[--at].size;
	return at < nr ? at : nr - 1;
}

/* Copy records without gaps into an area. */
static void pack(const char *from, const struct mapped *map, int nr, char *to, uint32_t room)
{
	struct ext4_disk_dirent *last = NULL;
	uint32_t used = 0;

	memset(to, 0, room);
	for (int i = 0; i < nr; i++) {
		last = (void *)(to + used);
		memcpy(last, from + map[i].offset, map[i].size);
		last->rec_len = cpu_to_le16(map[i].size);
		used += map[i].size;
	}
	last->rec_len = cpu_to_le16((uint16_t)(le16_to_cpu(last->rec_len) + room - used));
}

/* Memory for a split. */
struct split {
	struct mapped *map;
	char *lower;			/* what stays */
	int nr, at;
};

static int split_open(struct ext4_inode *dir, uint32_t version, const void *leaf, struct split *split)
{
	uint32_t block_size = ext4_fs(dir->vfs.sb)->block_size;

	/* The least record has 12 bytes. */
	split->map = kmalloc(block_size / 12 * sizeof(*split->map), GFP_KERNEL);
	split->lower = kmalloc(block_size, GFP_KERNEL);
	if (!split->map || !split->lower)
		return -ENOMEM;
	split->nr = map_leaf(dir, version, leaf, split->map);
	if (split->nr < 0)
		return split->nr;
	/* A block with one name has room for another. */
	if (split->nr < 2)
		return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: full leaf without names",
				    (unsigned long long)dir->vfs.ino);
	split->at = split_point(split->map, split->nr, block_size);
	return 0;
}

static void split_close(struct split *split)
{
	kfree(split->map);
	kfree(split->lower);
}

/* Divide the records of leaf between it and a new block. */
static int divide(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_htree_level *last,
		  struct ext4_buf *leaf, struct split *split)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	uint32_t first, key, room = ext4_dir_room(fs);
	const struct mapped *upper = split->map + split->at;
	struct ext4_buf buf;
	int err = ext4_dir_append(h, dir, &first, &buf);

	if (err)
		return err;
	pack(leaf->data, upper, split->nr - split->at, buf.data, room);
	pack(leaf->data, split->map, split->at, split->lower, room);
	memcpy(leaf->data, split->lower, room);
	ext4_dir_tail_init(fs, buf.data);
	key = upper->hash | (upper->hash == upper[-1].hash);
	err = ext4_dir_block_dirty(h, dir, &buf);
	if (!err)
		err = ext4_dir_block_dirty(h, dir, leaf);
	if (!err)
		err = enter_key(h, dir, last, key, first);
	ext4_buf_put(&buf);
	return err;
}

/* The last level has room for another key. */
static int split_leaf(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_htree_way *way,
		      struct ext4_buf *leaf)
{
	struct ext4_htree_level *last = ext4_htree_last(way);
	struct split split = { .nr = 0 };
	int err = split_open(dir, way->version, leaf->data, &split);

	if (!err)
		err = ext4_journal_get_write(h, leaf);
	if (!err)
		err = ext4_journal_get_write(h, &last->buf);
	if (!err)
		err = divide(h, dir, last, leaf, &split);
	split_close(&split);
	return err;
}

/* --- Index blocks --------------------------------------------------------------------------------- */

/* Level i > 0 is full, the one above is not. */
static int split_node(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_htree_way *way, unsigned i)
{
	struct ext4_htree_level *level = &way->levels[i], *above = level - 1;
	uint32_t stay = level->count / 2, first, key;
	struct ext4_disk_dx_entry *entries;
	struct ext4_buf buf;
	int err = ext4_journal_get_write(h, &level->buf);

	if (!err)
		err = ext4_journal_get_write(h, &above->buf);
	if (!err)
		err = ext4_dir_append(h, dir, &first, &buf);
	if (err)
		return err;
	node_init(ext4_fs(dir->vfs.sb), buf.data);
	entries = (void *)((char *)buf.data + EXT4_DX_NODE_TABLE);
	key = le32_to_cpu(level->entries[stay].hash);
	memcpy(entries, level->entries + stay, (level->count - stay) * sizeof(*entries));
	set_head(entries, table_limit(ext4_fs(dir->vfs.sb), EXT4_DX_NODE_TABLE), level->count - stay);
	set_head(level->entries, level->limit, stay);
	level->count = stay;
	err = node_dirty(h, dir, &buf, EXT4_DX_NODE_TABLE);
	if (!err)
		err = node_dirty(h, dir, &level->buf, table_of(level));
	if (!err)
		err = enter_key(h, dir, above, key, first);
	ext4_buf_put(&buf);
	return err;
}

static int add_level(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_htree_way *way)
{
	struct ext4_htree_level *root = &way->levels[0];
	struct ext4_disk_dx_info *info = (void *)((char *)root->buf.data + EXT4_DX_ROOT_INFO);
	struct ext4_disk_dx_entry *entries;
	struct ext4_buf buf;
	uint32_t first;
	int err;

	if (way->nr >= way->most)
		return -ENOSPC;
	err = ext4_journal_get_write(h, &root->buf);
	if (!err)
		err = ext4_dir_append(h, dir, &first, &buf);
	if (err)
		return err;
	node_init(ext4_fs(dir->vfs.sb), buf.data);
	entries = (void *)((char *)buf.data + EXT4_DX_NODE_TABLE);
	memcpy(entries, root->entries, root->count * sizeof(*entries));
	set_head(entries, table_limit(ext4_fs(dir->vfs.sb), EXT4_DX_NODE_TABLE), root->count);
	set_head(root->entries, root->limit, 1);
	root->entries[0].block = cpu_to_le32(first);
	info->indirect_levels++;
	err = node_dirty(h, dir, &buf, EXT4_DX_NODE_TABLE);
	if (!err)
		err = node_dirty(h, dir, &root->buf, EXT4_DX_ROOT_TABLE);
	ext4_buf_put(&buf);
	return err;
}

/* The last level is full: make room one level up from where there is some. */
static int make_room(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_htree_way *way)
{
	unsigned i = way->nr - 1;

	while (i && way->levels[i - 1].count >= way->levels[i - 1].limit)
		i--;
	return i ? split_node(h, dir, way, i) : add_level(h, dir, way);
}

/* --- Entering ------------------------------------------------------------------------------------- */

/* One attempt. 1: entered, 0: there is more room now, or -errno. */
static int try_add(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_htree_way *way,
		   const struct ext4_entry *entry)
{
	struct ext4_htree_level *last = ext4_htree_last(way);
	struct ext4_dir_edit edit;
	struct ext4_buf leaf;
	int done, err;

	err = ext4_dir_plain_block(dir, ext4_htree_block(last, last->at), &leaf);
	if (err)
		return err;
	err = ext4_journal_get_write(h, &leaf);
	done = err ? err : ext4_area_insert(dir, leaf.data, ext4_dir_room(ext4_fs(dir->vfs.sb)), entry, &edit);
	if (done > 0)
		err = ext4_dir_block_edited(h, dir, &leaf, &edit);
	else if (!done && last->count < last->limit)
		err = split_leaf(h, dir, way, &leaf);
	else if (!done)
		err = make_room(h, dir, way);
	ext4_buf_put(&leaf);
	return err ? err : done;
}

int ext4_htree_add(struct ext4_handle *h, struct ext4_inode *dir, const struct ext4_entry *entry)
{
	/* A new level, a split of each level, two splits of leaves, and the name itself. */
	unsigned attempts = EXT4_DX_LEVELS_MAX + 4;
	struct ext4_htree_way way = { .nr = 0 };
	int done = 0;

	while (!done && attempts--) {
		done = ext4_htree_open(dir, entry->name, entry->len, &way);
		if (!done)
			done = try_add(h, dir, &way, entry);
		ext4_htree_release(&way);
	}
	if (!done)
		return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: index finds no room",
				    (unsigned long long)dir->vfs.ino);
	return done < 0 ? done : 0;
}

/* --- The first index ------------------------------------------------------------------------------ */

/* Copy all records of block 0 but the dots to a leaf. 0 or -EFSCORRUPTED. */
static int copy_names(struct ext4_inode *dir, const void *block, char *to)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const struct ext4_disk_dirent *entry = block;
	uint32_t room = ext4_dir_room(fs), start, used = 0;
	struct ext4_disk_dirent *last = NULL;

	start = ext4_dirent_ok(fs, block, 0, room) ? le16_to_cpu(entry->rec_len) : room;
	if (start != 12 || !ext4_dirent_ok(fs, block, start, room))
		return ext4_corrupt(fs, "folder %llu: no dots", (unsigned long long)dir->vfs.ino);
	start += le16_to_cpu(((const struct ext4_disk_dirent *)((const char *)block + start))->rec_len);
	ext4_area_init(to, room);
	for (uint32_t offset = start; offset < room; offset += le16_to_cpu(entry->rec_len)) {
		uint32_t size;

		entry = (const void *)((const char *)block + offset);
		if (!ext4_dirent_ok(fs, block, offset, room))
			return ext4_corrupt(fs, "folder %llu: broken record", (unsigned long long)dir->vfs.ino);
		if (!entry->inode)
			continue;
		size = ext4_dirent_size(entry->name_len);
		last = (void *)(to + used);
		memcpy(last, entry, size);
		last->rec_len = cpu_to_le16((uint16_t)size);
		used += size;
	}
	if (last)
		last->rec_len = cpu_to_le16((uint16_t)(le16_to_cpu(last->rec_len) + room - used));
	ext4_dir_tail_init(fs, to);
	return 0;
}

/* Write the root over block 0, whose names are in block `leaf` now. */
static void init_root(struct ext4_inode *dir, char *block, uint32_t leaf)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	struct ext4_disk_dx_info *info = (void *)(block + EXT4_DX_ROOT_INFO);
	struct ext4_disk_dx_entry *entries = (void *)(block + EXT4_DX_ROOT_TABLE);
	struct ext4_disk_dirent *dotdot = (void *)(block + 12);

	dotdot->rec_len = cpu_to_le16((uint16_t)(fs->block_size - 12));
	memset(info, 0, fs->block_size - EXT4_DX_ROOT_INFO);
	info->hash_version = fs->disk.s_def_hash_version;
	info->info_length = sizeof(*info);
	entries[0].block = cpu_to_le32(leaf);
	set_head(entries, table_limit(fs, EXT4_DX_ROOT_TABLE), 1);
}

static int make_index(struct ext4_handle *h, struct ext4_inode *dir, struct ext4_buf *root, const char *names)
{
	struct ext4_buf buf;
	uint32_t first;
	int err = ext4_journal_get_write(h, root);

	if (!err)
		err = ext4_dir_append(h, dir, &first, &buf);
	if (err)
		return err;
	memcpy(buf.data, names, ext4_fs(dir->vfs.sb)->block_size);
	init_root(dir, root->data, first);
	dir->flags |= EXT4_INDEX_FL;
	err = ext4_dir_block_dirty(h, dir, &buf);
	if (!err)
		err = node_dirty(h, dir, root, EXT4_DX_ROOT_TABLE);
	ext4_buf_put(&buf);
	return err;
}

int ext4_htree_make(struct ext4_handle *h, struct ext4_inode *dir)
{
	char *names = kmalloc(ext4_fs(dir->vfs.sb)->block_size, GFP_KERNEL);
	struct ext4_buf root;
	int err = ext4_dir_plain_block(dir, 0, &root);

	if (!err) {
		err = names ? copy_names(dir, root.data, names) : -ENOMEM;
		if (!err)
			err = make_index(h, dir, &root, names);
		ext4_buf_put(&root);
	}
	kfree(names);
	return err;
}

/* SPDX-License-Identifier: MIT */
/*
 * htree: a name in a folder with a hash index, in a few blocks instead of all.
 *
 *	root (block 0) -> node -> ... -> leaf: plain records whose hashes lie in [key, next key)
 *
 * Names with the same hash may go on in the next leaf, whose key then has bit 0 set. An index that cannot be used
 * (unknown hash, more levels than allowed) is no error: the caller looks through all blocks. A broken one is.
 */
#include "fs/ext4/htree.h"

#include "fs/ext4/dir.h"

void ext4_htree_release(struct ext4_htree_way *way)
{
	while (way->nr)
		ext4_buf_put(&way->levels[--way->nr].buf);
}

static int broken(struct ext4_inode *dir)
{
	return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: broken index", (unsigned long long)dir->vfs.ino);
}

static uint32_t key_at(const struct ext4_htree_level *level, uint32_t i)
{
	return i ? le32_to_cpu(level->entries[i].hash) : 0;
}

/* Check the table at this offset of the level's block, and stand on the last entry whose key is at most the hash. */
static int open_table(struct ext4_inode *dir, struct ext4_htree_way *way, struct ext4_htree_level *level,
		      uint32_t table)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	char *block = level->buf.data;
	const struct ext4_disk_dx_countlimit *head = (const void *)(block + table);
	uint32_t low = 0, high;

	level->entries = (void *)(block + table);
	level->count = le16_to_cpu(head->count);
	level->limit = le16_to_cpu(head->limit);
	if (!level->count || level->count > level->limit ||
	    level->limit > (fs->block_size - table) / sizeof(*level->entries))
		return broken(dir);
	if (!ext4_dx_csum_ok(fs, dir, &level->buf, table))
		return ext4_bad_csum(fs, "index of folder", dir->vfs.ino);
	high = level->count;
	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (key_at(level, middle) <= way->hash)
			low = middle;
		else
			high = middle;
	}
	level->at = low;
	return 0;
}

/* Read an index block as the next level; on success the way holds its buffer. */
static int push(struct ext4_inode *dir, struct ext4_htree_way *way, uint32_t block, uint32_t table)
{
	struct ext4_htree_level *level = &way->levels[way->nr];
	int err = ext4_dir_block(dir, block, &level->buf);

	if (err)
		return err;
	way->nr++;
	return open_table(dir, way, level, table);
}

uint32_t ext4_htree_version(const struct ext4_fs *fs, uint32_t disk_version)
{
	bool is_unsigned = le32_to_cpu(fs->disk.s_flags) & EXT4_UNSIGNED_HASH;

	return disk_version <= DIRHASH_TEA && is_unsigned ? disk_version + DIRHASH_LEGACY_UNSIGNED : disk_version;
}

int ext4_htree_hash(const struct ext4_fs *fs, uint32_t version, const char *name, uint32_t len,
		    struct dirhash_result *hash)
{
	uint32_t seed[4];

	for (unsigned i = 0; i < ARRAY_SIZE(seed); i++)
		seed[i] = le32_to_cpu(fs->disk.s_hash_seed[i]);
	return dirhash(version, seed, name, len, hash);
}

/* What the root says: the hash function, and how many levels follow. */
static int read_root(struct ext4_inode *dir, struct ext4_htree_way *way, unsigned *levels)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const struct ext4_disk_dx_info *info;
	struct ext4_buf buf;
	int err = ext4_dir_block(dir, 0, &buf);

	if (err)
		return err;
	way->most = fs->incompat & EXT4_INCOMPAT_LARGEDIR ? EXT4_DX_LEVELS_MAX : EXT4_DX_LEVELS_MAX - 1;
	info = (const void *)((const char *)buf.data + EXT4_DX_ROOT_INFO);
	way->version = ext4_htree_version(fs, info->hash_version);
	*levels = info->indirect_levels;
	if (info->info_length != sizeof(*info) || info->unused_flags & 1 || *levels >= way->most)
		err = -EOPNOTSUPP;
	ext4_buf_put(&buf);
	return err;
}

static int walk_down(struct ext4_inode *dir, struct ext4_htree_way *way, unsigned levels)
{
	int err = push(dir, way, 0, EXT4_DX_ROOT_TABLE);

	while (!err && way->nr <= levels) {
		const struct ext4_htree_level *last = ext4_htree_last(way);

		err = push(dir, way, ext4_htree_block(last, last->at), EXT4_DX_NODE_TABLE);
	}
	return err;
}

int ext4_htree_open(struct ext4_inode *dir, const char *name, uint32_t len, struct ext4_htree_way *way)
{
	struct dirhash_result hash;
	unsigned levels;
	int err;

	way->nr = 0;
	err = read_root(dir, way, &levels);
	if (!err && ext4_htree_hash(ext4_fs(dir->vfs.sb), way->version, name, len, &hash))
		err = -EOPNOTSUPP;
	if (err)
		return err;
	way->hash = hash.hash;
	return walk_down(dir, way, levels);
}

int ext4_htree_open_hash(struct ext4_inode *dir, uint32_t hash, struct ext4_htree_way *way)
{
	unsigned levels;
	int err;

	way->nr = 0;
	err = read_root(dir, way, &levels);
	way->hash = hash;
	return err ? err : walk_down(dir, way, levels);
}

/* The lowest level with another entry behind the one followed, from 1 on, and that entry's key; 0: none has. */
static unsigned level_with_more(const struct ext4_htree_way *way, uint32_t *key)
{
	unsigned level = way->nr;

	while (level && way->levels[level - 1].at + 1 >= way->levels[level - 1].count)
		level--;
	*key = level ? key_at(&way->levels[level - 1], way->levels[level - 1].at + 1) : 0;
	return level;
}

int ext4_htree_next(struct ext4_inode *dir, struct ext4_htree_way *way, uint32_t *key)
{
	unsigned depth = way->nr, level = level_with_more(way, key);
	int err;

	if (!level)
		return 0;
	way->levels[level - 1].at++;
	/* Below the level that moved on, stand on the first entries. */
	while (way->nr > level)
		ext4_buf_put(&way->levels[--way->nr].buf);
	while (way->nr < depth) {
		const struct ext4_htree_level *last = ext4_htree_last(way);

		err = push(dir, way, ext4_htree_block(last, last->at), EXT4_DX_NODE_TABLE);
		if (err)
			return err;
		way->levels[way->nr - 1].at = 0;
	}
	return 1;
}

/* Does the next leaf go on with the same hash? Then the way stands on it: 1; else 0, or -errno. */
static int next_leaf(struct ext4_inode *dir, struct ext4_htree_way *way)
{
	uint32_t key;

	if (!level_with_more(way, &key) || !(key & 1) || (key & ~1u) != way->hash)
		return 0;
	return ext4_htree_next(dir, way, &key);
}

static int search_leaf(struct ext4_inode *dir, struct ext4_htree_way *way, struct ext4_search *search)
{
	const struct ext4_htree_level *last = ext4_htree_last(way);
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	struct ext4_buf buf;
	int err;

	search->block = ext4_htree_block(last, last->at);
	err = ext4_dir_block(dir, search->block, &buf);
	if (err)
		return err;
	if (ext4_dir_csum_ok(fs, dir, &buf))
		err = ext4_area_search(dir, buf.data, ext4_dir_room(fs), search);
	else
		err = ext4_bad_csum(fs, "folder", dir->vfs.ino);
	ext4_buf_put(&buf);
	return err;
}

/* "." and ".." lie in the root, outside of the hash order. */
static bool is_dot(const struct ext4_search *search)
{
	return search->len <= 2 && search->name[0] == '.' && (search->len == 1 || search->name[1] == '.');
}

int ext4_htree_search(struct ext4_inode *dir, struct ext4_search *search)
{
	struct ext4_htree_way way = { .nr = 0 };
	int err, more = 1;

	if (is_dot(search))
		return -EOPNOTSUPP;
	err = ext4_htree_open(dir, search->name, search->len, &way);
	while (!err && more > 0 && !search->ino) {
		err = search_leaf(dir, &way, search);
		if (!err && !search->ino)
			more = next_leaf(dir, &way);
	}
	ext4_htree_release(&way);
	return more < 0 ? more : err;
}

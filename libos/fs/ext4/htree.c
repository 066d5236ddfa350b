/* SPDX-License-Identifier: MIT */
/*
 * htree: a name in a folder with a hash index, in a few blocks instead of all.
 *
 *	root (block 0) -> node -> ... -> leaf: plain records whose hashes lie in [key, next key)
 *
 * Names with the same hash may go on in the next leaf, whose key then has bit 0 set. An index that cannot be used
 * (unknown hash, more levels than allowed) is no error: the caller looks through all blocks. A broken one is.
 */
#include "fs/ext4/ext4.h"

#include "lib/dirhash.h"

/* One level of the way down. */
struct level {
	struct ext4_buf buf;
	const struct ext4_disk_dx_entry *entries;
	uint32_t count;			/* entries, the first of which has no key */
	uint32_t at;			/* the one followed */
};

struct way {
	struct level levels[EXT4_DX_LEVELS_MAX];
	unsigned nr;
	uint32_t hash;
};

static void release(struct way *way)
{
	while (way->nr)
		ext4_buf_put(&way->levels[--way->nr].buf);
}

static int broken(struct ext4_inode *dir)
{
	return ext4_corrupt(ext4_fs(dir->vfs.sb), "folder %llu: broken index", (unsigned long long)dir->vfs.ino);
}

static uint32_t key_at(const struct level *level, uint32_t i)
{
	return i ? le32_to_cpu(level->entries[i].hash) : 0;
}

static uint32_t block_at(const struct level *level, uint32_t i)
{
	return le32_to_cpu(level->entries[i].block) & EXT4_DX_BLOCK_MASK;
}

/* Check the table at this offset of the level's block, and stand on the last entry whose key is at most the hash. */
static int open_table(struct ext4_inode *dir, struct way *way, struct level *level, uint32_t table)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	const char *block = level->buf.data;
	const struct ext4_disk_dx_countlimit *head = (const void *)(block + table);
	uint32_t limit = le16_to_cpu(head->limit), low = 0, high;

	level->entries = (const void *)(block + table);
	level->count = le16_to_cpu(head->count);
	if (!level->count || level->count > limit || limit > (fs->block_size - table) / sizeof(*level->entries))
		return broken(dir);
	if (!ext4_dx_csum_ok(fs, dir, block, table))
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
static int push(struct ext4_inode *dir, struct way *way, uint32_t block, uint32_t table)
{
	struct level *level = &way->levels[way->nr];
	int err = ext4_dir_block(dir, block, &level->buf);

	if (err)
		return err;
	way->nr++;
	return open_table(dir, way, level, table);
}

/* What the root says about the hash: the name's hash, and how many levels follow. */
static int read_root(struct ext4_inode *dir, const struct ext4_search *search, struct way *way, unsigned *levels)
{
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	unsigned most = fs->incompat & EXT4_INCOMPAT_LARGEDIR ? EXT4_DX_LEVELS_MAX : EXT4_DX_LEVELS_MAX - 1;
	const struct ext4_disk_dx_info *info;
	struct dirhash_result hash;
	uint32_t seed[4], version;
	struct ext4_buf buf;
	int err = ext4_dir_block(dir, 0, &buf);

	if (err)
		return err;
	info = (const void *)((const char *)buf.data + EXT4_DX_ROOT_INFO);
	version = info->hash_version;
	*levels = info->indirect_levels;
	if (info->info_length != sizeof(*info) || info->unused_flags & 1 || *levels >= most)
		err = -EOPNOTSUPP;
	ext4_buf_put(&buf);
	if (err)
		return err;
	if (version <= DIRHASH_TEA && le32_to_cpu(fs->disk.s_flags) & EXT4_UNSIGNED_HASH)
		version += DIRHASH_LEGACY_UNSIGNED;
	for (unsigned i = 0; i < ARRAY_SIZE(seed); i++)
		seed[i] = le32_to_cpu(fs->disk.s_hash_seed[i]);
	if (dirhash(version, seed, search->name, search->len, &hash))
		return -EOPNOTSUPP;
	way->hash = hash.hash;
	return 0;
}

static int walk_down(struct ext4_inode *dir, struct way *way, unsigned levels)
{
	int err = push(dir, way, 0, EXT4_DX_ROOT_INFO + sizeof(struct ext4_disk_dx_info));

	while (!err && way->nr <= levels) {
		const struct level *last = &way->levels[way->nr - 1];

		err = push(dir, way, block_at(last, last->at), EXT4_DX_NODE_TABLE);
	}
	return err;
}

/* Does the next leaf go on with the same hash? Then the way stands on it: 1; else 0, or -errno. */
static int next_leaf(struct ext4_inode *dir, struct way *way)
{
	unsigned depth = way->nr, level = way->nr;
	uint32_t key;
	int err;

	while (level && way->levels[level - 1].at + 1 >= way->levels[level - 1].count)
		level--;
	if (!level)
		return 0;
	key = key_at(&way->levels[level - 1], way->levels[level - 1].at + 1);
	if (!(key & 1) || (key & ~1u) != way->hash)
		return 0;
	way->levels[level - 1].at++;
	/* Below the level that moved on, stand on the first entries. */
	while (way->nr > level)
		ext4_buf_put(&way->levels[--way->nr].buf);
	while (way->nr < depth) {
		const struct level *last = &way->levels[way->nr - 1];

		err = push(dir, way, block_at(last, last->at), EXT4_DX_NODE_TABLE);
		if (err)
			return err;
		way->levels[way->nr - 1].at = 0;
	}
	return 1;
}

static int search_leaf(struct ext4_inode *dir, const struct way *way, struct ext4_search *search)
{
	const struct level *last = &way->levels[way->nr - 1];
	struct ext4_fs *fs = ext4_fs(dir->vfs.sb);
	struct ext4_buf buf;
	int err = ext4_dir_block(dir, block_at(last, last->at), &buf);

	if (err)
		return err;
	if (ext4_dir_csum_ok(fs, dir, buf.data))
		err = ext4_dir_search_block(dir, buf.data, search);
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
	struct way way = { .nr = 0 };
	unsigned levels;
	int err, more = 1;

	if (is_dot(search))
		return -EOPNOTSUPP;
	err = read_root(dir, search, &way, &levels);
	if (!err)
		err = walk_down(dir, &way, levels);
	while (!err && more > 0 && !search->ino) {
		err = search_leaf(dir, &way, search);
		if (!err && !search->ino)
			more = next_leaf(dir, &way);
	}
	release(&way);
	return more < 0 ? more : err;
}

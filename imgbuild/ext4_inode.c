/* SPDX-License-Identifier: MIT */
/*
 * ext4_inode: inodes, contents and extended attributes of everything in the tree.
 *
 * Blocks are given out upwards from writer->goal, so a file's blocks are one extent wherever group meta
 * data does not stand in the way, and files lie in the order they are written. Data goes to the file in
 * large writes past libext2fs's block cache.
 */
#include "imgbuild/ext4_internal.h"

#include <endian.h>
#include <et/com_err.h>
#include <ext2fs/ext3_extents.h>
#include <stdlib.h>
#include <string.h>

enum {
	EXTENTS_IN_INODE = 4,
	EXTENTS_IN_BLOCK = (EXT4_BLOCK_SIZE - 12 - 4) / 12,	/* header, checksum */
	EXTENT_BLOCKS_MAX = 32768,
	FAST_LINK_MAX = 59,		/* 60 bytes of i_block with the final NUL */
};

/* --- Sizes ------------------------------------------------------------------------------------- */

/* The blocks that pieces of content touch, as ascending runs. The caller frees *runs. */
static size_t find_runs(const struct content *content, struct run **runs)
{
	size_t nr = 0;

	*runs = mem_alloc((content->nr_pieces + 1) * sizeof(**runs));
	for (unsigned int i = 0; i < content->nr_pieces; i++) {
		const struct piece *piece = &content->pieces[i];
		uint64_t first = piece->offset / EXT4_BLOCK_SIZE;
		uint64_t end = (piece->offset + piece->size - 1) / EXT4_BLOCK_SIZE + 1;
		struct run *last = nr ? &(*runs)[nr - 1] : NULL;

		if (last && first <= last->block + last->count)
			last->count = end - last->block;
		else
			(*runs)[nr++] = (struct run){ first, end - first };
	}
	return nr;
}

uint64_t ext4_inode_blocks(const struct node *node)
{
	uint64_t blocks = 0, extents = 0;
	struct run *runs;
	size_t nr;

	if (node->nr_xattrs)
		blocks++;
	if (S_ISLNK(node->mode))
		return blocks + (strlen(node->target) > FAST_LINK_MAX);
	if (!S_ISREG(node->mode))
		return blocks;
	nr = find_runs(&node->content, &runs);
	for (size_t i = 0; i < nr; i++) {
		blocks += runs[i].count;
		extents += 1 + runs[i].count / EXTENT_BLOCKS_MAX;
	}
	free(runs);
	/* Nodes of the extent tree are split in halves. */
	if (extents > EXTENTS_IN_INODE)
		blocks += 2 * extents / EXTENTS_IN_BLOCK + 2;
	return blocks;
}

/* --- Inodes ------------------------------------------------------------------------------------ */

/* Low 32 bits of the seconds stay in the old field; two more and the nanoseconds go to the extra one. */
static void set_time(uint32_t *field, uint32_t *extra, int64_t seconds, uint32_t ns)
{
	int64_t epoch;

	if (seconds < INT32_MIN)
		seconds = INT32_MIN;
	if (seconds > INT32_MAX + (3ll << 32))
		seconds = INT32_MAX + (3ll << 32);
	epoch = (seconds - (int32_t)seconds) >> 32;
	*field = (uint32_t)seconds;
	*extra = (uint32_t)epoch | ns << 2;
}

/* Linux's two encodings of a device number in i_block. */
static void set_device(const struct node *node, struct ext2_inode_large *inode)
{
	if (node->major < 256 && node->minor < 256)
		inode->i_block[0] = node->major << 8 | node->minor;
	else
		inode->i_block[1] = (node->minor & 0xff) | node->major << 8 | (node->minor & ~0xffu) << 12;
}

/* An extent tree without extents; an empty file has one as well. */
static void set_extents(struct ext2_inode_large *inode)
{
	struct ext3_extent_header *header = (struct ext3_extent_header *)inode->i_block;

	inode->i_flags |= EXT4_EXTENTS_FL;
	header->eh_magic = htole16(EXT3_EXT_MAGIC);
	header->eh_max = htole16(EXTENTS_IN_INODE);
}

void ext4_inode_fill(const struct node *node, uint64_t size, struct ext2_inode_large *inode)
{
	memset(inode, 0, sizeof(*inode));
	inode->i_mode = (uint16_t)node->mode;
	inode->i_uid = (uint16_t)node->uid;
	inode->i_gid = (uint16_t)node->gid;
	inode->osd2.linux2.l_i_uid_high = (uint16_t)(node->uid >> 16);
	inode->osd2.linux2.l_i_gid_high = (uint16_t)(node->gid >> 16);
	inode->i_links_count = (uint16_t)node->links;
	inode->i_size = (uint32_t)size;
	inode->i_size_high = (uint32_t)(size >> 32);
	inode->i_extra_isize = sizeof(*inode) - EXT2_GOOD_OLD_INODE_SIZE;
	set_time(&inode->i_mtime, &inode->i_mtime_extra, node->mtime, node->mtime_ns);
	set_time(&inode->i_atime, &inode->i_atime_extra, node->mtime, node->mtime_ns);
	set_time(&inode->i_ctime, &inode->i_ctime_extra, node->mtime, node->mtime_ns);
	set_time(&inode->i_crtime, &inode->i_crtime_extra, node->mtime, node->mtime_ns);
	if (S_ISCHR(node->mode) || S_ISBLK(node->mode))
		set_device(node, inode);
	if (S_ISREG(node->mode) || S_ISDIR(node->mode) || (S_ISLNK(node->mode) && size > FAST_LINK_MAX))
		set_extents(inode);
}

int ext4_inode_write(struct ext4_writer *writer, const struct node *node, struct ext2_inode_large *inode)
{
	errcode_t error = ext2fs_write_inode_full(writer->fs, node->number, (struct ext2_inode *)inode,
						  sizeof(*inode));

	return error ? ext4_fail("cannot write an inode", error) : 0;
}

/* --- Blocks ------------------------------------------------------------------------------------ */

/* Take up to want free blocks in one piece, from the goal on. */
static int take_blocks(struct ext4_writer *writer, uint64_t want, blk64_t *place, blk64_t *count)
{
	blk64_t limit = want < EXTENT_BLOCKS_MAX ? want : EXTENT_BLOCKS_MAX;
	errcode_t error = ext2fs_new_range(writer->fs, 0, writer->goal, limit, NULL, place, count);

	if (error)
		return ext4_fail("cannot find free blocks", error);
	if (*count > limit)
		*count = limit;
	ext2fs_block_alloc_stats_range(writer->fs, *place, (blk_t)*count, +1);
	writer->goal = *place + *count;
	return 0;
}

static int map_runs(struct ext4_writer *writer, ext2_extent_handle_t handle, const struct run *runs, size_t nr_runs,
		    blk64_t *places)
{
	for (size_t i = 0; i < nr_runs; i++) {
		for (uint64_t done = 0; done < runs[i].count;) {
			struct ext2fs_extent extent = { .e_lblk = runs[i].block + done };
			blk64_t count;
			errcode_t error;

			if (take_blocks(writer, runs[i].count - done, &extent.e_pblk, &count))
				return -1;
			extent.e_len = (uint32_t)count;
			error = ext2fs_extent_insert(handle, EXT2_EXTENT_INSERT_AFTER, &extent);
			if (error)
				return ext4_fail("cannot add an extent", error);
			for (blk64_t b = 0; b < count; b++)
				*places++ = extent.e_pblk + b;
			done += count;
		}
	}
	return 0;
}

int ext4_inode_map(struct ext4_writer *writer, const struct node *node, const struct run *runs, size_t nr_runs,
		   blk64_t **places)
{
	struct ext2_inode_large inode;
	ext2_extent_handle_t handle;
	uint64_t total = 0;
	errcode_t error;
	int result;

	for (size_t i = 0; i < nr_runs; i++)
		total += runs[i].count;
	*places = mem_alloc(total * sizeof(**places));
	error = ext2fs_extent_open2(writer->fs, node->number, NULL, &handle);
	if (error)
		return ext4_fail("cannot open an extent tree", error);
	result = map_runs(writer, handle, runs, nr_runs, *places);
	ext2fs_extent_free(handle);
	if (result)
		return -1;
	/* The library counted the blocks of the tree itself; ours come on top. */
	error = ext2fs_read_inode_full(writer->fs, node->number, (struct ext2_inode *)&inode, sizeof(inode));
	if (!error)
		error = ext2fs_iblk_add_blocks(writer->fs, (struct ext2_inode *)&inode, total);
	if (error)
		return ext4_fail("cannot count a file's blocks", error);
	return ext4_inode_write(writer, node, &inode);
}

/* --- Contents ---------------------------------------------------------------------------------- */

/* Write one run whose blocks lie at places[]; neighbours go out in one write. */
static int store_run(struct ext4_writer *writer, const struct content *content, const struct run *run,
		     const blk64_t *places)
{
	const uint64_t most = EXT4_BUFFER_SIZE / EXT4_BLOCK_SIZE;

	for (uint64_t done = 0, count; done < run->count; done += count) {
		errcode_t error;

		count = 1;
		while (done + count < run->count && count < most &&
		       places[done + count] == places[done] + count)
			count++;
		if (spool_read(writer->spool, content, (run->block + done) * EXT4_BLOCK_SIZE, writer->buffer,
			       count * EXT4_BLOCK_SIZE))
			return -1;
		error = io_channel_write_blk64(writer->fs->io, places[done], (int)count, writer->buffer);
		if (error)
			return ext4_fail("cannot write a file's data", error);
	}
	return 0;
}

static int store_file(struct ext4_writer *writer, const struct node *node)
{
	struct ext2_inode_large inode;
	blk64_t *places = NULL, *place;
	struct run *runs;
	size_t nr_runs = find_runs(&node->content, &runs);
	int result;

	ext4_inode_fill(node, node->content.size, &inode);
	result = ext4_inode_write(writer, node, &inode);
	if (!result)
		result = ext4_inode_map(writer, node, runs, nr_runs, &places);
	place = places;
	for (size_t i = 0; !result && i < nr_runs; i++) {
		result = store_run(writer, &node->content, &runs[i], place);
		place += runs[i].count;
	}
	free(places);
	free(runs);
	return result;
}

static int store_link(struct ext4_writer *writer, const struct node *node, const char *name)
{
	const struct run run = { 0, 1 };
	struct ext2_inode_large inode;
	size_t length = strlen(node->target);
	blk64_t *place;
	errcode_t error = 0;
	int result;

	if (length >= EXT4_BLOCK_SIZE)
		return fail("'%s': symbolic link of %zu bytes; ext4 allows %u", name, length, EXT4_BLOCK_SIZE - 1);
	ext4_inode_fill(node, length, &inode);
	if (length <= FAST_LINK_MAX)
		memcpy(inode.i_block, node->target, length);
	result = ext4_inode_write(writer, node, &inode);
	if (result || length <= FAST_LINK_MAX)
		return result;
	result = ext4_inode_map(writer, node, &run, 1, &place);
	if (!result) {
		memset(writer->buffer, 0, EXT4_BLOCK_SIZE);
		memcpy(writer->buffer, node->target, length);
		error = io_channel_write_blk64(writer->fs->io, *place, 1, writer->buffer);
	}
	free(place);
	return error ? ext4_fail("cannot write a symbolic link", error) : result;
}

int ext4_inode_store(struct ext4_writer *writer, const struct node *node, const char *name)
{
	struct ext2_inode_large inode;

	if (node->links > EXT2_LINK_MAX)
		return fail("'%s': %u hard links; ext4 allows %d", name, node->links, EXT2_LINK_MAX);
	if (S_ISREG(node->mode))
		return store_file(writer, node);
	if (S_ISLNK(node->mode))
		return store_link(writer, node, name);
	ext4_inode_fill(node, 0, &inode);
	return ext4_inode_write(writer, node, &inode);
}

/* --- Extended attributes ----------------------------------------------------------------------- */

static bool known_prefix(const char *name)
{
	static const char *const prefixes[] = { "user.", "trusted.", "security.", NULL };

	for (int i = 0; prefixes[i]; i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])) && name[strlen(prefixes[i])])
			return true;
	}
	return !strcmp(name, "system.posix_acl_access") || !strcmp(name, "system.posix_acl_default");
}

static errcode_t set_xattrs(struct ext4_writer *writer, const struct node *node, const struct xattr **culprit)
{
	struct ext2_xattr_handle *handle;
	errcode_t error = ext2fs_xattrs_open(writer->fs, node->number, &handle);

	if (error)
		return error;
	for (unsigned int i = 0; !error && i < node->nr_xattrs; i++) {
		*culprit = &node->xattrs[i];
		error = ext2fs_xattr_set(handle, node->xattrs[i].name, node->xattrs[i].value, node->xattrs[i].size);
	}
	ext2fs_xattrs_close(&handle);
	return error;
}

int ext4_inode_store_xattrs(struct ext4_writer *writer, const struct node *node, const char *name)
{
	const struct xattr *culprit = NULL;
	errcode_t error;

	if (!node->nr_xattrs)
		return 0;
	for (unsigned int i = 0; i < node->nr_xattrs; i++) {
		const char *key = node->xattrs[i].name;

		if (!known_prefix(key))
			return fail("'%s': ext4 on Linux has no attribute '%s'", name, key);
		if (i && !strcmp(key, node->xattrs[i - 1].name))
			return fail("'%s': attribute '%s' is there twice", name, key);
	}
	error = set_xattrs(writer, node, &culprit);
	if (error == EXT2_ET_EA_NO_SPACE)
		return fail("'%s': attributes need more than the one block ext4 gives them (at '%s', %zu bytes)", name,
			    culprit->name, culprit->size);
	return error ? ext4_fail("cannot write extended attributes", error) : 0;
}

int ext4_fail(const char *what, errcode_t error)
{
	if (error == EXT2_ET_BLOCK_ALLOC_FAIL || error == EXT2_ET_INODE_ALLOC_FAIL)
		return fail("the image is full: give a larger --size");
	return fail("%s: %s", what, error_message(error));
}

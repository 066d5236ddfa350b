/* SPDX-License-Identifier: MIT */
/*
 * csum: the checksums of metadata_csum (CRC32C from a seed that stands for the volume, so that a block of another
 * volume or another inode is noticed), and the CRC16 of group descriptors that older volumes have (uninit_bg).
 *
 * A checksum is computed over its structure with its own field taken as zero.
 */
#include "fs/ext4/ext4.h"

#include "lib/crc.h"

static uint32_t add_zero(uint32_t crc, size_t size)
{
	static const uint32_t zero;

	return crc32c(crc, &zero, size);
}

bool ext4_super_csum_ok(const struct ext4_disk_super *disk)
{
	if (!(le32_to_cpu(disk->s_feature_ro_compat) & EXT4_RO_METADATA_CSUM))
		return true;
	return disk->s_checksum_type == EXT4_CRC32C &&
	       crc32c(~0u, disk, offsetof(struct ext4_disk_super, s_checksum)) == le32_to_cpu(disk->s_checksum);
}

void ext4_super_csum_set(struct ext4_disk_super *disk)
{
	if (le32_to_cpu(disk->s_feature_ro_compat) & EXT4_RO_METADATA_CSUM)
		disk->s_checksum = cpu_to_le32(crc32c(~0u, disk, offsetof(struct ext4_disk_super, s_checksum)));
}

static uint16_t group_csum(const struct ext4_fs *fs, uint32_t group, const void *desc)
{
	const size_t field = offsetof(struct ext4_disk_group, bg_checksum), behind = field + sizeof(uint16_t);
	uint32_t number = cpu_to_le32(group);
	uint32_t crc;
	uint16_t old;

	if (ext4_has_csum(fs)) {
		crc = crc32c(fs->csum_seed, &number, sizeof(number));
		crc = crc32c(crc, desc, field);
		crc = add_zero(crc, sizeof(uint16_t));
		crc = crc32c(crc, (const char *)desc + behind, fs->desc_size - behind);
		return (uint16_t)crc;
	}
	old = crc16(0xffff, fs->disk.s_uuid, sizeof(fs->disk.s_uuid));
	old = crc16(old, &number, sizeof(number));
	old = crc16(old, desc, field);
	return crc16(old, (const char *)desc + behind, fs->desc_size - behind);
}

bool ext4_group_csum_ok(const struct ext4_fs *fs, uint32_t group, const void *desc)
{
	const struct ext4_disk_group *disk = desc;

	if (!ext4_has_csum(fs) && !(fs->ro_compat & EXT4_RO_GDT_CSUM))
		return true;
	return group_csum(fs, group, desc) == le16_to_cpu(disk->bg_checksum);
}

void ext4_group_csum_set(const struct ext4_fs *fs, uint32_t group, void *desc)
{
	struct ext4_disk_group *disk = desc;

	if (ext4_has_csum(fs) || (fs->ro_compat & EXT4_RO_GDT_CSUM))
		disk->bg_checksum = cpu_to_le16(group_csum(fs, group, desc));
}

uint32_t ext4_inode_csum_seed(const struct ext4_fs *fs, uint32_t ino, uint32_t generation)
{
	uint32_t words[2] = { cpu_to_le32(ino), cpu_to_le32(generation) };

	return crc32c(fs->csum_seed, words, sizeof(words));
}

static bool has_csum_hi(const struct ext4_fs *fs, const struct ext4_disk_inode *disk)
{
	return fs->inode_size > EXT4_INODE_SIZE_OLD && le16_to_cpu(disk->i_extra_isize) >= 4;
}

static uint32_t inode_csum(const struct ext4_fs *fs, uint32_t seed, const struct ext4_disk_inode *disk)
{
	const size_t low = offsetof(struct ext4_disk_inode, i_checksum_lo);
	const size_t high = offsetof(struct ext4_disk_inode, i_checksum_hi);
	const char *bytes = (const char *)disk;
	uint32_t crc = crc32c(seed, bytes, low);

	crc = add_zero(crc, sizeof(uint16_t));
	if (!has_csum_hi(fs, disk))
		return crc32c(crc, bytes + low + 2, fs->inode_size - low - 2) & UINT16_MAX;
	crc = crc32c(crc, bytes + low + 2, high - low - 2);
	crc = add_zero(crc, sizeof(uint16_t));
	return crc32c(crc, bytes + high + 2, fs->inode_size - high - 2);
}

bool ext4_inode_csum_ok(const struct ext4_fs *fs, uint32_t ino, const struct ext4_disk_inode *disk)
{
	uint32_t wanted = le16_to_cpu(disk->i_checksum_lo);

	if (!ext4_has_csum(fs))
		return true;
	if (has_csum_hi(fs, disk))
		wanted |= (uint32_t)le16_to_cpu(disk->i_checksum_hi) << 16;
	return wanted == inode_csum(fs, ext4_inode_csum_seed(fs, ino, le32_to_cpu(disk->i_generation)), disk);
}

void ext4_inode_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_disk_inode *disk)
{
	uint32_t crc;

	if (!ext4_has_csum(fs))
		return;
	crc = inode_csum(fs, inode->csum_seed, disk);
	disk->i_checksum_lo = cpu_to_le16((uint16_t)crc);
	if (has_csum_hi(fs, disk))
		disk->i_checksum_hi = cpu_to_le16((uint16_t)(crc >> 16));
}

/* Where the checksum lies: behind the last entry there is room for. */
static size_t extent_tail(const void *block)
{
	const struct ext4_disk_extent_header *header = block;

	return sizeof(*header) + le16_to_cpu(header->eh_max) * sizeof(struct ext4_disk_extent);
}

/* Remember a good result. */
static bool known(struct ext4_buf *buf, enum ext4_kind kind, bool ok)
{
	if (ok)
		ext4_buf_set_known(buf, kind);
	return ok;
}

bool ext4_extent_csum_ok(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_buf *buf)
{
	const char *block = buf->data;
	size_t tail = extent_tail(block);

	if (!ext4_has_csum(fs) || ext4_buf_known(buf, EXT4_KIND_EXTENTS))
		return true;
	return known(buf, EXT4_KIND_EXTENTS,
		     tail + sizeof(uint32_t) <= fs->block_size &&
		     crc32c(inode->csum_seed, block, tail) == get_unaligned_le32(block + tail));
}

void ext4_extent_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, void *block)
{
	size_t tail = extent_tail(block);

	if (ext4_has_csum(fs) && tail + sizeof(uint32_t) <= fs->block_size)
		put_unaligned_le32(crc32c(inode->csum_seed, block, tail), (char *)block + tail);
}

static uint32_t dir_csum(const struct ext4_fs *fs, const struct ext4_inode *inode, const void *block)
{
	return crc32c(inode->csum_seed, block, fs->block_size - sizeof(struct ext4_disk_dir_tail));
}

static struct ext4_disk_dir_tail *dir_tail(const struct ext4_fs *fs, const void *block)
{
	return (void *)((char *)block + fs->block_size - sizeof(struct ext4_disk_dir_tail));
}

bool ext4_dir_csum_ok(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_buf *buf)
{
	const struct ext4_disk_dir_tail *tail = dir_tail(fs, buf->data);

	if (!ext4_has_csum(fs) || ext4_buf_known(buf, EXT4_KIND_DIR))
		return true;
	return known(buf, EXT4_KIND_DIR,
		     tail->reserved_ft == EXT4_DIR_TAIL_FT && le16_to_cpu(tail->rec_len) == sizeof(*tail) &&
		     dir_csum(fs, inode, buf->data) == le32_to_cpu(tail->checksum));
}

void ext4_dir_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, void *block)
{
	if (ext4_has_csum(fs))
		dir_tail(fs, block)->checksum = cpu_to_le32(dir_csum(fs, inode, block));
}

void ext4_dir_csum_patch(const struct ext4_fs *fs, void *block, uint32_t offset, const void *diff, uint32_t len)
{
	struct ext4_disk_dir_tail *tail = dir_tail(fs, block);
	uint32_t behind = fs->block_size - (uint32_t)sizeof(*tail) - offset - len;

	if (ext4_has_csum(fs))
		tail->checksum = cpu_to_le32(crc32c_patch(le32_to_cpu(tail->checksum), diff, len, behind));
}

static struct ext4_disk_dx_tail *dx_tail(const void *block, uint32_t table)
{
	const struct ext4_disk_dx_countlimit *head = (const void *)((const char *)block + table);

	return (void *)((char *)block + table + le16_to_cpu(head->limit) * sizeof(struct ext4_disk_dx_entry));
}

static uint32_t dx_csum(const struct ext4_inode *inode, const void *block, uint32_t table)
{
	const struct ext4_disk_dx_countlimit *head = (const void *)((const char *)block + table);
	const struct ext4_disk_dx_tail *tail = dx_tail(block, table);
	uint32_t crc;

	crc = crc32c(inode->csum_seed, block, table + le16_to_cpu(head->count) * sizeof(struct ext4_disk_dx_entry));
	crc = crc32c(crc, &tail->dt_reserved, sizeof(tail->dt_reserved));
	return add_zero(crc, sizeof(tail->dt_checksum));
}

/* table: offset of the index entries, whose first holds limit and count (checked by the caller). */
bool ext4_dx_csum_ok(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_buf *buf, uint32_t table)
{
	const char *block = buf->data;
	const struct ext4_disk_dx_countlimit *head = (const void *)(block + table);
	size_t end = table + le16_to_cpu(head->limit) * sizeof(struct ext4_disk_dx_entry);

	if (!ext4_has_csum(fs))
		return true;
	if (le16_to_cpu(head->count) > le16_to_cpu(head->limit) ||
	    end + sizeof(struct ext4_disk_dx_tail) > fs->block_size)
		return false;
	return ext4_buf_known(buf, EXT4_KIND_INDEX) ||
	       known(buf, EXT4_KIND_INDEX,
		     dx_csum(inode, block, table) == le32_to_cpu(dx_tail(block, table)->dt_checksum));
}

void ext4_dx_csum_set(const struct ext4_fs *fs, const struct ext4_inode *inode, void *block, uint32_t table)
{
	if (ext4_has_csum(fs))
		dx_tail(block, table)->dt_checksum = cpu_to_le32(dx_csum(inode, block, table));
}

static uint32_t xattr_csum(const struct ext4_fs *fs, uint64_t number, const char *bytes)
{
	const size_t field = offsetof(struct ext4_disk_xattr_header, h_checksum);
	uint64_t number_le = cpu_to_le64(number);
	uint32_t crc;

	crc = crc32c(fs->csum_seed, &number_le, sizeof(number_le));
	crc = crc32c(crc, bytes, field);
	crc = add_zero(crc, sizeof(uint32_t));
	return crc32c(crc, bytes + field + 4, fs->block_size - field - 4);
}

bool ext4_xattr_csum_ok(const struct ext4_fs *fs, uint64_t number, const void *block)
{
	const struct ext4_disk_xattr_header *header = block;

	return !ext4_has_csum(fs) || xattr_csum(fs, number, block) == le32_to_cpu(header->h_checksum);
}

void ext4_xattr_csum_set(const struct ext4_fs *fs, uint64_t number, void *block)
{
	struct ext4_disk_xattr_header *header = block;

	if (ext4_has_csum(fs))
		header->h_checksum = cpu_to_le32(xattr_csum(fs, number, block));
}

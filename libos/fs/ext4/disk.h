/* SPDX-License-Identifier: MIT */
/*
 * disk: the ext4 format. Source: Linux documentation "ext4 Data Structures and Algorithms", and for the journal
 * "Journal (jbd2)" there.
 *
 * Fields of ext4 are little endian, those of the journal big endian; all are read through lib/byteorder.h.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define EXT4_MAGIC		0xef53
#define EXT4_SUPER_OFFSET	1024
#define EXT4_BAD_INO		1
#define EXT4_ROOT_INO		2
#define EXT4_FIRST_INO_OLD	11
#define EXT4_N_BLOCKS		15
#define EXT4_DIRECT_BLOCKS	12u
#define EXT4_NAME_LEN		255
#define EXT4_LINK_MAX		65000

struct ext4_disk_super {
	uint32_t s_inodes_count;
	uint32_t s_blocks_count_lo;
	uint32_t s_r_blocks_count_lo;
	uint32_t s_free_blocks_count_lo;
	uint32_t s_free_inodes_count;
	uint32_t s_first_data_block;
	uint32_t s_log_block_size;
	uint32_t s_log_cluster_size;
	uint32_t s_blocks_per_group;
	uint32_t s_clusters_per_group;
	uint32_t s_inodes_per_group;
	uint32_t s_mtime;
	uint32_t s_wtime;
	uint16_t s_mnt_count;
	uint16_t s_max_mnt_count;
	uint16_t s_magic;
	uint16_t s_state;
	uint16_t s_errors;
	uint16_t s_minor_rev_level;
	uint32_t s_lastcheck;
	uint32_t s_checkinterval;
	uint32_t s_creator_os;
	uint32_t s_rev_level;
	uint16_t s_def_resuid;
	uint16_t s_def_resgid;
	uint32_t s_first_ino;
	uint16_t s_inode_size;
	uint16_t s_block_group_nr;
	uint32_t s_feature_compat;
	uint32_t s_feature_incompat;
	uint32_t s_feature_ro_compat;
	uint8_t s_uuid[16];
	char s_volume_name[16];
	char s_last_mounted[64];
	uint32_t s_algorithm_usage_bitmap;
	uint8_t s_prealloc_blocks;
	uint8_t s_prealloc_dir_blocks;
	uint16_t s_reserved_gdt_blocks;
	uint8_t s_journal_uuid[16];
	uint32_t s_journal_inum;
	uint32_t s_journal_dev;
	uint32_t s_last_orphan;
	uint32_t s_hash_seed[4];
	uint8_t s_def_hash_version;
	uint8_t s_jnl_backup_type;
	uint16_t s_desc_size;
	uint32_t s_default_mount_opts;
	uint32_t s_first_meta_bg;
	uint32_t s_mkfs_time;
	uint32_t s_jnl_blocks[17];
	uint32_t s_blocks_count_hi;
	uint32_t s_r_blocks_count_hi;
	uint32_t s_free_blocks_count_hi;
	uint16_t s_min_extra_isize;
	uint16_t s_want_extra_isize;
	uint32_t s_flags;
	uint16_t s_raid_stride;
	uint16_t s_mmp_update_interval;
	uint64_t s_mmp_block;
	uint32_t s_raid_stripe_width;
	uint8_t s_log_groups_per_flex;
	uint8_t s_checksum_type;
	uint16_t s_reserved_pad;
	uint64_t s_kbytes_written;
	uint32_t s_snapshot[5];
	uint32_t s_error_count;
	uint32_t s_error_info[26];
	uint8_t s_mount_opts[64];
	uint32_t s_usr_quota_inum;
	uint32_t s_grp_quota_inum;
	uint32_t s_overhead_clusters;
	uint32_t s_backup_bgs[2];
	uint8_t s_encrypt_algos[4];
	uint8_t s_encrypt_pw_salt[16];
	uint32_t s_lpf_ino;
	uint32_t s_prj_quota_inum;
	uint32_t s_checksum_seed;
	uint8_t s_time_hi[8];
	uint32_t s_reserved[96];
	uint32_t s_checksum;
};
_Static_assert(sizeof(struct ext4_disk_super) == 1024, "superblock");
_Static_assert(offsetof(struct ext4_disk_super, s_flags) == 0x160, "superblock");
_Static_assert(offsetof(struct ext4_disk_super, s_checksum_seed) == 0x270, "superblock");

enum ext4_super_flags { EXT4_SIGNED_HASH = 1, EXT4_UNSIGNED_HASH = 2 };
enum ext4_checksum_type { EXT4_CRC32C = 1 };

enum ext4_compat {
	EXT4_COMPAT_HAS_JOURNAL = 0x4,
	EXT4_COMPAT_EXT_ATTR = 0x8,
	EXT4_COMPAT_DIR_INDEX = 0x20,
	EXT4_COMPAT_FAST_COMMIT = 0x400,
};

enum ext4_incompat {
	EXT4_INCOMPAT_COMPRESSION = 0x1,
	EXT4_INCOMPAT_FILETYPE = 0x2,
	EXT4_INCOMPAT_RECOVER = 0x4,
	EXT4_INCOMPAT_JOURNAL_DEV = 0x8,
	EXT4_INCOMPAT_META_BG = 0x10,
	EXT4_INCOMPAT_EXTENTS = 0x40,
	EXT4_INCOMPAT_64BIT = 0x80,
	EXT4_INCOMPAT_MMP = 0x100,
	EXT4_INCOMPAT_FLEX_BG = 0x200,
	EXT4_INCOMPAT_EA_INODE = 0x400,
	EXT4_INCOMPAT_DIRDATA = 0x1000,
	EXT4_INCOMPAT_CSUM_SEED = 0x2000,
	EXT4_INCOMPAT_LARGEDIR = 0x4000,
	EXT4_INCOMPAT_INLINE_DATA = 0x8000,
	EXT4_INCOMPAT_ENCRYPT = 0x10000,
	EXT4_INCOMPAT_CASEFOLD = 0x20000,
};

enum ext4_ro_compat {
	EXT4_RO_SPARSE_SUPER = 0x1,
	EXT4_RO_LARGE_FILE = 0x2,
	EXT4_RO_HUGE_FILE = 0x8,
	EXT4_RO_GDT_CSUM = 0x10,
	EXT4_RO_DIR_NLINK = 0x20,
	EXT4_RO_EXTRA_ISIZE = 0x40,
	EXT4_RO_QUOTA = 0x100,
	EXT4_RO_BIGALLOC = 0x200,
	EXT4_RO_METADATA_CSUM = 0x400,
	EXT4_RO_READONLY = 0x1000,
	EXT4_RO_PROJECT = 0x2000,
	EXT4_RO_VERITY = 0x8000,
	EXT4_RO_ORPHAN_PRESENT = 0x10000,
};

enum ext4_state { EXT4_STATE_VALID = 1, EXT4_STATE_ERROR = 2, EXT4_STATE_ORPHAN = 4 };
/* Bytes of s_time_hi, and words of s_error_info. */
enum ext4_time_hi { EXT4_TIME_WTIME, EXT4_TIME_MTIME, EXT4_TIME_MKFS, EXT4_TIME_LASTCHECK, EXT4_TIME_FIRST_ERROR,
		    EXT4_TIME_LAST_ERROR };
enum ext4_error_info { EXT4_FIRST_ERROR_TIME = 0, EXT4_LAST_ERROR_TIME = 13 };

/* Second half only with 64BIT and a descriptor size of 64. */
struct ext4_disk_group {
	uint32_t bg_block_bitmap_lo;
	uint32_t bg_inode_bitmap_lo;
	uint32_t bg_inode_table_lo;
	uint16_t bg_free_blocks_lo;
	uint16_t bg_free_inodes_lo;
	uint16_t bg_used_dirs_lo;
	uint16_t bg_flags;
	uint32_t bg_exclude_bitmap_lo;
	uint16_t bg_block_bitmap_csum_lo;
	uint16_t bg_inode_bitmap_csum_lo;
	uint16_t bg_itable_unused_lo;
	uint16_t bg_checksum;
	uint32_t bg_block_bitmap_hi;
	uint32_t bg_inode_bitmap_hi;
	uint32_t bg_inode_table_hi;
	uint16_t bg_free_blocks_hi;
	uint16_t bg_free_inodes_hi;
	uint16_t bg_used_dirs_hi;
	uint16_t bg_itable_unused_hi;
	uint32_t bg_exclude_bitmap_hi;
	uint16_t bg_block_bitmap_csum_hi;
	uint16_t bg_inode_bitmap_csum_hi;
	uint32_t bg_reserved;
};
_Static_assert(sizeof(struct ext4_disk_group) == 64, "group descriptor");

enum ext4_group_flags { EXT4_BG_INODE_UNINIT = 1, EXT4_BG_BLOCK_UNINIT = 2 };
#define EXT4_GROUP_SIZE_OLD	32

struct ext4_disk_inode {
	uint16_t i_mode;
	uint16_t i_uid;
	uint32_t i_size_lo;
	uint32_t i_atime;
	uint32_t i_ctime;
	uint32_t i_mtime;
	uint32_t i_dtime;
	uint16_t i_gid;
	uint16_t i_links_count;
	uint32_t i_blocks_lo;
	uint32_t i_flags;
	uint32_t i_version;
	uint32_t i_block[EXT4_N_BLOCKS];
	uint32_t i_generation;
	uint32_t i_file_acl_lo;
	uint32_t i_size_high;
	uint32_t i_obso_faddr;
	uint16_t i_blocks_high;
	uint16_t i_file_acl_high;
	uint16_t i_uid_high;
	uint16_t i_gid_high;
	uint16_t i_checksum_lo;
	uint16_t i_reserved;
	/* From here on only in inodes of more than 128 bytes, as far as i_extra_isize says. */
	uint16_t i_extra_isize;
	uint16_t i_checksum_hi;
	uint32_t i_ctime_extra;
	uint32_t i_mtime_extra;
	uint32_t i_atime_extra;
	uint32_t i_crtime;
	uint32_t i_crtime_extra;
	uint32_t i_version_hi;
	uint32_t i_projid;
};
#define EXT4_INODE_SIZE_OLD	128
_Static_assert(offsetof(struct ext4_disk_inode, i_extra_isize) == EXT4_INODE_SIZE_OLD, "inode");
_Static_assert(sizeof(struct ext4_disk_inode) == 160, "inode");

enum ext4_inode_flags {
	EXT4_SECRM_FL = 0x1,
	EXT4_UNRM_FL = 0x2,
	EXT4_COMPR_FL = 0x4,
	EXT4_SYNC_FL = 0x8,
	EXT4_IMMUTABLE_FL = 0x10,
	EXT4_APPEND_FL = 0x20,
	EXT4_NODUMP_FL = 0x40,
	EXT4_NOATIME_FL = 0x80,
	EXT4_NOCOMPR_FL = 0x400,
	EXT4_ENCRYPT_FL = 0x800,
	EXT4_INDEX_FL = 0x1000,
	EXT4_JOURNAL_DATA_FL = 0x4000,
	EXT4_NOTAIL_FL = 0x8000,
	EXT4_DIRSYNC_FL = 0x10000,
	EXT4_TOPDIR_FL = 0x20000,
	EXT4_HUGE_FILE_FL = 0x40000,
	EXT4_EXTENTS_FL = 0x80000,
	EXT4_VERITY_FL = 0x100000,
	EXT4_EA_INODE_FL = 0x200000,
	EXT4_INLINE_DATA_FL = 0x10000000,
	EXT4_PROJINHERIT_FL = 0x20000000,
	EXT4_CASEFOLD_FL = 0x40000000,
	/* What a new object has of its folder's. */
	EXT4_INHERITED_FL = EXT4_SECRM_FL | EXT4_UNRM_FL | EXT4_COMPR_FL | EXT4_SYNC_FL | EXT4_NODUMP_FL |
			    EXT4_NOATIME_FL | EXT4_NOCOMPR_FL | EXT4_JOURNAL_DATA_FL | EXT4_NOTAIL_FL |
			    EXT4_DIRSYNC_FL | EXT4_PROJINHERIT_FL,
};

/* Extent tree: a header, then eh_entries of ext4_disk_extent (depth 0) or ext4_disk_extent_idx. */
struct ext4_disk_extent_header {
	uint16_t eh_magic;
	uint16_t eh_entries;
	uint16_t eh_max;
	uint16_t eh_depth;
	uint32_t eh_generation;
};

struct ext4_disk_extent {
	uint32_t ee_block;
	uint16_t ee_len;		/* above EXT4_EXTENT_INIT_MAX: unwritten, and that much more */
	uint16_t ee_start_hi;
	uint32_t ee_start_lo;
};

struct ext4_disk_extent_idx {
	uint32_t ei_block;
	uint32_t ei_leaf_lo;
	uint16_t ei_leaf_hi;
	uint16_t ei_unused;
};
_Static_assert(sizeof(struct ext4_disk_extent) == 12 && sizeof(struct ext4_disk_extent_idx) == 12, "extent");

#define EXT4_EXTENT_MAGIC	0xf30a
#define EXT4_EXTENT_DEPTH_MAX	5
#define EXT4_EXTENT_INIT_MAX	32768

struct ext4_disk_dirent {
	uint32_t inode;			/* 0: unused record */
	uint16_t rec_len;
	uint8_t name_len;
	uint8_t file_type;		/* with FILETYPE; else 0 */
	char name[];
};
#define EXT4_DIRENT_HEADER	8u

struct ext4_disk_dir_tail {
	uint32_t reserved_zero1;
	uint16_t rec_len;		/* 12 */
	uint8_t reserved_zero2;
	uint8_t reserved_ft;		/* 0xde */
	uint32_t checksum;
};
#define EXT4_DIR_TAIL_FT	0xde

/* Hash tree of a folder. In the root behind the entries "." and "..", in a node behind one empty entry. */
struct ext4_disk_dx_info {
	uint32_t reserved_zero;
	uint8_t hash_version;
	uint8_t info_length;		/* 8 */
	uint8_t indirect_levels;
	uint8_t unused_flags;
};

struct ext4_disk_dx_entry {
	uint32_t hash;			/* of the first entry: limit and count instead */
	uint32_t block;
};

struct ext4_disk_dx_countlimit {
	uint16_t limit;
	uint16_t count;
};

struct ext4_disk_dx_tail {
	uint32_t dt_reserved;
	uint32_t dt_checksum;
};

#define EXT4_DX_ROOT_INFO	24u
#define EXT4_DX_ROOT_TABLE	(EXT4_DX_ROOT_INFO + 8u)
#define EXT4_DX_NODE_TABLE	8u
#define EXT4_DX_BLOCK_MASK	0x0fffffff
#define EXT4_DX_LEVELS_MAX	3	/* with LARGEDIR; else 2 */

struct ext4_disk_xattr_header {
	uint32_t h_magic;
	uint32_t h_refcount;
	uint32_t h_blocks;
	uint32_t h_hash;
	uint32_t h_checksum;
	uint32_t h_reserved[3];
};

struct ext4_disk_xattr_entry {
	uint8_t e_name_len;
	uint8_t e_name_index;
	uint16_t e_value_offs;
	uint32_t e_value_inum;
	uint32_t e_value_size;
	uint32_t e_hash;
	char e_name[];
};

#define EXT4_XATTR_MAGIC	0xea020000

enum ext4_xattr_index {
	EXT4_XATTR_USER = 1,
	EXT4_XATTR_ACL_ACCESS = 2,
	EXT4_XATTR_ACL_DEFAULT = 3,
	EXT4_XATTR_TRUSTED = 4,
	EXT4_XATTR_SECURITY = 6,
	EXT4_XATTR_SYSTEM = 7,
};

/* An ACL as ext4 keeps it: version, then entries; those without an id are only 4 bytes long. */
struct ext4_disk_acl_entry {
	uint16_t e_tag;
	uint16_t e_perm;
	uint32_t e_id;
};
#define EXT4_ACL_VERSION	1
#define EXT4_ACL_SHORT_SIZE	4u

/* --- Journal (jbd2), big endian ------------------------------------------------------------------- */

#define JBD2_MAGIC		0xc03b3998

enum jbd2_block_type { JBD2_DESCRIPTOR = 1, JBD2_COMMIT = 2, JBD2_SUPER_V1 = 3, JBD2_SUPER_V2 = 4, JBD2_REVOKE = 5 };

struct jbd2_header {
	uint32_t h_magic;
	uint32_t h_blocktype;
	uint32_t h_sequence;
};

struct jbd2_super {
	struct jbd2_header s_header;
	uint32_t s_blocksize;
	uint32_t s_maxlen;
	uint32_t s_first;
	uint32_t s_sequence;
	uint32_t s_start;
	uint32_t s_errno;
	/* From here on only in version 2. */
	uint32_t s_feature_compat;
	uint32_t s_feature_incompat;
	uint32_t s_feature_ro_compat;
	uint8_t s_uuid[16];
	uint32_t s_nr_users;
	uint32_t s_dynsuper;
	uint32_t s_max_transaction;
	uint32_t s_max_trans_data;
	uint8_t s_checksum_type;
	uint8_t s_padding2[3];
	uint32_t s_num_fc_blks;
	uint32_t s_head;
	uint32_t s_padding[40];
	uint32_t s_checksum;
	uint8_t s_users[16 * 48];
};
_Static_assert(sizeof(struct jbd2_super) == 1024, "journal superblock");

enum jbd2_checksum_type { JBD2_CRC32 = 1, JBD2_CRC32C = 4 };
enum jbd2_compat { JBD2_COMPAT_CHECKSUM = 1 };

enum jbd2_incompat {
	JBD2_INCOMPAT_REVOKE = 0x1,
	JBD2_INCOMPAT_64BIT = 0x2,
	JBD2_INCOMPAT_ASYNC_COMMIT = 0x4,
	JBD2_INCOMPAT_CSUM_V2 = 0x8,
	JBD2_INCOMPAT_CSUM_V3 = 0x10,
	JBD2_INCOMPAT_FAST_COMMIT = 0x20,
};

struct jbd2_tag {
	uint32_t t_blocknr;
	uint16_t t_checksum;
	uint16_t t_flags;
	uint32_t t_blocknr_high;	/* only with 64BIT */
};

struct jbd2_tag3 {
	uint32_t t_blocknr;
	uint32_t t_flags;
	uint32_t t_blocknr_high;
	uint32_t t_checksum;
};

enum jbd2_tag_flags { JBD2_TAG_ESCAPE = 1, JBD2_TAG_SAME_UUID = 2, JBD2_TAG_DELETED = 4, JBD2_TAG_LAST = 8 };

struct jbd2_revoke {
	struct jbd2_header r_header;
	uint32_t r_count;		/* bytes used, this header included */
};

struct jbd2_commit {
	struct jbd2_header h_header;
	uint8_t h_chksum_type;
	uint8_t h_chksum_size;
	uint8_t h_padding[2];
	uint32_t h_chksum[8];
	uint64_t h_commit_sec;
	uint32_t h_commit_nsec;
};

/* First record of the fast-commit area; little endian, unlike the rest of the journal. */
struct ext4_disk_fc_head {
	uint16_t fc_tag;
	uint16_t fc_len;
	uint32_t fc_features;
	uint32_t fc_tid;
};
#define EXT4_FC_TAG_HEAD	9

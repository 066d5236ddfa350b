/* SPDX-License-Identifier: MIT */
/*
 * kstat, kstatfs: what stat(2), statx(2) and statfs(2) report, before the ABI's packing.
 */
#pragma once

#include "lib/types.h"
#include "time/clock.h"

enum kstat_attr { KSTAT_ATTR_MOUNT_ROOT = 1 };

struct kstat {
	uint64_t ino;
	uint64_t dev, rdev;		/* makedev(3) form */
	uint32_t mode, nlink, uid, gid;
	loff_t size;
	uint64_t blocks;		/* 512-byte units */
	uint32_t blksize;
	uint32_t attributes;		/* STATX_ATTR_* */
	uint32_t attributes_mask;
	uint32_t result_mask;		/* STATX_* filled; 0 means STATX_BASIC_STATS */
	uint64_t mnt_id;
	struct timespec64 atime, mtime, ctime, btime;
};

struct kstatfs {
	uint32_t type, block_size, name_max, fragment_size;
	uint64_t blocks, blocks_free, blocks_avail, files, files_free;
	uint64_t fsid;
	uint64_t flags;			/* ST_* */
};
